//! MIFARE Classic Mini, 1K and 4K, with UIDs of 4 and of 7 bytes.
//!
//! The record is the only NDEF message over the MIFARE application directory (NXP AN10787, AN1304): every phone and
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
//! | `session` | authenticating, reading and writing blocks through any reader model |
//! | `layout` | which sectors are for the record, what they lack; why these |
//! | `area` | the first block, which says what is in the others |
//! | `inspect` | what is on a card |
//! | `further` | what is in sectors that were not needed so far |
//! | `read_back` | the same right after a write |
//! | `plan`, `write` | what to write, in which order; doing it |
//! | `simulated`, `specimens` | the card itself, simulated; such cards that are locked or foreign |

mod access;
mod area;
mod further;
mod inspect;
mod keys;
mod layout;
mod mad;
mod plan;
mod read_back;
mod sectors;
mod session;
mod simulated;
mod specimens;
mod trailer;
mod write;

use std::borrow::Cow;
use std::sync::Arc;

use crate::contract::{
    CardChannel, CardType, ClassicSectors, Contents, Driver, DriverError, DriverSettings,
    InspectedCard, Inspection, Progress, Registration, SimulatedCard, Uid,
};
use crate::keys::{KeyVersion, SiteKeys};
use crate::record::tlv;

use inspect::Look;
use keys::CardKeyring;
use layout::{Layout, Memory};
use plan::Step;
use sectors::{Chip, MODELS};
use session::Session;
use simulated::SimulatedClassic;
use write::Writer;

use super::check_room;

pub(super) const REGISTRATION: Registration = Registration {
    name: "classic",
    about: "MIFARE Classic, NDEF over the application directory",
    models: &MODELS,
    settings: &[],
    build,
    simulate,
    specimens: specimens::of,
};

#[derive(Debug)]
struct Classic {
    site_keys: Option<Arc<SiteKeys>>,
    sectors: ClassicSectors,
}

fn build(settings: &DriverSettings) -> Box<dyn Driver> {
    Box::new(Classic {
        site_keys: settings.site_keys.clone().map(Arc::new),
        sectors: settings.classic_sectors,
    })
}

impl Driver for Classic {
    fn recognises(&self, card: &CardType) -> bool {
        Chip::by_family(card.family).is_some()
    }

    fn inspect(
        &self,
        card: &mut dyn CardChannel,
        card_type: &CardType,
    ) -> Result<Box<dyn InspectedCard>, DriverError> {
        let chip = Chip::by_family(card_type.family).ok_or(DriverError::Unsupported {
            what: "not a MIFARE Classic by its answer to reset",
        })?;
        let keyring = CardKeyring::new(self.site_keys.as_deref(), &card_type.uid);
        let (session, written) = Session::new(card, card_type.uid);
        let look = Look::new(session, keyring, Memory::new(chip), self.sectors);
        let (summary, memory) = look.inspect(card_type, written)?;
        Ok(Box::new(InspectedClassic {
            summary,
            memory,
            site_keys: self.site_keys.clone(),
            sectors: self.sectors,
        }))
    }
}

/// One card as it was found.
#[derive(Debug)]
struct InspectedClassic {
    summary: Inspection,
    memory: Memory,
    site_keys: Option<Arc<SiteKeys>>,
    sectors: ClassicSectors,
}

const PARTLY_TAKEN: DriverError = DriverError::Locked {
    what: "other applications have a part of its memory, and the rest is too small",
};

impl InspectedClassic {
    fn no_site_keys(&self) -> DriverError {
        DriverError::NoSiteKeys {
            card: self.summary.model.title,
        }
    }

    /// The sectors of a card that can be written.
    fn layout(&self) -> Result<Layout, DriverError> {
        Layout::of(&self.memory, self.sectors).ok_or_else(|| {
            if self.site_keys.is_none() {
                return self.no_site_keys();
            }
            DriverError::Locked {
                what: "it is under keys that this site does not have, or its access conditions forbid writing",
            }
        })
    }

