//! The report receiver: what an integrator's own would do with the webhook that says a card was written.
//!
//! A report is Seam's `acs_credential.issued` event (`.reissued` for a re-encode, `.invalidated` for a card that is no longer
//! good) with `card_number` and more, signed as Seam signs its webhooks. The receiver keeps the promise that a credential is never on two cards from its own side:
//!
//! * A message id is taken once; the same again is answered well and changes nothing. The same id with another content is
//!   refused.
//! * `issued` for a credential that is issued already is refused, unless the credential needs to be reissued: the first card
//!   counts. Two desks that wrote the same credential learn it here.
//! * `reissued` says that the old card is given up; it needs a credential that was issued at some time.
//! * `invalidated` takes the issuance back that it names. When the credential was issued on another card since, that card
//!   counts; a credential that was deleted stays deleted. Both are answered well, since a wiped card is a fact.
//!
//! A card that was written is a fact, so an end that has passed since or a pending deletion does not refuse its report.

mod signature;

pub(super) use signature::ReportSecret;

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::issue::{issue, may_be_issued, take_back, was_issued};
use super::model::{Mode, ReportKind, Reported};
use super::state::State;
use super::time::Time;
use super::times::Times;
use crate::rpc::{Answer, Input, Refusal, Success};

/// Where reports are received. Outside the paths of the API, which has none for it.
pub(super) const REPORT_PATH: &str = "/cardbridge/issuances";

/// Takes a report.
pub(super) fn receive(
    state: &mut State,
    secret: &ReportSecret,
    headers: &HeaderMap,
    body: &Bytes,
    now: Time,
) -> Answer {
    let message_id = secret
        .verify(headers, body, now)
        .map_err(|reason| Refusal::unauthorized("invalid_signature", reason.to_string()))?;
    let body: Value =
        serde_json::from_slice(body).map_err(|_| Refusal::invalid("The report is not JSON"))?;
    let (reported, occurred_at) = read(state, &Input::from_body(body)?)?;

    if let Some(known) = state.reports.get(&message_id) {
        return if *known == reported {
            Ok(Success::ok())
        } else {
            Err(conflict(
                "message_id_reused",
                "A report with this message id said something else",
                known,
            ))
        };
    }
    apply(state, &reported, occurred_at)?;
    state.reports.insert(message_id, reported);
    Ok(Success::ok())
}

fn read(state: &State, input: &Input) -> Result<(Reported, Time), Refusal> {
    let workspace = state.workspace.workspace_id;
    let (kind, acs_credential_id, card_number, card_uid, issuance_id, occurred_at) =
        input.read(|body| {
            body.text("event_id");
            if !body.has("event_type") {
                body.refuse("event_type", "Required");
            }
            if body.uuid("workspace_id") != workspace {
                body.refuse("workspace_id", "Not this workspace");
            }
            let card_number = body.text("card_number");
            if body.has("card_number") && card_number.is_empty() {
                body.refuse("card_number", "String must contain at least 1 character(s)");
            }
            let _ = body.time("created_at");
            (
                body.optional_choice("event_type", ReportKind::ALL),
                body.uuid("acs_credential_id"),
                card_number,
                body.optional_text("card_uid"),
                body.optional_uuid("issuance_id"),
                body.time("occurred_at"),
            )
        })?;
    let (Some(kind), Some(occurred_at)) = (kind, occurred_at) else {
        return Err(Refusal::invalid("Invalid input"));
    };
    Ok((
        Reported {
            kind,
            acs_credential_id,
            card_number,
            card_uid,
            issuance_id,
        },
        occurred_at,
    ))
}

fn apply(state: &mut State, reported: &Reported, occurred_at: Time) -> Result<(), Refusal> {
    if reported.kind == ReportKind::Invalidated {
        take_back(
            state,
            reported.acs_credential_id,
            reported.issuance_id,
            occurred_at,
        );
        return Ok(());
    }
    let credential = state.credentials.find(reported.acs_credential_id)?;
    if credential.access_method != Mode::Card {
        return Err(Refusal::invalid_field(
            "acs_credential_id",
            "Not a card credential",
        ));
    }
    match reported.kind {
        ReportKind::Issued if !may_be_issued(credential) => {
            let message =
                "The credential is issued already, on another card or by another issuance";
            let held =
                json!({"card_number": credential.card_number, "issued_at": credential.issued_at});
            return Err(
                Refusal::conflict("credential_cannot_be_reissued", message).with("data", held)
            );
        }
        ReportKind::Reissued if !was_issued(state, credential) => {
            return Err(Refusal::conflict(
                "credential_was_never_issued",
                "A credential that was never issued cannot be reissued",
            ));
        }
        ReportKind::Issued | ReportKind::Reissued | ReportKind::Invalidated => {}
    }
    issue(
        state,
        reported.acs_credential_id,
        &reported.card_number,
        reported.issuance_id,
        occurred_at,
    )
}

fn conflict(kind: &'static str, message: &str, known: &Reported) -> Refusal {
    let known = json!({"acs_credential_id": known.acs_credential_id, "card_number": known.card_number, "card_uid": known.card_uid});
    Refusal::new(StatusCode::CONFLICT, kind, message).with("data", known)
}
