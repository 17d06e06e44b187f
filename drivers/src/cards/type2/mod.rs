//! NFC Forum Type 2 tags: NTAG213, 215 and 216, MIFARE Ultralight EV1 with 48 and 128 bytes, MIFARE Ultralight C.
//!
//! The record is the only NDEF message, from the first byte of the data area on. What protects the card from us is
//! respected and never changed: lock bits, page 2, another's password or key. The capability container, one-time
//! programmable, gets bits only where it has none that we would not set.
//!
//! An Ultralight C is written only under a key of the site's, and is protected from writing from page 3 on, the capability
//! container, to its end; reading stays free. NTAG21x and Ultralight EV1 get a password in the same way where the settings
//! say so, and keep it once they have it. Both are made from the site key for each tag, and both need a reader that lets a
//! tag's own commands through. Such a reader also reads NTAG21x and Ultralight EV1 in long pieces (`FAST_READ`).
//!
//! | file | holds |
//! |---|---|
//! | `models` | the memory maps |
//! | `memory` | the pages that were read |
//! | `tag` | reading and writing pages, telling the chip |
//! | `in_force` | what a tag has been shown, from one operation to the next |
//! | `inspect` | what is on a card, and under which secret |
//! | `access` | what may be written, and how much fits |
//! | `protection` | what a password or key protects |
//! | `plan` | which pages to write, in which order |
//! | `secret` | passwords and keys |
//! | `unlock`, `handshake` | showing a tag that we know its secret |
//! | `simulated` | the card itself, simulated |
//! | `inspected` | one tag as it was found |
//! | `step`, `execute` | one step of a plan, and carrying them out |
//! | `specimens` | simulated cards that are locked or foreign |

mod access;
mod execute;
mod handshake;
mod in_force;
mod inspect;
mod inspected;
mod memory;
mod models;
mod plan;
mod protection;
mod secret;
mod simulated;
mod specimens;
mod step;
mod tag;
mod unlock;

use std::sync::Arc;

use crate::contract::{
    CardChannel, CardType, Driver, DriverError, DriverSettings, InspectedCard, Inspection,
    Progress, Registration, SimulatedCard, Uid, Version,
};
use crate::keys::KeyVersion;

use inspected::InspectedTag;
use models::{Chip, MODELS};
use secret::Secrets;
use simulated::SimulatedTag;
use step::Step;
use tag::Tag;

pub(super) const REGISTRATION: Registration = Registration {
    name: "type2",
    about: "NFC Forum Type 2 tags, one NDEF message",
    models: &MODELS,
    settings: &[],
    build: |settings| Box::new(Type2::new(settings)),
    simulate,
    specimens: specimens::of,
};

#[derive(Debug)]
struct Type2 {
    secrets: Arc<Secrets>,
}

impl Type2 {
    fn new(settings: &DriverSettings) -> Self {
        Self {
            secrets: Arc::new(Secrets::new(settings)),
        }
    }
}

impl Driver for Type2 {
    fn recognises(&self, card: &CardType) -> bool {
        match &card.version {
            // Of a version that is not known the memory is measured, as it is where none can be asked for.
            Version::Type2(_) => true,
            Version::Part4 { .. } => false,
            Version::Refused | Version::Unavailable => card.family.may_be_ultralight(),
        }
    }

    fn inspect(
        &self,
        card: &mut dyn CardChannel,
        card_type: &CardType,
    ) -> Result<Box<dyn InspectedCard>, DriverError> {
        let tag = inspect::inspect(card, card_type, &self.secrets)?;
        Ok(Box::new(tag))
    }
}

impl InspectedTag {
    fn carry_out(
        &self,
        card: &mut dyn CardChannel,
        steps: &[Step],
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), DriverError> {
        let mut tag = Tag::new(card, self.summary.uid);
        tag.carry_out(self.chip, steps, progress)?;
        tag.rest(self.chip);
        Ok(())
    }
}

impl InspectedCard for InspectedTag {
    fn summary(&self) -> &Inspection {
        &self.summary
    }

    fn check_fits(&self, record_bytes: usize) -> Result<(), DriverError> {
        let wanted = self.wanted()?;
        let access = self.access();
        access.check_fits(record_bytes)?;
        wanted
            .map_or_else(Vec::new, |secret| plan::to_protect(self, secret))
            .iter()
            .filter_map(Step::written)
            .try_for_each(|page| access.permits_page(page))
    }

    fn write(
        &self,
        card: &mut dyn CardChannel,
        record: &[u8],
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), DriverError> {
        self.check_fits(record.len())?;
        let steps = plan::to_write(self, record, self.known(), self.wanted()?)?;
        self.carry_out(card, &steps, progress)
    }

    fn wipe(&self, card: &mut dyn CardChannel) -> Result<(), DriverError> {
        let steps = plan::to_wipe(self, self.known())?;
        let access = self.access();
        for page in steps.iter().filter_map(Step::written) {
            access.permits_page(page)?;
        }
        self.carry_out(card, &steps, &mut |_| {})
    }

    fn key_version(&self) -> Option<KeyVersion> {
        let version = self.secrets.current_version();
        version.filter(|_| self.secrets.protect(self.chip, self.summary.keys))
    }
}

fn simulate(model: &str, uid: Uid) -> Option<Box<dyn SimulatedCard>> {
    let tag = SimulatedTag::new(Chip::by_name(model)?, &uid)?;
    Some(Box::new(tag))
}
