//! The UID of the card in the field, and whether it is still the same card.

use crate::contract::apdu::Command;
use crate::contract::{CardChannel, ChannelError, DriverError, Uid};

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

pub(super) fn is_same(now: &Uid, before: &Uid) -> bool {
    now == before || now.is_random() && before.is_random()
}

pub(super) fn read_uid(card: &mut dyn CardChannel) -> Result<Uid, DriverError> {
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
