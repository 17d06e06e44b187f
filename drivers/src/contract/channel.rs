//! The channel to one powered card. Blocking: what is done with a card is done on one thread.

use thiserror::Error;

use super::ReaderProfile;
use super::apdu::{Command, Response};

/// One powered card, held exclusively. Dropping it releases the card.
pub trait CardChannel {
    /// The answer to reset that the reader reported when it powered this card.
    fn atr(&self) -> &[u8];

    /// The make of the reader, as far as it is known.
    fn profile(&self) -> ReaderProfile;

    /// Sends one command APDU and returns the answer.
    ///
    /// # Errors
    /// [`ChannelError::TooLong`] before anything is sent. Any other error leaves open whether the card carried out the command:
    /// read before concluding. An answer without a status word is [`ChannelError::Communication`].
    fn transmit(&mut self, command: &Command) -> Result<Response, ChannelError>;

    /// Resets and selects the card again. A Type 2 tag that answered NAK is halted until then.
    ///
    /// # Errors
    /// [`ChannelError::Removed`] when the card is no longer there.
    fn reconnect(&mut self) -> Result<(), ChannelError>;

    /// Sends an escape command, which is for the reader alone: it does not reach the card, and needs none. `None` where
    /// the reader or its driver takes no such commands, which is what most do unless they are told otherwise.
    fn escape(&mut self, command: &[u8]) -> Option<Vec<u8>> {
        let _ = command;
        None
    }
}

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
