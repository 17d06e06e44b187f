//! Which keys a card of this site may carry.

use crate::contract::{DesfireAid, DriverSettings, Uid};
use crate::keys::{KeyVersion, SecretKey, SiteKeys};

use super::card_key::CardKey;
use super::state::Picc;
use super::wire::PICC;

/// The version byte of keys from the factory.
pub(super) const FACTORY: u8 = 0;
/// Key 0 of the card itself, and of our application: changes the other keys, makes files.
pub(super) const MASTER: u8 = 0;
/// Writes the file, and reads it.
pub(super) const WRITER: u8 = 1;
/// Only reads the file: for locks.
pub(super) const READER: u8 = 2;

/// The keys of a site, as far as DESFire goes.
#[derive(Clone, Copy)]
pub(super) struct Keyring<'a> {
    site: Option<&'a SiteKeys>,
    picc: Option<&'a SecretKey>,
    aid: DesfireAid,
}

impl<'a> Keyring<'a> {
    pub(super) fn new(settings: &'a DriverSettings) -> Self {
        Self {
            site: settings.site_keys.as_ref(),
            picc: settings.picc_key.as_ref(),
            aid: settings.desfire_aid,
        }
    }

    pub(super) fn aid(&self) -> [u8; 3] {
        *self.aid.as_bytes()
    }

    /// The version that cards get.
    pub(super) fn current(&self) -> Option<KeyVersion> {
        self.site.map(|site| site.current().version)
    }

    /// Whether a key of this version is the one that cards get.
    pub(super) fn is_current(&self, version: u8) -> bool {
        self.current()
            .is_some_and(|current| current.get() == version)
    }

    /// Whether the settings have a PICC master key of another system.
    pub(super) fn has_given(&self) -> bool {
        self.picc.is_some()
    }

    /// A key of our application in this version; `None` when the site has no such version.
    pub(super) fn application_key(&self, uid: &Uid, number: u8, version: u8) -> Option<CardKey> {
        const ZERO: [u8; 16] = [0; 16];
        if version == FACTORY {
            return Some(CardKey::aes(&ZERO));
        }
        self.diversified(uid, self.aid(), number, KeyVersion::new(version)?)
    }

    /// The PICC master key of a card in this state.
    pub(super) fn picc_key(&self, uid: &Uid, picc: Picc) -> Option<CardKey> {
        match picc {
            Picc::Factory => Some(CardKey::factory()),
            Picc::Site(version) => self.diversified(uid, PICC, MASTER, version),
            Picc::Given => self.picc.map(|key| CardKey::aes(key.expose())),
            Picc::Unknown => None,
        }
    }

    /// Whether the site has this version of its keys.
    pub(super) fn knows(&self, version: u8) -> bool {
        version == FACTORY
            || KeyVersion::new(version)
                .zip(self.site)
                .is_some_and(|(version, site)| site.version(version).is_some())
    }

    fn diversified(
        &self,
        uid: &Uid,
        aid: [u8; 3],
        slot: u8,
        version: KeyVersion,
    ) -> Option<CardKey> {
        let key = self.site?.version(version)?.diversify(uid, &aid, slot);
        Some(CardKey::aes(key.expose()))
    }
}
