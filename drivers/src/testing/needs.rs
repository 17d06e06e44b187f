//! What a card needs of a site before it can be written.

use crate::cards;
use crate::contract::{
    Driver, DriverError, DriverSettings, ReaderProfile, SimulatedCard, Uid, identify,
};

use super::SimulatedReader;

/// Whether a card of this model, fresh from the factory, is written under the site's keys only: asked of its driver.
#[must_use]
pub fn needs_site_keys(model: &str) -> bool {
    let Some((registration, model)) = cards::model(model) else {
        return false;
    };
    let driver = (registration.build)(&DriverSettings::default());
    any_card(model.name)
        .is_some_and(|card| matches!(admits(&*driver, card), Err(DriverError::NoSiteKeys { .. })))
}

/// A card of this model with whichever length of UID it can have.
pub(super) fn any_card(model: &str) -> Option<Box<dyn SimulatedCard>> {
    const BYTES: [u8; 7] = [0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x80];
    [&BYTES[..], &BYTES[3..]]
        .into_iter()
        .filter_map(|bytes| Uid::try_from(bytes).ok())
        .find_map(|uid| cards::simulate(model, uid))
}

fn admits(driver: &dyn Driver, card: Box<dyn SimulatedCard>) -> Result<(), DriverError> {
    let mut reader = SimulatedReader::new(card, ReaderProfile::ACR122U);
    let card_type = identify(&mut reader)?;
    let seen = driver.inspect(&mut reader, &card_type)?;
    driver.admits(&seen, 1)
}
