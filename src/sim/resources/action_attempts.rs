//! `/action_attempts`.

use crate::rpc::{Answer, Success};
use crate::sim::call::Call;
use crate::sim::model::Attempt;
use crate::sim::paging::PageRequest;
use crate::sim::state::State;

pub(in crate::sim) fn get(state: &mut State, call: &Call<'_>) -> Answer {
    let id = call.input.read(|body| body.uuid("action_attempt_id"))?;
    Ok(Success::one(
        "action_attempt",
        state.attempts.find(id)?.view(),
    ))
}

/// No attempt here is a device's, so a `device_id` finds none.
pub(in crate::sim) fn list(state: &mut State, call: &Call<'_>) -> Answer {
    let (ids, device, page) = call.input.read(|body| {
        (
            body.uuids("action_attempt_ids"),
            body.optional_uuid("device_id"),
            PageRequest::read(body, 500),
        )
    })?;
    let rows = state.attempts.sequenced().filter(|(_, attempt)| {
        device.is_none()
            && ids
                .as_ref()
                .is_none_or(|ids| ids.contains(&attempt.action_attempt_id))
    });
    page.answer(call, "action_attempts", rows, Attempt::view)
}
