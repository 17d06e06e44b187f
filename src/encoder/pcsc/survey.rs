//! Every slot of the PC/SC service as it stands this moment, for people who ask why a reader is not used.

use ::pcsc::{ReaderState, State};

use super::wait::look;
use super::{establish, no_service};
use crate::encoder::{EncoderError, EncoderName};

/// One slot of one reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// As PC/SC names it.
    pub name: EncoderName,
    /// Whether a card lies there.
    pub has_card: bool,
    /// Whether another program holds that card.
    pub is_in_use: bool,
}

/// All slots, also those that are no encoders.
///
/// # Errors
/// [`EncoderError::NoService`], [`EncoderError::Forbidden`].
pub fn survey() -> Result<Vec<Slot>, EncoderError> {
    let any = |error| no_service(error, "any reader");
    let context = establish().map_err(any)?;
    let readers = context.list_readers_owned().map_err(any)?;
    if readers.is_empty() {
        return Ok(Vec::new());
    }
    let mut states: Vec<_> = readers
        .into_iter()
        .map(|reader| ReaderState::new(reader, State::UNAWARE))
        .collect();
    look(&context, &mut states).map_err(any)?;
    let slot = |state: &ReaderState| Slot {
        name: EncoderName(state.name().to_string_lossy().into_owned()),
        has_card: state.event_state().contains(State::PRESENT),
        is_in_use: state
            .event_state()
            .intersects(State::INUSE | State::EXCLUSIVE),
    };
    Ok(states.iter().map(slot).collect())
}
