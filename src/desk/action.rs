//! What can be offered after an error: one table by the error's code, so that no front end has to read its words, and that the words
//! of a page can be held against it.

use serde::Serialize;

use crate::desk::error::{DeskError, IssueError};

/// One thing that can be offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The same again.
    Retry,
    /// Create another credential for this guest beside the one that is on a card.
    SecondKey,
    /// The same again, with the credential allowed onto one more card: [`Allowed::reissue`](crate::issuance::policy::Allowed).
    Reissue,
    /// The same again, with what is on the card allowed to be lost: [`Allowed::overwrite`](crate::issuance::policy::Allowed).
    Overwrite,
    /// Place the card that was begun, and no other.
    PlaceSameCard,
    /// Place another card.
    AnotherCard,
    /// Wipe the card that is on the encoder.
    Wipe,
    /// Wipe it although its record is still valid: [`WipeOrder::valid`](super::target::WipeOrder).
    WipeValid,
    /// Wipe it with what others have beside our record: [`WipeOrder::beside`](super::target::WipeOrder).
    WipeBeside,
    /// Give the stay another end.
    Extend,
    /// Create a new credential for this guest.
    NewCredential,
}

use Action::{
    AnotherCard, Extend, NewCredential, Overwrite, PlaceSameCard, Reissue, Retry, SecondKey, Wipe,
    WipeBeside, WipeValid,
};

impl DeskError {
    /// What can be offered.
    #[must_use]
    pub fn actions(&self) -> &'static [Action] {
        match self {
            Self::Wipe(_) | Self::Issue(IssueError::NotWiped(_)) => offered_by_wipe(self.code()),
            // The card is good, and placed again it is noted.
            Self::NotNoted(_) => &[PlaceSameCard],
            error => offered(error.code()),
        }
    }
}

impl IssueError {
    /// What can be offered.
    #[must_use]
    pub fn actions(&self) -> &'static [Action] {
        match self {
            Self::NotWiped(_) => offered_by_wipe(self.code()),
            error => offered(error.code()),
        }
    }
}

/// What can be offered after an error with this code.
#[must_use]
pub fn offered(code: &str) -> &'static [Action] {
    match code {
        "already_issued" | "already_written" => &[SecondKey, Reissue],
        "credential_ended" => &[Extend],
        "credential_being_deleted"
        | "credential_cannot_be_reissued"
        | "credential_contradictory"
        | "credential_deleted"
        | "credential_invalidated"
        | "credential_metadata_malformed" => &[NewCredential],
        "credential_has_errors" => &[Retry, NewCredential],
        "asked_of_seam" | "encode_in_doubt" | "open_elsewhere" | "taken_over" => &[Retry, Reissue],
        "being_wiped" | "card_unfinished" | "open_on_another_card" => &[PlaceSameCard, Reissue],
        "credential_not_found" => &[PlaceSameCard, Overwrite],
        "card_not_verified" => &[PlaceSameCard, AnotherCard, Reissue],
        "card_not_wiped" => &[PlaceSameCard, Wipe],
        "card_not_blank" => &[AnotherCard, Wipe],
        "card_superseded" => &[AnotherCard, Wipe, Overwrite],
        "card_foreign"
        | "card_holds_another"
        | "card_holds_more"
        | "card_open_elsewhere"
        | "card_record_unverified"
        | "open_for_another_credential" => &[AnotherCard, Overwrite],
        "site_key_version_missing" => &[AnotherCard, Reissue],
        "card_is_another"
        | "card_keys_unknown"
        | "card_locked"
        | "card_too_small"
        | "card_uid_random"
        | "card_unknown"
        | "card_unsupported"
        | "command_too_long"
        | "encoder_unsuitable"
        | "incompatible_card_format"
        | "length_too_long"
        | "no_site_keys" => &[AnotherCard],
        "action_attempt_failed"
        | "being_written_elsewhere"
        | "card_answer_malformed"
        | "card_contact_lost"
        | "card_refused_command"
        | "card_removed"
        | "card_unresponsive"
        | "uncategorized_error" => &[Retry, AnotherCard],
        "access_method_not_ready"
        | "action_attempt_expired"
        | "action_attempt_not_ended"
        | "api_answer_broken_off"
        | "api_answer_unusable"
        | "api_failed"
        | "api_not_trusted"
        | "api_rate_limited"
        | "api_resting"
        | "api_silent"
        | "api_unreachable"
        | "being_issued"
        | "being_issued_elsewhere"
        | "being_written"
        | "bridge_disconnected"
        | "cancelled"
        | "card_not_awaited"
        | "creation_in_doubt"
        | "credential_time_unreadable"
        | "encode_failed"
        | "encoder_ambiguous"
        | "encoder_busy"
        | "encoder_communication_timeout"
        | "encoder_forbidden"
        | "encoder_gone"
        | "encoder_in_use"
        | "encoder_not_online"
        | "encoder_without_uid"
        | "encoding_interrupted"
        | "journal_busy"
        | "journal_overtaken"
        | "no_card_in_time"
        | "no_credential_on_encoder"
        | "no_encoder"
        | "no_free_encoder"
        | "no_pcsc_service"
        | "no_thread"
        | "nothing_waiting"
        | "property_failed"
        | "property_read_only"
        | "property_unreachable"
        | "request_timeout"
        | "search_timed_out"
        | "state_directory_unusable"
        | "stopped"
        | "too_many_requests" => &[Retry],
        _ => &[],
    }
}

/// The same after a wipe: nothing is written over there, and what is refused may be allowed.
#[must_use]
pub fn offered_by_wipe(code: &str) -> &'static [Action] {
    match code {
        "card_holds_another" => &[WipeValid, AnotherCard],
        "card_holds_more" => &[WipeBeside, AnotherCard],
        "card_foreign" => &[AnotherCard],
        code => offered(code),
    }
}
