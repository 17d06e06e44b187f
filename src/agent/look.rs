//! One look at the card on an encoder: what it is, and what stands on it. Never writes.

use std::sync::Arc;

use cardbridge_drivers::cards;
use cardbridge_drivers::contract::{
    self, CardChannel, CardType, Contents, Driver, DriverError, Inspection,
};
use cardbridge_drivers::record::{Record, RecordError};

use super::Setup;

/// A card that some driver knows.
#[derive(Debug, Clone)]
pub struct Look {
    /// What identification found.
    pub card_type: CardType,
    /// The driver's name.
    pub driver_name: &'static str,
    /// The driver.
    pub driver: Arc<dyn Driver>,
    /// What the driver found.
    pub inspection: Inspection,
    /// What that means.
    pub holds: Holds,
}

/// What stands on a card, as far as the record keys tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holds {
    /// Nothing.
    Nothing,
    /// A record that verifies.
    Verified(Box<Record>),
    /// A record that does not, and why.
    Unverified(RecordError),
    /// A record of ours that was not written to its end.
    Torn,
    /// Somebody else's data.
    Foreign,
}

/// What a look can find.
#[derive(Debug, Clone)]
pub enum Seen {
    /// A card that can be written.
    Known(Box<Look>),
    /// A card that no driver recognises.
    Unknown(CardType),
}

/// Looks at the card.
///
/// # Errors
/// When the card cannot be read.
pub fn look(card: &mut dyn CardChannel, setup: &Setup) -> Result<Seen, DriverError> {
    let card_type = contract::identify(card)?;
    let Some((registration, driver)) = cards::driver_for(&card_type, &setup.drivers) else {
        return Ok(Seen::Unknown(card_type));
    };
    let inspection = driver.inspect(card, &card_type)?;
    let holds = match &inspection.contents {
        Contents::Blank => Holds::Nothing,
        Contents::Torn => Holds::Torn,
        Contents::Foreign => Holds::Foreign,
        Contents::Record(bytes) => match Record::open(bytes, setup.keys.all(), &inspection.uid) {
            Ok(record) => Holds::Verified(Box::new(record)),
            Err(error) => Holds::Unverified(error),
        },
    };
    Ok(Seen::Known(Box::new(Look {
        card_type,
        driver_name: registration.name,
        driver: driver.into(),
        inspection,
        holds,
    })))
}
