//! What the suite is run on: a driver, a model, a reader, and how the site is set up.

use crate::cards;
use crate::contract::{
    ClassicSectors, DriverError, DriverSettings, Model, ModelKey, ReaderProfile, Registration,
    Setting, Uid, identify,
};
use crate::keys::{KeyVersion, SecretKey, SiteKey, SiteKeys};
use crate::testing::{SimulatedReader, site_settings};

use super::Wrong;
use super::desk::{self, Desk};

/// A driver, one of its models, the reader to try it on, and the site.
#[derive(Debug, Clone, Copy)]
pub struct Subject {
    /// The driver.
    pub registration: &'static Registration,
    /// One of its models.
    pub model: &'static Model,
    /// The reader.
    pub profile: &'static ReaderProfile,
    /// The site.
    pub setup: Setup,
}

/// How a site is set up, apart from its keys, which the cases choose.
#[derive(Debug, Clone, Copy)]
pub struct Setup {
    /// The name for messages.
    pub name: &'static str,
    /// [`DriverSettings::type2_password`].
    pub type2_password: bool,
    /// [`DriverSettings::classic_sectors`].
    pub classic_sectors: ClassicSectors,
    /// A setting of the driver's own, and which of the values that are tried it has.
    pub own: Option<(&'static Setting, usize)>,
}

impl Setup {
    /// Nothing but keys.
    pub const PLAIN: Self = Self {
        name: "plain",
        type2_password: false,
        classic_sectors: ClassicSectors::All,
        own: None,
    };

    /// Type 2 tags get a password.
    pub const PASSWORD: Self = Self {
        name: "with passwords",
        type2_password: true,
        ..Self::PLAIN
    };

    /// Only the sectors that are needed get keys.
    pub const NEEDED: Self = Self {
        name: "with needed sectors only",
        classic_sectors: ClassicSectors::Needed,
        ..Self::PLAIN
    };

    /// The set-ups that make a difference to a driver.
    #[must_use]
    pub fn of(registration: &'static Registration) -> Vec<Self> {
        let mut setups = vec![Self::PLAIN];
        let mut models = registration.models.iter();
        if models.any(|model| model.key == ModelKey::IfWanted) {
            setups.push(Self::PASSWORD);
        }
        if Self::NEEDED.makes_a_difference(registration) {
            setups.push(Self::NEEDED);
        }
        for setting in registration.settings {
            setups.extend((0..(setting.tried)().len()).map(|value| Self {
                name: setting.key,
                own: Some((setting, value)),
                ..Self::PLAIN
            }));
        }
        setups
    }

    /// Adds what this set-up says to the settings of a driver.
    fn apply(&self, driver: &str, settings: &mut DriverSettings) {
        settings.type2_password = self.type2_password;
        settings.classic_sectors = self.classic_sectors;
        if let Some((setting, value)) = self.own
            && let Some(value) = (setting.tried)().into_iter().nth(value)
        {
            settings.own.set(driver, setting.key, value);
        }
    }

    /// Whether a card of this driver's becomes another one by it than by the plain set-up.
    fn makes_a_difference(&self, registration: &Registration) -> bool {
        let written = |setup: &Self| {
            let model = registration.models.first()?;
            let card = (registration.simulate)(model.name, Uid::from(desk::UID))?;
            let mut reader = SimulatedReader::new(card, ReaderProfile::ACR122U);
            let mut settings = site_settings();
            setup.apply(registration.name, &mut settings);
            let driver = (registration.build)(&settings);
            let card_type = identify(&mut reader).ok()?;
            let seen = driver.inspect(&mut reader, &card_type).ok()?;
            seen.write(&mut reader, &[1], &mut |_| {}).ok()?;
            Some(reader.card().writes())
        };
        written(self) != written(&Self::PLAIN)
    }

    /// Whether a card is only looked at as far as a short record needs it.
    #[must_use]
    pub fn looks_late(&self) -> bool {
        self.classic_sectors == ClassicSectors::Needed
    }
}

/// Every driver that is built in with every model on every reader model, in every set-up that makes a difference.
pub fn subjects() -> impl Iterator<Item = Subject> {
    cards::ALL.iter().flat_map(subjects_of)
}

/// The same of one driver, which may come from anywhere.
pub fn subjects_of(registration: &'static Registration) -> impl Iterator<Item = Subject> {
    let models = registration.models.iter();
    models.flat_map(move |model| {
        Setup::of(registration).into_iter().flat_map(move |setup| {
            ReaderProfile::ALL.iter().map(move |profile| Subject {
                registration,
                model,
                profile,
                setup,
            })
        })
    })
}

/// What a subject can do, which decides the cases that it must pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ability {
    /// The card can be written, under no key.
    Writes,
    /// The card can be written, and then carries the site's keys.
    WritesUnderKeys,
    /// This reader model has no way to do what the card needs ([`DriverError::Reader`]).
    Refuses,
}

impl Subject {
    /// Asks the driver what becomes of a card fresh from the factory.
    ///
    /// # Errors
    /// When such a card cannot be inspected.
    pub fn ability(&self) -> Result<Ability, Wrong> {
        let mut desk = Desk::fresh(self)?;
        let seen = match desk.try_inspect()? {
            Ok(seen) => seen,
            Err(DriverError::Reader { .. }) => return Ok(Ability::Refuses),
            Err(error) => {
                return Err(desk.wrong(format!("a fresh card cannot be inspected: {error}")));
            }
        };
        Ok(match seen.check_fits(1) {
            Err(DriverError::Reader { .. }) => Ability::Refuses,
            _ if seen.key_version().is_some() => Ability::WritesUnderKeys,
            _ => Ability::Writes,
        })
    }
}

/// The keys of a site at some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Site {
    /// Version 1 and, the current one, version 2.
    Ours,
    /// The same site before it made version 2.
    OursBefore,
    /// Another site, which has a version 1 and a version 2 of its own.
    Another,
    /// A site that has no keys.
    Keyless,
}

impl Site {
    pub(super) fn settings(self, subject: &Subject) -> DriverSettings {
        let ours = site_settings();
        let our_keys = ours.site_keys.iter().flat_map(SiteKeys::iter).cloned();
        let keys: Vec<SiteKey> = match self {
            Self::Ours => our_keys.collect(),
            Self::OursBefore => our_keys
                .filter(|key| key.version == KeyVersion::FIRST)
                .collect(),
            Self::Another => our_keys
                .map(|SiteKey { version, key }| SiteKey {
                    version,
                    key: SecretKey::new(key.expose().map(|byte| !byte)),
                })
                .collect(),
            Self::Keyless => vec![],
        };
        let mut settings = DriverSettings {
            site_keys: SiteKeys::new(keys).ok(),
            ..ours
        };
        subject
            .setup
            .apply(subject.registration.name, &mut settings);
        settings
    }
}
