//! Keys of a MIFARE Classic that are not as they should be: changed by a desk with a later version, or not kept by the card.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot go on stops its test"
)]

use cardbridge_drivers::cards;
use cardbridge_drivers::contract::apdu::{Command, Response};
use cardbridge_drivers::contract::{
    CardChannel, CardKeys, ChannelError, Contents, Driver, DriverError, DriverSettings, Mishap,
    ReaderProfile, Uid, identify,
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

/// A card that says that it has stored the trailer of sector 4, and has not.
struct Forgetful(SimulatedReader);

impl CardChannel for Forgetful {
    fn atr(&self) -> &[u8] {
        self.0.atr()
    }
    fn profile(&self) -> ReaderProfile {
        self.0.profile()
    }
    fn transmit(&mut self, command: &Command) -> Result<Response, ChannelError> {
        if let [0xFF, 0xD6, 0x00, 19, ..] = command.to_bytes()?.as_slice() {
            let card = self.0.card_mut();
            card.spoil_next_write(Some(Mishap::Swallowed));
        }
        self.0.transmit(command)
    }
    fn reconnect(&mut self) -> Result<(), ChannelError> {
        self.0.reconnect()
    }
}

#[test]
fn a_sector_that_does_not_open_with_its_new_key_ends_the_write() {
    let driver = driver(&site_settings());
    let card = cards::simulate("classic-mini", Uid::from(UID)).unwrap();
    let mut reader = Forgetful(SimulatedReader::new(card, ReaderProfile::ACR122U));
    let card = identify(&mut reader).unwrap();
    let seen = driver.inspect(&mut reader, &card).unwrap();
    let ended = seen.write(&mut reader, &RECORD, &mut |_| {});
    assert!(
        matches!(ended, Err(DriverError::Refused { .. })),
        "{ended:?}"
    );
    let seen = driver.inspect(&mut reader, &card).unwrap();
    assert_eq!(seen.summary().contents, Contents::Torn);
}
