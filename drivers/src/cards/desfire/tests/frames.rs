//! Which commands go over the air, and how they are cut.

use crate::contract::apdu::{Command, Response};

use super::*;

const SELECT: u8 = 0x5A;
const KEY_VERSION: u8 = 0x64;
const FREE_MEMORY: u8 = 0x6E;
const ISO: u8 = 0x1A;
const KEY_SETTINGS: u8 = 0x45;
const READ: u8 = 0xBD;
const WRITE: u8 = 0x3D;
const CHANGE: u8 = 0xC4;
const CREATE: u8 = 0xCA;
const CREATE_FILE: u8 = 0xCB;
const COMMIT: u8 = 0xC7;
/// `FF CA`, which is for the reader.
const READ_UID: u8 = 0xCA;

fn aes(model: &str) -> u8 {
    if model.contains("ev1") { 0xAA } else { 0x71 }
}

#[test]
fn a_first_issue_and_the_next_send_this_and_no_more() {
    for model in MODELS {
        let aes = aes(model);
        let mut desk = Desk::new(card(model), &site_settings());
        let seen = desk.inspect().unwrap();
        let looked = [SELECT, SELECT, FREE_MEMORY, KEY_VERSION, ISO, KEY_SETTINGS];
        assert_eq!(desk.sent(), looked, "{model}");
        desk.write(&*seen, &record(0, 100)).unwrap();
        let written = [
            // In the authentication of the look.
            CREATE,
            CHANGE,
            KEY_VERSION,
            // Its keys must be those of the factory.
            SELECT,
            KEY_VERSION,
            aes,
            CREATE_FILE,
            CHANGE,
            KEY_VERSION,
            CHANGE,
            KEY_VERSION,
            CHANGE,
            aes,
            WRITE,
            COMMIT,
        ];
        assert_eq!(desk.sent(), written, "{model}");
        desk.read_back().unwrap();
        // The keys by which it is read are as new as the record: they do not show which card it is.
        assert_eq!(desk.sent(), [READ_UID, KEY_VERSION, READ], "{model}");

        desk.forget();
        let seen = desk.inspect().unwrap();
        let looked = [SELECT, KEY_VERSION, aes, READ, READ];
        assert_eq!(desk.sent(), looked, "{model}");
        desk.write(&*seen, &record(0, 100)).unwrap();
        assert!(desk.sent().is_empty(), "{model}");
        desk.write(&*seen, &record(1, 100)).unwrap();
        assert_eq!(desk.sent(), [WRITE, COMMIT], "{model}");
        desk.read_back().unwrap();
        assert_eq!(desk.sent(), [READ], "{model}");

        desk.forget();
        desk.write(&*seen, &record(2, 100)).unwrap();
        assert_eq!(desk.sent(), [SELECT, aes, WRITE, COMMIT], "{model}");
    }
}

#[test]
fn what_the_card_lost_for_a_moment_is_done_anew() {
    for model in MODELS {
        let mut desk = Desk::new(card(model), &site_settings());
        desk.issue(&record(0, 100));
        let seen = desk.inspect().unwrap();
        // The reader selects the card again by itself, and says nothing of it.
        desk.reader.channel_mut().card_mut().select();
        desk.write(&*seen, &record(1, 100)).unwrap();
        desk.reader.channel_mut().card_mut().select();
        let seen = desk.read_back().unwrap();
        assert_eq!(
            seen.summary().contents,
            Contents::Record(record(1, 100)),
            "{model}"
        );
        assert_eq!(
            seen.summary().keys,
            crate::contract::CardKeys::Site(KeyVersion::new(2).unwrap())
        );
    }
}

#[test]
fn a_random_uid_costs_one_authentication_and_no_second_look_at_its_key() {
    const CARD_UID: u8 = 0x51;
    let mut desk = Desk::new(card("desfire-ev1-4k").with_random_uid(), &site_settings());
    let seen = desk.inspect().unwrap();
    let looked = [
        SELECT,
        KEY_VERSION,
        ISO,
        CARD_UID,
        SELECT,
        SELECT,
        FREE_MEMORY,
    ];
    assert_eq!(desk.sent(), looked);
    desk.write(&*seen, &record(0, 10)).unwrap();
    desk.inspect().unwrap();
    let looked = [
        SELECT,
        KEY_VERSION,
        ISO,
        CARD_UID,
        SELECT,
        KEY_VERSION,
        0xAA,
        READ,
    ];
    assert_eq!(desk.sent(), looked);
}

