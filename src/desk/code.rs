//! The words by which scripts tell the agent's errors apart. They stay as they are: texts may get better, a word never changes.

use cardbridge_drivers::profiles;

use crate::desk::IssueError;
use crate::desk::wipe::WipeError;
use crate::issuance::journal::JournalError;
use crate::issuance::refusal::Refusal;

impl IssueError {
    /// The word for it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::Api(error) => error.code(),
            Self::NotFound { .. } => "credential_not_found",
            Self::CreationInDoubt(_) => "creation_in_doubt",
            Self::Resting(_) => "api_resting",
            Self::NothingWaiting => "nothing_waiting",
            Self::Journal(error) => error.code(),
            Self::Unreadable(error) => error.code(),
            Self::Interrupted { .. } => "card_unfinished",
            Self::NotVerified { .. } => "card_not_verified",
            Self::NotWiped(error) => error.code(),
        }
    }
}

impl WipeError {
    /// The word for it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownCard => "card_unknown",
            Self::Foreign(_) => "card_foreign",
            Self::UnknownKeys => "card_keys_unknown",
            Self::Unreadable(error) => error.code(),
            Self::Journal(error) => error.code(),
            Self::Interrupted { .. } => "card_not_wiped",
            Self::NotBlank { .. } => "card_not_blank",
        }
    }
}

impl Refusal {
    /// The word for it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotACard { .. } => "not_a_card",
            Self::Ended { .. } => "credential_ended",
            Self::NotATime(_) => "credential_time_unreadable",
            Self::BeingDeleted => "credential_being_deleted",
            Self::HasErrors(_) => "credential_has_errors",
            Self::AlreadyIssued { .. } => "already_issued",
            Self::AlreadyWritten { .. } => "already_written",
            Self::Unsealable(_) => "record_impossible",
            Self::BeingIssued => "being_issued",
            Self::Contradictory(refusal) => contradiction(refusal),
            Self::BeingWiped { .. } => "being_wiped",
            Self::RandomUid(_) => "card_uid_random",
            Self::UnknownCard => "card_unknown",
            Self::Foreign(_) => "card_foreign",
            Self::Beside { .. } => "card_holds_more",
            Self::Unverified(_) => "card_record_unverified",
            Self::Superseded { .. } => "card_superseded",
            Self::HoldsAnother { .. } => "card_holds_another",
            Self::Card(error) => error.code(),
            Self::KeyVersionMissing { .. } => "site_key_version_missing",
            Self::BeingWritten { .. } => "being_written",
            Self::OpenOnAnotherCard { .. } => "open_on_another_card",
            Self::OpenForAnotherCredential { .. } => "open_for_another_credential",
        }
    }
}

fn contradiction(refusal: &profiles::Refusal) -> &'static str {
    match refusal {
        profiles::Refusal::Invalidated => "credential_invalidated",
        _ => "credential_contradictory",
    }
}

impl JournalError {
    /// The word for it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Directory { .. } => "state_directory_unusable",
            Self::Sqlite(_) if self.is_busy() => "journal_busy",
            Self::Sqlite(_) => "journal_unusable",
            Self::Lost { .. } => "journal_lost",
            Self::Newer { .. } => "journal_newer",
            Self::Earlier { .. } => "journal_earlier",
            Self::Corrupt { .. } => "journal_corrupt",
            Self::Overtaken { .. } => "journal_overtaken",
            Self::Impossible(_) => "internal_fault",
        }
    }
}
