//! What the Type 2 driver makes of particular cards, byte for byte.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot go on stops its test"
)]

use cardbridge_drivers::cards;
use cardbridge_drivers::contract::{
    CardType, Contents, Driver, DriverError, DriverSettings, InspectedCard, ReaderProfile, Uid,
    identify,
};
use cardbridge_drivers::testing::{Recorder, SimulatedReader};

const UID: [u8; 7] = [0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x80];

struct Desk {
    reader: Recorder<SimulatedReader>,
    card: CardType,
    driver: Box<dyn Driver>,
}

impl Desk {
    fn with(model: &str, profile: ReaderProfile) -> Self {
        let card = cards::simulate(model, Uid::from(UID)).unwrap();
        let mut reader = Recorder::new(SimulatedReader::new(card, profile));
        let card = identify(&mut reader).unwrap();
        let (_, driver) = cards::driver_for(&card, &DriverSettings::default()).unwrap();
        Self {
            reader,
            card,
            driver,
        }
    }

    fn new(model: &str) -> Self {
        Self::with(model, ReaderProfile::ACR122U)
    }

    /// Changes the memory from a page on, given in hex.
    fn set(&mut self, page: usize, bytes: &str) -> &mut Self {
        let bytes = hex::decode(bytes.replace(' ', "")).unwrap();
        let mut memory = self.reader.channel().card().memory();
        memory[page * 4..page * 4 + bytes.len()].copy_from_slice(&bytes);
        assert!(self.reader.channel_mut().card_mut().load(&memory));
        self
    }

    fn page(&self, page: usize) -> String {
        hex::encode(&self.reader.channel().card().memory()[page * 4..][..4])
    }

    fn try_inspect(&mut self) -> Result<Box<dyn InspectedCard>, DriverError> {
        self.reader.clear();
        self.driver.inspect(&mut self.reader, &self.card)
    }

    fn inspect(&mut self) -> Box<dyn InspectedCard> {
        self.try_inspect().unwrap()
    }

    fn write(&mut self, record: &[u8]) -> Result<(), DriverError> {
        let seen = self.inspect();
        self.reader.clear();
        seen.write(&mut self.reader, record, &mut |_| {})
    }

    fn wipe(&mut self) {
        let seen = self.inspect();
        self.reader.clear();
        seen.wipe(&mut self.reader).unwrap();
    }

    /// The pages that the last operation wrote, in order.
    fn written(&self) -> Vec<u8> {
        self.reader
            .exchanges()
            .iter()
            .filter(|exchange| exchange.bytes().starts_with(&[0xFF, 0xD6]))
            .map(|exchange| exchange.bytes()[3])
            .collect()
    }
}

#[test]
fn a_record_stands_on_the_card_as_one_ndef_message() {
    let mut desk = Desk::new("ntag215");
    desk.write(&[0xD1, 0x84, 0x43, 0xA1, 0x01]).unwrap();
    let area = hex::encode(&desk.reader.channel().card().memory()[16..48]);
    assert_eq!(
        area,
        // TLV 03, 23 bytes; MB ME SR MIME, 15 bytes of type, 5 of payload; "application/cwt"; the record; FE.
        "0317d20f056170706c69636174696f6e2f637774d1844 3a101fe000000000000".replace(' ', "")
    );
}

#[test]
fn a_blank_card_is_written_from_its_second_page_on_and_its_first_last() {
    let mut desk = Desk::new("ntag215");
    desk.write(&[1, 2, 3, 4]).unwrap();
    assert_eq!(desk.written(), [5, 6, 7, 8, 9, 10, 4]);
}

#[test]
fn anything_else_is_first_made_an_empty_message() {
    let mut desk = Desk::new("ntag213");
    desk.write(&[1, 2, 3, 4]).unwrap();
    assert_eq!(desk.written(), [4, 5, 6, 7, 8, 9, 10, 4]);
    desk.write(&[1, 2, 3, 5]).unwrap();
    assert_eq!(desk.written(), [4, 9, 4], "only what differs between them");
}

#[test]
fn an_empty_message_without_a_terminator_gets_one_first() {
    let mut desk = Desk::new("ntag215");
    desk.set(4, "03000000");
    desk.write(&[1, 2, 3, 4]).unwrap();
    assert_eq!(desk.written(), [4, 5, 6, 7, 8, 9, 10, 4]);
}

#[test]
fn a_wipe_takes_the_first_sign_of_the_record_off_last() {
    let mut desk = Desk::new("ntag213");
    desk.write(&[1, 2, 3, 4]).unwrap();
    desk.wipe();
    assert_eq!(desk.written(), [4, 9, 8, 7, 6, 5]);
    assert_eq!(desk.page(4), "0300fe00");
}

