//! The simulated reader, APDU by APDU.

use super::*;
use crate::cards;
use crate::contract::apdu::{Command, Response};
use crate::contract::{Authenticate, KeyKind, Mishap, Uid, signal};

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
        ("ff82000006ffffffffffff", "6986"),
        ("ff82200006ffffffffff", "6700"),
        ("ff82202006ffffffffffff", "6988"),
        ("ff82201f05ffffffffff", "6989"),
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

fn classic(profile: ReaderProfile) -> SimulatedReader {
    SimulatedReader::new(Box::new(OneKeyCard), profile)
}

/// A MIFARE Classic 1K as far as authentications go: sector 0 has key A 010203040506.
#[derive(Debug)]
struct OneKeyCard;

impl SimulatedCard for OneKeyCard {
    fn model(&self) -> &'static str {
        "one-key"
    }

    fn uid(&self) -> Uid {
        Uid::try_from([0xA1, 0xB2, 0xC3, 0xD4].as_slice()).unwrap()
    }

    fn atr(&self) -> Vec<u8> {
        hex::decode("3b8f8001804f0ca000000306030001000000006a").unwrap()
    }

    fn select(&mut self) {}

    fn exchange(&mut self, frame: &[u8]) -> Answer {
        if frame == hex::decode("6000010203040506a1b2c3d4").unwrap() {
            Answer::Ack
        } else {
            Answer::Silence
        }
    }

    fn memory(&self) -> Vec<u8> {
        vec![]
    }

    fn load(&mut self, memory: &[u8]) -> bool {
        memory.is_empty()
    }

    fn writes(&self) -> u64 {
        0
    }

    fn spoil_next_write(&mut self, _mishap: Option<Mishap>) {}
}

#[test]
fn every_make_authenticates_in_the_ways_of_its_table_and_no_other() {
    let key = [1, 2, 3, 4, 5, 6];
    for &profile in ReaderProfile::ALL {
        let mut reader = classic(profile);
        let loaded = profile
            .load_keys()
            .find(|form| {
                let answer = form.command(KeyKind::A, &key).send(&mut reader).unwrap();
                answer.is_success()
            })
            .unwrap();
        let authenticate = |form: Authenticate, reader: &mut SimulatedReader| {
            form.command(0, KeyKind::A, loaded).send(reader).unwrap()
        };
        assert!(
            authenticate(profile.authenticate, &mut reader).is_success(),
            "{}",
            profile.name
        );
        assert!(!authenticate(Authenticate::Obsolete, &mut reader).is_success());
        let with_key_b = profile
            .authenticate
            .command(0, KeyKind::B, loaded)
            .send(&mut reader)
            .unwrap();
        assert!(!with_key_b.is_success());
    }
}

#[test]
fn keys_in_the_words_of_each_make() {
    for (profile, command, answer) in [
        // Two volatile slots and no other memory, and one word for all that goes wrong.
        (ReaderProfile::ACR122U, "ff82000106010203040506", "9000"),
        (ReaderProfile::ACR122U, "ff82000206010203040506", "6300"),
        (ReaderProfile::ACR122U, "ff82200006010203040506", "6300"),
        (ReaderProfile::ACR1252U, "ff82200006010203040506", "6300"),
        (
            ReaderProfile::OMNIKEY_5X21,
            "ff82002006010203040506",
            "6986",
        ),
        (
            ReaderProfile::OMNIKEY_5X21,
            "ff82201f06010203040506",
            "9000",
        ),
        (
            ReaderProfile::UTRUST_3700F,
            "ff82006006010203040506",
            "9000",
        ),
        (
            ReaderProfile::UTRUST_3700F,
            "ff82000006010203040506",
            "6988",
        ),
        (
            ReaderProfile::UTRUST_3700F,
            "ff82206006010203040506",
            "6987",
        ),
        // No key was loaded.
        (ReaderProfile::ACR122U, "ff860000050100006000", "6300"),
        (ReaderProfile::SCL011, "ff860000050100006001", "6988"),
    ] {
        let mut reader = classic(profile);
        assert_eq!(
            ask(&mut reader, command),
            answer,
            "{}: {command}",
            profile.name
        );
    }
    let mut identiv = classic(ReaderProfile::UTRUST_3700F);
    ask(&mut identiv, "ff82006006010203040506");
    assert_eq!(
        ask(&mut identiv, "ff860000050100006000"),
        "6988",
        "wants number 01"
    );
    assert_eq!(ask(&mut identiv, "ff860000050100006001"), "9000");
    assert_eq!(ask(&mut identiv, "ff860000050100006101"), "6988");
    ask(&mut identiv, "ff82006006ffffffffffff");
    assert_eq!(ask(&mut identiv, "ff860000050100006001"), "6982");
}

