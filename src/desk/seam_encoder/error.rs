//! Why an encoder of Seam's did not bring a credential onto a card, as far as is known.

use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

use crate::issuance::seam_encode::{Outcome, SeamEncode};
use crate::seam::{ActionAttemptErrorType, EncoderErrorCode, EncoderIssue, SeamError};

/// Why an encoder of Seam's did not bring a credential onto a card, as far as is known.
#[derive(Debug, Error)]
pub enum AtSeamError {
    /// Seam says so. No card was issued.
    #[error("{}: {}", encode.encoder, message_of(encode))]
    Failed {
        /// What the journal has of it.
        encode: Box<SeamEncode>,
    },
    /// Seam's answer was lost, and it is not known whether it began.
    #[error("it is not known whether {} encodes the credential: {cause}", encode.encoder)]
    InDoubt {
        /// What the journal has of it.
        encode: Box<SeamEncode>,
        /// What became of the call.
        cause: Arc<SeamError>,
    },
    /// Seam has not come to an end in the time that was given.
    #[error("{} has not finished within {} s", encode.encoder, after.as_secs())]
    NotEnded {
        /// What the journal has of it.
        encode: Box<SeamEncode>,
        /// The time that was given.
        after: Duration,
    },
    /// The desk was stopped meanwhile.
    #[error("stopped while {} encodes the credential", encode.encoder)]
    Stopped {
        /// What the journal has of it.
        encode: Box<SeamEncode>,
    },
}

fn message_of(encode: &SeamEncode) -> &str {
    match &encode.outcome {
        Some(Outcome::Failed { message, .. }) => message,
        _ => "the credential was not encoded",
    }
}

impl AtSeamError {
    /// The word by which scripts know it. It never changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Failed { encode } => Word(failure_of(encode)).code(),
            Self::InDoubt { .. } => "encode_in_doubt",
            Self::NotEnded { .. } => "encode_not_ended",
            Self::Stopped { .. } => "encode_left",
        }
    }

    /// What the journal has of it.
    #[must_use]
    pub fn encode(&self) -> &SeamEncode {
        match self {
            Self::Failed { encode }
            | Self::InDoubt { encode, .. }
            | Self::NotEnded { encode, .. }
            | Self::Stopped { encode } => encode,
        }
    }
}

/// Why it failed, as Seam says.
fn failure_of(encode: &SeamEncode) -> ActionAttemptErrorType {
    match &encode.outcome {
        Some(Outcome::Failed { code, .. }) => failure_in(code),
        _ => ActionAttemptErrorType::from(""),
    }
}

/// What a word of Seam's means.
pub(super) fn failure_in(word: &str) -> ActionAttemptErrorType {
    match word {
        // In Seam's guide, though not in its reference.
        "no_card_on_encoder" => ActionAttemptErrorType::NoCredentialOnEncoder,
        word => word.into(),
    }
}

/// Why an encode failed.
struct Word(ActionAttemptErrorType);

impl Word {
    /// Seam's own word for it.
    fn code(&self) -> &'static str {
        match self.0 {
            ActionAttemptErrorType::UncategorizedError => "uncategorized_error",
            ActionAttemptErrorType::ActionAttemptExpired => "action_attempt_expired",
            ActionAttemptErrorType::NoCredentialOnEncoder => "no_credential_on_encoder",
            ActionAttemptErrorType::IncompatibleCardFormat => "incompatible_card_format",
            ActionAttemptErrorType::CredentialCannotBeReissued => "credential_cannot_be_reissued",
            ActionAttemptErrorType::EncoderNotOnline => "encoder_not_online",
            ActionAttemptErrorType::EncoderCommunicationTimeout => "encoder_communication_timeout",
            ActionAttemptErrorType::BridgeDisconnected => "bridge_disconnected",
            ActionAttemptErrorType::EncodingInterrupted => "encoding_interrupted",
            ActionAttemptErrorType::CredentialDeleted => "credential_deleted",
            ActionAttemptErrorType::CredentialNotFound | ActionAttemptErrorType::Unknown(_) => {
                "encode_failed"
            }
        }
    }
}

/// Why an encoder cannot be used.
pub(super) struct Unusable<'a>(pub(super) &'a EncoderIssue);

impl Unusable<'_> {
    /// Seam's own word for it, where that is known.
    pub(super) fn code(&self) -> &'static str {
        match self.0.error_code {
            EncoderErrorCode::AcsEncoderRemoved => "acs_encoder_removed",
            EncoderErrorCode::Unknown(_) => "acs_encoder_unusable",
        }
    }
}
