//! A vendor's encoder writes a card.

use serde_json::Value;
use uuid::Uuid;

use crate::sim::issue::{issue, may_be_issued};
use crate::sim::model::{Encoder, Failure, NextEncode, WarningCode};
use crate::sim::state::State;
use crate::sim::time::Time;

pub(super) fn encode(
    state: &mut State,
    acs_encoder_id: Uuid,
    acs_credential_id: Uuid,
    now: Time,
) -> Result<Value, Failure> {
    let encoder = state
        .encoders
        .get_mut(acs_encoder_id)
        .ok_or(Failure::UncategorizedError)?;
    let planned = encoder.next_encode.take_if(|next| match next {
        NextEncode::Succeeds | NextEncode::Fails(_, None) => true,
        NextEncode::Fails(_, Some(only)) => *only == acs_credential_id,
    });
    if let Some(NextEncode::Fails(failure, _)) = planned {
        return Err(failure);
    }
    let credential = state
        .credentials
        .get(acs_credential_id)
        .ok_or(Failure::CredentialDeleted)?;
    if credential.warns(WarningCode::BeingDeleted) {
        return Err(Failure::CredentialDeleted);
    }
    if !may_be_issued(credential) {
        return Err(Failure::CredentialCannotBeReissued);
    }
    if !credential.errors.is_empty() || credential.ends_at.is_some_and(|end| end <= now) {
        return Err(Failure::UncategorizedError);
    }
    let card_number = Encoder::new_card_number();
    issue(state, acs_credential_id, &card_number, None, now).map_err(Failure::gone)?;
    if let Some(encoder) = state.encoders.get_mut(acs_encoder_id) {
        encoder.card_on_encoder = Some(acs_credential_id);
    }
    if let Some(metadata) = state
        .credentials
        .get_mut(acs_credential_id)
        .and_then(|credential| credential.visionline_metadata.as_mut())
    {
        metadata.card_id = Some(card_number);
    }
    let credential = state
        .credentials
        .get(acs_credential_id)
        .ok_or(Failure::CredentialDeleted)?;
    Ok(credential.view(state))
}
