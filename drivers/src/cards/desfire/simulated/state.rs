//! What a DESFire keeps without power: keys, settings, applications, files.

use zeroize::Zeroizing;

use crate::cards::desfire::card_key::{CardKey, KeyType};
use crate::cards::desfire::wire::{AccessRights, Communication, FileType, PICC, three_bytes};

/// Memory is given out in blocks of so many bytes.
pub(super) const BLOCK: usize = 32;
/// Most applications on an EV1; EV2 and later are limited by their memory alone.
pub(super) const MOST_APPLICATIONS_EV1: usize = 28;
/// Most keys of an application.
pub(super) const MOST_KEYS: usize = 14;
/// File numbers are below this one.
pub(super) const MOST_FILES: u8 = 32;

/// What may be changed about a card or an application: its key settings.
pub(super) mod settings {
    /// The master key may be changed.
    pub(in crate::cards::desfire) const MASTER_KEY_CHANGEABLE: u8 = 0x01;
    /// Lists and settings can be read without the master key.
    pub(in crate::cards::desfire) const FREE_LISTING: u8 = 0x02;
    /// Applications, or files, can be created and deleted without the master key.
    pub(in crate::cards::desfire) const FREE_CREATION: u8 = 0x04;
    /// These settings may be changed.
    pub(in crate::cards::desfire) const CHANGEABLE: u8 = 0x08;
    /// As from the factory.
    pub(in crate::cards::desfire) const FACTORY: u8 = 0x0F;
}

/// The configuration of `SetConfiguration`, option 00. Bits can be set and never cleared.
pub(super) mod configuration {
    /// `FormatPICC` is refused.
    pub(in crate::cards::desfire) const NO_FORMAT: u8 = 0x01;
    /// The UID of anticollision is random.
    pub(in crate::cards::desfire) const RANDOM_UID: u8 = 0x02;
}

/// The kinds of keys that an application, or the card, holds; the code is in the upper two bits of the number of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// DES and triple DES with two keys, 16 bytes each.
    Tdea2 = 0x00,
    /// Triple DES with three keys.
    Tdea3 = 0x40,
    /// AES-128.
    Aes = 0x80,
}

impl Family {
    pub(super) const MASK: u8 = 0xC0;

    /// The family of a number of keys, or of a key number at card level.
    pub(super) fn from_bits(byte: u8) -> Option<Self> {
        [Self::Tdea2, Self::Tdea3, Self::Aes]
            .into_iter()
            .find(|family| *family as u8 == byte & Self::MASK)
    }

    /// Bytes of a key as the card stores it and `ChangeKey` sends it.
    pub(super) fn key_bytes(self) -> usize {
        match self {
            Self::Tdea2 | Self::Aes => 16,
            Self::Tdea3 => 24,
        }
    }
}

/// A key as the card stores it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct StoredKey {
    pub(super) family: Family,
    bytes: Zeroizing<Vec<u8>>,
    version: u8,
}

impl std::fmt::Debug for StoredKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StoredKey({:?} REDACTED)", self.family)
    }
}

impl StoredKey {
    /// All zero, version 0.
    pub(super) fn zero(family: Family) -> Self {
        Self {
            family,
            bytes: Zeroizing::new(vec![0; family.key_bytes()]),
            version: 0,
        }
    }

    /// `None` when the bytes are not of the family's length. The version counts for AES only: that of the others is in
    /// their parity bits.
    pub(super) fn new(family: Family, bytes: &[u8], version: u8) -> Option<Self> {
        (bytes.len() == family.key_bytes()).then(|| Self {
            family,
            bytes: Zeroizing::new(bytes.to_vec()),
            version: if family == Family::Aes { version } else { 0 },
        })
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What `GetKeyVersion` says: of DES the lowest bits of the first 8 bytes, the first one highest.
    pub(super) fn version(&self) -> u8 {
        match self.family {
            Family::Aes => self.version,
            Family::Tdea2 | Family::Tdea3 => self.bytes[..8]
                .iter()
                .fold(0, |version, byte| version << 1 | byte & 1),
        }
    }

    /// The key to authenticate with: one of 16 bytes whose halves are the same, parity bits included, is single DES.
    pub(super) fn card_key(&self) -> Option<CardKey> {
        match self.family {
            Family::Aes => CardKey::new(KeyType::Aes, &self.bytes),
            Family::Tdea3 => CardKey::new(KeyType::Tdea3, &self.bytes),
            Family::Tdea2 => {
                let (first, second) = self.bytes.split_at(8);
                if first == second {
                    CardKey::new(KeyType::Des, first)
                } else {
                    CardKey::new(KeyType::Tdea2, &self.bytes)
                }
            }
        }
    }

    /// The key as the card stores it.
    pub(super) fn of(key: &CardKey, version: u8) -> Option<Self> {
        let bytes = key.expose();
        match key.key_type() {
            KeyType::Des => Self::new(Family::Tdea2, &[bytes, bytes].concat(), 0),
            KeyType::Tdea2 => Self::new(Family::Tdea2, bytes, 0),
            KeyType::Tdea3 => Self::new(Family::Tdea3, bytes, 0),
            KeyType::Aes => Self::new(Family::Aes, bytes, version),
        }
    }
}

/// A data file, standard or backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct File {
    pub(super) number: u8,
    pub(super) kind: FileType,
    pub(super) communication: Communication,
    pub(super) rights: AccessRights,
    /// Of a backup file what was committed last.
    pub(super) contents: Vec<u8>,
}