#[test]
fn a_reader_of_old_authenticates_in_six_bytes() {
    let mut reader = classic(ReaderProfile {
        authenticate: Authenticate::Obsolete,
        ..ReaderProfile::ACR122U
    });
    ask(&mut reader, "ff82000006010203040506");
    assert_eq!(ask(&mut reader, "ff8800006000"), "9000");
    assert_eq!(ask(&mut reader, "ff860000050100006000"), "6300");
    assert_eq!(
        ask(&mut classic(ReaderProfile::OMNIKEY_5022), "ff8800006000"),
        "6a81"
    );
}

#[test]
fn the_generic_reader_knows_the_standard_and_no_makers_way() {
    let mut reader = reader(ReaderProfile::GENERIC);
    assert_eq!(ask(&mut reader, "ff00000003d44260"), "6a81");
    assert_eq!(ask(&mut reader, "ff0000000160"), "6a81");
    assert_eq!(ask(&mut reader, "ffc20000028100"), "c0030090009000");
}

/// Answers every APDU with as many bytes as the second byte of it says.
#[derive(Debug)]
struct Talker;

impl SimulatedCard for Talker {
    fn model(&self) -> &'static str {
        "talker"
    }

    fn uid(&self) -> Uid {
        Uid::from([4, 1, 2, 3, 4, 5, 6])
    }

    fn atr(&self) -> Vec<u8> {
        hex::decode("3b8180018080").unwrap()
    }

    fn select(&mut self) {}

    fn exchange(&mut self, frame: &[u8]) -> Answer {
        Answer::Frame([vec![0; frame[1].into()], vec![0x91, 0x00]].concat())
    }

    fn memory(&self) -> Vec<u8> {
        vec![]
    }

    fn load(&mut self, memory: &[u8]) -> bool {
        memory.is_empty()
    }

    fn writes(&self) -> u64 {
        0
    }

    fn spoil_next_write(&mut self, _mishap: Option<Mishap>) {}
}

#[test]
fn what_is_too_long_for_a_reader_does_not_pass() {
    let apdu = |bytes: usize| [&[0x90, 0x00], vec![0; bytes - 2].as_slice()].concat();
    for &profile in ReaderProfile::ALL {
        let mut reader = SimulatedReader::new(Box::new(Talker), profile);
        let longest = profile.longest_apdu;
        assert_eq!(reader.answer(&apdu(longest)), [0x91, 0x00]);
        let refused = reader.answer(&apdu(longest + 1));
        let expected = if profile.says_6300 {
            [0x63, 0x00]
        } else {
            [0x67, 0x00]
        };
        assert_eq!(refused, expected, "{}", profile.name);
        if let Ok(too_many) = u8::try_from(longest - 1) {
            assert_ne!(reader.answer(&[0x90, too_many - 1])[..2], expected);
            assert_eq!(reader.answer(&[0x90, too_many]).len(), 2);
        }
    }
}

#[test]
fn signals_are_heard_as_escape_command_or_as_pseudo_apdu() {
    for &profile in ReaderProfile::ALL {
        for with_escape in [true, false] {
            let reader = reader(profile);
            let mut channel = Desk {
                reader,
                with_escape,
            };
            signal(&mut channel, Signal::Done);
            signal(&mut channel, Signal::Refused);
            let can = profile
                .signals
                .is_some_and(|signals| with_escape || signals.done.pseudo_apdu.is_some());
            let expected: &[Signal] = if can {
                &[Signal::Done, Signal::Refused]
            } else {
                &[]
            };
            assert_eq!(channel.reader.signals(), expected, "{}", profile.name);
        }
    }
}

/// A reader whose driver takes escape commands or does not.
struct Desk {
    reader: SimulatedReader,
    with_escape: bool,
}

impl CardChannel for Desk {
    fn atr(&self) -> &[u8] {
        self.reader.atr()
    }

    fn profile(&self) -> ReaderProfile {
        self.reader.profile()
    }

    fn transmit(&mut self, command: &Command) -> Result<Response, ChannelError> {
        assert_eq!(
            command.to_bytes()?[0],
            0xFF,
            "a signal that goes to the card"
        );
        self.reader.transmit(command)
    }

    fn reconnect(&mut self) -> Result<(), ChannelError> {
        panic!("a signal selects no card")
    }

    fn escape(&mut self, command: &[u8]) -> Option<Vec<u8>> {
        if self.with_escape {
            self.reader.escape(command)
        } else {
            None
        }
    }
}
