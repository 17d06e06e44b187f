//! Finding out which card is there: family, UID, version.

mod part4;
mod type2;

use super::apdu::Command;
use super::{CardChannel, CardType, ChannelError, DriverError, Family, Uid, Version};

/// Asks what the channel's card is: its UID, and its version where cards of its family have one.
///
/// # Errors
/// When the channel fails, the reader gives no UID, or the UID is a random one of a card that has no other.
pub fn identify(card: &mut dyn CardChannel) -> Result<CardType, DriverError> {
    let family = Family::from_atr(card.atr());
    // What is asked here goes to the card past any session in force on it.
    if let Some(session) = card.session() {
        session.end();
    }
    // To other cards the command is foreign and would only halt them.
    let version = if family.may_be_ultralight() {
        Some(type2::read_version(card)?)
    } else {
        None
    };
    let uid = read_uid(card)?;
    if uid.is_random() && family != Family::Part4 {
        return Err(DriverError::Unsupported {
            what: "its UID changes each time, so a record cannot be bound to it",
        });
    }
    let version = match (version, family) {
        (Some(version), _) => version,
        (None, Family::Part4) => part4::read_version(card, &uid)?,
        (None, _) => Version::Unavailable,
    };
    Ok(CardType {
        uid,
        family,
        version,
    })
}

/// Whether this is a card without contacts at all: readers make its answer to reset after one pattern, and give its UID. A
/// card with contacts, or the security module of a reader, has an answer to reset of its own, and no UID.
///
/// # Errors
/// What the channel answers.
pub fn is_contactless(card: &mut dyn CardChannel) -> Result<bool, ChannelError> {
    if Family::from_atr(card.atr()) != Family::Unknown {
        return Ok(true);
    }
    let answer = Command::uid().send(card)?;
    Ok(answer.is_success() && Uid::try_from(answer.data.as_slice()).is_ok())
}

/// Selects the card again, as after a NAK, and makes sure that it is still the same one. Of a card with random UIDs it can
/// only be said that it is still such a card.
///
/// # Errors
/// [`ChannelError::Removed`] when it is gone or another card is there.
pub fn reselect(card: &mut dyn CardChannel, uid: &Uid) -> Result<(), DriverError> {
    card.reconnect()?;
    if is_same(&read_uid(card)?, uid) {
        Ok(())
    } else {
        Err(ChannelError::Removed.into())
    }
}

/// Asks the card in the field for its UID again, and makes sure that it is the one of `card_type`. Selects nothing, so that
/// whatever is open on the card stays open.
///
/// The answer carries the UID that came. Of a card that makes a random one each time it says no more than that it is such a
/// card; only [`Driver::inspect`](super::Driver::inspect) finds out which.
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

fn is_same(now: &Uid, before: &Uid) -> bool {
    now == before || now.is_random() && before.is_random()
}

fn read_uid(card: &mut dyn CardChannel) -> Result<Uid, DriverError> {
    let response = Command::uid().send(card)?;
    if !response.is_success() {
        return Err(DriverError::Refused {
            step: "give its UID".to_owned(),
            status: response.status,
        });
    }
    Uid::try_from(response.data.as_slice()).map_err(|_| DriverError::Malformed {
        step: "give its UID".to_owned(),
    })
}
