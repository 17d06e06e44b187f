//! Which sectors of a MIFARE Classic get the site's keys: all that are free, or only those that are needed.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot go on stops its test"
)]

use cardbridge_drivers::cards;
use cardbridge_drivers::contract::{
    CardKeys, ClassicSectors, Contents, Driver, DriverError, DriverSettings, InspectedCard,
    ReaderProfile, SimulatedCard, Uid, identify,
};
use cardbridge_drivers::keys::KeyVersion;
use cardbridge_drivers::testing::{Faulty, Loss, Recorder, SimulatedReader, site_settings};

const UID: [u8; 7] = [0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x80];

type Desk = Recorder<SimulatedReader>;

fn desk(card: Box<dyn SimulatedCard>) -> Desk {
    Recorder::new(SimulatedReader::new(card, ReaderProfile::ACR122U))
}

fn fresh() -> Desk {
    desk(cards::simulate("classic-1k", Uid::from(UID)).unwrap())
}

fn specimen(what: &str) -> Desk {
    let (registration, _) = cards::model("classic-1k").unwrap();
    let mut specimens = (registration.specimens)("classic-1k", Uid::from(UID)).into_iter();
    desk(specimens.find(|found| found.what == what).unwrap().card)
}

fn driver(classic_sectors: ClassicSectors) -> Box<dyn Driver> {
    let (registration, _) = cards::model("classic-1k").unwrap();
    (registration.build)(&DriverSettings {
        classic_sectors,
        ..site_settings()
    })
}

fn inspect(desk: &mut Desk, driver: &dyn Driver) -> Box<dyn InspectedCard> {
    let card = identify(desk).unwrap();
    driver.inspect(desk, &card).unwrap()
}

fn record(bytes: usize) -> Vec<u8> {
    cardbridge_drivers::testing::cost::record(0, bytes)
}

/// The sectors that are under another key than that of the factory.
fn keyed(memory: &[u8]) -> Vec<usize> {
    let sectors = memory.chunks(64).enumerate();
    sectors
        .filter(|(_, sector)| sector[58..] != [0xFF; 6])
        .map(|(number, _)| number)
        .collect()
}

#[test]
fn only_the_sectors_that_are_needed_get_keys_and_a_longer_record_takes_more() {
    let driver = driver(ClassicSectors::Needed);
    let mut desk = fresh();
    let issue = |desk: &mut Desk, bytes| {
        let card = identify(desk).unwrap();
        let seen = driver.inspect(desk, &card).unwrap();
        assert_eq!(seen.summary().capacity, 694);
        seen.write(desk, &record(bytes), &mut |_| {}).unwrap();
        let seen = driver.inspect(desk, &card).unwrap();
        assert_eq!(seen.summary().contents, Contents::Record(record(bytes)));
        let site = CardKeys::Site(KeyVersion::new(2).unwrap());
        assert_eq!(seen.summary().keys, site);
    };
    issue(&mut desk, 100);
    let memory = desk.channel().card().memory();
    assert_eq!(keyed(&memory), [0, 1, 2, 3]);
    // Three sectors of NFC, and the others free.
    let directory = &memory[18..48];
    assert_eq!(directory[..6], [0x03, 0xE1, 0x03, 0xE1, 0x03, 0xE1]);
    assert!(directory[6..].iter().all(|&byte| byte == 0));
    issue(&mut desk, 150);
    assert_eq!(keyed(&desk.channel().card().memory()), [0, 1, 2, 3, 4]);
    issue(&mut desk, 10);
    assert_eq!(keyed(&desk.channel().card().memory()), [0, 1, 2, 3, 4]);
    issue(&mut desk, 694);
    let all: Vec<usize> = (0..16).collect();
    assert_eq!(keyed(&desk.channel().card().memory()), all);
}