#[test]
fn no_other_page_is_ever_written() {
    for (name, last_page) in [
        ("ultralight-ev1-48", 0x0F),
        ("ultralight-ev1-128", 0x23),
        ("ntag213", 0x27),
        ("ntag215", 0x81),
        ("ntag216", 0xE1),
    ] {
        let (_, model) = cards::model(name).unwrap();
        let mut desk = Desk::new(name);
        desk.write(&vec![0xA5; model.capacity]).unwrap();
        let mut written = desk.written();
        desk.wipe();
        written.extend(desk.written());
        written.sort_unstable();
        written.dedup();
        // The container of an NTAG213 is whole from the factory on.
        let first_page = if name == "ntag213" { 4 } else { 3 };
        let all: Vec<u8> = (first_page..=last_page).collect();
        assert_eq!(written, all, "{name}");
    }
}

#[test]
fn an_unformatted_ultralight_gets_its_capability_container_first() {
    let mut desk = Desk::new("ultralight-ev1-48");
    desk.write(&[1]).unwrap();
    assert_eq!(desk.written()[..2], [3, 4]);
    assert_eq!(desk.page(3), "e1100600");
}

#[test]
fn a_factory_container_is_completed_only_for_a_record_that_needs_it() {
    for (model, declared, factory, whole) in [
        ("ntag215", 470, "e1103e00", "e1103f00"),
        ("ntag216", 846, "e1106d00", "e1106f00"),
    ] {
        let mut desk = Desk::new(model);
        desk.write(&vec![7; declared]).unwrap();
        assert_eq!(desk.page(3), factory);
        desk.write(&vec![7; declared + 1]).unwrap();
        assert_eq!(desk.page(3), whole);
    }
}

#[test]
fn a_container_that_cannot_be_completed_limits_the_capacity() {
    // 40 hex: 512 bytes; its bit is none of 3F's. Only the chip's own area counts.
    assert_eq!(
        Desk::new("ntag215")
            .set(3, "e1104000")
            .inspect()
            .summary()
            .capacity,
        478
    );
    // 80 hex on an NTAG216 would be 1024 bytes; 50 hex, 640, is smaller, and 6F lacks its bit 4.
    assert_eq!(
        Desk::new("ntag216")
            .set(3, "e1105000")
            .inspect()
            .summary()
            .capacity,
        614
    );
    // 12 hex, 144 bytes, could be completed to 3F.
    assert_eq!(
        Desk::new("ntag215")
            .set(3, "e1101200")
            .inspect()
            .summary()
            .capacity,
        478
    );
    let mut locked = Desk::new("ntag215");
    locked.set(2, "72480800");
    assert_eq!(
        locked.inspect().summary().capacity,
        470,
        "the container itself is locked"
    );
}

#[test]
fn torn_cards_are_told_from_blank_and_foreign_ones() {
    let contents = |area: &str| {
        Desk::new("ntag215")
            .set(4, area)
            .inspect()
            .summary()
            .contents
            .clone()
    };
    assert_eq!(contents("0300fe00 00000000"), Contents::Blank);
    assert_eq!(contents("00000300 fe000000"), Contents::Blank);
    assert_eq!(
        contents("0303d000 00fe0000"),
        Contents::Blank,
        "an empty NDEF record"
    );
    assert_eq!(contents("fe000000 00000000"), Contents::Blank);
    assert_eq!(contents("0300fe00 7f617070"), Contents::Torn);
    assert_eq!(
        contents("0300fe00 d20ff061"),
        Contents::Torn,
        "behind a long TLV"
    );
    assert_eq!(
        contents("0300fe00 c20f0000 0102"),
        Contents::Torn,
        "a long record"
    );
    assert_eq!(
        contents("0300fe00 f0617070"),
        Contents::Blank,
        "240 bytes need the long TLV"
    );
    assert_eq!(
        contents("0300fe00 d20f1061"),
        Contents::Blank,
        "16 bytes do not"
    );
    assert_eq!(contents("0300fd02 0102fe00"), Contents::Foreign);
    assert_eq!(contents("fd02 0102fe00 0000"), Contents::Foreign);
    assert_eq!(
        contents("03ff0300 d20f0000"),
        Contents::Broken,
        "a length past the end"
    );
    assert_eq!(contents("03fe"), Contents::Broken);
}

#[test]
fn a_record_behind_a_lock_control_block_is_read_and_replaced() {
    let message = "0315 d20f03 6170706c69636174696f6e2f637774 aabbcc fe";
    let mut desk = Desk::new("ntag213");
    desk.set(4, &format!("0103a00c34{message}"));
    assert_eq!(
        desk.inspect().summary().contents,
        Contents::Record(vec![0xAA, 0xBB, 0xCC])
    );
    desk.write(&[0xAA, 0xBB, 0xCC]).unwrap();
    assert!(desk.written().is_empty());
    desk.write(&[1, 2]).unwrap();
    assert_eq!(
        desk.inspect().summary().contents,
        Contents::Record(vec![1, 2])
    );
}

