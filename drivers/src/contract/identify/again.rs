//! The card that was identified before, once more.

use crate::contract::{CardChannel, CardType, ChannelError, Driver, DriverError, InspectedCard};

use super::uid::{is_same, read_uid};

/// Asks the card in the field for its UID again, and makes sure that it is the one of `card_type`. Selects nothing, so that
/// whatever is open on the card stays open.
///
/// The answer carries the UID that came. Of a card that makes a random one each time it says no more than that it is such a
/// card; only [`Driver::inspect`] finds out which.
///
/// # Errors
/// [`ChannelError::Removed`] when another card is there.
pub fn identify_again(
    card: &mut dyn CardChannel,
    card_type: &CardType,
) -> Result<CardType, DriverError> {
    let uid = read_uid(card)?;
    if is_same(&uid, &card_type.uid) {
        let card_type = card_type.clone();
        Ok(CardType { uid, ..card_type })
    } else {
        Err(ChannelError::Removed.into())
    }
}

/// Inspects a card once more, which must be the same one: what is in force on it shows that, or its UID is asked for again.
///
/// # Errors
/// [`ChannelError::Removed`] when another card is there, and as [`Driver::inspect`].
pub fn inspect_again(
    card: &mut dyn CardChannel,
    card_type: &CardType,
    driver: &dyn Driver,
) -> Result<Box<dyn InspectedCard>, DriverError> {
    if card.session().is_some_and(|session| session.proves_card()) {
        return driver.inspect(card, card_type);
    }
    let card_type = identify_again(card, card_type)?;
    driver.inspect(card, &card_type)
}
