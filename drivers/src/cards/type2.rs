//! NFC Forum Type 2 tags: NTAG213, 215 and 216, MIFARE Ultralight EV1 with 48 and 128 bytes.
//!
//! The record stands as the only NDEF message, from the first byte of the data area on. What protects the card from us is
//! respected and never changed: lock bits, the password's configuration, page 2. The capability container, one-time
//! programmable, gets bits only where it has none that we would not set.
//!
//! | file | holds |
//! |---|---|
//! | `models` | the memory maps |
//! | `tag` | reading and writing pages, telling the chip |
//! | `inspect` | what stands on a card |
//! | `access` | what may be written, and how much fits |
//! | `plan` | which pages to write, in which order |
//! | `simulated` | the card itself, simulated |
//! | `specimens` | simulated cards that are locked or foreign |

mod access;
mod inspect;
mod models;
mod plan;
mod simulated;
mod specimens;
mod tag;

use crate::contract::{
    CardChannel, CardType, Driver, DriverError, Inspection, Progress, Registration, SimulatedCard,
    Uid, Version,
};
use crate::keys::KeyVersion;

use access::Access;
use models::{Chip, MODELS};
use simulated::SimulatedTag;
use tag::Tag;

pub(super) const REGISTRATION: Registration = Registration {
    name: "type2",
    about: "NFC Forum Type 2 tags, one NDEF message",
    models: &MODELS,
    build: |_| Box::new(Type2),
    simulate,
    specimens: specimens::of,
};

#[derive(Debug)]
struct Type2;

impl Driver for Type2 {
    fn recognises(&self, card: &CardType) -> bool {
        match &card.version {
            Version::Type2(version) => Chip::by_version(version).is_some(),
            Version::Part4 { .. } => false,
            Version::Unavailable => card.family.may_be_ultralight(),
        }
    }

    fn inspect(
        &self,
        card: &mut dyn CardChannel,
        card_type: &CardType,
    ) -> Result<Inspection, DriverError> {
        inspect::inspect(card, card_type)
    }

    fn write(
        &self,
        card: &mut dyn CardChannel,
        seen: &Inspection,
        record: &[u8],
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), DriverError> {
        self.admits(seen, record.len())?;
        let steps = plan::to_write(seen, record);
        Tag::new(card, seen.uid).write_all(&steps, progress)
    }

    fn admits(&self, seen: &Inspection, record_bytes: usize) -> Result<(), DriverError> {
        Access::of(chip(seen)?, &seen.image).admits(record_bytes)
    }

    fn wipe(&self, card: &mut dyn CardChannel, seen: &Inspection) -> Result<(), DriverError> {
        let steps = plan::to_wipe(seen);
        let access = Access::of(chip(seen)?, &seen.image);
        for step in &steps {
            access.permits_page(step.page)?;
        }
        Tag::new(card, seen.uid).write_all(&steps, &mut |_| {})
    }

    fn key_version(&self, _seen: &Inspection) -> Option<KeyVersion> {
        None
    }
}

fn chip(seen: &Inspection) -> Result<&'static Chip, DriverError> {
    Chip::by_name(seen.model.name).ok_or(DriverError::Unsupported {
        what: "another driver inspected it",
    })
}

fn simulate(model: &str, uid: Uid) -> Option<Box<dyn SimulatedCard>> {
    let tag = SimulatedTag::new(Chip::by_name(model)?, &uid)?;
    Some(Box::new(tag))
}
