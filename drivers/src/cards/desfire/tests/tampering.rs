//! Answers that are not what the card said: whatever comes, nothing panics, nothing goes on for ever, and no record is
//! believed that is not there.

use proptest::prelude::*;

use super::*;
use crate::contract::ChannelError;
use crate::contract::apdu::{Command, Response};

/// A reader with an attacker between its card and us.
struct Tampered {
    reader: SimulatedReader,
    /// The answer to change, the first being 0.
    at: usize,
    how: Change,
    answers: usize,
}

#[derive(Debug, Clone)]
enum Change {
    /// One bit, counted from the end.
    Flip(usize),
    /// The last bytes.
    Cut(usize),
    /// All of it, for this answer and all that follow.
    Replace(Vec<u8>),
    /// More bytes before the status word.
    Insert(Vec<u8>),
}

impl CardChannel for Tampered {
    fn atr(&self) -> &[u8] {
        self.reader.atr()
    }

    fn profile(&self) -> ReaderProfile {
        self.reader.profile()
    }

    fn transmit(&mut self, command: &Command) -> Result<Response, ChannelError> {
        let mut answer = self.reader.transmit(command)?.to_bytes();
        self.answers += 1;
        assert!(self.answers < 10_000, "it goes on for ever");
        if let (Change::Replace(other), true) = (&self.how, self.answers > self.at) {
            return Response::parse(other.clone());
        }
        if self.answers == self.at + 1 {
            let length = answer.len();
            match &self.how {
                Change::Flip(bit) => {
                    let bit = bit % (length * 8);
                    answer[length - 1 - bit / 8] ^= 1 << (bit % 8);
                }
                Change::Cut(bytes) => answer.truncate(length.saturating_sub(*bytes)),
                Change::Insert(bytes) => {
                    answer.splice(length - 2..length - 2, bytes.iter().copied());
                }
                Change::Replace(_) => {}
            }
        }
        Response::parse(answer)
    }

    fn reconnect(&mut self) -> Result<(), ChannelError> {
        self.reader.reconnect()
    }
}

fn change() -> impl Strategy<Value = Change> {
    let bytes = || proptest::collection::vec(any::<u8>(), 0..70);
    let status = || prop_oneof![Just(vec![0x91, 0x00]), Just(vec![0x91, 0xAF])];
    prop_oneof![
        4 => (0..600_usize).prop_map(Change::Flip),
        1 => (1..70_usize).prop_map(Change::Cut),
        1 => bytes().prop_map(Change::Insert),
        1 => bytes().prop_map(Change::Replace),
        1 => (bytes(), status()).prop_map(|(data, status)| Change::Replace([data, status].concat())),
    ]
}

/// A card that holds a record under the keys of before, so that everything there is comes up when it is written.
fn held(model: &str) -> Vec<u8> {
    let mut desk = Desk::new(card(model), &settings_before());
    desk.issue(&record(0, 100));
    desk.memory()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn an_answer_that_was_changed_is_not_believed(
        model in prop::sample::select(MODELS.to_vec()),
        is_held in any::<bool>(),
        at in 0..40_usize,
        how in change(),
    ) {
        let memory = if is_held { held(model) } else { card(model).memory() };
        let reader = SimulatedReader::new(Box::new(card_of(model, &memory)), ReaderProfile::ACR122U);
        let mut tampered = Tampered { reader, at, how, answers: 0 };
        let driver = (REGISTRATION.build)(&site_settings());
        let Ok(card_type) = identify(&mut tampered) else { return Ok(()) };
        if !driver.recognises(&card_type) {
            return Ok(());
        }
        let is_same_card = card_type.uid == Uid::from(UID);
        let Ok(seen) = driver.inspect(&mut tampered, &card_type) else { return Ok(()) };
        prop_assert_eq!(&tampered.reader.card().memory(), &memory);
        if let Contents::Record(found) = &seen.summary().contents {
            prop_assert_eq!(found, &record(0, 100));
        }
        let written = seen.write(&mut tampered, &record(1, 150), &mut |_| {});
        if written.is_ok() && is_same_card && seen.summary().model.name == model {
            let memory = tampered.reader.card().memory();
            let mut desk = Desk::new(card_of(model, &memory), &site_settings());
            prop_assert_eq!(desk.inspect().unwrap().summary().contents.clone(), Contents::Record(record(1, 150)));
        }
    }

    #[test]
    fn a_memory_that_was_changed_is_seen_through(
        model in prop::sample::select(MODELS.to_vec()),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut memory = held(model);
        for (index, byte) in changes {
            let at = index.index(memory.len());
            memory[at] = byte;
        }
        let subject = crate::testing::conformance::subjects()
            .find(|subject| subject.model.name == model)
            .unwrap();
        crate::testing::conformance::hostile(&subject, &memory)
            .map_err(|failure| TestCaseError::fail(failure.to_string()))?;
    }
}

#[test]
fn a_length_that_no_file_has_is_a_torn_card_which_is_mended() {
    for model in MODELS {
        for length in [0xFFFF_u16, 1023, 511] {
            let capacity = Chip::by_name(model).unwrap().model.capacity;
            if usize::from(length) <= capacity {
                continue;
            }
            let mut desk = Desk::new(card(model), &site_settings());
            desk.issue(&record(0, 100));
            let mut memory = desk.memory();
            let file = [&[0, 100], record(0, 100).as_slice()].concat();
            let at = memory.windows(102).position(|part| part == file).unwrap();
            memory[at..at + 2].copy_from_slice(&length.to_be_bytes());
            let mut desk = Desk::new(card_of(model, &memory), &site_settings());
            let seen = desk.inspect().unwrap();
            assert_eq!(seen.summary().contents, Contents::Torn, "{model} {length}");
            seen.wipe(&mut desk.reader).unwrap();
            assert_eq!(
                desk.inspect().unwrap().summary().contents.clone(),
                Contents::Blank
            );
            assert!(!contains(&desk.memory(), &record(0, 8)));
            desk.issue(&record(1, 100));
        }
    }
}
