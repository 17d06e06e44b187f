//! The simulated reader, APDU by APDU.

use super::*;
use crate::cards;
use crate::contract::Uid;

fn reader(profile: ReaderProfile) -> SimulatedReader {
    let uid = Uid::from([0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x80]);
    SimulatedReader::new(cards::simulate("ntag215", uid).unwrap(), profile)
}

fn ask(reader: &mut SimulatedReader, command: &str) -> String {
    hex::encode(reader.answer(&hex::decode(command).unwrap()))
}

#[test]
fn uid_reading_and_writing_on_every_profile() {
    for profile in ReaderProfile::ALL {
        let mut reader = reader(*profile);
        assert_eq!(ask(&mut reader, "ffca000000"), "04a1b2c3d4e5809000");
        assert_eq!(ask(&mut reader, "ffb0000304"), "e1103e009000");
        assert_eq!(ask(&mut reader, "ffd600050401020304"), "9000");
        assert_eq!(
            ask(&mut reader, "ffb0000410"),
            "0300fe0001020304000000000000000 09000".replace(' ', "")
        );
    }
}

#[test]
fn get_version_in_the_form_of_each_make() {
    const VERSION: &str = "0004040201001103";
    let mut pn532 = reader(ReaderProfile::ACR122U);
    assert_eq!(
        ask(&mut pn532, "ff00000003d44260"),
        format!("d54300{VERSION}9000")
    );
    let mut plain = reader(ReaderProfile::ACR1252U);
    assert_eq!(ask(&mut plain, "ff0000000160"), format!("{VERSION}9000"));
    let mut transparent = reader(ReaderProfile::UTRUST_3700F);
    assert_eq!(
        ask(&mut transparent, "ffc2000103950160"),
        "6a81",
        "there is no session yet"
    );
    assert_eq!(ask(&mut transparent, "ffc20000028100"), "c0030090009000");
    assert_eq!(
        ask(&mut transparent, "ffc200010395016000"),
        format!("c0030090009708{VERSION}9000")
    );
}

#[test]
fn the_wrong_form_fails_and_may_halt_the_tag() {
    let mut pn532 = reader(ReaderProfile::ACR122U);
    assert_eq!(ask(&mut pn532, "ff0000000160"), "6300");
    assert_ne!(
        ask(&mut pn532, "ffb0000410"),
        "6300",
        "the reader kept it to itself"
    );

    let mut plain = reader(ReaderProfile::ACR1252U);
    assert_eq!(ask(&mut plain, "ff00000003d44260"), "6300");
    assert_eq!(
        ask(&mut plain, "ffb0000410"),
        "6300",
        "the tag got it, and is halted"
    );
    plain.reconnect().unwrap();
    assert_ne!(ask(&mut plain, "ffb0000410"), "6300");

    let mut none = reader(ReaderProfile::OMNIKEY_5022);
    for raw in ["ff00000003d44260", "ff0000000160", "ffc20000028100"] {
        assert_eq!(ask(&mut none, raw), "6a81");
    }
}

#[test]
fn a_halted_tag_answers_nothing_but_its_uid_is_remembered() {
    let mut reader = reader(ReaderProfile::UTRUST_3700F);
    assert_eq!(ask(&mut reader, "ffb0ff0010"), "6b00");
    assert_eq!(ask(&mut reader, "ffb000ff10"), "6a82");
    assert_eq!(ask(&mut reader, "ffb0000410"), "6a82");
    assert_eq!(ask(&mut reader, "ffd600050401020304"), "6581");
    assert_eq!(ask(&mut reader, "ffca000000"), "04a1b2c3d4e5809000");
}

#[test]
fn malformed_commands_get_a_status_word() {
    for (command, answer) in [
        ("", "6700"),
        ("ff", "6700"),
        ("ffb000", "6700"),
        ("ffd6000504010203", "6700"),
        ("ffd60005040102030405 06", "6700"),
        ("ffd60005000000", "6700"),
        ("ffd6000503010203", "6700"),
        ("ffb0000411", "6700"),
        ("ffca010000", "6a81"),
        ("ff82000006ffffffffffff", "6a81"),
        ("ff20000000", "6d00"),
        ("00a4040000", "6e00"),
    ] {
        let mut reader = reader(ReaderProfile::OMNIKEY_5022);
        assert_eq!(
            ask(&mut reader, &command.replace(' ', "")),
            answer,
            "{command}"
        );
    }
}

proptest::proptest! {
    #[test]
    fn hostile_commands_do_not_panic(
        commands in proptest::collection::vec(proptest::collection::vec(proptest::prelude::any::<u8>(), 0..12), 1..8),
        class in proptest::bool::ANY,
    ) {
        for profile in ReaderProfile::ALL {
            let mut reader = reader(*profile);
            for command in &commands {
                let mut command = command.clone();
                if let (true, Some(first)) = (class, command.first_mut()) {
                    *first = 0xFF;
                }
                proptest::prop_assert!(reader.answer(&command).len() >= 2);
            }
        }
    }
}
