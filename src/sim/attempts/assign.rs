//! A card that the access system knows is assigned by its number.

use serde_json::Value;
use uuid::Uuid;

use crate::sim::issue::{issue, issue_method, may_be_issued};
use crate::sim::model::Failure;
use crate::sim::state::State;
use crate::sim::time::Time;

pub(super) fn assign_card(
    state: &mut State,
    access_method_id: Uuid,
    card_number: &str,
    now: Time,
) -> Result<Value, Failure> {
    if !state.registered_card_numbers.contains(card_number) {
        return Err(Failure::CredentialNotFound);
    }
    let method = state
        .methods
        .get(access_method_id)
        .ok_or(Failure::UncategorizedError)?;
    let carrier = method
        .acs_credential_id
        .filter(|id| state.credentials.get(*id).is_some());
    if method.issued_at.is_some()
        && !carrier
            .and_then(|id| state.credentials.get(id))
            .is_some_and(may_be_issued)
    {
        return Err(Failure::UncategorizedError);
    }
    match carrier {
        Some(id) => issue(state, id, card_number, None, now),
        None => issue_method(state, access_method_id, now),
    }
    .map_err(Failure::gone)?;
    let method = state
        .methods
        .get(access_method_id)
        .ok_or(Failure::UncategorizedError)?;
    Ok(method.view(state))
}
