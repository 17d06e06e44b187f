//! MIFARE DESFire EV1, EV2 and EV3: an application of our own, one backup file under AES keys.
//!
//! The record is in the file behind its length of two bytes, and goes there enciphered; `CommitTransaction` makes it valid in
//! one step. Each card gets keys of its own, made from the site's master key, and each key carries the version of that
//! master key. What other applications a card has is no concern of ours. Application and keys stay when a card is wiped.
//!
//! | file | holds |
//! |---|---|
//! | `models` | the chips: memory, `GetVersion` |
//! | `wire` | codes and fields of the native commands |
//! | `card_key` | a key of a card, of any of its ciphers |
//! | `keyring` | which keys a card of this site carries |
//! | `link` | commands and answers in frames |
//! | `commands` | questions that a card answers anybody |
//! | `session_keys` | what an authentication makes of a key |
//! | `messaging` | secure messaging of EV1 and of EV2 |
//! | `session` | an authenticated session |
//! | `in_force` | one that is still in force when an operation ends |
//! | `inspect` | what is on a card |
//! | `state` | what an inspection found out |
//! | `plan` | what is left to do, in which order |
//! | `write` | doing it |
//! | `simulated` | the card itself, simulated |
//! | `specimens` | simulated cards under keys of others, or without room |

mod card_key;
mod commands;
mod in_force;
mod inspect;
mod keyring;
mod link;
mod messaging;
mod models;
mod plan;
mod session;
mod session_keys;
mod simulated;
mod specimens;
mod state;
mod wire;
mod write;

use std::sync::Arc;

use crate::contract::{
    CardChannel, CardKeys, CardType, Driver, DriverError, DriverSettings, InspectedCard,
    Inspection, Progress, Registration, Uid, Version,
};
use crate::keys::KeyVersion;

use card_key::CardKey;
use keyring::Keyring;
use models::{Chip, MODELS};
use plan::Plan;
use state::{Application, State};
use wire::{Access, AccessRights, Communication, FileType};
use write::Writer;

pub(super) const REGISTRATION: Registration = Registration {
    name: "desfire",
    about: "MIFARE DESFire EV1, EV2 and EV3, an application of our own under AES keys",
    models: &MODELS,
    settings: &[],
    build: |settings| {
        Box::new(Desfire {
            settings: Arc::new(settings.clone()),
        })
    },
    simulate: simulated::simulate,
    specimens: specimens::of,
};

/// The number of our file.
const FILE: u8 = 0x01;
/// Key settings of our application: its master key can be changed, and makes files and changes keys; anybody may list
/// files. Then three keys, of AES.
const APPLICATION_SETTINGS: [u8; 2] = [0x0B, 0x83];

/// Our file as `GetFileSettings` reports it: a backup file, enciphered, one key to write it and one for locks to read it.
fn file_settings(chip: &Chip) -> [u8; 7] {
    let rights = AccessRights {
        read: Access::Key(keyring::READER),
        write: Access::Key(keyring::WRITER),
        read_write: Access::Key(keyring::WRITER),
        change: Access::Key(keyring::MASTER),
    };
    let [r0, r1] = rights.to_bytes();
    let [s0, s1, s2] = chip.record_file_bytes;
    let [kind, communication] = [FileType::Backup.code(), Communication::Full.code()];
    [kind, communication, r0, r1, s0, s1, s2]
}

#[derive(Debug)]
struct Desfire {
    settings: Arc<DriverSettings>,
}

impl Driver for Desfire {
    fn recognises(&self, card: &CardType) -> bool {
        chip_of(card).is_some()
    }

    fn inspect(
        &self,
        card: &mut dyn CardChannel,
        card_type: &CardType,
    ) -> Result<Box<dyn InspectedCard>, DriverError> {
        let chip = chip_of(card_type).ok_or(DriverError::Unsupported {
            what: "a DESFire of a size or generation that is not known",
        })?;
        let (summary, state) = inspect::inspect(card, card_type, chip, &self.settings)?;
        Ok(Box::new(InspectedDesfire {
            chip,
            summary,
            state,
            settings: Arc::clone(&self.settings),
        }))
    }
}

