//! `/access_methods`.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::encoders::encode_method;
use crate::rpc::{Answer, Refusal, Success};
use crate::sim::attempts::begin;
use crate::sim::call::Call;
use crate::sim::model::Task;
use crate::sim::model::{AccessMethod, CardStep, Mode};
use crate::sim::state::State;

pub(in crate::sim) fn get(state: &mut State, call: &Call<'_>) -> Answer {
    let id = call.input.read(|body| body.uuid("access_method_id"))?;
    Ok(Success::one(
        "access_method",
        state.methods.find(id)?.view(state),
    ))
}

/// At least one filter, as the Python SDK has it. No access method here is a device's, a space's or an access code's, so those
/// filters find none.
pub(in crate::sim) fn list(state: &mut State, call: &Call<'_>) -> Answer {
    let (grant, key, entrance, elsewhere) = call.input.read(|body| {
        let elsewhere = ["device_id", "space_id", "access_code_id"]
            .into_iter()
            .filter(|filter| body.optional_uuid(filter).is_some())
            .count();
        let here = ["access_grant_id", "access_grant_key", "acs_entrance_id"];
        if elsewhere == 0 && !here.into_iter().any(|filter| body.has(filter)) {
            body.refuse_all("At least one filter is required");
        }
        (
            body.optional_uuid("access_grant_id"),
            body.optional_filled_text("access_grant_key"),
            body.optional_uuid("acs_entrance_id"),
            elsewhere > 0,
        )
    })?;
    let methods = state.methods.iter().filter(|method| {
        let parent = state.grants.get(method.access_grant_id);
        !elsewhere
            && grant.is_none_or(|grant| method.access_grant_id == grant)
            && (key.is_none() || parent.is_some_and(|parent| parent.access_grant_key == key))
            && entrance.is_none_or(|entrance| {
                parent.is_some_and(|parent| parent.acs_entrance_ids.contains(&entrance))
            })
    });
    Ok(Success::many(
        "access_methods",
        methods.map(|method| method.view(state)),
    ))
}

/// What `get_related` can add, as the API spells it.
const RELATED: &[&str] = &[
    "spaces",
    "devices",
    "acs_entrances",
    "access_grants",
    "access_methods",
    "instant_keys",
    "client_sessions",
    "acs_credentials",
];

pub(in crate::sim) fn get_related(state: &mut State, call: &Call<'_>) -> Answer {
    let (ids, include, exclude) = call.input.read(|body| {
        let kinds = |parameter: &str| {
            let kinds = body.texts(parameter);
            if kinds
                .iter()
                .flatten()
                .any(|kind| !RELATED.contains(&kind.as_str()))
            {
                let message = format!("Invalid enum value. Expected one of {}", RELATED.join(", "));
                body.refuse(parameter, message);
            }
            kinds
        };
        if !body.has("access_method_ids") {
            body.refuse("access_method_ids", "Required");
        }
        let ids = body.uuids("access_method_ids").unwrap_or_default();
        (ids, kinds("include"), kinds("exclude").unwrap_or_default())
    })?;
    let methods: Vec<&AccessMethod> = ids
        .iter()
        .map(|id| state.methods.find(*id))
        .collect::<Result<_, _>>()?;
    let mut batch = Map::new();
    for kind in RELATED {
        let named = |kinds: &[String]| kinds.iter().any(|named| named == kind);
        if include.as_deref().is_none_or(named) && !named(&exclude) {
            batch.insert(
                (*kind).to_owned(),
                Value::Array(related(state, &methods, kind)),
            );
        }
    }
    Ok(Success::one("batch", Value::Object(batch)))
}

/// Each related thing once. The methods that were asked for are not their own relations.
fn related(state: &State, methods: &[&AccessMethod], kind: &str) -> Vec<Value> {
    let grants = methods
        .iter()
        .filter_map(|method| state.grants.get(method.access_grant_id));
    let views = match kind {
        "acs_credentials" => methods
            .iter()
            .filter_map(|method| state.credentials.get(method.acs_credential_id?))
            .map(|credential| credential.view(state))
            .collect(),
        "access_grants" => grants.map(|grant| grant.view(state)).collect(),
        "acs_entrances" => grants
            .flat_map(|grant| &grant.acs_entrance_ids)
            .filter_map(|door| state.entrances.get(*door))
            .map(|entrance| entrance.view(state))
            .collect(),
        _ => Vec::new(),
    };
    let mut once: Vec<Value> = Vec::new();
    for view in views {
        if !once.contains(&view) {
            once.push(view);
        }
    }
    once
}

pub(in crate::sim) fn encode(state: &mut State, call: &Call<'_>) -> Answer {
    let (method, encoder) = call
        .input
        .read(|body| (body.uuid("access_method_id"), body.uuid("acs_encoder_id")))?;
    encode_method(state, call, encoder, method)
}

pub(in crate::sim) fn assign_card(state: &mut State, call: &Call<'_>) -> Answer {
    let (access_method_id, card_number) = call.input.read(|body| {
        (
            body.uuid("access_method_id"),
            body.filled_text("card_number"),
        )
    })?;
    let method = state.methods.find(access_method_id)?;
    if method.mode != Mode::Card || method.card_step != CardStep::Assignment {
        let message = "The access method does not take a card by its number";
        return Err(Refusal::invalid_field("access_method_id", message));
    }
    let task = Task::AssignCard {
        access_method_id,
        card_number,
    };
    Ok(Success::one("action_attempt", begin(state, task, call.now)))
}

/// Deletes one access method, or all those of a grant or of a reservation, and the credentials that carry them.
pub(in crate::sim) fn delete(state: &mut State, call: &Call<'_>) -> Answer {
    let (id, grant, reservation) = call.input.read(|body| {
        body.exactly_one(&["access_method_id", "access_grant_id", "reservation_key"]);
        (
            body.optional_uuid("access_method_id"),
            body.optional_uuid("access_grant_id"),
            body.optional_filled_text("reservation_key"),
        )
    })?;
    if let Some(id) = id {
        state.methods.find(id)?;
    }
    if let Some(grant) = grant {
        state.grants.find(grant)?;
    }
    let doomed: Vec<AccessMethod> = state
        .methods
        .iter()
        .filter(|method| {
            let parent = state.grants.get(method.access_grant_id);
            id.is_none_or(|id| method.access_method_id == id)
                && grant.is_none_or(|grant| method.access_grant_id == grant)
                && (reservation.is_none()
                    || parent.is_some_and(|parent| parent.reservation_key == reservation))
        })
        .cloned()
        .collect();
    for method in doomed {
        delete_one(state, &method, call);
    }
    Ok(Success::ok())
}

fn delete_one(state: &mut State, method: &AccessMethod, call: &Call<'_>) {
    state.methods.remove(method.access_method_id);
    state.note_method("access_method.deleted", method, call.now);
    let carrier = method
        .acs_credential_id
        .and_then(|id: Uuid| state.credentials.remove(id));
    if let Some(credential) = carrier {
        state.note_credential("acs_credential.deleted", &credential, call.now);
    }
}
