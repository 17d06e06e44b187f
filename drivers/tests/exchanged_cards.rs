//! What a reader does not notice between two commands: a card exchanged for another, a card that it has lost for a moment.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot go on stops its test"
)]

use cardbridge_drivers::cards;
use cardbridge_drivers::contract::apdu::{Command, Response};
use cardbridge_drivers::contract::{
    CardChannel, CardType, ChannelError, Contents, Driver, DriverSettings, ReaderProfile, Session,
    Uid, identify, identify_again, inspect_again,
};
use cardbridge_drivers::testing::conformance::{self, Subject};
use cardbridge_drivers::testing::{SimulatedReader, site_settings};

const UID: [u8; 7] = [0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x80];
const OTHER_UID: [u8; 7] = [0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x81];
const OLD: [u8; 20] = [0x3C; 20];
const RECORD: [u8; 20] = [0xC3; 20];

/// A channel whose card is exchanged before one command for another with the same on it, to the last key, but for its identifier.
struct Exchanging<'a> {
    reader: &'a mut SimulatedReader,
    before: usize,
    commands: usize,
    /// What was on the first card when it went.
    gone: Option<Vec<u8>>,
}

impl Exchanging<'_> {
    fn exchange(&mut self) {
        let memory = self.reader.card().memory();
        let [one, other] = [UID, OTHER_UID].map(|uid| blank(self.reader, uid));
        let mut copy = memory.clone();
        for (at, (one, other)) in one.iter().zip(&other).enumerate() {
            if one != other {
                copy[at] = *other;
            }
        }
        assert!(self.reader.card_mut().load(&copy));
        self.reader.card_mut().select();
        self.gone = Some(memory);
    }
}

impl CardChannel for Exchanging<'_> {
    fn atr(&self) -> &[u8] {
        self.reader.atr()
    }

    fn profile(&self) -> ReaderProfile {
        self.reader.profile()
    }

    fn transmit(&mut self, command: &Command) -> Result<Response, ChannelError> {
        if self.commands == self.before {
            self.exchange();
        }
        self.commands += 1;
        self.reader.transmit(command)
    }

    fn reconnect(&mut self) -> Result<(), ChannelError> {
        self.reader.reconnect()
    }

    fn session(&mut self) -> Option<&mut Session> {
        self.reader.session()
    }
}

fn blank(reader: &SimulatedReader, uid: [u8; 7]) -> Vec<u8> {
    let card = cards::simulate(reader.card().model(), Uid::from(uid));
    card.unwrap().memory()
}

/// Every model in every set-up, on the reader that can do most.
fn subjects() -> impl Iterator<Item = Subject> {
    conformance::subjects().filter(|subject| *subject.profile == ReaderProfile::ACR122U)
}

fn settings(subject: &Subject) -> DriverSettings {
    DriverSettings {
        type2_password: subject.setup.type2_password,
        classic_sectors: subject.setup.classic_sectors,
        ..site_settings()
    }
}

/// A reader with a card on it, blank or with a record, as it was looked at.
struct Stage {
    reader: SimulatedReader,
    driver: Box<dyn Driver>,
    card_type: CardType,
}

impl Stage {
    fn new(subject: &Subject, old: Option<&[u8]>) -> Self {
        let card = cards::simulate(subject.model.name, Uid::from(UID)).unwrap();
        let mut reader = SimulatedReader::new(card, *subject.profile);
        let driver = (subject.registration.build)(&settings(subject));
        let card_type = identify(&mut reader).unwrap();
        if let Some(old) = old {
            let seen = driver.inspect(&mut reader, &card_type).unwrap();
            seen.write(&mut reader, old, &mut |_| {}).unwrap();
            reader.reset();
        }
        Self {
            reader,
            driver,
            card_type,
        }
    }

    fn holds(&mut self, record: &[u8]) -> bool {
        self.reader.reset();
        let seen = self.driver.inspect(&mut self.reader, &self.card_type);
        seen.is_ok_and(|seen| is(&seen.summary().contents, record))
    }

    /// Writes and reads back as the agent does, on a card that is exchanged before a command. The answer is whether it passes for a
    /// good one, and what was on the first card when it went; `None` when fewer commands were sent.
    fn issue(&mut self, record: &[u8], before: usize) -> Option<(bool, Vec<u8>)> {
        let seen = self.driver.inspect(&mut self.reader, &self.card_type);
        let seen = seen.unwrap();
        let mut channel = Exchanging {
            reader: &mut self.reader,
            before,
            commands: 0,
            gone: None,
        };
        let after = identify_again(&mut channel, &self.card_type)
            .and_then(|_| seen.write(&mut channel, record, &mut |_| {}))
            .and_then(|()| inspect_again(&mut channel, &self.card_type, &*self.driver));
        let is_good = after.is_ok_and(|after| is(&after.summary().contents, record));
        Some((is_good, channel.gone?))
    }
}

fn is(contents: &Contents, record: &[u8]) -> bool {
    matches!(contents, Contents::Record(found) if found == record)
}

/// A key proves a card only where no other can have it: those of a MIFARE Classic anybody can find out, and until a card has its own all
/// cards have the same.
#[test]
fn a_card_that_was_exchanged_is_not_read_back_in_place_of_the_first() {
    for subject in subjects() {
        for old in [None, Some(&OLD[..])] {
            for before in 0.. {
                let mut stage = Stage::new(&subject, old);
                let Some((is_good, gone)) = stage.issue(&RECORD, before) else {
                    break;
                };
                assert!(stage.reader.card_mut().load(&gone));
                assert!(
                    !is_good || stage.holds(&RECORD),
                    "{} {}: exchanged before command {before}",
                    subject.model.name,
                    subject.setup.name
                );
            }
        }
    }
}

/// What one operation leaves in force the next cannot count on: a reader may select a card again by itself.
#[test]
fn a_card_that_was_lost_for_a_moment_between_two_operations_is_written_and_read_back() {
    for subject in subjects() {
        let Stage {
            mut reader,
            driver,
            card_type,
        } = Stage::new(&subject, Some(&OLD));
        let name = (subject.model.name, subject.setup.name);
        let seen = driver.inspect(&mut reader, &card_type).unwrap();
        reader.card_mut().select();
        let written = seen.write(&mut reader, &RECORD, &mut |_| {});
        assert_eq!(written, Ok(()), "{name:?}");
        reader.card_mut().select();
        let after = inspect_again(&mut reader, &card_type, &*driver).unwrap();
        assert!(is(&after.summary().contents, &RECORD), "{name:?}");
    }
}
