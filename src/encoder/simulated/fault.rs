//! What can go wrong on a simulated encoder, and what cannot be done with a tray.

use std::io;
use std::path::PathBuf;

use cardbridge_drivers::contract::Uid;
use cardbridge_drivers::testing::Loss;
use thiserror::Error;

use crate::encoder::{EncoderName, MemoryError, NoRandomUid};

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
#[derive(Debug, Error)]
#[non_exhaustive]
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
    /// No driver has this model.
    #[error("there is no card type \"{0}\"")]
    UnknownType(String),
    /// Another process has the cards of this folder.
    #[error("another process has the simulated cards in {}", .0.display())]
    InUse(PathBuf),
    /// The folder that keeps the cards cannot be used.
    #[error("the simulated cards cannot be kept in {}: {error}", .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The file of a card cannot be used.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// There is no UID for a new card.
    #[error(transparent)]
    Random(#[from] NoRandomUid),
}

impl TrayError {
    /// The word by which scripts know it. It never changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoEncoder(_) => "simulated_encoder_unknown",
            Self::NoCard(_) => "simulated_card_not_there",
            Self::SameUid(_) => "simulated_card_there_already",
            Self::Elsewhere(..) => "simulated_card_elsewhere",
            Self::UnknownType(_) => "simulated_card_type_unknown",
            Self::InUse(_) => "simulated_cards_in_use",
            Self::Folder { .. } => "simulated_cards_not_kept",
            Self::Memory(error) => error.code(),
            Self::Random(error) => error.code(),
        }
    }
}
