//! One issuance on each Type 2 model, through a simulated reader of each make.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot go on stops its test"
)]

use cardbridge_drivers::cards;
use cardbridge_drivers::contract::{Contents, Driver, Inspection, Uid, identify};
use cardbridge_drivers::testing::{ReaderProfile, SimulatedReader};

const UID: [u8; 7] = [0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x80];

fn reader(model: &str, profile: ReaderProfile) -> SimulatedReader {
    SimulatedReader::new(cards::simulate(model, Uid::from(UID)).unwrap(), profile)
}

fn look(reader: &mut SimulatedReader) -> (Box<dyn Driver>, Inspection) {
    let card = identify(reader).unwrap();
    let (_, driver) = cards::driver_for(&card).unwrap();
    let seen = driver.inspect(reader, &card).unwrap();
    (driver, seen)
}

#[test]
fn a_record_is_written_and_read_back_on_every_model_and_reader() {
    for registration in cards::ALL {
        for model in registration.models {
            for profile in ReaderProfile::ALL {
                for bytes in [0, 1, model.capacity / 2, model.capacity] {
                    let record: Vec<u8> =
                        (0..bytes).map(|n| u8::try_from(n % 251).unwrap()).collect();
                    let mut reader = reader(model.name, profile);
                    let (driver, seen) = look(&mut reader);
                    assert_eq!(seen.model.name, model.name, "{profile:?}");
                    assert_eq!(seen.capacity, model.capacity, "{profile:?} {}", model.name);
                    assert_eq!(seen.contents, Contents::Blank, "{profile:?} {}", model.name);
                    driver
                        .write(&mut reader, &seen, &record, &mut |_| {})
                        .unwrap();
                    let (_, seen) = look(&mut reader);
                    assert_eq!(
                        seen.contents,
                        Contents::Record(record),
                        "{profile:?} {}",
                        model.name
                    );
                }
            }
        }
    }
}
