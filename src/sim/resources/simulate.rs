//! `/acs/encoders/simulate`: what the next card on a vendor's encoder comes to.

use crate::rpc::{Answer, Success};
use crate::sim::call::Call;
use crate::sim::model::Failure;
use crate::sim::model::{NextEncode, NextScan};
use crate::sim::state::State;

pub(in crate::sim) fn encode_will_succeed(state: &mut State, call: &Call<'_>) -> Answer {
    let encoder = call.input.read(|body| {
        let _ = body.optional_choice("scenario", &[("credential_is_issued", ())]);
        body.uuid("acs_encoder_id")
    })?;
    state.encoders.find_mut(encoder)?.next_encode = Some(NextEncode::Succeeds);
    Ok(Success::ok())
}

/// A credential can be named for the failures that are not the card's.
pub(in crate::sim) fn encode_will_fail(state: &mut State, call: &Call<'_>) -> Answer {
    let (encoder, failure, credential) = call.input.read(|body| {
        let failure = body.optional_choice(
            "error_code",
            &[
                ("no_credential_on_encoder", Failure::NoCredentialOnEncoder),
                ("encoding_interrupted", Failure::EncodingInterrupted),
                ("uncategorized_error", Failure::UncategorizedError),
                ("action_attempt_expired", Failure::ActionAttemptExpired),
            ],
        );
        let failure = failure.unwrap_or(Failure::NoCredentialOnEncoder);
        let of_the_card = [Failure::NoCredentialOnEncoder, Failure::EncodingInterrupted];
        if body.has("acs_credential_id") && of_the_card.contains(&failure) {
            let message = "Only for uncategorized_error and action_attempt_expired";
            body.refuse("acs_credential_id", message);
        }
        (
            body.uuid("acs_encoder_id"),
            failure,
            body.optional_uuid("acs_credential_id"),
        )
    })?;
    if let Some(credential) = credential {
        state.credentials.find(credential)?;
    }
    let next = NextEncode::Fails(failure, credential);
    state.encoders.find_mut(encoder)?.next_encode = Some(next);
    Ok(Success::ok())
}

#[derive(Clone, Copy, PartialEq)]
enum Scenario {
    ExistsOnSeam,
    NeedsUpdate,
    NotOnSeam,
    Empty,
}

pub(in crate::sim) fn scan_will_succeed(state: &mut State, call: &Call<'_>) -> Answer {
    let (encoder, scenario, credential) = call.input.read(|body| {
        let scenario = body.optional_choice(
            "scenario",
            &[
                ("credential_exists_on_seam", Scenario::ExistsOnSeam),
                ("credential_on_encoder_needs_update", Scenario::NeedsUpdate),
                ("credential_does_not_exist_on_seam", Scenario::NotOnSeam),
                ("credential_on_encoder_is_empty", Scenario::Empty),
            ],
        );
        let credential = body.optional_uuid("acs_credential_id_on_seam");
        (
            body.uuid("acs_encoder_id"),
            scenario.unwrap_or(Scenario::ExistsOnSeam),
            credential,
        )
    })?;
    if let Some(credential) = credential {
        state.credentials.find(credential)?;
    }
    let next = match scenario {
        Scenario::ExistsOnSeam => NextScan::Finds(credential),
        Scenario::NeedsUpdate => NextScan::FindsOutOfSync(credential),
        Scenario::NotOnSeam => NextScan::FindsUnknownCard,
        Scenario::Empty => NextScan::FindsEmptyCard,
    };
    state.encoders.find_mut(encoder)?.next_scan = Some(next);
    Ok(Success::ok())
}

pub(in crate::sim) fn scan_will_fail(state: &mut State, call: &Call<'_>) -> Answer {
    let (encoder, failure) = call.input.read(|body| {
        let _ = body.optional_uuid("acs_credential_id_on_seam");
        let failure = body.optional_choice(
            "error_code",
            &[
                ("no_credential_on_encoder", Failure::NoCredentialOnEncoder),
                ("uncategorized_error", Failure::UncategorizedError),
                ("action_attempt_expired", Failure::ActionAttemptExpired),
            ],
        );
        (
            body.uuid("acs_encoder_id"),
            failure.unwrap_or(Failure::NoCredentialOnEncoder),
        )
    })?;
    state.encoders.find_mut(encoder)?.next_scan = Some(NextScan::Fails(failure));
    Ok(Success::ok())
}
