//! NFC Forum Type 2 tags: NTAG213, 215 and 216, MIFARE Ultralight EV1 with 48 and 128 bytes, MIFARE Ultralight C.
//!
//! The record stands as the only NDEF message, from the first byte of the data area on. What protects the card from us is
//! respected and never changed: lock bits, page 2, another's password or key. The capability container, one-time
//! programmable, gets bits only where it has none that we would not set.
//!
//! An Ultralight C is written only under a key of the site's, and is protected from writing from page 3 on, the capability
//! container, to its end; reading stays free. NTAG21x and Ultralight EV1 get a password in the same way where the settings
//! say so, and keep it once they have it. Both are made from the site key for each tag, and both need a reader that lets a
//! tag's own commands through.
//!
//! | file | holds |
//! |---|---|
//! | `models` | the memory maps |
//! | `tag` | reading and writing pages, telling the chip |
//! | `inspect` | what stands on a card, and under which secret |
//! | `access` | what may be written, and how much fits |
//! | `protection` | what a password or key protects |
//! | `plan` | which pages to write, in which order |
//! | `secret` | passwords and keys |
//! | `unlock`, `handshake` | showing a tag that we know its secret |
//! | `simulated` | the card itself, simulated |
//! | `specimens` | simulated cards that are locked or foreign |

mod access;
mod handshake;
mod inspect;
mod models;
mod plan;
mod protection;
mod secret;
mod simulated;
mod specimens;
mod tag;
mod unlock;

use crate::contract::{
    CardChannel, CardKeys, CardType, Driver, DriverError, DriverSettings, Inspection, Progress,
    Registration, SimulatedCard, Uid, Version,
};
use crate::keys::KeyVersion;

use access::{Access, NEEDS_RAW_PATH};
use models::{Chip, MODELS};
use secret::{Secret, Secrets};
use simulated::SimulatedTag;
use tag::{NO_RAW_PATH, Tag};

pub(super) const REGISTRATION: Registration = Registration {
    name: "type2",
    about: "NFC Forum Type 2 tags, one NDEF message",
    models: &MODELS,
    build: |settings| Box::new(Type2::new(settings)),
    simulate,
    specimens: specimens::of,
};

#[derive(Debug)]
struct Type2 {
    secrets: Secrets,
}

impl Type2 {
    fn new(settings: &DriverSettings) -> Self {
        Self {
            secrets: Secrets::new(settings),
        }
    }

    /// The secret that the card is to carry; `None` for a card that is not to be protected.
    ///
    /// # Errors
    /// [`DriverError::NoSiteKeys`] and [`DriverError::Reader`], when it is to be and cannot.
    fn wanted(&self, chip: &Chip, seen: &Inspection) -> Result<Option<Secret>, DriverError> {
        if !self.secrets.protect(chip, seen.keys) {
            return Ok(None);
        }
        let secret = self.secrets.current(&seen.uid);
        let secret = secret.ok_or(DriverError::NoSiteKeys {
            card: chip.model.title,
        })?;
        if seen.image.block(NO_RAW_PATH).is_some() {
            return Err(NEEDS_RAW_PATH);
        }
        Ok(Some(secret))
    }

    /// The secrets of which one opens a card that is protected.
    fn known(&self, chip: &Chip, seen: &Inspection) -> Vec<Secret> {
        let may_fit = |keys| match seen.keys {
            CardKeys::None | CardKeys::Unknown => false,
            CardKeys::Mixed => true,
            found @ (CardKeys::Factory | CardKeys::Site(_)) => keys == found,
        };
        let mut secrets = self.secrets.candidates(chip, &seen.uid);
        secrets.retain(|secret| may_fit(secret.keys));
        secrets
    }
}

impl Driver for Type2 {
    fn recognises(&self, card: &CardType) -> bool {
        match &card.version {
            // Of a version that is not known the memory is measured, as it is where none can be asked for.
            Version::Type2(_) => true,
            Version::Part4 { .. } => false,
            Version::Unavailable => card.family.may_be_ultralight(),
        }
    }

    fn inspect(
        &self,
        card: &mut dyn CardChannel,
        card_type: &CardType,
    ) -> Result<Inspection, DriverError> {
        inspect::inspect(card, card_type, &self.secrets)
    }

    fn write(
        &self,
        card: &mut dyn CardChannel,
        seen: &Inspection,
        record: &[u8],
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), DriverError> {
        self.admits(seen, record.len())?;
        let chip = chip(seen)?;
        let known = self.known(chip, seen);
        let steps = plan::to_write(chip, seen, record, known, self.wanted(chip, seen)?)?;
        Tag::new(card, seen.uid).carry_out(chip, &steps, progress)
    }

    fn admits(&self, seen: &Inspection, record_bytes: usize) -> Result<(), DriverError> {
        let chip = chip(seen)?;
        let wanted = self.wanted(chip, seen)?;
        let access = Access::of(chip, &seen.image, seen.keys);
        access.admits(record_bytes)?;
        wanted
            .map_or_else(Vec::new, |secret| plan::to_protect(chip, seen, secret))
            .iter()
            .filter_map(plan::Step::written)
            .try_for_each(|page| access.permits_page(page))
    }

    fn wipe(&self, card: &mut dyn CardChannel, seen: &Inspection) -> Result<(), DriverError> {
        let chip = chip(seen)?;
        let steps = plan::to_wipe(chip, seen, self.known(chip, seen));
        let access = Access::of(chip, &seen.image, seen.keys);
        for page in steps.iter().filter_map(plan::Step::written) {
            access.permits_page(page)?;
        }
        Tag::new(card, seen.uid).carry_out(chip, &steps, &mut |_| {})
    }

    fn key_version(&self, seen: &Inspection) -> Option<KeyVersion> {
        let chip = chip(seen).ok()?;
        let version = self.secrets.current_version();
        version.filter(|_| self.secrets.protect(chip, seen.keys))
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
