//! The body of a report: Seam's own event of a credential, with what Seam cannot know.

use std::ops::Not;

use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use crate::issuance::entry::{Issuance, Kind, Report};
use crate::seam::Time;

/// One event, in the order and with the names of Seam's webhooks; the last fields, from `card_number` on, are ours.
#[derive(Debug, Serialize)]
pub(super) struct CredentialEvent<'a> {
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
    /// The end of validity on the card, which a change of the stay since does not change; null where the card has none.
    ends_at: Option<String>,
    /// There only when it is true: no real card was written.
    #[serde(skip_serializing_if = "Not::not")]
    simulated: bool,
}

impl<'a> CredentialEvent<'a> {
    /// The event of an issuance. It depends on nothing but the journal, so that each attempt sends the same bytes.
    pub(super) fn of(issuance: &'a Issuance, report: Report) -> Self {
        let written_at = issuance.written_at().unwrap_or(issuance.claimed_at);
        let (event_type, occurred_at) = match (report, issuance.kind) {
            (Report::Issued, Kind::First) => ("acs_credential.issued", written_at),
            (Report::Issued, Kind::Again) => ("acs_credential.reissued", written_at),
            (Report::Invalidated, _) => {
                let invalidation = issuance.invalidation();
                let at =
                    invalidation.map_or(written_at, |invalidation| invalidation.invalidated_at);
                ("acs_credential.invalidated", at)
            }
        };
        Self {
            // The same id as the message: receivers of Seam's webhooks dedupe by either.
            event_id: issuance.message_id(report),
            event_type,
            workspace_id: &issuance.origin.workspace_id,
            created_at: occurred_at,
            occurred_at,
            acs_system_id: &issuance.origin.acs_system_id,
            connected_account_id: &issuance.origin.connected_account_id,
            acs_credential_id: &issuance.acs_credential_id,
            card_number: &issuance.card_number,
            card_uid: issuance.card_uid.to_string(),
            card_type: &issuance.card_type,
            issuance_id: issuance.issuance_id,
            encoder: &issuance.encoder,
            ends_at: issuance
                .ends_at()
                .map(|ends_at| Time::from_second(ends_at).to_string()),
            simulated: issuance.is_simulated(),
        }
    }
}
