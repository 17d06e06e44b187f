//! MIFARE Classic at two desks of which one has a later version of the site key.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot go on stops its test"
)]

use cardbridge_drivers::cards;
use cardbridge_drivers::contract::{
    CardKeys, Contents, Driver, DriverError, DriverSettings, ReaderProfile, Uid, identify,
};
use cardbridge_drivers::keys::{KeyVersion, SiteKeys};
use cardbridge_drivers::testing::{Faulty, Loss, SimulatedReader, site_settings};

const UID: [u8; 7] = [0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x80];
const RECORD: [u8; 60] = [0xC3; 60];
const OTHER: [u8; 70] = [0x3C; 70];

fn driver(settings: &DriverSettings) -> Box<dyn Driver> {
    let (registration, _) = cards::model("classic-mini").unwrap();
    (registration.build)(settings)
}

/// The site before it made version 2.
fn before_rotation() -> DriverSettings {
    let site_keys = site_settings().site_keys.unwrap();
    let first = site_keys.version(KeyVersion::FIRST).unwrap().clone();
    DriverSettings {
        site_keys: SiteKeys::new(vec![first]).ok(),
        ..site_settings()
    }
}

#[test]
fn a_change_of_keys_torn_by_a_desk_with_a_later_version_is_read_and_left_alone() {
    let (before, after) = (driver(&before_rotation()), driver(&site_settings()));
    let card = cards::simulate("classic-mini", Uid::from(UID)).unwrap();
    let mut reader = SimulatedReader::new(card, ReaderProfile::ACR122U);
    let card = identify(&mut reader).unwrap();
    let seen = before.inspect(&mut reader, &card).unwrap();
    seen.write(&mut reader, &RECORD, &mut |_| {}).unwrap();
    let old = reader.card().memory();
    let mut locked = 0;
    for command in 0.. {
        reader.card_mut().load(&old);
        reader.reset();
        let seen = after.inspect(&mut reader, &card).unwrap();
        let mut torn = Faulty::new(&mut reader, command, Loss::Answer);
        let _ = seen.write(&mut torn, &RECORD, &mut |_| {});
        if !torn.is_pulled() {
            break;
        }
        reader.reset();
        let memory = reader.card().memory();
        let seen = before.inspect(&mut reader, &card).unwrap();
        let written = seen.write(&mut reader, &RECORD, &mut |_| {});
        if seen.summary().keys == CardKeys::Unknown {
            locked += 1;
            assert!(matches!(written, Err(DriverError::Locked { .. })));
            assert_eq!(reader.card().memory(), memory);
        } else {
            written.unwrap();
        }
        let seen = after.inspect(&mut reader, &card).unwrap();
        seen.write(&mut reader, &OTHER, &mut |_| {}).unwrap();
        let contents = after
            .inspect(&mut reader, &card)
            .unwrap()
            .summary()
            .contents
            .clone();
        assert_eq!(contents, Contents::Record(OTHER.to_vec()));
    }
    assert!(locked > 5, "{locked}");
}
