//! Reading a tag in long pieces: where chip and reader do it, and what becomes of pieces that do not come through.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot go on stops its test"
)]

use cardbridge_drivers::cards;
use cardbridge_drivers::contract::apdu::{Command, Response};
use cardbridge_drivers::contract::{
    CardChannel, ChannelError, Contents, ReaderProfile, Session, Uid, identify,
};
use cardbridge_drivers::testing::{SimulatedReader, site_settings};

const UID: [u8; 7] = [0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x80];

/// A reader that does something to every long piece that comes back, and counts them.
struct Spoiling {
    reader: SimulatedReader,
    spoils: fn(&mut Response),
    pieces: usize,
    longest: usize,
}

impl CardChannel for Spoiling {
    fn atr(&self) -> &[u8] {
        self.reader.atr()
    }

    fn profile(&self) -> ReaderProfile {
        self.reader.profile()
    }

    fn transmit(&mut self, command: &Command) -> Result<Response, ChannelError> {
        let bytes = command.to_bytes()?;
        let mut answer = self.reader.transmit(command)?;
        let raw = bytes.starts_with(&[0xFF, 0x00, 0x00, 0x00]);
        if raw && [bytes.get(5), bytes.get(7)].contains(&Some(&0x3A)) {
            self.pieces += 1;
            self.longest = self.longest.max(answer.data.len());
            (self.spoils)(&mut answer);
        }
        Ok(answer)
    }

    fn reconnect(&mut self) -> Result<(), ChannelError> {
        self.reader.reconnect()
    }

    fn session(&mut self) -> Option<&mut Session> {
        self.reader.session()
    }
}

/// Issues a record, and another on top, and gives back the reader.
fn issued(
    model: &str,
    profile: ReaderProfile,
    bytes: usize,
    spoils: fn(&mut Response),
) -> Spoiling {
    let card = cards::simulate(model, Uid::from(UID)).unwrap();
    let mut reader = Spoiling {
        reader: SimulatedReader::new(card, profile),
        spoils,
        pieces: 0,
        longest: 0,
    };
    for byte in [0x11, 0x22] {
        let record = vec![byte; bytes];
        let card_type = identify(&mut reader).unwrap();
        let (_, driver) = cards::driver_for(&card_type, &site_settings()).unwrap();
        let seen = driver.inspect(&mut reader, &card_type).unwrap();
        seen.write(&mut reader, &record, &mut |_| {}).unwrap();
        let read_back = driver.inspect(&mut reader, &card_type).unwrap();
        assert_eq!(read_back.summary().contents, Contents::Record(record));
    }
    reader
}

const EVERY_CHIP: [(&str, usize); 5] = [
    ("ultralight-ev1-48", 27),
    ("ultralight-ev1-128", 100),
    ("ntag213", 100),
    ("ntag215", 478),
    ("ntag216", 862),
];

#[test]
fn long_pieces_are_asked_of_chips_and_readers_that_have_them() {
    let honest = |_: &mut Response| {};
    for profile in ReaderProfile::ALL {
        for (model, bytes) in EVERY_CHIP {
            let reader = issued(model, *profile, bytes, honest);
            let expected = profile.longest_raw_answer > 0;
            assert_eq!(reader.pieces > 0, expected, "{model} on {}", profile.name);
            let longest = profile.longest_raw_answer + 3;
            assert!(reader.longest <= longest, "{model} on {}", profile.name);
        }
    }
    let ultralight_c = issued("ultralight-c", ReaderProfile::ACR122U, 100, honest);
    assert_eq!(ultralight_c.pieces, 0);
    // One that brings back less is asked for less.
    let short = ReaderProfile {
        longest_raw_answer: 70,
        ..ReaderProfile::ACR1252U
    };
    let reader = issued("ntag216", short, 862, honest);
    assert!(reader.pieces > 10 && reader.longest <= 70);
}

#[test]
fn a_piece_that_does_not_come_through_is_read_page_by_page() {
    let spoilt: [fn(&mut Response); 4] = [
        // As an ACR1252U was seen to do, now and then: bytes are there twice.
        |answer| drop(answer.data.splice(20..20, [0xDC, 0xDD])),
        |answer| answer.data.truncate(answer.data.len() - 4),
        |answer| answer.data.clear(),
        |answer| {
            *answer = Response {
                data: vec![],
                status: 0x6300,
            }
        },
    ];
    for profile in [ReaderProfile::ACR122U, ReaderProfile::ACR1252U] {
        for spoils in spoilt {
            for (model, bytes) in EVERY_CHIP {
                assert!(issued(model, profile, bytes, spoils).pieces > 0);
            }
        }
    }
}
