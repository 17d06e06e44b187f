//! Cards that are not fresh from the factory: what was done to one before it was placed.
//!
//! Each function gives the card back; one whose wish the card cannot have (no room, a key of another kind) gives it back as
//! it was.

use super::SimulatedDesfire;
use super::state::{
    Application, Family, File, StoredKey, application_bytes, configuration, file_bytes,
};
use crate::cards::desfire::card_key::CardKey;
use crate::cards::desfire::wire::{AccessRights, Communication, FileType};

/// A data file to be made.
pub(in crate::cards::desfire) struct PreparedFile<'a> {
    pub(in crate::cards::desfire) number: u8,
    pub(in crate::cards::desfire) kind: FileType,
    pub(in crate::cards::desfire) communication: Communication,
    pub(in crate::cards::desfire) rights: AccessRights,
    /// As committed; its length is the file's size.
    pub(in crate::cards::desfire) contents: &'a [u8],
}

impl SimulatedDesfire {
    /// With this PICC master key; the version counts for AES.
    pub(in crate::cards::desfire) fn with_picc_key(mut self, key: &CardKey, version: u8) -> Self {
        if let Some(key) = StoredKey::of(key, version) {
            self.memory.master_key = key;
        }
        self
    }

    /// With these key settings of the PICC; 0F is the factory's.
    pub(in crate::cards::desfire) fn with_picc_settings(mut self, settings: u8) -> Self {
        self.memory.settings = settings & 0x0F;
        self
    }

    /// Set to give new applications this key, and this version where it is of AES.
    #[cfg(test)]
    pub(in crate::cards::desfire) fn with_default_key(
        mut self,
        key: [u8; 24],
        version: u8,
    ) -> Self {
        self.memory.default_key = Some(super::state::DefaultKey {
            bytes: zeroize::Zeroizing::new(key),
            version,
        });
        self
    }

    /// Set to random UIDs.
    pub(in crate::cards::desfire) fn with_random_uid(mut self) -> Self {
        self.memory.configuration |= configuration::RANDOM_UID;
        self
    }

    /// With an application under these keys, each with its version; all of one kind.
    pub(in crate::cards::desfire) fn with_application(
        mut self,
        aid: [u8; 3],
        settings: u8,
        keys: &[(CardKey, u8)],
    ) -> Self {
        let stored: Option<Vec<_>> = keys
            .iter()
            .map(|(key, version)| StoredKey::of(key, *version))
            .collect();
        let Some(keys) = stored else { return self };
        let family = keys.first().map_or(Family::Aes, |key| key.family);
        let is_new = self.memory.application(aid).is_none();
        let is_uniform = keys.iter().all(|key| key.family == family);
        let bytes = application_bytes(family, keys.len());
        if is_new && is_uniform && bytes <= self.free_memory() {
            self.memory.used += bytes;
            self.memory.applications.push(Application {
                aid,
                settings,
                family,
                keys,
                files: vec![],
            });
        }
        self
    }

    /// With a data file in an application that is there.
    pub(in crate::cards::desfire) fn with_file(
        mut self,
        aid: [u8; 3],
        file: &PreparedFile<'_>,
    ) -> Self {
        let bytes = file_bytes(file.kind, file.contents.len());
        let fits = bytes <= self.free_memory();
        if let Some(application) = self.memory.application_mut(aid)
            && application.file(file.number).is_none()
            && fits
        {
            application.files.push(File {
                number: file.number,
                kind: file.kind,
                communication: file.communication,
                rights: file.rights,
                contents: file.contents.to_vec(),
            });
            self.memory.used += bytes;
        }
        self
    }

    /// With no more free memory than this.
    pub(in crate::cards::desfire) fn with_free_memory(mut self, bytes: usize) -> Self {
        self.memory.used = self
            .memory
            .used
            .max(self.chip.free_memory.saturating_sub(bytes));
        self
    }
}
