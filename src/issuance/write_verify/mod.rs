//! The one place where a card is written, and where "written" is concluded: only from reading it back.

use cardbridge_drivers::contract::{
    self, CardChannel, ChannelError, Contents, DriverError, InspectedCard, Progress, identify_again,
};
use cardbridge_drivers::record::{Record, RecordKey};

use crate::issuance::inspect::Look;

/// Why a card is not known to be good.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum WriteError {
    /// Writing or reading back stopped.
    Stopped(DriverError),
    /// Every command succeeded, yet the card holds something else.
    Differs,
}

/// On the card's thread: writes, then concludes only from looking at the card again.
pub(crate) fn write_and_read_back(
    channel: &mut dyn CardChannel,
    look: &Look,
    record: &[u8],
    keys: &[RecordKey],
    mut progress: impl FnMut(Progress),
) -> Result<(), WriteError> {
    expect_same_card(channel, look).map_err(WriteError::Stopped)?;
    let written = look.card.write(channel, record, &mut progress);
    let stopped = |error: DriverError| WriteError::Stopped(written.clone().err().unwrap_or(error));
    if written.is_err() {
        // A card that refused is halted; one whose answer was lost is in an unknown state.
        channel
            .reconnect()
            .map_err(|error: ChannelError| stopped(error.into()))?;
    }
    let after = inspect_again(channel, look).map_err(stopped)?;
    let after = after.summary();
    let whole = holds(&after.contents, record) && Record::open(record, keys, &after.uid).is_ok();
    match (whole, written.clone()) {
        // Also after an error: an answer may be lost when the command was not.
        (true, _) => Ok(()),
        (false, Err(error)) => Err(WriteError::Stopped(error)),
        (false, Ok(())) => Err(WriteError::Differs),
    }
}

/// Makes sure, before anything is written, that the card in the field is the one that was looked at. A reader may not notice
/// that one card was exchanged for another, and then a record bound to the first would go onto the second.
pub(crate) fn expect_same_card(
    channel: &mut dyn CardChannel,
    look: &Look,
) -> Result<(), DriverError> {
    let card_type = identify_again(channel, &look.card_type)?;
    if card_type.uid.is_random() {
        expect_uid(look, &*look.driver.inspect(channel, &card_type)?)?;
    }
    Ok(())
}

/// Inspects the card in the field, which must be the one that was looked at: it proves it by what is still open on it, or its
/// UID is asked for again.
pub(crate) fn inspect_again(
    channel: &mut dyn CardChannel,
    look: &Look,
) -> Result<Box<dyn InspectedCard>, DriverError> {
    let after = contract::inspect_again(channel, &look.card_type, &*look.driver)?;
    expect_uid(look, &*after)?;
    Ok(after)
}

fn expect_uid(look: &Look, seen: &dyn InspectedCard) -> Result<(), DriverError> {
    if seen.summary().uid == look.inspection().uid {
        Ok(())
    } else {
        Err(ChannelError::Removed.into())
    }
}

/// Whether this very record is on the card.
pub(crate) fn holds(contents: &Contents, record: &[u8]) -> bool {
    matches!(contents, Contents::Record(bytes) if bytes == record)
}

#[cfg(test)]
mod tests;
