//! The drivers of one process: those that are built in, and those that are added from outside.

use std::sync::Arc;

use crate::contract::{CardType, Driver, DriverSettings, Model, ReaderProfile, Registration};

use super::ALL;

/// The drivers of one process, each built once. Cloning gives the same drivers.
#[derive(Debug, Clone)]
pub struct Registry {
    settings: Arc<DriverSettings>,
    drivers: Vec<Registered>,
}

/// One driver, under its name.
#[derive(Debug, Clone)]
pub struct Registered {
    /// The driver's name, such as `type2`.
    pub name: String,
    /// The cards it supports.
    pub models: &'static [Model],
    /// The driver.
    pub driver: Arc<dyn Driver>,
}

impl Registry {
    /// The drivers that are built in, with these settings.
    #[must_use]
    pub fn built_in(settings: DriverSettings) -> Self {
        let mut registry = Self {
            drivers: vec![],
            settings: Arc::new(settings),
        };
        for driver in ALL {
            registry.add(driver);
        }
        registry
    }

    /// Adds a driver that is registered as those that are built in are, with the same settings.
    pub fn add(&mut self, registration: &Registration) {
        self.register(Registered {
            name: registration.name.to_owned(),
            models: registration.models,
            driver: (registration.build)(&self.settings).into(),
        });
    }

    /// Adds a driver. One that was there before goes first where both recognise a card.
    pub fn register(&mut self, driver: Registered) {
        self.drivers.push(driver);
    }

    /// What the drivers were built with.
    #[must_use]
    pub fn settings(&self) -> &DriverSettings {
        &self.settings
    }

    /// The driver for an identified card.
    #[must_use]
    pub fn recognise(&self, card: &CardType) -> Option<&Registered> {
        self.drivers
            .iter()
            .find(|registered| registered.driver.recognises(card))
    }

    /// Every model of every driver.
    pub fn models(&self) -> impl Iterator<Item = &'static Model> {
        self.drivers.iter().flat_map(|registered| registered.models)
    }

    /// The smallest supported card that holds a record of so many bytes and that can be written with these settings on this
    /// model of reader.
    #[must_use]
    pub fn smallest_for(
        &self,
        record_bytes: usize,
        reader: &ReaderProfile,
    ) -> Option<&'static Model> {
        self.models()
            .filter(|model| model.capacity >= record_bytes)
            .filter(|model| model.can_be_written(&self.settings, reader))
            .min_by_key(|model| model.capacity)
    }
}

impl From<DriverSettings> for Registry {
    fn from(settings: DriverSettings) -> Self {
        Self::built_in(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{CardChannel, DriverError, Family, InspectedCard, Uid, Version};
    use crate::testing::site_settings;

    #[test]
    fn a_desk_is_only_named_cards_that_it_can_write() {
        let name = |bytes, settings: DriverSettings, reader| {
            let registry = Registry::built_in(settings);
            registry
                .smallest_for(bytes, &reader)
                .map(|model| model.name)
        };
        let keyless = DriverSettings::default;
        let reader = ReaderProfile::ACR122U;
        // Mini and Ultralight C would be smaller, and want site keys.
        assert_eq!(name(124, keyless(), reader), Some("ntag424"));
        assert_eq!(name(237, keyless(), reader), Some("ntag215"));
        assert_eq!(name(863, keyless(), reader), None);
        assert_eq!(name(124, site_settings(), reader), Some("classic-mini"));
        assert_eq!(name(863, site_settings(), reader), Some("desfire-ev1-4k"));
        let passwords = || DriverSettings {
            type2_password: true,
            ..site_settings()
        };
        assert_eq!(name(1, passwords(), reader), Some("ultralight-ev1-48"));
        let rawless = ReaderProfile::OMNIKEY_5022;
        assert_eq!(name(1, passwords(), rawless), Some("classic-mini"));
    }

    #[test]
    fn a_driver_from_outside_is_found_where_none_that_is_built_in_is() {
        #[derive(Debug)]
        struct Foreign;
        impl Driver for Foreign {
            fn recognises(&self, _: &CardType) -> bool {
                true
            }
            fn inspect(
                &self,
                _: &mut dyn CardChannel,
                _: &CardType,
            ) -> Result<Box<dyn InspectedCard>, DriverError> {
                Err(DriverError::Unsupported { what: "a test" })
            }
        }
        let unknown = CardType {
            uid: Uid::from([4, 1, 2, 3, 4, 5, 6]),
            family: Family::Unknown,
            version: Version::Unavailable,
        };
        let mut registry = Registry::built_in(DriverSettings::default());
        assert!(registry.recognise(&unknown).is_none());
        registry.register(Registered {
            name: ["for", "eign"].concat(),
            models: &[],
            driver: Arc::new(Foreign),
        });
        assert_eq!(registry.recognise(&unknown).unwrap().name, "foreign");
        let ultralight = CardType {
            family: Family::Storage { name: 3 },
            ..unknown
        };
        assert_eq!(registry.recognise(&ultralight).unwrap().name, "type2");
    }
}