#[test]
fn a_record_in_the_first_frame_is_not_asked_for_again() {
    for (model, fits) in [("desfire-ev1-2k", 42), ("desfire-ev2-2k", 45)] {
        for (bytes, reads) in [(1, 1), (fits, 1), (fits + 1, 2)] {
            let mut desk = Desk::new(card(model), &site_settings());
            desk.issue(&record(0, bytes));
            let read = desk.sent().split(|&code| code == READ).count() - 1;
            assert_eq!(read, reads, "{model} {bytes}");
        }
    }
}

#[test]
fn no_frame_is_longer_than_the_card_or_the_reader_takes() {
    let longest = |profile: ReaderProfile| {
        let reader = SimulatedReader::new(Box::new(card("desfire-ev2-4k")), profile);
        let mut reader = Recorder::new(reader);
        let driver = (REGISTRATION.build)(&site_settings());
        let card_type = identify(&mut reader).unwrap();
        let seen = driver.inspect(&mut reader, &card_type).unwrap();
        seen.write(&mut reader, &record(0, 1022), &mut |_| {})
            .unwrap();
        let seen = driver.inspect(&mut reader, &card_type).unwrap();
        assert_eq!(seen.summary().contents, Contents::Record(record(0, 1022)));
        let exchanges = reader.exchanges().iter();
        exchanges.map(|one| one.bytes().len()).max().unwrap()
    };
    for profile in ReaderProfile::ALL {
        assert_eq!(longest(*profile), 61, "{}", profile.name);
    }
    let narrow = ReaderProfile {
        longest_apdu: 70 - 14,
        ..ReaderProfile::GENERIC
    };
    // Answers of 61 bytes are the card's, so the narrower reader is tried on commands alone.
    let reader = SimulatedReader::new(Box::new(card("desfire-ev2-4k")), narrow);
    let mut reader = Recorder::new(reader);
    let mut link = crate::cards::desfire::link::Link::new(&mut reader);
    let instruction = crate::cards::desfire::wire::Instruction::WriteData;
    let _refused = link.exchange(instruction, &[0; 200], "write");
    assert_eq!(reader.exchanges()[0].bytes().len(), 56);
}

#[test]
fn a_card_that_is_not_ready_is_selected_again() {
    /// A reader that fails at first, after every connection but the third.
    struct Sleepy {
        reader: SimulatedReader,
        failures: usize,
        reconnects: usize,
    }
    impl CardChannel for Sleepy {
        fn atr(&self) -> &[u8] {
            self.reader.atr()
        }
        fn profile(&self) -> ReaderProfile {
            self.reader.profile()
        }
        fn transmit(
            &mut self,
            command: &Command,
        ) -> Result<Response, crate::contract::ChannelError> {
            // What is for the reader alone does not reach the card.
            if self.failures > 0 && command.to_bytes()?[0] != 0xFF {
                self.failures -= 1;
                return Response::parse(vec![0x63, 0x00]);
            }
            self.reader.transmit(command)
        }
        fn reconnect(&mut self) -> Result<(), crate::contract::ChannelError> {
            self.reconnects += 1;
            self.reader.reconnect()
        }
    }
    let driver = (REGISTRATION.build)(&site_settings());
    for (failures, is_mended) in [(0, true), (2, true), (3, false)] {
        let mut sleepy = Sleepy {
            reader: SimulatedReader::new(Box::new(card("desfire-ev1-4k")), ReaderProfile::ACR122U),
            failures: 0,
            reconnects: 0,
        };
        let card_type = identify(&mut sleepy).unwrap();
        let seen = driver.inspect(&mut sleepy, &card_type).unwrap();
        sleepy.failures = failures;
        assert_eq!(driver.inspect(&mut sleepy, &card_type).is_ok(), is_mended);
        sleepy.failures = failures;
        let mut progress = vec![];
        let written = seen.write(&mut sleepy, b"record", &mut |step| {
            progress.push(step);
        });
        assert_eq!(written.is_ok(), is_mended);
        assert!(sleepy.reconnects >= failures.min(2) * 2);
        if is_mended {
            assert_eq!(progress.last().unwrap().done, progress[0].total);
        }
    }
}
