//! Finding out which card is there: family, UID, version.

mod again;
mod part4;
mod type2;
mod uid;

use super::apdu::Command;
use super::{CardChannel, CardType, ChannelError, DriverError, Family, Uid, Version};
use uid::read_uid;

pub use again::{identify_again, inspect_again};
pub use uid::reselect;

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
