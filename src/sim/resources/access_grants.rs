//! `/access_grants`, reading only: the way to the access methods of a guest.

use crate::rpc::{Answer, Refusal, Success};
use crate::sim::call::Call;
use crate::sim::paging::PageRequest;
use crate::sim::state::State;

pub(in crate::sim) fn get(state: &mut State, call: &Call<'_>) -> Answer {
    let (id, key) = call.input.read(|body| {
        body.exactly_one(&["access_grant_id", "access_grant_key"]);
        (
            body.optional_uuid("access_grant_id"),
            body.optional_filled_text("access_grant_key"),
        )
    })?;
    let grant = match id {
        Some(id) => state.grants.find(id)?,
        None => state
            .grants
            .iter()
            .find(|grant| grant.access_grant_key == key)
            .ok_or_else(|| {
                Refusal::not_found("access_grant_not_found", "Could not find access_grant")
            })?,
    };
    Ok(Success::one("access_grant", grant.view(state)))
}

/// No grant here is a customer's, a space's, a device's or an access code's, so those filters find none.
pub(in crate::sim) fn list(state: &mut State, call: &Call<'_>) -> Answer {
    let (identity, entrance, system, ids, key, reservation, elsewhere, page) =
        call.input.read(|body| {
            let space = body.optional_uuid("space_id");
            let location = body.optional_uuid("location_id");
            let device = body.optional_uuid("device_id");
            let code = body.optional_uuid("access_code_id");
            let customer = body.optional_text("customer_key");
            let elsewhere = [space, location, device, code].iter().any(Option::is_some);
            (
                body.optional_uuid("user_identity_id"),
                body.optional_uuid("acs_entrance_id"),
                body.optional_uuid("acs_system_id"),
                body.uuids("access_grant_ids"),
                body.nullable_text("access_grant_key"),
                body.optional_text("reservation_key"),
                elsewhere || customer.is_some(),
                PageRequest::read(body, 500),
            )
        })?;
    let rows = state.grants.sequenced().filter(|(_, grant)| {
        let mut doors = grant
            .acs_entrance_ids
            .iter()
            .filter_map(|id| state.entrances.get(*id));
        !elsewhere
            && identity.is_none_or(|identity| grant.user_identity_id == identity)
            && entrance.is_none_or(|entrance| grant.acs_entrance_ids.contains(&entrance))
            && system.is_none_or(|system| doors.any(|door| door.acs_system_id == system))
            && ids
                .as_ref()
                .is_none_or(|ids| ids.contains(&grant.access_grant_id))
            && (key.is_none() || grant.access_grant_key == key)
            && (reservation.is_none() || grant.reservation_key == reservation)
    });
    page.answer(call, "access_grants", rows, |grant| grant.view(state))
}
