//! `/acs/credentials`, but for `create`, which has a file of its own.

use uuid::Uuid;

use super::create_credential::read_code;
use super::subject::Subject;
use crate::rpc::{Answer, Refusal, Success};
use crate::sim::call::Call;
use crate::sim::model::{AccessMethod, CardStep, Credential, Mode, Warning, WarningCode};
use crate::sim::paging::PageRequest;
use crate::sim::state::State;
use crate::sim::times::Times;

pub(in crate::sim) fn get(state: &mut State, call: &Call<'_>) -> Answer {
    let id = call.input.read(|body| body.uuid("acs_credential_id"))?;
    shown(state, id)
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
        let user = credential.acs_user_id.and_then(|id| state.users.get(id));
        user.and_then(|user| user.user_identity_id)
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

/// A new end makes the card of an issued credential out of date: it needs to be encoded again.
pub(in crate::sim) fn update(state: &mut State, call: &Call<'_>) -> Answer {
    let (id, code, ends_at) = call.input.read(|body| {
        let ends_at = body.optional_time("ends_at");
        if ends_at.is_some_and(|end| end <= call.now) {
            body.refuse("ends_at", "ends_at must be in the future");
        }
        (body.uuid("acs_credential_id"), read_code(body), ends_at)
    })?;
    let credential = state.credentials.find_mut(id)?;
    if code.is_some() && credential.access_method != Mode::Code {
        let message = "Only a credential with access_method 'code' has a code";
        return Err(Refusal::invalid_field("code", message));
    }
    if ends_at
        .zip(credential.starts_at)
        .is_some_and(|(end, start)| end <= start)
    {
        return Err(Refusal::invalid_field(
            "ends_at",
            "ends_at must be after starts_at",
        ));
    }
    let outdated = ends_at.is_some_and(|end| credential.ends_at != Some(end))
        && credential.access_method == Mode::Card
        && credential.is_issued();
    if outdated && !credential.warns(WarningCode::NeedsToBeReissued) {
        let warning = Warning::new(WarningCode::NeedsToBeReissued, call.now);
        credential.warnings.push(warning);
    }
    credential.code = code.or(credential.code.take());
    credential.ends_at = ends_at.or(credential.ends_at);
    if outdated {
        revoke_methods(state, id, call);
    }
    shown(state, id)
}

pub(in crate::sim) fn assign(state: &mut State, call: &Call<'_>) -> Answer {
    let (id, subject) = call
        .input
        .read(|body| (body.uuid("acs_credential_id"), Subject::read(body)))?;
    let system = state.credentials.find(id)?.acs_system_id;
    let user = subject.find_in(state, system)?.acs_user_id;
    state.credentials.find_mut(id)?.acs_user_id = Some(user);
    shown(state, id)
}

pub(in crate::sim) fn unassign(state: &mut State, call: &Call<'_>) -> Answer {
    let (id, subject) = call
        .input
        .read(|body| (body.uuid("acs_credential_id"), Subject::read(body)))?;
    let system = state.credentials.find(id)?.acs_system_id;
    let user = subject.find_in(state, system)?.acs_user_id;
    let credential = state.credentials.find_mut(id)?;
    if credential.acs_user_id != Some(user) {
        return Err(Refusal::invalid(
            "The credential is not assigned to this user",
        ));
    }
    credential.acs_user_id = None;
    shown(state, id)
}

pub(in crate::sim) fn delete(state: &mut State, call: &Call<'_>) -> Answer {
    let id = call.input.read(|body| body.uuid("acs_credential_id"))?;
    let credential = state.credentials.find(id)?.clone();
    state.credentials.remove(id);
    state.note_credential("acs_credential.deleted", &credential, call.now);
    Ok(Success::ok())
}

pub(in crate::sim) fn list_accessible_entrances(state: &mut State, call: &Call<'_>) -> Answer {
    let id = call.input.read(|body| body.uuid("acs_credential_id"))?;
    let doors = &state.credentials.find(id)?.allowed_acs_entrance_ids;
    let entrances = doors.iter().filter_map(|door| state.entrances.get(*door));
    Ok(Success::many(
        "acs_entrances",
        entrances.map(|entrance| entrance.view(state)),
    ))
}

/// The card of an access method is no longer valid once its times are changed: it is to be encoded again.
fn revoke_methods(state: &mut State, acs_credential_id: Uuid, call: &Call<'_>) {
    let carried = state.methods.iter();
    let carried: Vec<AccessMethod> = carried
        .filter(|method| method.acs_credential_id == Some(acs_credential_id))
        .cloned()
        .collect();
    for method in carried {
        state.note_method("access_method.revoked", &method, call.now);
        if method.card_step == CardStep::Encoding {
            state.note_method("access_method.card_encoding_required", &method, call.now);
        }
    }
}

fn shown(state: &State, id: Uuid) -> Answer {
    Ok(Success::one(
        "acs_credential",
        state.credentials.find(id)?.view(state),
    ))
}
