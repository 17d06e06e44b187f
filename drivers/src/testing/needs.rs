//! What a card needs of a site before it can be written.

use crate::cards;
use crate::contract::{
    Driver, DriverError, DriverSettings, Model, ReaderProfile, SimulatedCard, Uid, identify,
};

use super::SimulatedReader;

/// Whether a card of this model, fresh from the factory, is written under the site's keys only: asked of its driver.
#[must_use]
pub fn needs_site_keys(model: &str) -> bool {
    let Some((registration, model)) = cards::model(model) else {
        return false;
    };
    let driver = (registration.build)(&DriverSettings::default());
    any_card(model.name).is_some_and(|card| {
        matches!(
            check_fits(&*driver, card, ReaderProfile::ACR122U, 1),
            Err(DriverError::NoSiteKeys { .. })
        )
    })
}

/// The smallest supported card that holds a record of so many bytes and that a desk with these settings and this make of
/// reader can write: asked of the drivers.
#[must_use]
pub fn smallest_for(
    record_bytes: usize,
    settings: &DriverSettings,
    reader: ReaderProfile,
) -> Option<&'static Model> {
    let mut fitting: Vec<_> = cards::ALL
        .iter()
        .flat_map(|registration| {
            registration
                .models
                .iter()
                .map(move |model| (registration, model))
        })
        .filter(|(_, model)| model.capacity >= record_bytes)
        .collect();
    fitting.sort_by_key(|(_, model)| model.capacity);
    fitting
        .into_iter()
        .find(|(registration, model)| {
            let driver = (registration.build)(settings);
            any_card(model.name)
                .is_some_and(|card| check_fits(&*driver, card, reader, record_bytes).is_ok())
        })
        .map(|(_, model)| model)
}

/// A card of this model with whichever length of UID it can have.
pub(super) fn any_card(model: &str) -> Option<Box<dyn SimulatedCard>> {
    const BYTES: [u8; 7] = [0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x80];
    [&BYTES[..], &BYTES[3..]]
        .into_iter()
        .filter_map(|bytes| Uid::try_from(bytes).ok())
        .find_map(|uid| cards::simulate(model, uid))
}

fn check_fits(
    driver: &dyn Driver,
    card: Box<dyn SimulatedCard>,
    reader: ReaderProfile,
    record_bytes: usize,
) -> Result<(), DriverError> {
    let mut reader = SimulatedReader::new(card, reader);
    let card_type = identify(&mut reader)?;
    let seen = driver.inspect(&mut reader, &card_type)?;
    seen.check_fits(record_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::site_settings;

    #[test]
    fn a_desk_is_only_named_cards_that_it_can_write() {
        let keyless = DriverSettings::default();
        let name = |bytes, settings: &DriverSettings, reader| {
            smallest_for(bytes, settings, reader).map(|model| model.name)
        };
        let reader = ReaderProfile::ACR122U;
        // Mini and Ultralight C would be smaller, and want site keys.
        assert_eq!(name(124, &keyless, reader), Some("ntag424"));
        assert_eq!(name(237, &keyless, reader), Some("ntag215"));
        assert_eq!(name(863, &keyless, reader), None);
        assert_eq!(name(124, &site_settings(), reader), Some("classic-mini"));
        assert_eq!(name(863, &site_settings(), reader), Some("desfire-ev1-4k"));
    }
}