#[test]
fn a_card_under_the_keys_that_were_needed_gets_the_rest_where_all_are_wanted() {
    let mut desk = fresh();
    let card = identify(&mut desk).unwrap();
    let seen = driver(ClassicSectors::Needed)
        .inspect(&mut desk, &card)
        .unwrap();
    seen.write(&mut desk, &record(100), &mut |_| {}).unwrap();
    let seen = inspect(&mut desk, &*driver(ClassicSectors::All));
    let site = CardKeys::Site(KeyVersion::new(2).unwrap());
    assert_eq!((seen.summary().keys, seen.summary().capacity), (site, 694));
    seen.write(&mut desk, &record(100), &mut |_| {}).unwrap();
    let mut plain = fresh();
    let seen = inspect(&mut plain, &*driver(ClassicSectors::All));
    seen.write(&mut plain, &record(100), &mut |_| {}).unwrap();
    assert_eq!(
        desk.channel().card().memory(),
        plain.channel().card().memory()
    );
}

#[test]
fn what_is_further_up_is_found_before_a_long_record_is_begun() {
    for (what, is_foreign) in [
        ("data without a directory", false),
        ("unknown keys on the last sector", false),
        ("data where the directory will be", true),
    ] {
        let mut desk = specimen(what);
        let before = desk.channel().card().memory();
        let card = identify(&mut desk).unwrap();
        let seen = driver(ClassicSectors::Needed)
            .inspect(&mut desk, &card)
            .unwrap();
        let expected = if is_foreign {
            Contents::Foreign
        } else {
            Contents::Blank
        };
        assert_eq!(seen.summary().contents, expected, "{what}");
        if is_foreign {
            continue;
        }
        let refused = seen.write(&mut desk, &record(694), &mut |_| {});
        assert!(matches!(refused, Err(DriverError::Locked { .. })), "{what}");
        assert_eq!(desk.channel().card().memory(), before, "{what}");
        seen.write(&mut desk, &record(100), &mut |_| {}).unwrap();
        let last = desk.channel().card().memory()[15 * 64..].to_vec();
        assert_eq!(last, before[15 * 64..], "{what}");
    }
}

const SETTINGS: [ClassicSectors; 2] = [ClassicSectors::All, ClassicSectors::Needed];

/// Cards on which the write of a long record was cut short, behind each command, under either setting.
fn torn() -> Vec<(ClassicSectors, usize, SimulatedReader)> {
    let mut torn = vec![];
    for setting in SETTINGS {
        for command in 0.. {
            let card = cards::simulate("classic-mini", Uid::from(UID)).unwrap();
            let mut reader = SimulatedReader::new(card, ReaderProfile::ACR122U);
            let card_type = identify(&mut reader).unwrap();
            let seen = driver(setting).inspect(&mut reader, &card_type).unwrap();
            let mut channel = Faulty::new(&mut reader, command, Loss::Answer);
            if seen.write(&mut channel, &record(150), &mut |_| {}).is_ok() {
                break;
            }
            reader.reset();
            torn.push((setting, command, reader));
        }
    }
    assert!(torn.len() > 40);
    torn
}

#[test]
fn a_torn_card_that_gets_a_shorter_record_has_its_whole_room_afterwards() {
    for finishing in SETTINGS {
        for (setting, command, mut reader) in torn() {
            let driver = driver(finishing);
            let card_type = identify(&mut reader).unwrap();
            for bytes in [10, 171] {
                let seen = driver.inspect(&mut reader, &card_type).unwrap();
                let written = seen.write(&mut reader, &record(bytes), &mut |_| {});
                let name = format!("{setting:?}, cut at {command}, {finishing:?}, {bytes}");
                assert_eq!(written, Ok(()), "{name}");
                let seen = driver.inspect(&mut reader, &card_type).unwrap();
                let contents = &seen.summary().contents;
                assert_eq!(*contents, Contents::Record(record(bytes)), "{name}");
                reader.reset();
            }
        }
    }
}

#[test]
fn a_torn_card_is_blank_once_it_is_wiped() {
    for wiping in SETTINGS {
        for (setting, command, mut reader) in torn() {
            let driver = driver(wiping);
            let card_type = identify(&mut reader).unwrap();
            let seen = driver.inspect(&mut reader, &card_type).unwrap();
            seen.wipe(&mut reader).unwrap();
            let seen = driver.inspect(&mut reader, &card_type).unwrap();
            assert_eq!(
                seen.summary().contents,
                Contents::Blank,
                "{setting:?}, cut at {command}, {wiping:?}"
            );
        }
    }
}
