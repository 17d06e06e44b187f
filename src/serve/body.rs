//! The JSON that a caller sends: with a limit on its length, and refused where a field is unknown or has the wrong type.

use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use serde::de::DeserializeOwned;

use crate::rpc::{Refusal, expect_utf8, is_json, read_body};

/// The longest body of a command, in bytes.
pub(super) const LONGEST: usize = 64 * 1024;

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
        expect_utf8(&head.headers)?;
        let body = read_body(body, LONGEST).await?;
        // An array of the values, without their names, would do as well otherwise.
        if body.trim_ascii_start().first() != Some(&b'{') {
            return Err(invalid("The body must be a JSON object"));
        }
        let mut deserializer = serde_json::Deserializer::from_slice(&body);
        let value =
            serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
                match error.path().to_string().as_str() {
                    "." => invalid(error.inner().to_string()),
                    path => invalid(format!("{path}: {}", error.inner())),
                }
            })?;
        let ended = deserializer.end();
        ended.map_err(|error| invalid(error.to_string()))?;
        Ok(Self(value))
    }
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "invalid_input", message)
}
