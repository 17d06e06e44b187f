//! MIFARE Classic Mini, 1K and 4K, with UIDs of 4 and of 7 bytes.
//!
//! The record stands as the only NDEF message over the MIFARE application directory (NXP AN10787, AN1304): every phone and
//! every tool reads it with the public keys A, the site alone writes it with a key B that each card has for itself. Block 0
//! is never written, a trailer never but for its own sake, and only as [`trailer::Trailer`] lets it be made.
//!
//! A wipe takes the record off; directory and site keys stay, for the next record.
//!
//! | file | holds |
//! |---|---|
//! | `sectors` | the memory maps |
//! | `access`, `trailer` | access conditions, and trailers that do not lock the site out |
//! | `mad` | the application directory |
//! | `keys` | the keys that a card may carry |
//! | `session` | authenticating, reading and writing blocks through any make of reader |
//! | `layout` | which sectors are for the record, what they lack; why these |
//! | `area` | the first block, which says what stands in the others |
//! | `inspect` | what stands on a card |
//! | `plan`, `write` | what to write, in which order; doing it |
//! | `simulated`, `specimens` | the card itself, simulated; such cards that are locked or foreign |

mod access;
mod area;
mod inspect;
mod keys;
mod layout;
mod mad;
mod plan;
mod sectors;
mod session;
mod simulated;
mod specimens;
mod trailer;
mod write;

use crate::contract::{
    CardChannel, CardType, Contents, Driver, DriverError, DriverSettings, Inspection, Progress,
    Registration, SimulatedCard, Uid,
};
use crate::keys::{KeyVersion, SiteKeys};
use crate::record::tlv;

use inspect::Look;
use keys::CardKeyring;
use layout::{Layout, View};
use sectors::{Chip, MODELS};
use session::Session;
use simulated::SimulatedClassic;
use write::Writer;

use super::smallest_for;

pub(super) const REGISTRATION: Registration = Registration {
    name: "classic",
    about: "MIFARE Classic, NDEF over the application directory",
    models: &MODELS,
    build,
    simulate,
    specimens: specimens::of,
};

#[derive(Debug)]
struct Classic {
    site_keys: Option<SiteKeys>,
}

fn build(settings: &DriverSettings) -> Box<dyn Driver> {
    Box::new(Classic {
        site_keys: settings.site_keys.clone(),
    })
}

impl Classic {
    fn keyring(&self, uid: &Uid) -> CardKeyring {
        CardKeyring::new(self.site_keys.as_ref(), uid)
    }

    /// The sectors of a card that can be written.
    fn layout(&self, view: &View<'_>) -> Result<Layout, DriverError> {
        Layout::of(view).ok_or_else(|| {
            if self.site_keys.is_none() {
                return no_site_keys(view.chip);
            }
            DriverError::Locked {
                what: "it is under keys that this site does not have, or its access conditions forbid writing",
            }
        })
    }

    fn admitted(&self, view: &View<'_>, record_bytes: usize) -> Result<Layout, DriverError> {
        if self.site_keys.is_none() {
            return Err(no_site_keys(view.chip));
        }
        let layout = self.layout(view)?;
        let available = tlv::capacity(layout.area_bytes());
        if record_bytes <= available {
            return Ok(layout);
        }
        let model = view.chip.model;
        if record_bytes <= model.capacity {
            return Err(DriverError::Locked {
                what: "other applications have a part of its memory, and the rest is too small",
            });
        }
        Err(DriverError::TooSmall {
            needed: record_bytes,
            available,
            card: model.title,
            smallest: smallest_for(record_bytes).map(|model| model.title),
        })
    }
}

impl Driver for Classic {
    fn recognises(&self, card: &CardType) -> bool {
        Chip::by_family(card.family).is_some()
    }

    fn inspect(
        &self,
        card: &mut dyn CardChannel,
        card_type: &CardType,
    ) -> Result<Inspection, DriverError> {
        let chip = Chip::by_family(card_type.family).ok_or(DriverError::Unsupported {
            what: "not a MIFARE Classic by its answer to reset",
        })?;
        let session = Session::new(card, card_type.uid);
        Look::new(session, self.keyring(&card_type.uid), chip).inspect(card_type)
    }

    fn write(
        &self,
        card: &mut dyn CardChannel,
        seen: &Inspection,
        record: &[u8],
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), DriverError> {
        let view = view(seen)?;
        let layout = self.admitted(&view, record.len())?;
        let keyring = self.keyring(&seen.uid);
        let version = keyring.current().ok_or(no_site_keys(view.chip))?;
        let steps = plan::to_write(&view, &layout, seen, record, version)?;
        let session = Session::new(card, seen.uid);
        Writer::new(session, keyring, &view, &layout).carry_out(&steps, progress)
    }

    fn admits(&self, seen: &Inspection, record_bytes: usize) -> Result<(), DriverError> {
        self.admitted(&view(seen)?, record_bytes).map(drop)
    }

    fn wipe(&self, card: &mut dyn CardChannel, seen: &Inspection) -> Result<(), DriverError> {
        if matches!(seen.contents, Contents::Blank | Contents::Foreign) {
            return Ok(());
        }
        let view = view(seen)?;
        let layout = self.layout(&view)?;
        let steps = plan::to_wipe(&view, &layout, seen)?;
        let session = Session::new(card, seen.uid);
        Writer::new(session, self.keyring(&seen.uid), &view, &layout).carry_out(&steps, &mut |_| {})
    }

    fn key_version(&self, _seen: &Inspection) -> Option<KeyVersion> {
        self.site_keys.as_ref().map(|keys| keys.current().version)
    }
}

fn view(seen: &Inspection) -> Result<View<'_>, DriverError> {
    let chip = Chip::by_name(seen.model.name).ok_or(DriverError::Unsupported {
        what: "another driver inspected it",
    })?;
    Ok(View {
        chip,
        image: &seen.image,
    })
}

fn no_site_keys(chip: &Chip) -> DriverError {
    DriverError::NoSiteKeys {
        card: chip.model.title,
    }
}

fn simulate(model: &str, uid: Uid) -> Option<Box<dyn SimulatedCard>> {
    let card = SimulatedClassic::new(Chip::by_name(model)?, &uid)?;
    Some(Box::new(card))
}
