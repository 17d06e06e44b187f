//! The record keys: which file, which id.

use std::fmt;
use std::path::PathBuf;

use cardbridge_drivers::record::RecordKey;

use super::{ConfigError, KeyKind, Located, Origin, Warning, secret};

/// The `kid` that is on a card: names the key a record is sealed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyId(Vec<u8>);

impl KeyId {
    /// The bytes as they are on the card.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Parses 1 to 8 bytes of hex; every byte is one less for doors.
    fn parse(text: &str) -> Result<Self, String> {
        match hex::decode(text) {
            Ok(bytes) if (1..=8).contains(&bytes.len()) => Ok(Self(bytes)),
            _ => Err(format!(
                "`{text}` is not a key id: 1 to 8 bytes in hex, such as \"01\""
            )),
        }
    }
}

impl Default for KeyId {
    fn default() -> Self {
        Self(vec![1])
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

/// Where a record key is read from, and its name.
#[derive(Debug, Clone)]
pub struct KeySource {
    /// The file: 64 hex digits, or 32 raw bytes.
    pub file: Located<PathBuf>,
    /// Its name on cards.
    pub id: KeyId,
}

impl KeySource {
    pub(super) fn new(
        file: Located<PathBuf>,
        id: Option<Located<String>>,
    ) -> Result<Self, ConfigError> {
        let id = match id {
            Some(id) => id.parse(KeyId::parse)?.value,
            None => KeyId::default(),
        };
        Ok(Self { file, id })
    }

    /// The key.
    ///
    /// # Errors
    /// When the file cannot be read, or holds no key.
    pub fn read(&self) -> Result<RecordKey, ConfigError> {
        let path = &self.file.value;
        let bytes = secret::read_key_file(path, KeyKind::Record)?;
        RecordKey::parse_file(self.id.0.clone(), &bytes).map_err(|source| ConfigError::RecordKey {
            path: path.clone(),
            source,
        })
    }

    /// Whether others on this machine can read or change the key.
    #[must_use]
    pub fn warning(&self) -> Option<Warning> {
        secret::open_to_others(&self.file.value)
    }

    /// Where it is set.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.file.origin
    }
}
