//! The card's memory as bytes, for [`SimulatedCard::memory`](crate::contract::SimulatedCard::memory). Our own layout: a real
//! card never gives its memory out.
//!
//! Numbers of more than one byte are stored lowest byte first.
//!
//! ```text
//! version 01 · generation · storage size · UID 7 · configuration · key settings · bytes used 3
//! · master key: kind, version, bytes · number of applications 2 · applications · where it was set: default key 24, its version
//! application: AID 3 · key settings · kind · number of keys · keys: version, bytes · number of files · files
//! file: number · type · communication · access rights 2 · size 3 · contents
//! ```

use zeroize::Zeroizing;

use super::state::{
    Application, DefaultKey, Family, File, MOST_FILES, MOST_KEYS, Memory, StoredKey,
    application_bytes, configuration, file_bytes, size,
};
use crate::cards::desfire::models::Chip;
use crate::cards::desfire::wire::{AccessRights, Communication, FileType, PICC, from_three_bytes};

const VERSION: u8 = 1;

impl Memory {
    pub(super) fn to_bytes(&self, chip: &Chip) -> Vec<u8> {
        let mut bytes = vec![VERSION, chip.generation as u8, chip.storage];
        bytes.extend(self.uid);
        bytes.extend([self.configuration, self.settings]);
        bytes.extend(size(self.used));
        bytes.push(self.master_key.family as u8);
        put_key(&mut bytes, &self.master_key);
        let count = u16::try_from(self.applications.len()).unwrap_or(u16::MAX);
        bytes.extend(count.to_le_bytes());
        for application in &self.applications {
            put_application(&mut bytes, application);
        }
        if let Some(key) = &self.default_key {
            bytes.extend(key.bytes.as_slice());
            bytes.push(key.version);
        }
        bytes
    }

    /// `None` for what is no memory of such a chip, to its last byte.
    pub(super) fn from_bytes(chip: &Chip, bytes: &[u8]) -> Option<Self> {
        let mut bytes = Bytes(bytes);
        let [version, generation, storage] = bytes.take()?;
        if [version, generation, storage] != [VERSION, chip.generation as u8, chip.storage] {
            return None;
        }
        let mut memory = Self::factory(bytes.take()?);
        [memory.configuration, memory.settings] = bytes.take()?;
        memory.used = from_three_bytes(bytes.take()?);
        let [family] = bytes.take()?;
        memory.master_key = bytes.key(family_of(family)?)?;
        let count = u16::from_le_bytes(bytes.take()?);
        for _ in 0..count {
            let application = bytes.application()?;
            if memory.application(application.aid).is_some() || application.aid == PICC {
                return None;
            }
            memory.applications.push(application);
        }
        if !bytes.0.is_empty() {
            let key = Zeroizing::new(bytes.take()?);
            let [version] = bytes.take()?;
            memory.default_key = Some(DefaultKey {
                bytes: key,
                version,
            });
        }
        let is_sound = bytes.0.is_empty()
            && memory.configuration & !(configuration::NO_FORMAT | configuration::RANDOM_UID) == 0
            && memory.settings >> 4 == 0
            && memory.used <= chip.free_memory
            && memory.used >= memory.applications.iter().map(taken).sum();
        is_sound.then_some(memory)
    }
}

fn taken(application: &Application) -> usize {
    let files = application.files.iter();
    application_bytes(application.family, application.keys.len())
        + files
            .map(|file| file_bytes(file.kind, file.contents.len()))
            .sum::<usize>()
}

fn put_key(bytes: &mut Vec<u8>, key: &StoredKey) {
    bytes.push(key.version());
    bytes.extend(key.bytes());
}

fn put_application(bytes: &mut Vec<u8>, application: &Application) {
    bytes.extend(application.aid);
    bytes.extend([application.settings, application.family as u8]);
    // At most 14 keys and 32 files.
    bytes.push(u8::try_from(application.keys.len()).unwrap_or(u8::MAX));
    for key in &application.keys {
        put_key(bytes, key);
    }
    bytes.push(u8::try_from(application.files.len()).unwrap_or(u8::MAX));
    for file in &application.files {
        bytes.extend([file.number, file.kind.code(), file.communication.code()]);
        bytes.extend(file.rights.to_bytes());
        bytes.extend(size(file.contents.len()));
        bytes.extend(&file.contents);
    }
}

fn family_of(byte: u8) -> Option<Family> {
    Family::from_bits(byte).filter(|_| byte & !Family::MASK == 0)
}

/// What is left to read.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*first)
    }

    fn take_many(&mut self, count: usize) -> Option<&[u8]> {
        let (first, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(first)
    }

    fn key(&mut self, family: Family) -> Option<StoredKey> {
        let [version] = self.take()?;
        StoredKey::new(family, self.take_many(family.key_bytes())?, version)
            .filter(|key| key.version() == version)
    }

    fn application(&mut self) -> Option<Application> {
        let aid = self.take()?;
        let [settings, family, keys] = self.take()?;
        let family = family_of(family)?;
        if usize::from(keys) > MOST_KEYS {
            return None;
        }
        let keys = (0..keys).map(|_| self.key(family)).collect::<Option<_>>()?;
        let mut application = Application {
            aid,
            settings,
            family,
            keys,
            files: vec![],
        };
        let [files] = self.take()?;
        for _ in 0..files {
            let file = self.file()?;
            if application.file(file.number).is_some() {
                return None;
            }
            application.files.push(file);
        }
        Some(application)
    }

    fn file(&mut self) -> Option<File> {
        let [number, kind, communication] = self.take()?;
        let rights = AccessRights::from_bytes(self.take()?);
        let size = from_three_bytes(self.take()?);
        let kind = FileType::from_code(kind)
            .filter(|kind| matches!(kind, FileType::Standard | FileType::Backup))?;
        let communication = Communication::from_code(communication)?;
        if number >= MOST_FILES || size == 0 {
            return None;
        }
        Some(File {
            number,
            kind,
            communication,
            rights,
            contents: self.take_many(size)?.to_vec(),
        })
    }
}
