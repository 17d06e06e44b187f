//! Every slot of the PC/SC service as it is at this moment, to show why a reader is not used.

use ::pcsc::{Context, Disposition, MAX_BUFFER_SIZE, Protocols, ReaderState, ShareMode, State};
use cardbridge_drivers::contract::apdu::{Command, Response};
use cardbridge_drivers::contract::{Family, Uid};

use super::service::{establish, no_service};
use super::wait::look;
use crate::encoder::{EncoderError, EncoderName};

/// One slot of one reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// As PC/SC names it.
    pub name: EncoderName,
    /// Whether a card is there.
    pub has_card: bool,
    /// Whether another program holds that card.
    pub is_in_use: bool,
    /// Whether that card has no UID, so that the slot is no antenna whatever its name says.
    pub gives_no_uid: bool,
}

impl Slot {
    /// Why this slot is no encoder; `None` when it is one.
    #[must_use]
    pub fn why_no_encoder(&self) -> Option<&'static str> {
        if !self.name.is_contactless() {
            Some("a slot with contacts or for a security module, not an antenna")
        } else if self.gives_no_uid {
            Some(
                "what is in it gives no UID: a slot with contacts or for a security module, not an antenna",
            )
        } else {
            None
        }
    }
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
        gives_no_uid: gives_no_uid(&context, state),
    };
    Ok(states.iter().map(slot).collect())
}

/// Whether the card in a slot that may be an antenna is none without contacts. One whose answer to reset no contactless
/// reader makes is asked for its UID; while another program keeps it to itself, the answer to reset alone decides.
fn gives_no_uid(context: &Context, state: &ReaderState) -> bool {
    let is_powered = state.event_state().contains(State::PRESENT)
        && !state.event_state().contains(State::MUTE)
        && !state.atr().is_empty();
    if !is_powered || Family::from_atr(state.atr()) != Family::Unknown {
        return false;
    }
    let Ok(card) = context.connect(state.name(), ShareMode::Shared, Protocols::ANY) else {
        return true;
    };
    let mut answer = [0; MAX_BUFFER_SIZE];
    let command = Command::uid().to_bytes().ok();
    let gives_one = command
        .and_then(|command| card.transmit(&command, &mut answer).ok())
        .and_then(|answer| Response::parse(answer.to_vec()).ok())
        .is_some_and(|answer| answer.is_success() && Uid::try_from(answer.data.as_slice()).is_ok());
    // Others may be using it too: it stays as it is.
    let _ = card.disconnect(Disposition::LeaveCard);
    !gives_one
}