/// One card as it was found.
#[derive(Debug)]
struct InspectedDesfire {
    chip: &'static Chip,
    summary: Inspection,
    state: State,
    settings: Arc<DriverSettings>,
}

impl InspectedCard for InspectedDesfire {
    fn summary(&self) -> &Inspection {
        &self.summary
    }

    fn check_fits(&self, record_bytes: usize) -> Result<(), DriverError> {
        self.version_for(record_bytes).map(drop)
    }

    fn write(
        &self,
        card: &mut dyn CardChannel,
        record: &[u8],
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), DriverError> {
        let current = self.version_for(record.len())?;
        let plan = Plan::to_write(&self.summary, &self.state, current, record)?;
        self.writer().carry_out(card, &plan, record.len(), progress)
    }

    fn wipe(&self, card: &mut dyn CardChannel) -> Result<(), DriverError> {
        let plan = Plan::to_wipe(&self.summary, &self.state)?;
        self.writer().carry_out(card, &plan, 0, &mut |_| {})
    }

    fn key_version(&self) -> Option<KeyVersion> {
        Keyring::new(&self.settings).current()
    }
}

impl InspectedDesfire {
    /// The version of the keys that a record of so many bytes would be written under.
    fn version_for(&self, record_bytes: usize) -> Result<KeyVersion, DriverError> {
        let summary = &self.summary;
        let current = self.key_version().ok_or(DriverError::NoSiteKeys {
            card: summary.model.title,
        })?;
        if summary.keys == CardKeys::Unknown {
            return Err(DriverError::Locked {
                what: if self.state.application == Application::Absent {
                    "its PICC master key is not known, and no application can be made without it"
                } else {
                    "the application with our identifier is under keys that are not known"
                },
            });
        }
        // A card without room for the file takes no record at all, not even one of no bytes.
        if record_bytes > summary.capacity || summary.capacity == 0 {
            let available = summary.capacity;
            return Err(super::too_small(record_bytes, available, summary.model));
        }
        Ok(current)
    }

    fn writer(&self) -> Writer<'_> {
        Writer {
            chip: self.chip,
            keyring: Keyring::new(&self.settings),
            uid: self.summary.uid,
            has_random_uid: self.state.has_random_uid,
        }
    }
}

/// How many bytes of record a card in this state takes: all or nothing, since the file is made in its full size.
fn capacity(chip: &Chip, state: &State) -> usize {
    /// Memory goes in blocks of 32 bytes, and a backup file is there twice. What an application and a file take beside
    /// that is not public; this is more than was seen on cards by others, and not verified.
    const APPLICATION: usize = 8 * 32;
    const FILE: usize = 2 * 32;
    let file = FILE + 2 * chip.record_file.next_multiple_of(32);
    let needed = match state.application {
        Application::Absent => APPLICATION + file,
        Application::Ours {
            has_file: false, ..
        } => file,
        Application::Ours { has_file: true, .. } | Application::Alien => 0,
    };
    if state.free_memory.is_some_and(|free| free < needed) {
        0
    } else {
        chip.model.capacity
    }
}

/// A key of our application on a card where its versions are these.
fn application_key(
    keyring: Keyring<'_>,
    uid: &Uid,
    number: u8,
    versions: [u8; 3],
) -> Result<CardKey, DriverError> {
    versions
        .get(usize::from(number))
        .and_then(|version| keyring.application_key(uid, number, *version))
        .ok_or(DriverError::Locked {
            what: "one of its keys is of a version that the site does not have",
        })
}

fn chip_of(card: &CardType) -> Option<&'static Chip> {
    match card.version {
        Version::Part4 { hardware, .. } => Chip::by_hardware(hardware),
        Version::Type2(_) | Version::Refused | Version::Unavailable => None,
    }
}

#[cfg(test)]
mod tests;
