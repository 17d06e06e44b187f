//! `/acs/systems`.

use crate::rpc::{Answer, Success};
use crate::sim::call::Call;
use crate::sim::state::State;

pub(in crate::sim) fn get(state: &mut State, call: &Call<'_>) -> Answer {
    let id = call.input.read(|body| body.uuid("acs_system_id"))?;
    Ok(Success::one(
        "acs_system",
        state.systems.find(id)?.view(state),
    ))
}

/// No system here belongs to a customer, so a `customer_key` finds none.
pub(in crate::sim) fn list(state: &mut State, call: &Call<'_>) -> Answer {
    let (account, customer, search) = call.input.read(|body| {
        (
            body.optional_uuid("connected_account_id"),
            body.optional_text("customer_key"),
            body.optional_filled_text("search")
                .map(|search| search.to_lowercase()),
        )
    })?;
    let systems = state.systems.iter().filter(|system| {
        account.is_none_or(|account| system.connected_account_id == account)
            && customer.is_none()
            && search.as_ref().is_none_or(|search| {
                system.name.to_lowercase().contains(search)
                    || system.acs_system_id.to_string().contains(search)
            })
    });
    Ok(Success::many(
        "acs_systems",
        systems.map(|system| system.view(state)),
    ))
}
