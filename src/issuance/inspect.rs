//! One look at the card on an encoder: what it is, and what is on it. Never writes.

use std::sync::Arc;

use cardbridge_drivers::cards::Registry;
use cardbridge_drivers::contract::{
    self, CardChannel, CardType, Contents, Driver, DriverError, InspectedCard, Inspection, Others,
    ReaderProfile,
};
use cardbridge_drivers::record::{Record, RecordError, RecordKey};
use uuid::Uuid;

use crate::issuance::CardSettings;

/// A card that some driver knows.
#[derive(Debug, Clone)]
pub struct Look {
    /// What identification found.
    pub card_type: CardType,
    /// The driver's name.
    pub driver_name: String,
    /// The driver.
    pub driver: Arc<dyn Driver>,
    /// What the driver found, which writes it too.
    pub card: Arc<dyn InspectedCard>,
    /// What that means.
    pub holds: Holds,
    /// The model of the reader it is on.
    pub reader: ReaderProfile,
}

/// What is on a card, as far as the record keys tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holds {
    /// Nothing.
    Nothing,
    /// A record that verifies.
    Verified(Box<Record>),
    /// The same, with something of others beside it.
    Beside(Box<Record>),
    /// A record that does not, and why.
    Unverified(RecordError),
    /// A record of ours that was not written to its end.
    Torn,
    /// Another system's data.
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

impl Look {
    /// What every driver says of a card.
    #[must_use]
    pub fn inspection(&self) -> &Inspection {
        self.card.summary()
    }

    /// What is lost if the card is written, in one phrase; `None` where nothing is.
    #[must_use]
    pub fn lost(&self) -> Option<String> {
        let others = || Others::phrase(&self.inspection().others);
        let credential = |record: &Record| format!("credential {}", record.acs_credential_id);
        match &self.holds {
            Holds::Nothing | Holds::Torn => None,
            Holds::Verified(record) => Some(credential(record)),
            Holds::Beside(record) => Some(match others() {
                Some(others) => format!("{} and {others}", credential(record)),
                None => credential(record),
            }),
            Holds::Unverified(_) => Some("a record that cannot be trusted".to_owned()),
            Holds::Foreign => Some(others().unwrap_or_else(|| "data that is not ours".to_owned())),
        }
    }

    /// Whether a record could be written on this card here and now, going by the smallest that there is.
    ///
    /// # Errors
    /// What [`InspectedCard::check_fits`] finds wrong. What is on the card is not asked: see
    /// [`policy`](super::policy::card_may_be_written).
    pub fn admits_a_record(&self, sealing: Option<&RecordKey>) -> Result<(), DriverError> {
        let uid = self.inspection().uid;
        let smallest = Record::new(Uuid::nil(), uid.to_string(), 0);
        // Only the length counts here: at a desk without a record key any other does.
        let any = RecordKey::new(vec![1], [0; 32]);
        let sealed = match (sealing, &any) {
            (Some(key), _) | (None, Ok(key)) => smallest.seal(key, &uid),
            (None, Err(_)) => Ok(Vec::new()),
        };
        self.card
            .check_fits(sealed.map_or(0, |record| record.len()))
    }
}

/// Everything that is known of a card, also of one that cannot be read.
#[derive(Debug, Clone)]
pub struct Sight {
    /// The card's answer to reset.
    pub atr: Vec<u8>,
    /// What identification found, if the card let itself be identified.
    pub card_type: Option<CardType>,
    /// What a driver found, or why it could not.
    pub seen: Result<Seen, DriverError>,
}

/// Looks at the card as [`look`] does, and keeps what is known of it when that fails. Without `keys` no record verifies.
pub fn examine(card: &mut dyn CardChannel, drivers: &Registry, keys: &[RecordKey]) -> Sight {
    let atr = card.atr().to_vec();
    match contract::identify(card) {
        Ok(card_type) => Sight {
            atr,
            card_type: Some(card_type.clone()),
            seen: inspect(card, card_type, drivers, keys),
        },
        Err(error) => Sight {
            atr,
            card_type: None,
            seen: Err(error),
        },
    }
}

/// Looks at the card.
///
/// # Errors
/// When the card cannot be read.
pub fn look(card: &mut dyn CardChannel, setup: &CardSettings) -> Result<Seen, DriverError> {
    let card_type = contract::identify(card)?;
    inspect(card, card_type, &setup.drivers, setup.keys.all())
}

fn inspect(
    card: &mut dyn CardChannel,
    card_type: CardType,
    drivers: &Registry,
    keys: &[RecordKey],
) -> Result<Seen, DriverError> {
    let Some(registered) = drivers.recognise(&card_type) else {
        return Ok(Seen::Unknown(card_type));
    };
    let inspected = registered.driver.inspect(card, &card_type)?;
    let inspection = inspected.summary();
    let holds = match &inspection.contents {
        Contents::Blank => Holds::Nothing,
        Contents::Torn => Holds::Torn,
        Contents::Foreign | Contents::Broken => Holds::Foreign,
        Contents::Record(bytes) => match Record::open(bytes, keys, &inspection.uid) {
            Ok(record) => Holds::Verified(Box::new(record)),
            Err(error) => Holds::Unverified(error),
        },
        Contents::Beside(bytes) => match Record::open(bytes, keys, &inspection.uid) {
            Ok(record) => Holds::Beside(Box::new(record)),
            // Without any key its owner cannot be known.
            Err(error) if keys.is_empty() => Holds::Unverified(error),
            Err(_) => Holds::Foreign,
        },
    };
    Ok(Seen::Known(Box::new(Look {
        card_type,
        driver_name: registered.name.clone(),
        driver: Arc::clone(&registered.driver),
        card: inspected.into(),
        holds,
        reader: card.profile(),
    })))
}
