//! `/acs/users`.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::contact::{read_email, read_phone};
use super::subject::Subject;
use crate::rpc::{Answer, Reader, Refusal, Success};
use crate::sim::call::Call;
use crate::sim::model::{AccessSchedule, User};
use crate::sim::paging::PageRequest;
use crate::sim::state::State;
use crate::sim::times::Times;

pub(in crate::sim) fn create(state: &mut State, call: &Call<'_>) -> Answer {
    let (system, full_name, email, phone, identity, groups, schedule) =
        call.input.read(|body| {
            (
                body.uuid("acs_system_id"),
                body.filled_text("full_name"),
                // The second name is the deprecated one.
                read_email(body, "email_address").or(read_email(body, "email")),
                read_phone(body),
                body.optional_uuid("user_identity_id"),
                body.uuids("acs_access_group_ids").unwrap_or_default(),
                body.object("access_schedule", |part| read_schedule(part, true))
                    .flatten(),
            )
        })?;
    state.systems.find(system)?;
    if let Some(identity) = identity {
        state.identities.find(identity)?;
    }
    if let Some(group) = groups.first() {
        let message = format!("Could not find acs_access_group {group}");
        return Err(Refusal::not_found("acs_access_group_not_found", message));
    }
    let user = User {
        email_address: email,
        phone_number: phone,
        user_identity_id: identity,
        access_schedule: schedule,
        ..User::new(system, full_name, call.now)
    };
    state.users.insert(user.clone());
    state.note_user("acs_user.created", &user, call.now);
    Ok(Success::one("acs_user", user.view(state)))
}

pub(in crate::sim) fn get(state: &mut State, call: &Call<'_>) -> Answer {
    let user = call.input.read(Subject::read)?.find(state)?;
    Ok(Success::one("acs_user", user.view(state)))
}

pub(in crate::sim) fn list(state: &mut State, call: &Call<'_>) -> Answer {
    let (system, identity, email, phone, search, created_before, page) =
        call.input.read(|body| {
            (
                body.optional_uuid("acs_system_id"),
                body.optional_uuid("user_identity_id"),
                body.optional_text("user_identity_email_address"),
                body.optional_text("user_identity_phone_number"),
                body.optional_filled_text("search"),
                body.optional_time("created_before"),
                PageRequest::read(body, 500),
            )
        })?;
    let rows = state.users.sequenced().filter(|(_, user)| {
        let person = user
            .user_identity_id
            .and_then(|id| state.identities.get(id));
        system.is_none_or(|system| user.acs_system_id == system)
            && identity.is_none_or(|identity| user.user_identity_id == Some(identity))
            && (email.is_none() || person.is_some_and(|person| person.email_address == email))
            && (phone.is_none() || person.is_some_and(|person| person.phone_number == phone))
            && created_before.is_none_or(|before| user.created_at < before)
            && search.as_ref().is_none_or(|search| matches(user, search))
    });
    page.answer(call, "acs_users", rows, |user| user.view(state))
}

fn matches(user: &User, search: &str) -> bool {
    let search = search.to_lowercase();
    let (id, name) = (user.acs_user_id.to_string(), Some(user.full_name.clone()));
    [
        Some(id),
        name,
        user.email_address.clone(),
        user.phone_number.clone(),
    ]
    .into_iter()
    .flatten()
    .any(|text| text.to_lowercase().contains(&search))
}

pub(in crate::sim) fn update(state: &mut State, call: &Call<'_>) -> Answer {
    let (subject, full_name, email, phone, schedule) = call.input.read(|body| {
        let schedule = if body.is_null("access_schedule") {
            Some(None)
        } else {
            body.object("access_schedule", |part| read_schedule(part, false))
        };
        let _ = body.optional_uuid("hid_acs_system_id");
        (
            Subject::read(body),
            body.optional_filled_text("full_name"),
            read_email(body, "email_address").or(read_email(body, "email")),
            read_phone(body),
            schedule,
        )
    })?;
    let id = subject.find(state)?.acs_user_id;
    let user = state.users.find_mut(id)?;
    if let Some(full_name) = full_name {
        user.full_name = full_name;
    }
    if let Some(schedule) = schedule {
        user.access_schedule = schedule;
    }
    user.email_address = email.or(user.email_address.take());
    user.phone_number = phone.or(user.phone_number.take());
    Ok(Success::ok())
}

/// The user's credentials stay, unassigned.
pub(in crate::sim) fn delete(state: &mut State, call: &Call<'_>) -> Answer {
    let user = call.input.read(Subject::read)?.find(state)?.clone();
    let id = user.acs_user_id;
    let credentials: Vec<Uuid> = state
        .credentials
        .iter()
        .filter(|credential| credential.acs_user_id == Some(id))
        .map(|credential| credential.acs_credential_id)
        .collect();
    for credential in credentials {
        state.credentials.find_mut(credential)?.acs_user_id = None;
    }
    state.users.remove(id);
    state.note_user("acs_user.deleted", &user, call.now);
    Ok(Success::ok())
}

pub(in crate::sim) fn suspend(state: &mut State, call: &Call<'_>) -> Answer {
    set_suspended(state, call, true)
}

pub(in crate::sim) fn unsuspend(state: &mut State, call: &Call<'_>) -> Answer {
    set_suspended(state, call, false)
}

fn set_suspended(state: &mut State, call: &Call<'_>, is_suspended: bool) -> Answer {
    let id = call.input.read(Subject::read)?.find(state)?.acs_user_id;
    state.users.find_mut(id)?.is_suspended = is_suspended;
    Ok(Success::ok())
}

pub(in crate::sim) fn revoke_access_to_all_entrances(state: &mut State, call: &Call<'_>) -> Answer {
    let id = call.input.read(Subject::read)?.find(state)?.acs_user_id;
    state.users.find_mut(id)?.acs_entrance_ids.clear();
    Ok(Success::ok())
}

/// The entrances that were granted to the user, and those of the user's credentials.
pub(in crate::sim) fn list_accessible_entrances(state: &mut State, call: &Call<'_>) -> Answer {
    let user = call.input.read(Subject::read)?.find(state)?;
    let carried = state
        .credentials
        .iter()
        .filter(|credential| credential.acs_user_id == Some(user.acs_user_id))
        .flat_map(|credential| &credential.allowed_acs_entrance_ids);
    let doors: BTreeSet<&Uuid> = user.acs_entrance_ids.iter().chain(carried).collect();
    let entrances = doors
        .into_iter()
        .filter_map(|door| state.entrances.get(*door));
    Ok(Success::many(
        "acs_entrances",
        entrances.map(|entrance| entrance.view(state)),
    ))
}

/// A schedule; only a new user's may be without an end.
fn read_schedule(part: &Reader<'_>, open_ended: bool) -> Option<AccessSchedule> {
    let starts_at = part.time("starts_at");
    let ends_at = if open_ended {
        part.nullable_time("ends_at")
    } else {
        part.time("ends_at")
    };
    if starts_at
        .zip(ends_at)
        .is_some_and(|(start, end)| start >= end)
    {
        part.refuse("ends_at", "ends_at must be after starts_at");
    }
    starts_at.map(|starts_at| AccessSchedule { starts_at, ends_at })
}
