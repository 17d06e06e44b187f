//! The one way in which a credential becomes issued, however the card was written: the vendor's encoder, a card that was
//! assigned, or a card that a report says was written.

use uuid::Uuid;

use super::model::{Credential, LastCard, WarningCode};
use super::state::State;
use super::time::Time;
use crate::rpc::Refusal;

/// Whether a card may be made for this credential: it has none yet, or its card is out of date.
pub(super) fn may_be_issued(credential: &Credential) -> bool {
    !credential.is_issued() || credential.warns(WarningCode::NeedsToBeReissued)
}

/// Whether a credential is issued, or was before its card was taken back.
pub(super) fn was_issued(state: &State, credential: &Credential) -> bool {
    credential.is_issued() || state.last_cards.contains_key(&credential.acs_credential_id)
}

/// Marks a credential issued on a card, and with it the access method that it carries. `issuance_id` is that of the agent which
/// wrote the card, if one did.
pub(super) fn issue(
    state: &mut State,
    acs_credential_id: Uuid,
    card_number: &str,
    issuance_id: Option<Uuid>,
    occurred_at: Time,
) -> Result<(), Refusal> {
    let credential = state.credentials.find_mut(acs_credential_id)?;
    let again = credential.is_issued();
    let last_card = state
        .last_cards
        .entry(acs_credential_id)
        .or_insert_with(|| LastCard {
            issuance_id: None,
            number_before: credential.card_number.clone(),
        });
    last_card.issuance_id = issuance_id;
    credential.issued_at = Some(occurred_at);
    credential.card_number = Some(card_number.to_owned());
    credential
        .warnings
        .retain(|warning| warning.code != WarningCode::NeedsToBeReissued);
    if let Some(metadata) = &mut credential.visionline_metadata {
        metadata.is_valid = Some(true);
    }
    let credential = credential.clone();
    let event_type = if again {
        "acs_credential.reissued"
    } else {
        "acs_credential.issued"
    };
    state.note_credential(event_type, &credential, occurred_at);
    invalidate_overridden(state, &credential, occurred_at);

    let methods: Vec<Uuid> = state
        .methods
        .iter()
        .filter(|method| method.acs_credential_id == Some(acs_credential_id))
        .map(|method| method.access_method_id)
        .collect();
    for id in methods {
        issue_method(state, id, occurred_at)?;
    }
    Ok(())
}

/// Takes an issuance back whose card is no longer good. The credential waits for a card again, unless it was issued on another
/// one since.
pub(super) fn take_back(
    state: &mut State,
    acs_credential_id: Uuid,
    issuance_id: Option<Uuid>,
    occurred_at: Time,
) {
    let Some(credential) = state.credentials.get_mut(acs_credential_id) else {
        return;
    };
    if let Some(last_card) = state.last_cards.get_mut(&acs_credential_id)
        && issuance_id.is_some()
        && last_card.issuance_id == issuance_id
    {
        last_card.issuance_id = None;
        credential.issued_at = None;
        credential.card_number.clone_from(&last_card.number_before);
    }
    let credential = credential.clone();
    state.note_credential("acs_credential.invalidated", &credential, occurred_at);
}

/// Marks a credential issued that needs no card: a code or a key, which the access system hands out by itself.
pub(super) fn issue_without_card(
    state: &mut State,
    acs_credential_id: Uuid,
    now: Time,
) -> Result<(), Refusal> {
    let credential = state.credentials.find_mut(acs_credential_id)?;
    credential.issued_at = Some(now);
    let credential = credential.clone();
    state.note_credential("acs_credential.issued", &credential, now);
    Ok(())
}

/// A Visionline card that overrides is the first of a stay: earlier guest cards of its doors are no longer valid.
fn invalidate_overridden(state: &mut State, by: &Credential, occurred_at: Time) {
    let Some(guest_doors) = by
        .visionline_metadata
        .as_ref()
        .filter(|metadata| metadata.overrides)
        .and_then(|metadata| metadata.guest_acs_entrance_ids.clone())
    else {
        return;
    };
    let overridden: Vec<Uuid> = state
        .credentials
        .iter()
        .filter(|credential| {
            credential.acs_credential_id != by.acs_credential_id && credential.is_issued()
        })
        .filter(|credential| {
            credential
                .visionline_metadata
                .as_ref()
                .is_some_and(|metadata| {
                    let doors = metadata
                        .guest_acs_entrance_ids
                        .as_deref()
                        .unwrap_or_default();
                    metadata.is_valid == Some(true)
                        && doors.iter().any(|door| guest_doors.contains(door))
                })
        })
        .map(|credential| credential.acs_credential_id)
        .collect();
    for id in overridden {
        let Some(credential) = state.credentials.get_mut(id) else {
            continue;
        };
        if let Some(metadata) = &mut credential.visionline_metadata {
            metadata.is_valid = Some(false);
        }
        let credential = credential.clone();
        state.note_credential("acs_credential.invalidated", &credential, occurred_at);
    }
}

/// Marks an access method issued.
pub(super) fn issue_method(
    state: &mut State,
    access_method_id: Uuid,
    occurred_at: Time,
) -> Result<(), Refusal> {
    let method = state.methods.find_mut(access_method_id)?;
    let event_type = if method.issued_at.is_some() {
        "access_method.reissued"
    } else {
        "access_method.issued"
    };
    method.issued_at = Some(occurred_at);
    let method = method.clone();
    state.note_method(event_type, &method, occurred_at);
    Ok(())
}
