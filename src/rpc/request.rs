//! From an HTTP request to the parameters of a call.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use tokio::time::timeout;

use super::envelope::Refusal;
use super::input::Input;

/// The longest body of a call, in bytes. The API publishes no figure.
pub(crate) const BODY_LIMIT: usize = 1 << 20;

/// How long a body may take to come: one that trickles in must not keep its connection for ever.
const PATIENCE: Duration = Duration::from_secs(15);

/// Why there are no parameters.
pub(crate) enum Unreadable {
    /// The body is not JSON.
    NotJson,
    /// The parameters are refused.
    Refused(Refusal),
}

impl From<Refusal> for Unreadable {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Input {
    /// The parameters of a request, which a GET has in its query, a DELETE there or in its body, and any other in its body.
    pub(crate) fn of_request(head: &Parts, body: &[u8]) -> Result<Self, Unreadable> {
        let query = head.uri.query();
        if head.method == Method::GET {
            return Ok(Self::from_query(query.unwrap_or_default())?);
        }
        if body.is_empty() {
            return Ok(match query {
                Some(query) if head.method == Method::DELETE => Self::from_query(query)?,
                _ => Self::empty(),
            });
        }
        if !is_json(&head.headers) {
            let message = format!(
                "{} requests must have Content-Type header with \"application/json\"",
                head.method
            );
            let refusal = Refusal::new(StatusCode::BAD_REQUEST, "invalid_content_type", message);
            return Err(refusal.into());
        }
        expect_utf8(&head.headers)?;
        let value = serde_json::from_slice(body).map_err(|_| Unreadable::NotJson)?;
        Ok(Self::from_body(value)?)
    }
}

/// The whole body.
///
/// # Errors
/// When it is longer than `limit`, was cut off, or takes too long to come.
pub(crate) async fn read_body(body: Body, limit: usize) -> Result<Bytes, Refusal> {
    match timeout(PATIENCE, axum::body::to_bytes(body, limit)).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(_)) => Err(Refusal::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "payload_too_large",
            format!("The body is longer than {limit} bytes or was cut off"),
        )),
        Err(_) => Err(Refusal::new(
            StatusCode::REQUEST_TIMEOUT,
            "request_timeout",
            "The body did not come in time",
        )),
    }
}

/// Refuses a body that the headers say is not in UTF-8, as JSON is (RFC 8259, 8.1).
pub(crate) fn expect_utf8(headers: &HeaderMap) -> Result<(), Refusal> {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let parameters = content_type.unwrap_or_default().split(';').skip(1);
    let other = parameters
        .filter_map(|parameter| parameter.split_once('='))
        .filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
        .map(|(_, charset)| charset.trim().trim_matches('"'))
        .find(|charset| {
            !["utf-8", "utf8"]
                .iter()
                .any(|utf8| charset.eq_ignore_ascii_case(utf8))
        });
    other.map_or(Ok(()), |charset| {
        Err(Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "invalid_content_type",
            format!("The body must be JSON in UTF-8, not in {charset}"),
        ))
    })
}

/// Whether the headers say that the body is JSON. No page of another origin can send that without asking first.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    content_type.is_some_and(|value| {
        value
            .split(';')
            .next()
            .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
    })
}
