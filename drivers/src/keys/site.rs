//! A site's master keys, by version.

use std::fmt;
use std::num::NonZeroU8;

use thiserror::Error;

use super::{AesInput, SecretKey, diversify_aes128};
use crate::contract::Uid;

/// The version of a site master key: 1 to 255, as a DESFire key carries it. 0 is what cards have from the factory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyVersion(NonZeroU8);

impl KeyVersion {
    /// The version of a site's first key.
    pub const FIRST: Self = Self(NonZeroU8::MIN);

    /// `None` for 0, the version of factory keys.
    #[must_use]
    pub fn new(version: u8) -> Option<Self> {
        NonZeroU8::new(version).map(Self)
    }

    /// The byte that a card carries.
    #[must_use]
    pub fn get(self) -> u8 {
        self.0.get()
    }
}

impl fmt::Display for KeyVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One site master key. No card carries it: each gets keys made from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteKey {
    /// Its version.
    pub version: KeyVersion,
    /// The key.
    pub key: SecretKey,
}

impl SiteKey {
    /// A card's own key (AN10922 for AES-128): `01 || UID || AID || system identifier`.
    ///
    /// The system identifier is `cardbridge` in ASCII and one byte `slot`, by which a driver distinguishes the keys of one card
    /// and application apart. `aid` in the byte order in which the card knows it.
    ///
    /// An AID has at most 3 bytes, which the compiler sees to; with them and the longest UID the input is far from its end.
    #[must_use]
    pub fn diversify<const AID: usize>(&self, uid: &Uid, aid: &[u8; AID], slot: u8) -> SecretKey {
        const UID: usize = 10;
        const SYSTEM: &[u8] = b"cardbridge";
        const SLOT: usize = 1;
        const {
            assert!(AID <= 3, "an AID has at most 3 bytes");
            assert!(UID + AID + SYSTEM.len() + SLOT <= AesInput::LONGEST);
        }
        let input = AesInput::of_parts([uid.as_bytes(), aid, SYSTEM, &[slot]]);
        diversify_aes128(&self.key, &input)
    }
}

/// All master keys of a site: the current one, which cards get, and those before it, which cards may still carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteKeys(Vec<SiteKey>);

impl SiteKeys {
    /// Puts keys together, in any order; the highest version is the current one.
    ///
    /// # Errors
    /// [`SiteKeysError`] when there is none, or a version occurs twice.
    pub fn new(mut keys: Vec<SiteKey>) -> Result<Self, SiteKeysError> {
        keys.sort_by_key(|key| std::cmp::Reverse(key.version));
        if keys.is_empty() {
            return Err(SiteKeysError::Empty);
        }
        match keys
            .windows(2)
            .find(|pair| pair[0].version == pair[1].version)
        {
            Some(pair) => Err(SiteKeysError::Twice(pair[0].version)),
            None => Ok(Self(keys)),
        }
    }

    /// The key that cards get.
    #[must_use]
    pub fn current(&self) -> &SiteKey {
        &self.0[0]
    }

    /// The key of this version, if the site still has it.
    #[must_use]
    pub fn version(&self, version: KeyVersion) -> Option<&SiteKey> {
        self.0.iter().find(|key| key.version == version)
    }

    /// Every key, the current one first.
    pub fn iter(&self) -> impl Iterator<Item = &SiteKey> {
        self.0.iter()
    }
}

/// Why keys are no set of site keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SiteKeysError {
    /// There is no key.
    #[error("there is no site key")]
    Empty,
    /// Two keys say that they are the same version.
    #[error("version {0} occurs twice among the site keys")]
    Twice(KeyVersion),
}
