//! The body of a report: Seam's `acs_credential.issued` event, with what Seam cannot know.

use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use crate::agent::issuance::{Issuance, Kind};

/// One event, in the order and with the names of Seam's webhooks; the last five fields are ours.
#[derive(Debug, Serialize)]
pub(super) struct CredentialIssued<'a> {
    event_id: Uuid,
    event_type: &'static str,
    workspace_id: &'a str,
    created_at: Timestamp,
    occurred_at: Timestamp,
    acs_system_id: &'a str,
    connected_account_id: &'a str,
    acs_credential_id: &'a str,
    card_number: &'a str,
    card_uid: String,
    card_type: &'a str,
    issuance_id: Uuid,
    encoder: &'a str,
}

impl<'a> CredentialIssued<'a> {
    /// The event of an issuance. It depends on nothing but the journal, so that each attempt sends the same bytes.
    pub(super) fn of(issuance: &'a Issuance) -> Self {
        let written_at = issuance.written_at.unwrap_or(issuance.claimed_at);
        Self {
            // The same id as the message: receivers of Seam's webhooks dedupe by either.
            event_id: issuance.issuance_id,
            event_type: match issuance.kind {
                Kind::First => "acs_credential.issued",
                Kind::Again => "acs_credential.reissued",
            },
            workspace_id: &issuance.origin.workspace_id,
            created_at: written_at,
            occurred_at: written_at,
            acs_system_id: &issuance.origin.acs_system_id,
            connected_account_id: &issuance.origin.connected_account_id,
            acs_credential_id: &issuance.acs_credential_id,
            card_number: &issuance.card_number,
            card_uid: issuance.card_uid.to_string(),
            card_type: &issuance.card_type,
            issuance_id: issuance.issuance_id,
            encoder: &issuance.encoder,
        }
    }
}
