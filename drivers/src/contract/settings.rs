//! What drivers are told by whoever runs them.

use crate::keys::{SecretKey, SiteKeys};

/// The settings of every driver; each takes what concerns it.
#[derive(Debug, Clone, Default)]
pub struct DriverSettings {
    /// The keys that cards are written under. Without them no card that needs keys can be written.
    pub site_keys: Option<SiteKeys>,
    /// The AES PICC master key that the site's DESFire cards carry already, where another system gave it to them. It is
    /// used to make our application and never changed.
    pub picc_key: Option<SecretKey>,
    /// The DESFire application that holds the record.
    pub desfire_aid: DesfireAid,
    /// Whether NTAG21x and Ultralight EV1 get a password on writing.
    pub type2_password: bool,
}

/// A DESFire application identifier: 3 bytes in the order in which they are sent, lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DesfireAid([u8; 3]);

impl DesfireAid {
    /// `None` for 000000, which is the card itself.
    #[must_use]
    pub fn new(bytes: [u8; 3]) -> Option<Self> {
        (bytes != [0; 3]).then_some(Self(bytes))
    }

    /// The bytes as they are sent.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 3] {
        &self.0
    }
}

impl Default for DesfireAid {
    /// `CB 1D 9E`, which is registered to nobody that we know of.
    fn default() -> Self {
        Self([0xCB, 0x1D, 0x9E])
    }
}