/// An application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Application {
    pub(super) aid: [u8; 3],
    pub(super) settings: u8,
    pub(super) family: Family,
    pub(super) keys: Vec<StoredKey>,
    pub(super) files: Vec<File>,
}

impl Application {
    pub(super) fn file(&self, number: u8) -> Option<&File> {
        self.files.iter().find(|file| file.number == number)
    }

    pub(super) fn file_mut(&mut self, number: u8) -> Option<&mut File> {
        self.files.iter_mut().find(|file| file.number == number)
    }
}

/// Everything that outlives power off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Memory {
    pub(super) uid: [u8; 7],
    pub(super) configuration: u8,
    pub(super) settings: u8,
    pub(super) master_key: StoredKey,
    /// Bytes given out since the card was last formatted.
    pub(super) used: usize,
    pub(super) applications: Vec<Application>,
    /// With what keys new applications begin, where that was set; zeros otherwise.
    pub(super) default_key: Option<DefaultKey>,
}

/// The default key of `SetConfiguration`, option 01: as much of it as a kind of key takes, and a version for AES.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct DefaultKey {
    pub(super) bytes: Zeroizing<[u8; DefaultKey::BYTES]>,
    pub(super) version: u8,
}

impl DefaultKey {
    pub(super) const BYTES: usize = 24;

    pub(super) fn of(family: Family, set: Option<&Self>) -> StoredKey {
        set.and_then(|key| StoredKey::new(family, &key.bytes[..family.key_bytes()], key.version))
            .unwrap_or_else(|| StoredKey::zero(family))
    }
}

impl std::fmt::Debug for DefaultKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DefaultKey(REDACTED)")
    }
}

impl Memory {
    /// As it leaves the factory: a DES master key of zeros, everything allowed.
    pub(super) fn factory(uid: [u8; 7]) -> Self {
        Self {
            uid,
            configuration: 0,
            settings: settings::FACTORY,
            master_key: StoredKey::zero(Family::Tdea2),
            used: 0,
            applications: vec![],
            default_key: None,
        }
    }

    pub(super) fn application(&self, aid: [u8; 3]) -> Option<&Application> {
        self.applications
            .iter()
            .find(|application| application.aid == aid)
    }

    pub(super) fn application_mut(&mut self, aid: [u8; 3]) -> Option<&mut Application> {
        self.applications
            .iter_mut()
            .find(|application| application.aid == aid)
    }

    pub(super) fn has_random_uid(&self) -> bool {
        self.configuration & configuration::RANDOM_UID != 0
    }

    /// The key settings of the card or of an application.
    pub(super) fn settings_of(&self, aid: [u8; 3]) -> u8 {
        match self.application(aid) {
            Some(application) if aid != PICC => application.settings,
            _ => self.settings,
        }
    }

    /// The keys of the card or of an application.
    pub(super) fn keys_of(&self, aid: [u8; 3]) -> &[StoredKey] {
        match self.application(aid) {
            Some(application) if aid != PICC => &application.keys,
            _ => std::slice::from_ref(&self.master_key),
        }
    }
}

/// A number of bytes as the card reports it. None has more than it can report.
pub(super) fn size(bytes: usize) -> [u8; 3] {
    three_bytes(bytes).unwrap_or([0xFF; 3])
}

/// What an application takes: a block for itself, and its keys. Not published; measured values may differ.
pub(super) fn application_bytes(family: Family, keys: usize) -> usize {
    BLOCK + (keys * family.key_bytes()).next_multiple_of(BLOCK)
}

/// What a file takes: its data in whole blocks, twice where it has a backup. Where its settings are kept is not published; a
/// block is counted for them.
pub(super) fn file_bytes(kind: FileType, size: usize) -> usize {
    let copies = if kind == FileType::Backup { 2 } else { 1 };
    BLOCK + size.next_multiple_of(BLOCK) * copies
}
