//! Why a channel did not deliver an answer.

use thiserror::Error;

/// Why a channel did not deliver an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ChannelError {
    /// The card left the field.
    #[error("the card was removed from the encoder")]
    Removed,
    /// The exchange broke; the card may or may not have acted.
    #[error("the encoder lost contact with the card")]
    Communication,
    /// The card or the reader did not answer in time.
    #[error("the card did not answer")]
    Unresponsive,
    /// The command has more data than a short APDU can say; it was not sent.
    #[error("the command is longer than an encoder takes")]
    TooLong,
    /// The reader itself is gone: unplugged, or its service stopped.
    #[error("the encoder is gone")]
    ReaderGone,
}

impl ChannelError {
    /// The word by which scripts know it. It never changes.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Removed => "card_removed",
            Self::Communication => "card_contact_lost",
            Self::Unresponsive => "card_unresponsive",
            Self::TooLong => "command_too_long",
            Self::ReaderGone => "encoder_gone",
        }
    }
}
