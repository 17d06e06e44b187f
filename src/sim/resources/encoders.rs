//! `/acs/encoders`: the vendor's encoders, which Seam drives.

use uuid::Uuid;

use super::subject::Subject;
use crate::rpc::{Answer, Reader, Refusal, Success};
use crate::sim::attempts::begin;
use crate::sim::call::Call;
use crate::sim::model::Mode;
use crate::sim::model::Task;
use crate::sim::paging::PageRequest;
use crate::sim::state::State;

pub(in crate::sim) fn get(state: &mut State, call: &Call<'_>) -> Answer {
    let id = call.input.read(|body| body.uuid("acs_encoder_id"))?;
    Ok(Success::one(
        "acs_encoder",
        state.encoders.find(id)?.view(state),
    ))
}

/// Exactly one filter: a call without any is refused.
pub(in crate::sim) fn list(state: &mut State, call: &Call<'_>) -> Answer {
    let (system, systems, ids, page) = call.input.read(|body| {
        body.exactly_one(&["acs_system_id", "acs_system_ids", "acs_encoder_ids"]);
        (
            body.optional_uuid("acs_system_id"),
            body.uuids("acs_system_ids"),
            body.uuids("acs_encoder_ids"),
            PageRequest::read(body, 500),
        )
    })?;
    let rows = state.encoders.sequenced().filter(|(_, encoder)| {
        system.is_none_or(|system| encoder.acs_system_id == system)
            && systems
                .as_ref()
                .is_none_or(|systems| systems.contains(&encoder.acs_system_id))
            && ids
                .as_ref()
                .is_none_or(|ids| ids.contains(&encoder.acs_encoder_id))
    });
    page.answer(call, "acs_encoders", rows, |encoder| encoder.view(state))
}

pub(in crate::sim) fn encode_credential(state: &mut State, call: &Call<'_>) -> Answer {
    let (encoder, credential, method) = call.input.read(|body| {
        body.exactly_one(&["acs_credential_id", "access_method_id"]);
        (
            body.uuid("acs_encoder_id"),
            body.optional_uuid("acs_credential_id"),
            body.optional_uuid("access_method_id"),
        )
    })?;
    match (credential, method) {
        (Some(credential), _) => encode(state, call, encoder, credential),
        (None, method) => encode_method(state, call, encoder, method.unwrap_or_default()),
    }
}

/// Encodes the credential behind an access method.
pub(super) fn encode_method(
    state: &mut State,
    call: &Call<'_>,
    encoder: Uuid,
    method: Uuid,
) -> Answer {
    let method = state.methods.find(method)?;
    let Some(credential) = method
        .acs_credential_id
        .filter(|_| method.mode == Mode::Card)
    else {
        let message = "The access method is not ready for encoding";
        return Err(Refusal::invalid_field("access_method_id", message));
    };
    encode(state, call, encoder, credential)
}

fn encode(state: &mut State, call: &Call<'_>, encoder: Uuid, credential: Uuid) -> Answer {
    let system = state.encoders.find(encoder)?.acs_system_id;
    let wanted = state.credentials.find(credential)?;
    if wanted.access_method != Mode::Card {
        return Err(Refusal::invalid_field(
            "acs_credential_id",
            "Not a card credential",
        ));
    }
    if wanted.acs_system_id != system {
        let message = "The encoder belongs to another access system";
        return Err(Refusal::invalid_field("acs_encoder_id", message));
    }
    let task = Task::Encode {
        acs_encoder_id: encoder,
        acs_credential_id: credential,
    };
    Ok(Success::one("action_attempt", begin(state, task, call.now)))
}

pub(in crate::sim) fn scan_credential(state: &mut State, call: &Call<'_>) -> Answer {
    let acs_encoder_id = call.input.read(|body| {
        read_salto_ks(body);
        body.uuid("acs_encoder_id")
    })?;
    state.encoders.find(acs_encoder_id)?;
    Ok(Success::one(
        "action_attempt",
        begin(state, Task::Scan { acs_encoder_id }, call.now),
    ))
}

pub(in crate::sim) fn scan_to_assign_credential(state: &mut State, call: &Call<'_>) -> Answer {
    let (acs_encoder_id, subject) = call.input.read(|body| {
        read_salto_ks(body);
        (body.uuid("acs_encoder_id"), Subject::read(body))
    })?;
    let system = state.encoders.find(acs_encoder_id)?.acs_system_id;
    let acs_user_id = subject.find_in(state, system)?.acs_user_id;
    let task = Task::ScanToAssign {
        acs_encoder_id,
        acs_user_id,
    };
    Ok(Success::one("action_attempt", begin(state, task, call.now)))
}

/// Taken from every caller, of use to another manufacturer's encoders only.
fn read_salto_ks(body: &Reader<'_>) {
    let _ = body.object("salto_ks_metadata", |part| {
        part.optional_bool("detect_new_tags")
    });
}
