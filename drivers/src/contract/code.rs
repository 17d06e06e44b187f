//! The words by which scripts tell errors apart. They stay as they are: texts may get better, a word never changes.

use super::{ChannelError, DriverError};

impl ChannelError {
    /// The word for it.
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

impl DriverError {
    /// The word for it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Channel(error) => error.code(),
            Self::TooSmall { .. } => "card_too_small",
            Self::Locked { .. } => "card_locked",
            Self::NoSiteKeys { .. } => "no_site_keys",
            Self::TooLong { .. } => "length_too_long",
            Self::Reader { .. } => "encoder_unsuitable",
            Self::Unsupported { .. } => "card_unsupported",
            Self::Refused { .. } => "card_refused_command",
            Self::Malformed { .. } => "card_answer_malformed",
        }
    }
}
