//! A vendor's encoder reads a card, for its content or to give it to a user.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::sim::issue::issue;
use crate::sim::model::{Credential, Encoder, Failure, Mode, NextScan};
use crate::sim::state::State;
use crate::sim::time::Time;

/// What a scan met.
enum Met {
    Known(Uuid, Sync),
    Unknown,
    Empty,
}

#[derive(PartialEq)]
enum Sync {
    Same,
    Differs,
}

fn look_at_card(state: &mut State, acs_encoder_id: Uuid) -> Result<Met, Failure> {
    let encoder = state
        .encoders
        .get_mut(acs_encoder_id)
        .ok_or(Failure::UncategorizedError)?;
    let lies_here = encoder.card_on_encoder;
    let (credential, sync) = match encoder.next_scan.take() {
        Some(NextScan::Fails(failure)) => return Err(failure),
        Some(NextScan::FindsUnknownCard) => return Ok(Met::Unknown),
        Some(NextScan::FindsEmptyCard) => return Ok(Met::Empty),
        Some(NextScan::FindsOutOfSync(named)) => (named.or(lies_here), Sync::Differs),
        Some(NextScan::Finds(named)) => (named.or(lies_here), Sync::Same),
        None => (lies_here, Sync::Same),
    };
    match credential {
        None => Err(Failure::NoCredentialOnEncoder),
        Some(id) if state.credentials.get(id).is_some() => Ok(Met::Known(id, sync)),
        Some(_) => Ok(Met::Unknown),
    }
}

pub(super) fn scan(state: &mut State, acs_encoder_id: Uuid, now: Time) -> Result<Value, Failure> {
    let warning =
        |code: &str, message: &str| json!([{"warning_code": code, "warning_message": message}]);
    let found = match look_at_card(state, acs_encoder_id)? {
        Met::Empty => {
            json!({"acs_credential_on_encoder": null, "acs_credential_on_seam": null, "warnings": []})
        }
        Met::Unknown => json!({
            "acs_credential_on_encoder": on_encoder(&Encoder::new_card_number(), None, now),
            "acs_credential_on_seam": null,
            "warnings": warning("acs_credential_on_seam_not_found", "Seam knows no credential for the card on the encoder."),
        }),
        Met::Known(id, sync) => {
            let credential = state
                .credentials
                .get(id)
                .ok_or(Failure::CredentialDeleted)?;
            let card_number = credential
                .card_number
                .clone()
                .unwrap_or_else(Encoder::new_card_number);
            let mut card = on_encoder(&card_number, Some(credential), now);
            let warnings = if sync == Sync::Differs {
                card["ends_at"] = json!(credential.starts_at.unwrap_or(credential.created_at));
                warning(
                    "acs_credential_on_encoder_out_of_sync",
                    "The card on the encoder does not hold the latest state of its credential.",
                )
            } else {
                json!([])
            };
            json!({"acs_credential_on_encoder": card, "acs_credential_on_seam": credential.view(state), "warnings": warnings})
        }
    };
    Ok(found)
}

/// A card as the encoder reads it.
fn on_encoder(card_number: &str, credential: Option<&Credential>, now: Time) -> Value {
    let mut card = json!({
        "card_number": card_number,
        "created_at": credential.map_or(now, |credential| credential.created_at),
        "starts_at": credential.and_then(|credential| credential.starts_at),
        "ends_at": credential.and_then(|credential| credential.ends_at),
        "is_issued": credential.is_none_or(Credential::is_issued),
    });
    if let Some(metadata) =
        credential.and_then(|credential| credential.visionline_metadata.as_ref())
    {
        card["visionline_metadata"] = json!({
            "card_format": "rfid48",
            "card_id": metadata.card_id.as_deref().unwrap_or(card_number),
            "cancelled": false,
            "discarded": false,
            "expired": credential.and_then(|credential| credential.ends_at).is_some_and(|end| end <= now),
            "overridden": metadata.is_valid == Some(false),
            "overwritten": false,
            "pending_auto_update": false,
            "number_of_issued_cards": 1,
            "guest_acs_entrance_ids": metadata.guest_acs_entrance_ids.as_deref().unwrap_or_default(),
            "common_acs_entrance_ids": metadata.common_acs_entrance_ids.as_deref().unwrap_or_default(),
        });
    }
    card
}

/// Gives the scanned card to a user; a card that Seam does not know yet becomes a credential of the user.
pub(super) fn scan_to_assign(
    state: &mut State,
    acs_encoder_id: Uuid,
    acs_user_id: Uuid,
    now: Time,
) -> Result<Value, Failure> {
    let acs_system_id = state
        .users
        .get(acs_user_id)
        .ok_or(Failure::UncategorizedError)?
        .acs_system_id;
    let id = match look_at_card(state, acs_encoder_id)? {
        Met::Empty => return Err(Failure::NoCredentialOnEncoder),
        Met::Known(id, _) => id,
        Met::Unknown => {
            let credential = Credential::new(acs_system_id, Mode::Card, now);
            let id = credential.acs_credential_id;
            state.credentials.insert(credential);
            issue(state, id, &Encoder::new_card_number(), None, now).map_err(Failure::gone)?;
            id
        }
    };
    let credential = state
        .credentials
        .get_mut(id)
        .ok_or(Failure::CredentialDeleted)?;
    if credential.acs_system_id != acs_system_id {
        return Err(Failure::UncategorizedError);
    }
    credential.acs_user_id = Some(acs_user_id);
    let credential = state
        .credentials
        .get(id)
        .ok_or(Failure::CredentialDeleted)?;
    Ok(credential.view(state))
}
