//! The keys of MIFARE Classic: those that everybody knows, and the site's own.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::contract::{KeyKind, Uid};
use crate::keys::{KeyVersion, SiteKey, SiteKeys};

use super::sectors::is_directory;

const BYTES: usize = 6;

/// The application that the site's keys are made for: NFC, in the order of AN10787.
const NFC_APPLICATION: [u8; 2] = [0xE1, 0x03];
/// One key B for all sectors of a card: a card that is broken gives away itself only, and its reader loads one key.
const KEY_B_SLOT: u8 = 0;

/// A key of 6 bytes. Wiped from memory on drop, never shown.
#[derive(Clone)]
pub(super) struct Key(Zeroizing<[u8; BYTES]>);

impl Key {
    pub(super) fn new(bytes: [u8; BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub(super) fn expose(&self) -> &[u8; BYTES] {
        &self.0
    }

    /// Both keys of a sector that comes from the factory.
    pub(super) fn transport() -> Self {
        Self::new([0xFF; BYTES])
    }

    /// The key A with which everybody reads a sector: of a directory (AN10787), or of NDEF (AN1304).
    pub(super) fn public(sector: u8) -> Self {
        if is_directory(sector) {
            Self::new([0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5])
        } else {
            Self::new([0xD3, 0xF7, 0xD3, 0xF7, 0xD3, 0xF7])
        }
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(other.0.as_slice()).into()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(REDACTED)")
    }
}

/// A way to authenticate: which key, and whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Credential {
    /// Key A as it comes from the factory.
    TransportA,
    /// Key B as it comes from the factory; a sector formatted by a phone has it.
    TransportB,
    /// The site's key B.
    Site(KeyVersion),
}

impl Credential {
    pub(super) fn kind(self) -> KeyKind {
        match self {
            Self::TransportA => KeyKind::A,
            Self::TransportB | Self::Site(_) => KeyKind::B,
        }
    }
}

/// The keys that one card may carry.
pub(super) struct CardKeyring {
    /// The site's keys B for this card, the current version first.
    site: Vec<(KeyVersion, Key)>,
}

impl CardKeyring {
    pub(super) fn new(site_keys: Option<&SiteKeys>, uid: &Uid) -> Self {
        let keys = site_keys.iter().flat_map(|keys| keys.iter());
        Self {
            site: keys.map(|key| (key.version, key_b(key, uid))).collect(),
        }
    }

    /// The version of the key B that a card gets.
    pub(super) fn current(&self) -> Option<KeyVersion> {
        self.site.first().map(|(version, _)| *version)
    }

    /// The key behind a credential; `None` for a version that the site does not have.
    pub(super) fn key(&self, credential: Credential) -> Option<Key> {
        match credential {
            Credential::TransportA | Credential::TransportB => Some(Key::transport()),
            Credential::Site(wanted) => self
                .site
                .iter()
                .find(|(version, _)| *version == wanted)
                .map(|(_, key)| key.clone()),
        }
    }

    /// Every way in that may give the right to write, the likeliest first.
    pub(super) fn writing(&self) -> Vec<Credential> {
        let versions = self.site.iter().map(|(version, _)| *version);
        [Credential::TransportA]
            .into_iter()
            .chain(versions.map(Credential::Site))
            .chain([Credential::TransportB])
            .collect()
    }
}

fn key_b(key: &SiteKey, uid: &Uid) -> Key {
    let diversified = key.diversify(uid, &NFC_APPLICATION, KEY_B_SLOT);
    let mut bytes = Zeroizing::new([0; BYTES]);
    bytes.copy_from_slice(&diversified.expose()[..BYTES]);
    Key(bytes)
}
