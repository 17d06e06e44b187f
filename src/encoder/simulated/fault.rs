//! What can go wrong on a simulated encoder, and what cannot be done with a tray.

use cardbridge_drivers::contract::Uid;
use cardbridge_drivers::testing::Loss;
use thiserror::Error;

use crate::encoder::EncoderName;

/// What goes wrong on a simulated encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The card is removed before the command reaches it, or before its answer is back.
    Removed(Loss),
    /// The reader does not come back from the command until the card is removed or [`Tray::wake`](super::Tray::wake) is called; then the
    /// command is lost.
    Hang,
    /// The card says that it has stored what the command writes, and has not.
    Swallowed,
    /// Another card of the tray is in the field before the command reaches it, so quickly that the reader notices nothing:
    /// no removal, no reset. The command goes to that one, and so do all that follow.
    Swapped(Uid),
}

/// What cannot be done with a tray.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TrayError {
    /// No encoder has this name.
    #[error("the tray has no encoder \"{0}\"")]
    NoEncoder(EncoderName),
    /// No card has this UID.
    #[error("the tray has no card {0}")]
    NoCard(Uid),
    /// The tray has a card with this UID already.
    #[error("the tray has a card {0} already")]
    SameUid(Uid),
    /// The card is on another encoder.
    #[error("card {0} is on {1}")]
    Elsewhere(Uid, EncoderName),
}
