//! `/acs/credentials`.

use crate::sim::envelope::{Answer, Success};
use crate::sim::model::Credential;
use crate::sim::paging::PageRequest;
use crate::sim::routes::Call;
use crate::sim::state::State;

pub(in crate::sim) fn get(state: &mut State, call: &Call<'_>) -> Answer {
    let id = call.input.read(|body| body.uuid("acs_credential_id"))?;
    Ok(Success::one(
        "acs_credential",
        state.credentials.find(id)?.view(state),
    ))
}

/// Filters that are given together narrow each other down.
pub(in crate::sim) fn list(state: &mut State, call: &Call<'_>) -> Answer {
    let (user, system, identity, created_before, multi_phone, search, page) =
        call.input.read(|body| {
            (
                body.optional_uuid("acs_user_id"),
                body.optional_uuid("acs_system_id"),
                body.optional_uuid("user_identity_id"),
                body.optional_time("created_before"),
                body.optional_bool("is_multi_phone_sync_credential"),
                body.optional_filled_text("search"),
                PageRequest::read(body, 500),
            )
        })?;
    let identity_of = |credential: &Credential| {
        credential
            .acs_user_id
            .and_then(|id| state.users.get(id))
            .and_then(|user| user.user_identity_id)
    };
    let rows = state.credentials.sequenced().filter(|(_, credential)| {
        user.is_none_or(|user| credential.acs_user_id == Some(user))
            && system.is_none_or(|system| credential.acs_system_id == system)
            && identity.is_none_or(|identity| identity_of(credential) == Some(identity))
            && created_before.is_none_or(|before| credential.created_at < before)
            && multi_phone.is_none_or(|wanted| credential.is_multi_phone_sync_credential == wanted)
            && search
                .as_ref()
                .is_none_or(|search| credential.matches(search, state))
    });
    page.answer(call, "acs_credentials", rows, |credential| {
        credential.view(state)
    })
}
