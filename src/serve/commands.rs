//! What the page, or a program with a token, can have the desk do. Each is a POST of JSON.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

use super::answer::{Answer, Refusal, Success};
use super::body::Json;
use super::site::Site;
use crate::desk::ticket::{CancelError, TicketId};

/// `GET /desk/snapshot`: everything as it is now.
pub(super) async fn snapshot(State(site): State<Arc<Site>>) -> Success {
    Success::ok().with("snapshot", site.desk.snapshot())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cancel {
    ticket: TicketId,
}

/// `POST /desk/cancel`: ends a command that has written nothing yet.
pub(super) async fn cancel(State(site): State<Arc<Site>>, Json(order): Json<Cancel>) -> Answer {
    match site.desk.cancel(order.ticket).await {
        Ok(()) => Ok(Success::ok()),
        Err(error @ CancelError::TooLate) => Err(Refusal::new(
            StatusCode::CONFLICT,
            "too_late",
            error.to_string(),
        )),
        Err(error @ CancelError::Unknown) => Err(Refusal::new(
            StatusCode::NOT_FOUND,
            "no_such_ticket",
            error.to_string(),
        )),
    }
}
