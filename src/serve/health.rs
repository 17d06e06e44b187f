//! `GET /healthz`: whether the agent can do its work, and what keeps it from some of it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};

use super::site::Site;
use crate::desk::snapshot::Snapshot;
use crate::rpc::Success;

/// How well the agent is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
enum Health {
    /// It can do all of its work.
    Ok,
    /// It can do some of it: cards that were begun are finished, read and wiped.
    Impaired,
    /// It can do nothing with cards, or only read them.
    Failing,
}

/// 200 with `status` `ok` or `impaired`, 503 with `failing`; and the `reasons`.
pub(super) async fn health(State(site): State<Arc<Site>>) -> Response {
    let snapshot = site.desk.snapshot();
    let mut reasons = reasons(&snapshot);
    if let Some(error) = site.desk.unwritten().await {
        // No card is written that the journal does not know of.
        let reason = json!({"code": "journal_unwritten", "problem": error.code()});
        reasons.push((Health::Failing, reason));
    }
    let health = reasons
        .iter()
        .map(|(health, _)| *health)
        .max()
        .unwrap_or(Health::Ok);
    let reasons: Vec<_> = reasons.into_iter().map(|(_, reason)| reason).collect();
    let answer = Success::ok()
        .with("status", health)
        .with("reasons", reasons)
        .with("version", snapshot.version);
    if health == Health::Failing {
        (StatusCode::SERVICE_UNAVAILABLE, answer).into_response()
    } else {
        answer.into_response()
    }
}

/// What is wrong, and how bad that is.
fn reasons(snapshot: &Snapshot) -> Vec<(Health, Value)> {
    let mut reasons = Vec::new();
    if snapshot.service_lost {
        reasons.push((Health::Failing, json!({"code": "no_pcsc_service"})));
    }
    if !snapshot.encoders.iter().any(|encoder| encoder.online) {
        reasons.push((Health::Failing, json!({"code": "no_encoder"})));
    }
    for encoder in &snapshot.encoders {
        if encoder.stuck || !encoder.online {
            let code = if encoder.stuck {
                "encoder_stuck"
            } else {
                "encoder_offline"
            };
            let reason = json!({"code": code, "encoder": encoder.name});
            reasons.push((Health::Impaired, reason));
        }
    }
    if snapshot.seam.reachable == Some(false) {
        let reason = json!({
            "code": "api_unreachable",
            "since": snapshot.seam.since,
            "problem": snapshot.seam.problem,
        });
        reasons.push((Health::Impaired, reason));
    }
    if snapshot.unreported > 0 {
        let reason = json!({
            "code": "unreported",
            "count": snapshot.unreported,
            "message": snapshot.unreported_reason,
        });
        reasons.push((Health::Impaired, reason));
    }
    reasons
}
