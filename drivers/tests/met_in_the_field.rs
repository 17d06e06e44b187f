//! Cards that were met in the field, and what must be made of each: `cases` holds them.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot go on stops its test"
)]

use cardbridge_drivers::cards;
use cardbridge_drivers::contract::{
    Contents, Driver, DriverError, Inspection, Others, ReaderProfile, Uid, identify,
};
use cardbridge_drivers::record::ndef::Kind;
use cardbridge_drivers::testing::{Recorder, SimulatedReader, site_settings};

/// One card on one reader.
struct Desk {
    reader: Recorder<SimulatedReader>,
    driver: Box<dyn Driver>,
}

impl Desk {
    fn new(model: &str, uid: &[u8], profile: ReaderProfile) -> Self {
        let card = cards::simulate(model, Uid::try_from(uid).unwrap()).unwrap();
        let (registration, _) = cards::model(model).unwrap();
        Self {
            reader: Recorder::new(SimulatedReader::new(card, profile)),
            driver: (registration.build)(&site_settings()),
        }
    }

    fn memory(&self) -> Vec<u8> {
        self.reader.channel().card().memory()
    }

    fn load(&mut self, memory: &[u8]) {
        assert!(self.reader.channel_mut().card_mut().load(memory));
        self.reader.channel_mut().reset();
    }

    fn try_inspect(&mut self) -> Result<Inspection, DriverError> {
        let card = identify(&mut self.reader)?;
        self.driver.inspect(&mut self.reader, &card)
    }

    fn inspect(&mut self) -> Inspection {
        self.try_inspect().unwrap()
    }

    fn issue(&mut self, record: &[u8]) {
        let seen = self.inspect();
        self.driver
            .write(&mut self.reader, &seen, record, &mut |_| {})
            .unwrap();
        assert_eq!(self.inspect().contents, Contents::Record(record.to_vec()));
    }

    fn wipe(&mut self) {
        let seen = self.inspect();
        self.driver.wipe(&mut self.reader, &seen).unwrap();
    }
}

#[test]
fn a_block_in_front_of_an_empty_message_makes_a_tag_foreign() {
    let memory = include_bytes!("cases/card-04-tlv-before-empty.ntag215.bin");
    for &profile in ReaderProfile::ALL {
        let mut desk = Desk::new("ntag215", &[0x04, 0xA1, 0xB2, 0, 0xC3, 0xD4, 0x0D], profile);
        desk.load(memory);
        let seen = desk.inspect();
        assert_eq!(seen.contents, Contents::Foreign, "{}", profile.name);
        assert_eq!(seen.others, [Others::Block(0xFD)]);
        desk.wipe();
        assert_eq!(desk.memory(), memory);
    }
}

#[test]
fn a_sector_that_is_not_blank_makes_a_classic_foreign_whatever_its_directory_says() {
    let memory = include_bytes!("cases/card-05-unregistered-sector.classic-1k.bin");
    for &profile in ReaderProfile::ALL {
        let mut desk = Desk::new("classic-1k", &memory[..4], profile);
        desk.load(memory);
        let seen = desk.inspect();
        assert_eq!(seen.contents, Contents::Foreign, "{}", profile.name);
        assert_eq!(seen.others, [Others::Sectors(vec![2])]);
        desk.wipe();
        assert_eq!(desk.memory(), memory);
    }
}

#[test]
fn a_record_added_to_ours_is_seen_beside_it() {
    let case = include_str!("cases/card-06-record-added-behind-ours.json");
    let case: serde_json::Value = serde_json::from_str(case).unwrap();
    let added = hex::decode(case["append"].as_str().unwrap()).unwrap();
    for model in ["ntag213", "ntag215", "ntag216", "ultralight-ev1-128"] {
        let mut desk = Desk::new(model, &[4, 1, 2, 3, 4, 5, 6], ReaderProfile::ACR122U);
        desk.issue(b"a record of ours");
        let mut memory = desk.memory();
        let area = &mut memory[16..];
        let ours = usize::from(area[1]);
        area[1] += u8::try_from(added.len()).unwrap();
        area[2] &= !0x40;
        let behind = 2 + ours;
        area[behind..behind + added.len()].copy_from_slice(&added);
        area[behind + added.len()] = 0xFE;
        desk.load(&memory);

        let seen = desk.inspect();
        assert_eq!(
            seen.contents,
            Contents::Beside(b"a record of ours".to_vec())
        );
        assert_eq!(seen.others, [Others::Record(Kind::Text)]);
        desk.wipe();
        assert_eq!(desk.inspect().contents, Contents::Blank);
        let left = desk.memory();
        assert!(!left.windows(2).any(|two| two == b"hi"), "{model}");
    }
}
