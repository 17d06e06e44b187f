//! The JSON that a caller sends: with a limit on its length, and refused where a field is unknown or has the wrong type.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::answer::Refusal;

/// The longest body of a command, in bytes.
pub(super) const LONGEST: usize = 64 * 1024;

/// How long it may take to come: one that trickles in must not keep its connection for ever.
const PATIENCE: Duration = Duration::from_secs(15);

/// A body that was read and understood.
#[derive(Debug)]
pub(super) struct Json<T>(pub(super) T);

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for Json<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        let (head, body) = request.into_parts();
        if !is_json(&head.headers) {
            return Err(invalid(
                "The body must be JSON, with Content-Type application/json",
            ));
        }
        let body = read(body).await?;
        let deserializer = &mut serde_json::Deserializer::from_slice(&body);
        serde_path_to_error::deserialize(deserializer)
            .map(Self)
            .map_err(|error| match error.path().to_string().as_str() {
                "." => invalid(error.inner().to_string()),
                path => invalid(format!("{path}: {}", error.inner())),
            })
    }
}

/// The whole body.
///
/// # Errors
/// When it is longer than [`LONGEST`], was cut off, or takes too long to come.
pub(super) async fn read(body: Body) -> Result<Bytes, Refusal> {
    match timeout(PATIENCE, axum::body::to_bytes(body, LONGEST)).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(_)) => Err(Refusal::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "payload_too_large",
            format!("The body is longer than {LONGEST} bytes, or was cut off"),
        )),
        Err(_) => Err(Refusal::new(
            StatusCode::REQUEST_TIMEOUT,
            "request_timeout",
            "The body did not come in time",
        )),
    }
}

/// Whether the headers say that the body is JSON. No page of another origin can send that without asking first.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok());
    content_type.is_some_and(|value| {
        let kind = value.split(';').next().unwrap_or_default();
        kind.trim().eq_ignore_ascii_case("application/json")
    })
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "invalid_input", message)
}
