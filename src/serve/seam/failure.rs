//! Why an attempt failed, in Seam's words. Each match names every case, so that a new error cannot be without one.

use cardbridge_drivers::contract::{ChannelError, DriverError};

use crate::desk::seam_encoder::AtSeamError;
use crate::desk::wipe::WipeError;
use crate::desk::{DeskError, IssueError};
use crate::encoder::EncoderError;
use crate::issuance::attempt::{ActionType, AttemptFailure};
use crate::issuance::refusal::Refusal;
use crate::issuance::seam_encode::Outcome;
use crate::seam::{AttemptError, SeamError};

/// Seam's words for what can go wrong with an encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Uncategorized,
    Expired,
    NoCard,
    IncompatibleCard,
    CannotBeReissued,
    NotOnline,
    Timeout,
    Interrupted,
    CredentialDeleted,
}

impl Kind {
    /// The word for it, of those that an attempt of this action may have.
    fn word(self, action: ActionType) -> &'static str {
        let everywhere = match self {
            Self::Expired => Some("action_attempt_expired"),
            Self::NoCard => Some("no_credential_on_encoder"),
            _ => None,
        };
        let of_any_reader = match self {
            Self::NotOnline => Some("encoder_not_online"),
            Self::Timeout => Some("encoder_communication_timeout"),
            _ => None,
        };
        let of_encoding = match self {
            Self::IncompatibleCard => Some("incompatible_card_format"),
            Self::CannotBeReissued => Some("credential_cannot_be_reissued"),
            Self::Interrupted => Some("encoding_interrupted"),
            Self::CredentialDeleted => Some("credential_deleted"),
            _ => None,
        };
        let word = match action {
            ActionType::Encode => everywhere.or(of_any_reader).or(of_encoding),
            ActionType::Scan => everywhere.or(of_any_reader),
            ActionType::ScanToAssign => everywhere,
        };
        word.unwrap_or("uncategorized_error")
    }

    /// The failure of an attempt, with a sentence.
    pub(super) fn of(self, action: ActionType, message: impl Into<String>) -> AttemptFailure {
        AttemptFailure {
            kind: self.word(action).to_owned(),
            message: message.into(),
        }
    }
}

/// Why an attempt failed at the desk.
pub(super) fn of_desk(action: ActionType, error: &DeskError) -> AttemptFailure {
    if let DeskError::Issue(IssueError::AtSeam(AtSeamError::Failed { encode })) = error
        && let Some(Outcome::Failed { code, message }) = &encode.outcome
    {
        return AttemptFailure {
            kind: code.clone(),
            message: message.clone(),
        };
    }
    if let DeskError::Issue(IssueError::Api(seam)) = error
        && let SeamError::Attempt(AttemptError::Failed { failure, .. }) = &**seam
    {
        // An encoder of Seam's, about which Seam says the same already.
        return AttemptFailure {
            kind: failure.error_type.to_string(),
            message: failure.message.clone(),
        };
    }
    desk(error).of(action, error.to_string())
}

fn desk(error: &DeskError) -> Kind {
    match error {
        DeskError::Issue(error) => issue(error),
        DeskError::Wipe(error) => wipe(error),
        DeskError::Encoder(error)
        | DeskError::NoCard {
            trouble: Some(error),
            ..
        } => encoder(error),
        DeskError::Unreadable(error) => channel(*error),
        DeskError::NoCard { trouble: None, .. } => Kind::NoCard,
        DeskError::Left { .. } | DeskError::NotAwaited { .. } => Kind::Interrupted,
        // The agent behind the encoder is gone.
        DeskError::Stopped | DeskError::StoppedCreating | DeskError::Over => Kind::NotOnline,
        DeskError::Busy { .. }
        | DeskError::NoneFree
        | DeskError::OtherCard { .. }
        | DeskError::Cancelled
        | DeskError::NoHolder { .. }
        | DeskError::SearchTimedOut
        | DeskError::NotNoted(_)
        | DeskError::Unsupported { .. }
        | DeskError::Lacks(_) => Kind::Uncategorized,
    }
}

