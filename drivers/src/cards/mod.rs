//! The card technologies: a file each, a line each in [`ALL`].

mod classic;
mod desfire;
mod ndef;
mod ntag424;
mod registry;
mod steps;
mod type2;

use crate::contract::{
    CardType, Driver, DriverError, DriverSettings, Model, Registration, SimulatedCard, Uid,
};

pub use registry::{Registered, Registry};

/// Every driver that is built in.
pub const ALL: &[Registration] = &[
    type2::REGISTRATION,
    classic::REGISTRATION,
    desfire::REGISTRATION,
    ntag424::REGISTRATION,
];

/// The model with this name, such as `ntag215`, and the driver it belongs to.
#[must_use]
pub fn model(name: &str) -> Option<(&'static Registration, &'static Model)> {
    ALL.iter().find_map(|registration| {
        let model = registration
            .models
            .iter()
            .find(|model| model.name == name)?;
        Some((registration, model))
    })
}

/// The driver for an identified card.
#[must_use]
pub fn driver_for(
    card: &CardType,
    settings: &DriverSettings,
) -> Option<(&'static Registration, Box<dyn Driver>)> {
    ALL.iter()
        .map(|registration| (registration, (registration.build)(settings)))
        .find(|(_, driver)| driver.recognises(card))
}

/// Checks that a record of so many bytes fits what a card has room for.
///
/// # Errors
/// [`DriverError::TooSmall`].
fn check_room(needed: usize, available: usize, model: &Model) -> Result<(), DriverError> {
    if needed <= available {
        return Ok(());
    }
    Err(too_small(needed, available, model))
}

fn too_small(needed: usize, available: usize, model: &Model) -> DriverError {
    DriverError::TooSmall {
        needed,
        available,
        card: model.title,
        smallest: smallest_for(needed).map(|model| model.title),
    }
}

/// A simulated card fresh from the factory; `None` for an unknown model, or a UID whose length such a card cannot have.
#[must_use]
pub fn simulate(model_name: &str, uid: Uid) -> Option<Box<dyn SimulatedCard>> {
    let (registration, model) = model(model_name)?;
    (registration.simulate)(model.name, uid)
}

/// The smallest supported card that holds a record of so many bytes.
#[must_use]
pub fn smallest_for(record_bytes: usize) -> Option<&'static Model> {
    ALL.iter()
        .flat_map(|registration| registration.models)
        .filter(|model| model.capacity >= record_bytes)
        .min_by_key(|model| model.capacity)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique() {
        let mut seen = HashSet::new();
        for registration in ALL {
            assert!(seen.insert(registration.name));
            for model in registration.models {
                assert!(seen.insert(model.name), "{}", model.name);
            }
        }
    }

    #[test]
    fn every_model_can_be_found_and_simulated() {
        let uid = Uid::from([0x04, 1, 2, 3, 4, 5, 6]);
        for registration in ALL {
            for listed in registration.models {
                let (found, model) = model(listed.name).unwrap();
                assert_eq!((found.name, model), (registration.name, listed));
                assert_eq!(simulate(listed.name, uid).unwrap().model(), listed.name);
            }
        }
        assert!(model("ntag999").is_none());
        assert!(simulate("ntag999", uid).is_none());
    }

    #[test]
    fn the_smallest_card_is_offered() {
        let capacities: Vec<_> = ALL
            .iter()
            .flat_map(|registration| registration.models)
            .map(|model| model.capacity)
            .collect();
        let offered = |bytes| smallest_for(bytes).map(|model| model.capacity);
        for bytes in capacities.iter().flat_map(|&full| [full, full + 1]) {
            let fitting = capacities.iter().copied().filter(|&full| full >= bytes);
            assert_eq!(offered(bytes), fitting.min(), "{bytes}");
        }
    }
}
