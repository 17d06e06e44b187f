//! Cards and readers whose answers are anybody's guess, at any command of an inspection and of a write: cut short, made
//! longer, turned over, or always the same.

use cardbridge_drivers::cards;
use cardbridge_drivers::contract::apdu::{Command, Response};
use cardbridge_drivers::contract::{CardChannel, ChannelError, ReaderProfile, Uid, identify};
use cardbridge_drivers::testing::conformance::{self, Subject};
use cardbridge_drivers::testing::{SimulatedReader, site_settings};
use proptest::collection::vec;
use proptest::prelude::*;

const UID: [u8; 7] = [0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x80];

/// More than any operation takes on the largest card.
const ENDLESS: usize = 5000;

/// What becomes of an answer.
#[derive(Debug, Clone)]
enum Lie {
    Instead(Vec<u8>),
    /// This many bytes, and this status word if any.
    Cut(usize, Option<[u8; 2]>),
    Longer(Vec<u8>),
    Turned(usize, u8),
}

impl Lie {
    fn told(&self, mut answer: Vec<u8>) -> Vec<u8> {
        match self {
            Self::Instead(bytes) => bytes.clone(),
            Self::Cut(length, status) => {
                answer.truncate(*length);
                answer.extend(status.iter().flatten());
                answer
            }
            Self::Longer(bytes) => [bytes.as_slice(), &answer].concat(),
            Self::Turned(at, bits) => {
                let at = at % answer.len().max(1);
                if let Some(byte) = answer.get_mut(at) {
                    *byte ^= bits;
                }
                answer
            }
        }
    }
}

fn status() -> impl Strategy<Value = [u8; 2]> {
    prop_oneof![
        Just([0x90, 0x00]),
        Just([0x91, 0x00]),
        Just([0x91, 0xAF]),
        Just([0x91, 0xAE]),
        Just([0x91, 0xA0]),
        Just([0x63, 0x00]),
        any::<[u8; 2]>(),
    ]
}

fn lie() -> impl Strategy<Value = Lie> {
    prop_oneof![
        (vec(any::<u8>(), 0..300), status())
            .prop_map(|(bytes, status)| Lie::Instead([&bytes[..], &status].concat())),
        vec(any::<u8>(), 0..3).prop_map(Lie::Instead),
        (0_usize..20, proptest::option::of(status()))
            .prop_map(|(length, status)| Lie::Cut(length, status)),
        vec(any::<u8>(), 1..40).prop_map(Lie::Longer),
        (any::<usize>(), 1_u8..).prop_map(|(at, bits)| Lie::Turned(at, bits)),
    ]
}

/// A channel that gives wrong answers from one command on, for so many commands.
struct Liar {
    reader: SimulatedReader,
    lie: Lie,
    from: usize,
    lies: usize,
    commands: usize,
}

impl CardChannel for Liar {
    fn atr(&self) -> &[u8] {
        self.reader.atr()
    }

    fn profile(&self) -> ReaderProfile {
        self.reader.profile()
    }

    fn transmit(&mut self, command: &Command) -> Result<Response, ChannelError> {
        let at = self.commands;
        self.commands += 1;
        assert!(self.commands < ENDLESS, "it never ends");
        let answer = self.reader.transmit(command)?;
        if (self.from..self.from.saturating_add(self.lies)).contains(&at) {
            return Response::parse(self.lie.told(answer.to_bytes()));
        }
        Ok(answer)
    }

    fn reconnect(&mut self) -> Result<(), ChannelError> {
        self.commands += 1;
        assert!(self.commands < ENDLESS, "it never ends");
        self.reader.reconnect()
    }
}

fn subject() -> impl Strategy<Value = Subject> {
    proptest::sample::select(conformance::subjects().collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_answer_stops_a_driver_or_keeps_it_for_ever(
        subject in subject(),
        lie in lie(),
        from in 0_usize..60,
        lies in prop_oneof![Just(1_usize), Just(3), Just(usize::MAX)],
        is_issued in any::<bool>(),
    ) {
        let card = cards::simulate(subject.model.name, Uid::from(UID)).unwrap();
        let mut reader = SimulatedReader::new(card, *subject.profile);
        let honest = identify(&mut reader).unwrap();
        let driver = (subject.registration.build)(&site_settings());
        let record = [0xC3; 20];
        if is_issued {
            let seen = driver.inspect(&mut reader, &honest).unwrap();
            // A reader model may lack a way to such a card.
            let _ = seen.write(&mut reader, &record, &mut |_| {});
            reader.reset();
        }
        let mut liar = Liar { reader, lie, from, lies, commands: 0 };
        let _ = identify(&mut liar);
        if let Ok(seen) = driver.inspect(&mut liar, &honest) {
            let _ = seen.write(&mut liar, &[0x3C; 21], &mut |_| {});
            let _ = seen.wipe(&mut liar);
        }
    }
}