fn issue(error: &IssueError) -> Kind {
    match error {
        IssueError::Refused(refusal) => of_refusal(refusal),
        IssueError::Api(error) if error.is_not_found() => Kind::CredentialDeleted,
        IssueError::NotFound { .. } => Kind::CredentialDeleted,
        IssueError::Unreadable(error) => driver(error),
        IssueError::Interrupted { .. } => Kind::Interrupted,
        IssueError::NotWiped(error) => wipe(error),
        IssueError::AtSeam(AtSeamError::NotEnded { .. }) => Kind::Expired,
        IssueError::AtSeam(_)
        | IssueError::Api(_)
        | IssueError::CreationInDoubt(_)
        | IssueError::Resting(_)
        | IssueError::NothingWaiting
        | IssueError::Journal(_)
        | IssueError::Property(_)
        | IssueError::NotVerified { .. } => Kind::Uncategorized,
    }
}

fn of_refusal(refusal: &Refusal) -> Kind {
    match refusal {
        Refusal::AlreadyIssued { .. }
        | Refusal::AlreadyWritten { .. }
        | Refusal::OpenOnAnotherCard { .. }
        | Refusal::OpenElsewhere { .. }
        | Refusal::BeingWiped { .. } => Kind::CannotBeReissued,
        Refusal::BeingDeleted => Kind::CredentialDeleted,
        Refusal::RandomUid(_) | Refusal::UnknownCard => Kind::IncompatibleCard,
        Refusal::Card(error) => driver(error),
        Refusal::NotACard { .. }
        | Refusal::NothingBehind { .. }
        | Refusal::Ended { .. }
        | Refusal::NotATime(_)
        | Refusal::HasErrors(_)
        | Refusal::Unsealable(_)
        | Refusal::NoRecordKey
        | Refusal::BeingIssued
        | Refusal::BeingIssuedElsewhere { .. }
        | Refusal::TakenOver { .. }
        | Refusal::AskedOfSeam { .. }
        | Refusal::EncoderOfAnotherSystem { .. }
        | Refusal::Contradictory(_)
        | Refusal::Foreign(_)
        | Refusal::Beside { .. }
        | Refusal::Unverified(_)
        | Refusal::HoldsAnother { .. }
        | Refusal::Superseded { .. }
        | Refusal::KeyVersionMissing { .. }
        | Refusal::BeingWritten { .. }
        | Refusal::BeingWrittenElsewhere { .. }
        | Refusal::CardOpenElsewhere { .. }
        | Refusal::OpenForAnotherCredential { .. } => Kind::Uncategorized,
    }
}

fn wipe(error: &WipeError) -> Kind {
    match error {
        WipeError::UnknownCard => Kind::IncompatibleCard,
        WipeError::Unreadable(error) => driver(error),
        WipeError::Interrupted { .. } => Kind::Interrupted,
        WipeError::Foreign(_)
        | WipeError::UnknownKeys
        | WipeError::Valid { .. }
        | WipeError::Beside { .. }
        | WipeError::Journal(_)
        | WipeError::NotBlank { .. } => Kind::Uncategorized,
    }
}

fn driver(error: &DriverError) -> Kind {
    match error {
        DriverError::Channel(error) => channel(*error),
        DriverError::TooSmall { .. }
        | DriverError::Locked { .. }
        | DriverError::Reader { .. }
        | DriverError::Unsupported { .. } => Kind::IncompatibleCard,
        DriverError::NoSiteKeys { .. }
        | DriverError::TooLong { .. }
        | DriverError::Refused { .. }
        | DriverError::Malformed { .. } => Kind::Uncategorized,
    }
}

fn channel(error: ChannelError) -> Kind {
    match error {
        ChannelError::Removed => Kind::NoCard,
        ChannelError::Communication | ChannelError::Unresponsive => Kind::Timeout,
        ChannelError::ReaderGone => Kind::NotOnline,
        ChannelError::TooLong => Kind::Uncategorized,
    }
}

fn encoder(error: &EncoderError) -> Kind {
    match error {
        EncoderError::NoService(_) | EncoderError::NoEncoder { .. } => Kind::NotOnline,
        EncoderError::Channel(error) => channel(*error),
        EncoderError::Ambiguous { .. }
        | EncoderError::InUse { .. }
        | EncoderError::Forbidden { .. }
        | EncoderError::NoUid { .. }
        | EncoderError::NoThread(_) => Kind::Uncategorized,
    }
}
