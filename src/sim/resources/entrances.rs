//! `/acs/entrances`.

use super::subject::Subject;
use crate::rpc::{Answer, Success};
use crate::sim::call::Call;
use crate::sim::paging::PageRequest;
use crate::sim::state::State;

pub(in crate::sim) fn get(state: &mut State, call: &Call<'_>) -> Answer {
    let id = call.input.read(|body| body.uuid("acs_entrance_id"))?;
    Ok(Success::one(
        "acs_entrance",
        state.entrances.find(id)?.view(state),
    ))
}

/// No entrance here is in a space or belongs to a customer, so those filters find none.
pub(in crate::sim) fn list(state: &mut State, call: &Call<'_>) -> Answer {
    let (system, credential, account, ids, search, elsewhere, page) = call.input.read(|body| {
        let space = body.optional_uuid("space_id");
        let customer = body.optional_text("customer_key");
        let location = if body.is_null("location_id") {
            None
        } else {
            body.optional_uuid("location_id")
        };
        (
            body.optional_uuid("acs_system_id"),
            body.optional_uuid("acs_credential_id"),
            body.optional_uuid("connected_account_id"),
            body.uuids("acs_entrance_ids"),
            body.optional_filled_text("search")
                .map(|search| search.to_lowercase()),
            space.is_some() || customer.is_some() || location.is_some(),
            PageRequest::read(body, 900),
        )
    })?;
    let doors = match credential {
        Some(id) => Some(state.credentials.find(id)?.allowed_acs_entrance_ids.clone()),
        None => None,
    };
    let rows = state.entrances.sequenced().filter(|(_, entrance)| {
        let owner = state.systems.get(entrance.acs_system_id);
        !elsewhere
            && system.is_none_or(|system| entrance.acs_system_id == system)
            && doors
                .as_ref()
                .is_none_or(|doors| doors.contains(&entrance.acs_entrance_id))
            && account.is_none_or(|account| {
                owner.is_some_and(|owner| owner.connected_account_id == account)
            })
            && ids
                .as_ref()
                .is_none_or(|ids| ids.contains(&entrance.acs_entrance_id))
            && search.as_ref().is_none_or(|search| {
                entrance.display_name.to_lowercase().contains(search)
                    || entrance.acs_entrance_id.to_string().contains(search)
            })
    });
    page.answer(call, "acs_entrances", rows, |entrance| entrance.view(state))
}

pub(in crate::sim) fn grant_access(state: &mut State, call: &Call<'_>) -> Answer {
    let (id, subject) = call
        .input
        .read(|body| (body.uuid("acs_entrance_id"), Subject::read(body)))?;
    let system = state.entrances.find(id)?.acs_system_id;
    let user = subject.find_in(state, system)?.acs_user_id;
    let granted = &mut state.users.find_mut(user)?.acs_entrance_ids;
    if !granted.contains(&id) {
        granted.push(id);
    }
    Ok(Success::ok())
}

pub(in crate::sim) fn list_credentials_with_access(state: &mut State, call: &Call<'_>) -> Answer {
    let (id, only_valid) = call.input.read(|body| {
        let conditions = body.texts("include_if").unwrap_or_default();
        if conditions
            .iter()
            .any(|condition| condition != "visionline_metadata.is_valid")
        {
            let message = "Invalid enum value. Expected 'visionline_metadata.is_valid'";
            body.refuse("include_if", message);
        }
        (body.uuid("acs_entrance_id"), !conditions.is_empty())
    })?;
    state.entrances.find(id)?;
    let credentials = state
        .credentials
        .iter()
        .filter(|credential| credential.allowed_acs_entrance_ids.contains(&id))
        .filter(|credential| {
            let metadata = credential.visionline_metadata.as_ref();
            !only_valid || metadata.is_some_and(|metadata| metadata.is_valid == Some(true))
        });
    Ok(Success::many(
        "acs_credentials",
        credentials.map(|credential| credential.view(state)),
    ))
}