#[test]
fn a_message_is_found_wherever_the_reads_fall() {
    let record = "15d20f03 6170706c69636174696f6e2f637774 aabbcc fe";
    for nulls in 0..24 {
        let mut desk = Desk::new("ntag213");
        desk.set(4, &format!("{}03{record}", "00".repeat(nulls)));
        let found = desk.inspect().summary().contents.clone();
        assert_eq!(
            found,
            Contents::Record(vec![0xAA, 0xBB, 0xCC]),
            "behind {nulls} bytes"
        );
    }
}

#[test]
fn a_halted_tag_is_selected_again() {
    let mut desk = Desk::new("ntag213");
    desk.reader.channel_mut().card_mut().exchange(&[0xFF]);
    assert_eq!(desk.inspect().summary().contents, Contents::Blank);
    assert_eq!(desk.reader.reconnects(), 1);
}

#[test]
fn a_locked_record_is_not_wiped_in_part() {
    let mut desk = Desk::new("ntag213");
    desk.write(&[1, 2, 3, 4]).unwrap();
    desk.set(2, "72484000");
    let seen = desk.inspect();
    desk.reader.clear();
    let refused = seen.wipe(&mut desk.reader);
    assert!(
        matches!(refused, Err(DriverError::Locked { .. })),
        "{refused:?}"
    );
    assert!(desk.written().is_empty());
}

#[test]
fn a_torn_long_record_is_wiped_to_its_end() {
    let mut desk = Desk::new("ntag215");
    // The second page says that it is a long record, the third how long: 478 bytes, the whole data area.
    desk.set(6, &"a5".repeat(496));
    desk.set(4, "0300fe00 c20f0000 01de6170");
    desk.wipe();
    let memory = desk.reader.channel().card().memory();
    assert!(memory[16..520].iter().all(|&byte| byte != 0xA5));
    assert_eq!(desk.inspect().summary().contents, Contents::Blank);
}

#[test]
fn an_area_too_small_for_an_empty_record_takes_none() {
    let mut desk = Desk::new("ntag213");
    desk.set(3, "e1100100");
    let error = desk.write(&[]).unwrap_err();
    assert!(
        matches!(error, DriverError::TooSmall { available: 0, .. }),
        "{error}"
    );
    assert!(desk.written().is_empty());
}

#[test]
fn a_small_record_fits_in_front_of_locked_pages() {
    let mut desk = Desk::new("ntag213");
    desk.set(0x28, "04000000");
    let seen = desk.inspect();
    // Dynamic lock bit 2 locks pages 14 and 15 hex; 64 bytes are in front of them, 21 of these around the record.
    assert_eq!(seen.check_fits(43), Ok(()));
    let locked = DriverError::Locked {
        what: "dynamic lock bits are set",
    };
    assert_eq!(seen.check_fits(44), Err(locked.clone()));
    assert_eq!(desk.write(&[1; 44]), Err(locked));
    desk.write(&[1; 43]).unwrap();
}

#[test]
fn without_a_version_the_end_of_memory_tells_the_model() {
    let (type2, _) = cards::model("ntag215").unwrap();
    for model in type2.models {
        let mut desk = Desk::with(model.name, ReaderProfile::OMNIKEY_5022);
        assert_eq!(desk.inspect().summary().model.name, model.name);
        if model.name == "ultralight-c" {
            continue;
        }
        desk.write(&[1, 2, 3]).unwrap();
        assert_eq!(
            desk.inspect().summary().contents,
            Contents::Record(vec![1, 2, 3])
        );
        assert_eq!(desk.inspect().summary().model.name, model.name);
    }
    // The container of an NTAG213 on something larger, such as an Ultralight C has it.
    let refused = Desk::with("ntag215", ReaderProfile::OMNIKEY_5022)
        .set(3, "e1101200")
        .try_inspect();
    assert!(
        matches!(refused, Err(DriverError::Unsupported { .. })),
        "{refused:?}"
    );
}

#[test]
fn a_write_that_the_card_refuses_names_the_page_and_leaves_the_card_awake() {
    let mut desk = Desk::new("ntag213");
    let seen = desk.inspect();
    // Locked between the two looks, so that only the card itself can refuse.
    desk.set(2, "72484000");
    let refused = seen.write(&mut desk.reader, &[1], &mut |_| {});
    let error = refused.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the card refused to write page 6 (status 6300)"
    );
    assert_eq!(desk.reader.reconnects(), 1);
    assert_eq!(desk.inspect().summary().contents, Contents::Torn);
}

#[test]
fn a_full_card_says_which_card_to_take() {
    let mut desk = Desk::new("ntag213");
    let error = desk.write(&[0; 127]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the record needs 127 bytes, this NTAG213 has room for 123"
    );
    let larger = cards::smallest_for(127).unwrap().title;
    assert!(
        matches!(error, DriverError::TooSmall { smallest: Some(smallest), .. } if smallest == larger),
        "{error:?}"
    );
    assert!(desk.written().is_empty());
}
