//! Cards that were met in the field, and what must be made of each: `cases` holds them.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot go on stops its test"
)]

use cardbridge_drivers::cards;
use cardbridge_drivers::contract::{
    Answer, Contents, Driver, DriverError, InspectedCard, Mishap, Others, ReaderProfile,
    SimulatedCard, Uid, identify,
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

    fn try_inspect(&mut self) -> Result<Box<dyn InspectedCard>, DriverError> {
        let card = identify(&mut self.reader)?;
        self.driver.inspect(&mut self.reader, &card)
    }

    fn inspect(&mut self) -> Box<dyn InspectedCard> {
        self.try_inspect().unwrap()
    }

    fn issue(&mut self, record: &[u8]) {
        let seen = self.inspect();
        seen.write(&mut self.reader, record, &mut |_| {}).unwrap();
        assert_eq!(
            self.inspect().summary().contents,
            Contents::Record(record.to_vec())
        );
    }

    fn wipe(&mut self) {
        let seen = self.inspect();
        seen.wipe(&mut self.reader).unwrap();
    }
}

/// A card of another maker, which answers something else to `GET_VERSION`.
#[derive(Debug)]
struct OtherMaker {
    card: Box<dyn SimulatedCard>,
    version: Vec<u8>,
}

impl SimulatedCard for OtherMaker {
    fn model(&self) -> &'static str {
        self.card.model()
    }
    fn uid(&self) -> Uid {
        self.card.uid()
    }
    fn atr(&self) -> Vec<u8> {
        self.card.atr()
    }
    fn select(&mut self) {
        self.card.select();
    }
    fn exchange(&mut self, frame: &[u8]) -> Answer {
        match (frame, self.card.exchange(frame)) {
            ([0x60], Answer::Frame(_)) => Answer::Frame(self.version.clone()),
            (_, answer) => answer,
        }
    }
    fn memory(&self) -> Vec<u8> {
        self.card.memory()
    }
    fn load(&mut self, memory: &[u8]) -> bool {
        self.card.load(memory)
    }
    fn writes(&self) -> u64 {
        self.card.writes()
    }
    fn spoil_next_write(&mut self, mishap: Option<Mishap>) {
        self.card.spoil_next_write(mishap);
    }
}

#[test]
fn a_tag_of_an_unknown_version_is_measured_and_judged_alike_at_every_reader() {
    let case = include_str!("cases/card-03-ev1-mikron.json");
    let case: serde_json::Value = serde_json::from_str(case).unwrap();
    let bytes = |field: &str| hex::decode(case[field].as_str().unwrap()).unwrap();
    let model = case["type"].as_str().unwrap();
    for &profile in ReaderProfile::ALL {
        let uid = Uid::try_from(bytes("uid").as_slice()).unwrap();
        let card = OtherMaker {
            card: cards::simulate(model, uid).unwrap(),
            version: bytes("get_version"),
        };
        let mut reader = SimulatedReader::new(Box::new(card), profile);
        let card = identify(&mut reader).unwrap();
        let (_, driver) = cards::driver_for(&card, &site_settings()).unwrap();
        let seen = driver.inspect(&mut reader, &card).unwrap();
        let found = (
            seen.summary().model.name,
            seen.summary().capacity,
            &seen.summary().contents,
        );
        assert_eq!(found, (model, 107, &Contents::Blank), "{}", profile.name);
        seen.write(&mut reader, b"a record", &mut |_| {}).unwrap();
        let seen = driver.inspect(&mut reader, &card).unwrap();
        assert_eq!(
            seen.summary().contents,
            Contents::Record(b"a record".to_vec())
        );
    }
}

#[test]
fn a_classic_that_answers_otherwise_to_selection_is_one() {
    let case = include_str!("cases/card-02-classic-sak88.json");
    let case: serde_json::Value = serde_json::from_str(case).unwrap();
    let bytes = |field: &str| hex::decode(case[field].as_str().unwrap()).unwrap();
    for &profile in ReaderProfile::ALL {
        let mut desk = Desk::new("classic-1k", &bytes("uid"), profile);
        let mut memory = desk.memory();
        memory[5] = 0x88;
        assert!(desk.reader.channel_mut().card_mut().load(&memory));
        let card = desk.reader.channel().card();
        assert_eq!(card.atr(), bytes("atr"));
        // The reader gives the answer to reset of the card that is placed now.
        let mut placed = cards::simulate("classic-1k", card.uid()).unwrap();
        assert!(placed.load(&memory));
        desk.reader = Recorder::new(SimulatedReader::new(placed, profile));
        let card = identify(&mut desk.reader).unwrap();
        let (registration, _) = cards::driver_for(&card, &site_settings()).unwrap();
        assert_eq!(registration.name, "classic");
        let seen = desk.inspect();
        assert_eq!(
            (seen.summary().model.name, seen.summary().contents.clone()),
            ("classic-1k", Contents::Blank)
        );
        desk.issue(&[7; 200]);
    }
}

#[test]
fn a_block_in_front_of_an_empty_message_makes_a_tag_foreign() {
    let memory = include_bytes!("cases/card-04-tlv-before-empty.ntag215.bin");
    for &profile in ReaderProfile::ALL {
        let mut desk = Desk::new("ntag215", &[0x04, 0xA1, 0xB2, 0, 0xC3, 0xD4, 0x0D], profile);
        desk.load(memory);
        let seen = desk.inspect();
        assert_eq!(
            seen.summary().contents,
            Contents::Foreign,
            "{}",
            profile.name
        );
        assert_eq!(seen.summary().others, [Others::Block(0xFD)]);
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
        assert_eq!(
            seen.summary().contents,
            Contents::Foreign,
            "{}",
            profile.name
        );
        assert_eq!(seen.summary().others, [Others::Sectors(vec![2])]);
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
            seen.summary().contents,
            Contents::Beside(b"a record of ours".to_vec())
        );
        assert_eq!(seen.summary().others, [Others::Record(Kind::Text)]);
        desk.wipe();
        assert_eq!(desk.inspect().summary().contents, Contents::Blank);
        let left = desk.memory();
        assert!(!left.windows(2).any(|two| two == b"hi"), "{model}");
    }
}
