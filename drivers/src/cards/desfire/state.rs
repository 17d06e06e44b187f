//! What an inspection found out about keys, application and file, and the form in which it waits for the write.

use crate::contract::{CardKeys, DriverError, Image, Inspection};
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
    /// Somebody else's has this identifier.
    Alien,
}

/// Everything that a write must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct State {
    /// Looked at only where something is left to do: its change comes before that of our own keys.
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
    /// The length that stands in the file, if it was read.
    pub(super) length: Option<u16>,
}

const PICC: u16 = 0;
const RANDOM: u16 = 1;
const APPLICATION: u16 = 2;
const FREE_MEMORY: u16 = 3;
const LENGTH: u16 = 4;
const FROZEN: u16 = 5;

const GIVEN: u8 = 1;
const UNKNOWN: u8 = 2;
const SITE: u8 = 3;

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

    /// Whether the PICC master key stays as it is, whoever's it is.
    pub(super) fn keeps_picc_key(&self) -> bool {
        self.has_random_uid || self.has_frozen_key
    }

    pub(super) fn to_image(self) -> Image {
        let mut image = Image::default();
        if let Some(picc) = self.picc {
            image.insert(
                PICC,
                match picc {
                    Picc::Factory => vec![FACTORY],
                    Picc::Given => vec![GIVEN],
                    Picc::Unknown => vec![UNKNOWN],
                    Picc::Site(version) => vec![SITE, version.get()],
                },
            );
        }
        if self.has_random_uid {
            image.insert(RANDOM, vec![]);
        }
        if self.has_frozen_key {
            image.insert(FROZEN, vec![]);
        }
        match self.application {
            Application::Absent => {}
            Application::Alien => image.insert(APPLICATION, vec![]),
            Application::Ours { versions, has_file } => {
                image.insert(APPLICATION, [&versions[..], &[has_file.into()]].concat());
            }
        }
        if let Some(free) = self.free_memory {
            image.insert(FREE_MEMORY, free.to_be_bytes().to_vec());
        }
        if let Some(length) = self.length {
            image.insert(LENGTH, length.to_be_bytes().to_vec());
        }
        image
    }

    /// What [`to_image`](Self::to_image) kept.
    ///
    /// # Errors
    /// [`DriverError::Unsupported`] when the inspection is another driver's.
    pub(super) fn of(seen: &Inspection) -> Result<Self, DriverError> {
        Self::from_image(&seen.image).ok_or(DriverError::Unsupported {
            what: "another driver inspected it",
        })
    }

    fn from_image(image: &Image) -> Option<Self> {
        let picc = match image.block(PICC) {
            None => None,
            Some([FACTORY]) => Some(Picc::Factory),
            Some([GIVEN]) => Some(Picc::Given),
            Some([UNKNOWN]) => Some(Picc::Unknown),
            Some([SITE, version]) => Some(Picc::Site(KeyVersion::new(*version)?)),
            Some(_) => return None,
        };
        let application = match image.block(APPLICATION) {
            None => Application::Absent,
            Some([]) => Application::Alien,
            Some(&[v0, v1, v2, has_file]) => Application::Ours {
                versions: [v0, v1, v2],
                has_file: has_file != 0,
            },
            Some(_) => return None,
        };
        let free_memory = match image.block(FREE_MEMORY) {
            None => None,
            Some(bytes) => Some(usize::from_be_bytes(bytes.try_into().ok()?)),
        };
        let length = match image.block(LENGTH) {
            None => None,
            Some(bytes) => Some(u16::from_be_bytes(bytes.try_into().ok()?)),
        };
        Some(Self {
            picc,
            has_random_uid: image.block(RANDOM).is_some(),
            has_frozen_key: image.block(FROZEN).is_some(),
            application,
            free_memory,
            length,
        })
    }
}
