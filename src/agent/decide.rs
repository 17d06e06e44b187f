//! May this credential go onto this card? Pure: everything it needs to know is handed in.

use jiff::Timestamp;

use super::issuance::{Issuance, Kind};
use super::look::{Holds, Look};
use super::refusal::Refusal;
use crate::seam::{AccessMode, AcsCredential, CredentialWarningCode};

/// What the person who asked has allowed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Allowed {
    /// The credential may go onto one more card, and an issuance that is half-way onto another card is given up.
    pub reissue: bool,
    /// What stands on the card may be lost.
    pub overwrite: bool,
}

/// Whether the credential can be issued at all, and whether it would be its first card.
///
/// `last_written` is the newest issuance of it in our journal: with a hosted API the journal is the only one who knows.
///
/// # Errors
/// What is in the way.
pub fn credential_may_be_issued(
    credential: &AcsCredential,
    last_written: Option<&Issuance>,
    allowed: Allowed,
    now: Timestamp,
) -> Result<Kind, Refusal> {
    if credential.access_method != AccessMode::Card {
        return Err(Refusal::NotACard {
            access_method: credential.access_method.as_str().to_owned(),
        });
    }
    if credential.has_warning(&CredentialWarningCode::BeingDeleted) {
        return Err(Refusal::BeingDeleted);
    }
    if !credential.errors.is_empty() {
        return Err(Refusal::HasErrors(
            credential
                .errors
                .iter()
                .map(|error| error.message.clone())
                .collect(),
        ));
    }
    if let Some(ends_at) = credential.ends_at_time()?.filter(|ends_at| *ends_at <= now) {
        return Err(Refusal::Ended { ends_at });
    }
    if !credential.is_known_issued() && last_written.is_none() {
        return Ok(Kind::First);
    }
    if allowed.reissue || wants_reissue(credential, last_written) {
        return Ok(Kind::Again);
    }
    match last_written {
        Some(last) => Err(Refusal::AlreadyWritten {
            card_uid: last.card_uid,
            written_at: last
                .written_at
                .map_or_else(String::new, |at| at.to_string()),
        }),
        None => Err(Refusal::AlreadyIssued {
            card_number: credential.card_number.value().cloned(),
        }),
    }
}

/// Whether Seam asks for the card to be written again, and no record made since is on a card.
fn wants_reissue(credential: &AcsCredential, last_written: Option<&Issuance>) -> bool {
    // What a card holds is as old as its claim, however late it was finished.
    let made_at = last_written.map(|last| last.claimed_at);
    credential
        .warnings
        .iter()
        .filter(|warning| warning.warning_code == CredentialWarningCode::NeedsToBeReissued)
        .any(
            |warning| match (made_at, warning.created_at.parse::<Timestamp>()) {
                (None, _) => true,
                (Some(made_at), Ok(asked_at)) => asked_at >= made_at,
                (Some(_), Err(_)) => false,
            },
        )
}

/// Whether the credential waits for its first card: what the queue hands out.
#[must_use]
pub fn is_waiting(credential: &AcsCredential, now: Timestamp) -> bool {
    credential.has_warning(&CredentialWarningCode::WaitingToBeIssued)
        && matches!(
            credential_may_be_issued(credential, None, Allowed::default(), now),
            Ok(Kind::First)
        )
}

/// Whether the card may be written with this credential, or with one that it cannot hold yet, going by what stands on it.
///
/// # Errors
/// What is in the way.
pub fn card_may_be_written(
    look: &Look,
    acs_credential_id: Option<&str>,
    allowed: Allowed,
    now: Timestamp,
) -> Result<(), Refusal> {
    if look.inspection.uid.is_random() {
        return Err(Refusal::RandomUid(look.inspection.uid));
    }
    match &look.holds {
        Holds::Nothing | Holds::Torn => Ok(()),
        _ if allowed.overwrite => Ok(()),
        Holds::Foreign => Err(Refusal::Foreign),
        Holds::Unverified(error) => Err(Refusal::Unverified(error.clone())),
        Holds::Verified(record) if acs_credential_id == Some(&record.acs_credential_id) => Ok(()),
        Holds::Verified(record)
            if record
                .ends_at
                .is_some_and(|ends_at| ends_at <= now.as_second()) =>
        {
            Ok(())
        }
        Holds::Verified(record) => Err(Refusal::HoldsAnother {
            acs_credential_id: record.acs_credential_id.clone(),
        }),
    }
}
