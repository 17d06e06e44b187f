//! `/user_identities`.

use super::contact::{read_email, read_phone};
use super::subject::link_or_create;
use crate::rpc::{Answer, Refusal, Success};
use crate::sim::call::Call;
use crate::sim::model::UserIdentity;
use crate::sim::paging::PageRequest;
use crate::sim::state::State;
use crate::sim::times::Times;

/// Key, e-mail address and phone number are each one person's. The status and type of that refusal are in no public source.
pub(in crate::sim) fn create(state: &mut State, call: &Call<'_>) -> Answer {
    let (key, full_name, email, phone, systems) = call.input.read(|body| {
        (
            body.nullable_text("user_identity_key"),
            body.nullable_text("full_name"),
            read_email(body, "email_address"),
            read_phone(body),
            body.uuids("acs_system_ids").unwrap_or_default(),
        )
    })?;
    for system in &systems {
        state.systems.find(*system)?;
    }
    let taken = state.identities.iter().any(|known| {
        (key.is_some() && known.user_identity_key == key)
            || (email.is_some() && known.email_address == email)
            || (phone.is_some() && known.phone_number == phone)
    });
    if taken {
        let message = "A user identity with this key, e-mail address or phone number exists";
        return Err(Refusal::conflict("user_identity_already_exists", message));
    }
    let mut identity = UserIdentity::new(call.now);
    identity.user_identity_key = key;
    identity.full_name = full_name;
    identity.email_address = email;
    identity.phone_number = phone;
    let id = identity.user_identity_id;
    state.identities.insert(identity);
    for system in systems {
        link_or_create(state, id, system, call.now)?;
    }
    Ok(Success::one(
        "user_identity",
        state.identities.find(id)?.view(state),
    ))
}

pub(in crate::sim) fn get(state: &mut State, call: &Call<'_>) -> Answer {
    let (id, key) = call.input.read(|body| {
        body.exactly_one(&["user_identity_id", "user_identity_key"]);
        (
            body.optional_uuid("user_identity_id"),
            body.optional_filled_text("user_identity_key"),
        )
    })?;
    let by_key = || {
        state
            .identities
            .iter()
            .find(|identity| identity.user_identity_key == key)
    };
    let id = id.or_else(|| by_key().map(|identity| identity.user_identity_id));
    let identity = state.identities.find(id.unwrap_or_default())?;
    Ok(Success::one("user_identity", identity.view(state)))
}

pub(in crate::sim) fn list(state: &mut State, call: &Call<'_>) -> Answer {
    let (ids, search, created_before, page) = call.input.read(|body| {
        let _ = body.optional_uuid("credential_manager_acs_system_id");
        (
            body.uuids("user_identity_ids"),
            body.optional_text("search"),
            body.optional_time("created_before"),
            PageRequest::read(body, 500),
        )
    })?;
    let rows = state.identities.sequenced().filter(|(_, identity)| {
        ids.as_ref()
            .is_none_or(|ids| ids.contains(&identity.user_identity_id))
            && search
                .as_ref()
                .is_none_or(|search| identity.matches(search))
            && created_before.is_none_or(|before| identity.created_at < before)
    });
    page.answer(call, "user_identities", rows, |identity| {
        identity.view(state)
    })
}
