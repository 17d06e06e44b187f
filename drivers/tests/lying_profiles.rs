//! Readers that are not what the configuration says of them: a wrong profile costs a refusal, never a panic, and never a
//! card that another desk cannot finish.

use cardbridge_drivers::cards;
use cardbridge_drivers::contract::apdu::RawForm;
use cardbridge_drivers::contract::apdu::{Command, Response};
use cardbridge_drivers::contract::{
    Authenticate, CardChannel, ChannelError, Contents, Driver, DriverError, InspectedCard, LoadKey,
    ReaderProfile, Uid, identify,
};
use cardbridge_drivers::testing::{SimulatedReader, site_settings};

const UID: [u8; 7] = [0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x80];
const RECORD: &[u8] = b"whoever reads this sees all of it";

/// A reader that is mistaken for another.
struct Lying {
    reader: SimulatedReader,
    said: ReaderProfile,
}

impl CardChannel for Lying {
    fn atr(&self) -> &[u8] {
        self.reader.atr()
    }
    fn profile(&self) -> ReaderProfile {
        self.said
    }
    fn transmit(&mut self, command: &Command) -> Result<Response, ChannelError> {
        self.reader.transmit(command)
    }
    fn reconnect(&mut self) -> Result<(), ChannelError> {
        self.reader.reconnect()
    }
}

fn lies(truth: ReaderProfile) -> Vec<ReaderProfile> {
    let mut lies = ReaderProfile::ALL.to_vec();
    for longest_apdu in [0, 1, 5, 6, 20, 1_000_000] {
        lies.push(ReaderProfile {
            longest_apdu,
            ..truth
        });
    }
    for raw in [
        &[][..],
        &[RawForm::Pn532],
        &[RawForm::Plain],
        &[RawForm::Transparent],
    ] {
        lies.push(ReaderProfile { raw, ..truth });
    }
    for load_key in [
        LoadKey::Volatile { slot: 0xFF },
        LoadKey::NonVolatile { slot: 0xFF },
        LoadKey::ByKind,
    ] {
        let load_key_else = None;
        for (key_slots, authenticate) in
            [(0, Authenticate::General), (0xFF, Authenticate::Obsolete)]
        {
            lies.push(ReaderProfile {
                load_key,
                load_key_else,
                key_slots,
                authenticate,
                ..truth
            });
        }
    }
    lies
}

fn issue(
    card: &mut dyn CardChannel,
    driver: &dyn Driver,
) -> Result<Box<dyn InspectedCard>, DriverError> {
    let card_type = identify(card)?;
    let seen = driver.inspect(card, &card_type)?;
    seen.write(card, RECORD, &mut |_| {})?;
    driver.inspect(card, &card_type)
}

#[test]
fn a_reader_that_turns_out_to_have_no_way_to_a_tag_writes_none_that_needs_one() {
    let settings = cardbridge_drivers::contract::DriverSettings {
        type2_password: true,
        ..site_settings()
    };
    for name in [
        "ultralight-c",
        "ntag213",
        "ntag215",
        "ntag216",
        "ultralight-ev1-48",
        "ultralight-ev1-128",
    ] {
        let (registration, _) = cards::model(name).unwrap();
        let driver = (registration.build)(&settings);
        let card = cards::simulate(name, Uid::from(UID)).unwrap();
        let fresh = card.memory();
        let mut reader = Lying {
            reader: SimulatedReader::new(card, ReaderProfile::OMNIKEY_5022),
            said: ReaderProfile::GENERIC,
        };
        let card_type = identify(&mut reader).unwrap();
        let seen = driver.inspect(&mut reader, &card_type).unwrap();
        assert_eq!(seen.summary().contents, Contents::Blank, "{name}");
        let refused = seen.check_fits(RECORD.len());
        assert!(
            matches!(refused, Err(DriverError::Reader { .. })),
            "{name}: {refused:?}"
        );
        let written = seen.write(&mut reader, RECORD, &mut |_| {});
        assert_eq!(written, refused, "{name}");
        assert_eq!(reader.reader.card().memory(), fresh, "{name}");
    }
}

#[test]
fn a_profile_that_lies_costs_a_refusal_at_most() {
    let settings = site_settings();
    for name in [
        "ultralight-ev1-128",
        "ntag213",
        "ultralight-c",
        "classic-1k",
        "desfire-ev1-2k",
        "desfire-ev2-4k",
        "ntag424",
    ] {
        let (registration, _) = cards::model(name).unwrap();
        let driver = (registration.build)(&settings);
        for truth in [ReaderProfile::ACR122U, ReaderProfile::OMNIKEY_5022] {
            for said in lies(truth) {
                let card = cards::simulate(name, Uid::from(UID)).unwrap();
                let reader = SimulatedReader::new(card, truth);
                let mut lying = Lying { reader, said };
                let told = issue(&mut lying, driver.as_ref());
                let what = format!("{name} on {} as {said:?}: {told:?}", truth.name);
                if let Ok(seen) = &told {
                    assert_eq!(
                        seen.summary().contents,
                        Contents::Record(RECORD.to_vec()),
                        "{what}"
                    );
                }
                // At an honest desk.
                let mut reader = lying.reader.playing(ReaderProfile::ACR122U);
                let card_type = identify(&mut reader).unwrap();
                let seen = driver.inspect(&mut reader, &card_type).unwrap();
                match &seen.summary().contents {
                    Contents::Record(record) => assert_eq!(record, RECORD, "{what}"),
                    Contents::Blank | Contents::Torn => {}
                    Contents::Beside(_) | Contents::Foreign | Contents::Broken => {
                        panic!("became foreign: {what}")
                    }
                }
                let seen = issue(&mut reader, driver.as_ref()).expect(&what);
                assert_eq!(
                    seen.summary().contents,
                    Contents::Record(RECORD.to_vec()),
                    "{what}"
                );
            }
        }
    }
}