    /// The same, if a record of so many bytes fits them.
    fn layout_for(&self, record_bytes: usize) -> Result<Layout, DriverError> {
        if self.site_keys.is_none() {
            return Err(self.no_site_keys());
        }
        let layout = self.layout()?;
        let available = tlv::capacity(layout.area_bytes());
        let model = self.summary.model;
        if (available + 1..=model.capacity).contains(&record_bytes) {
            return Err(PARTLY_TAKEN);
        }
        check_room(record_bytes, available, model)?;
        Ok(layout)
    }

    /// What is known of the card once these sectors were looked at, too. Those that an inspection has passed over must turn out to be
    /// free.
    fn memory_with(
        &self,
        card: &mut dyn CardChannel,
        sectors: &[u8],
    ) -> Result<Cow<'_, Memory>, DriverError> {
        let unknown: Vec<u8> = sectors
            .iter()
            .copied()
            .filter(|sector| self.memory.is_unknown(*sector))
            .collect();
        if unknown.is_empty() {
            return Ok(Cow::Borrowed(&self.memory));
        }
        let uid = self.summary.uid;
        let keyring = CardKeyring::new(self.site_keys.as_deref(), &uid);
        let (session, _) = Session::new(card, uid);
        let look = Look::new(session, keyring, self.memory.clone(), self.sectors);
        let memory = look.look_at(&unknown)?;
        if unknown.iter().all(|sector| memory.is_free(*sector)) {
            Ok(Cow::Owned(memory))
        } else {
            Err(PARTLY_TAKEN)
        }
    }

    fn carry_out(
        &self,
        card: &mut dyn CardChannel,
        memory: &Memory,
        layout: &Layout,
        steps: &[Step],
        read_back: Vec<u8>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), DriverError> {
        let uid = self.summary.uid;
        let keyring = CardKeyring::new(self.site_keys.as_deref(), &uid);
        let (session, _) = Session::new(card, uid);
        Writer::new(session, keyring, memory, layout, read_back).carry_out(steps, progress)
    }
}

impl InspectedCard for InspectedClassic {
    fn summary(&self) -> &Inspection {
        &self.summary
    }

    fn check_fits(&self, record_bytes: usize) -> Result<(), DriverError> {
        self.layout_for(record_bytes).map(drop)
    }

    fn write(
        &self,
        card: &mut dyn CardChannel,
        record: &[u8],
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), DriverError> {
        let mut layout = self.layout_for(record.len())?;
        let bytes = plan::message_bytes(record)?;
        if self.sectors == ClassicSectors::Needed {
            // What a longer record has left in the sectors behind would pass for another system's without a key.
            let begun = plan::begun_bytes(&self.memory, &layout.blocks());
            layout = layout.needed(&self.memory, bytes.max(begun));
        }
        let memory = self.memory_with(card, &layout.ndef)?;
        let version = self.key_version().ok_or(self.no_site_keys())?;
        let contents = &self.summary.contents;
        let steps = plan::to_write(&memory, &layout, contents, record, version)?;
        let read_back = layout.sectors_of(bytes);
        self.carry_out(card, &memory, &layout, &steps, read_back, progress)
    }

    fn wipe(&self, card: &mut dyn CardChannel) -> Result<(), DriverError> {
        if matches!(self.summary.contents, Contents::Blank | Contents::Foreign) {
            return Ok(());
        }
        let layout = self.layout()?;
        let used = plan::used_bytes(&self.memory, &layout.blocks());
        let memory = self.memory_with(card, &layout.sectors_of(used))?;
        let layout = match self.sectors {
            ClassicSectors::All => layout,
            ClassicSectors::Needed => layout.needed(&memory, used),
        };
        let steps = plan::to_wipe(&memory, &layout)?;
        self.carry_out(card, &memory, &layout, &steps, vec![], &mut |_| {})
    }

    fn key_version(&self) -> Option<KeyVersion> {
        self.site_keys.as_ref().map(|keys| keys.current().version)
    }
}

fn simulate(model: &str, uid: Uid) -> Option<Box<dyn SimulatedCard>> {
    let card = SimulatedClassic::new(Chip::by_name(model)?, &uid)?;
    Some(Box::new(card))
}
