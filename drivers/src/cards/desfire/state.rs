//! What an inspection found out about keys, application and file.

use crate::contract::CardKeys;
use crate::keys::KeyVersion;

use super::keyring::FACTORY;

/// The PICC master key, confirmed by an authentication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Picc {
    /// That of the factory.
    Factory,
    /// The site's, of this version.
    Site(KeyVersion),
    /// The one in the settings, of another system.
    Given,
    /// One that is not known.
    Unknown,
}

/// Our application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Application {
    /// There is none of this identifier.
    Absent,
    /// It is ours, its three keys of these versions.
    Ours { versions: [u8; 3], has_file: bool },
    /// Another system's application has this identifier.
    Alien,
}

/// Everything that a write must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct State {
    /// Looked at only where there is work left: its change comes before that of our own keys.
    pub(super) picc: Option<Picc>,
    /// Whether the card makes a new UID each time. Its PICC master key then stays as it is: one made from the UID
    /// could never be found again.
    pub(super) has_random_uid: bool,
    /// Whether the card's key settings forbid changing the PICC master key, for ever. Known where the key is due to be
    /// changed.
    pub(super) has_frozen_key: bool,
    pub(super) application: Application,
    /// Free bytes, asked where something must be created.
    pub(super) free_memory: Option<usize>,
    /// The length that is in the file, if it was read.
    pub(super) length: Option<u16>,
}

impl State {
    /// The versions of all keys of the site's that were looked at.
    pub(super) fn keys(&self) -> CardKeys {
        let picc = match self.picc {
            _ if self.keeps_picc_key() => None,
            Some(Picc::Factory) => Some(FACTORY),
            Some(Picc::Site(version)) => Some(version.get()),
            Some(Picc::Given | Picc::Unknown) | None => None,
        };
        let mut versions = match self.application {
            Application::Alien => return CardKeys::Unknown,
            Application::Absent => match self.picc {
                Some(Picc::Unknown) | None => return CardKeys::Unknown,
                // Under the key of another system our own are still to come, as on a card from the factory.
                Some(Picc::Factory | Picc::Given) => return CardKeys::Factory,
                Some(Picc::Site(version)) => return CardKeys::Site(version),
            },
            Application::Ours { versions, .. } => versions.to_vec(),
        };
        versions.extend(picc);
        match versions.split_first() {
            Some((first, rest)) if rest.iter().all(|version| version == first) => {
                KeyVersion::new(*first).map_or(CardKeys::Factory, CardKeys::Site)
            }
            _ => CardKeys::Mixed,
        }
    }

    /// Whether the PICC master key stays as it is, no matter who owns it.
    pub(super) fn keeps_picc_key(&self) -> bool {
        self.has_random_uid || self.has_frozen_key
    }
}
