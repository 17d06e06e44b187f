//! The driver at a desk: cards that a site meets, step by step.

mod frames;
mod keys;
mod tampering;

use crate::contract::{
    CardChannel, CardType, Contents, Driver, DriverError, DriverSettings, InspectedCard,
    ReaderProfile, SimulatedCard, Uid, identify, inspect_again,
};
use crate::keys::{KeyVersion, SecretKey, SiteKey, SiteKeys};
use crate::testing::{Recorder, SimulatedReader, site_settings};

use super::card_key::CardKey;
use super::models::Chip;
use super::simulated::SimulatedDesfire;
use super::wire::{PICC, Status};
use super::{FILE, REGISTRATION};

const UID: [u8; 7] = [0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x80];
const MODELS: [&str; 3] = ["desfire-ev1-4k", "desfire-ev2-4k", "desfire-ev3-2k"];

fn card(model: &str) -> SimulatedDesfire {
    SimulatedDesfire::new(Chip::by_name(model).unwrap(), &Uid::from(UID)).unwrap()
}

/// A card with this memory.
fn card_of(model: &str, memory: &[u8]) -> SimulatedDesfire {
    let mut card = card(model);
    assert!(card.load(memory));
    card
}

fn record(seed: u8, bytes: usize) -> Vec<u8> {
    crate::testing::cost::record(seed, bytes)
}

/// The settings of the site before it made its second key.
fn settings_before() -> DriverSettings {
    let key = SiteKey {
        version: KeyVersion::FIRST,
        key: SecretKey::new([1; 16]),
    };
    DriverSettings {
        site_keys: SiteKeys::new(vec![key]).ok(),
        ..site_settings()
    }
}

/// A card on a reader that remembers, and a driver.
struct Desk {
    reader: Recorder<SimulatedReader>,
    driver: Box<dyn Driver>,
    /// What the last inspection was of.
    card_type: Option<CardType>,
}

impl Desk {
    fn new(card: SimulatedDesfire, settings: &DriverSettings) -> Self {
        let reader = SimulatedReader::new(Box::new(card), ReaderProfile::ACR122U);
        Self {
            reader: Recorder::new(reader),
            driver: (REGISTRATION.build)(settings),
            card_type: None,
        }
    }

    fn inspect(&mut self) -> Result<Box<dyn InspectedCard>, DriverError> {
        let card_type = identify(&mut self.reader)?;
        assert!(self.driver.recognises(&card_type));
        self.reader.clear();
        let seen = self.driver.inspect(&mut self.reader, &card_type);
        self.card_type = Some(card_type);
        seen
    }

    /// As the agent does after a write.
    fn read_back(&mut self) -> Result<Box<dyn InspectedCard>, DriverError> {
        self.reader.clear();
        let card_type = self.card_type.as_ref().unwrap();
        inspect_again(&mut self.reader, card_type, &*self.driver)
    }

    /// Forgets what is in force on the card.
    fn forget(&mut self) {
        self.reader.session().unwrap().end();
    }

    fn write(&mut self, seen: &dyn InspectedCard, record: &[u8]) -> Result<(), DriverError> {
        self.reader.clear();
        seen.write(&mut self.reader, record, &mut |_| {})
    }

    fn issue(&mut self, record: &[u8]) {
        let seen = self.inspect().unwrap();
        self.write(&*seen, record).unwrap();
        let contents = self.inspect().unwrap().summary().contents.clone();
        assert_eq!(contents, Contents::Record(record.to_vec()));
    }

    /// The codes of what was sent since the last step began, frames after the first left out.
    fn sent(&self) -> Vec<u8> {
        let codes = self.reader.exchanges().iter().map(|one| one.bytes()[1]);
        codes.filter(|&code| code != 0xAF).collect()
    }

    /// How many answers said that a key is wrong.
    fn wrong_keys(&self) -> usize {
        let wrong = Status::AuthenticationError.word();
        let exchanges = self.reader.exchanges().iter();
        exchanges
            .filter(|one| {
                one.answer
                    .as_ref()
                    .is_ok_and(|answer| answer.status == wrong)
            })
            .count()
    }

    fn memory(&self) -> Vec<u8> {
        self.reader.channel().card().memory()
    }

    /// The version of key 0 of the card itself.
    fn picc_version(&mut self) -> u8 {
        self.reader.channel_mut().reset();
        let answer = self
            .reader
            .channel_mut()
            .answer(&[0x90, 0x64, 0, 0, 1, 0, 0]);
        assert_eq!(answer[1..], [0x91, 0x00]);
        answer[0]
    }
}

fn contains(memory: &[u8], bytes: &[u8]) -> bool {
    memory.windows(bytes.len()).any(|window| window == bytes)
}
