//! The words by which scripts tell errors of encoders apart. They stay as they are: texts may get better, a word never changes.

use super::EncoderError;
use super::virtual_card::VirtualCardError;

impl EncoderError {
    /// The word for it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoService(_) => "no_pcsc_service",
            Self::NoEncoder { .. } => "no_encoder",
            Self::Ambiguous { .. } => "encoder_ambiguous",
            Self::InUse { .. } => "encoder_in_use",
            Self::Forbidden { .. } => "encoder_forbidden",
            Self::NoUid { .. } => "encoder_without_uid",
            Self::NoThread(_) => "no_thread",
            Self::Channel(error) => error.code(),
        }
    }
}

impl VirtualCardError {
    /// The word for it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownModel(_) => "simulated_card_unknown",
            Self::Uid { .. } => "simulated_card_uid_unfit",
            Self::Size { .. } | Self::OtherUid { .. } | Self::Memory { .. } => {
                "simulated_card_memory_unusable"
            }
            Self::Address { .. } => "simulated_card_address_unusable",
            Self::Random(_) => "no_random_bytes",
        }
    }
}
