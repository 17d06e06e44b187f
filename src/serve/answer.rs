//! What every answer is wrapped in, Seam's own shape for all of them: `{…, "ok": true}`, or
//! `{"error": {"type", "message", …}, "ok": false}` with a `hint` where a person can do something about it.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// What a handler answers.
pub(super) type Answer = Result<Success, Refusal>;

const REQUEST_ID: HeaderName = HeaderName::from_static("seam-request-id");

/// The fields of a good answer, `ok` aside.
#[derive(Debug, Default)]
pub(super) struct Success(Map<String, Value>);

impl Success {
    /// `ok` and nothing else.
    pub(super) fn ok() -> Self {
        Self::default()
    }

    /// One more field. What cannot be JSON is null.
    pub(super) fn with(mut self, name: &str, value: impl Serialize) -> Self {
        let value = serde_json::to_value(value).unwrap_or(Value::Null);
        self.0.insert(name.to_owned(), value);
        self
    }
}

impl IntoResponse for Success {
    fn into_response(self) -> Response {
        let mut body = self.0;
        body.insert("ok".to_owned(), Value::Bool(true));
        json_response(StatusCode::OK, &Value::Object(body))
    }
}

/// Why a request got nothing.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    error: Map<String, Value>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Refusal {
    /// `kind` is the word that never changes.
    pub(super) fn new(status: StatusCode, kind: &str, message: impl Into<String>) -> Self {
        let error = Map::from_iter([
            ("type".to_owned(), json!(kind)),
            ("message".to_owned(), json!(message.into())),
        ]);
        Self {
            status,
            error,
            headers: Vec::new(),
        }
    }

    /// There is no such path.
    pub(super) fn no_such_path(path: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            format!("There is no {path}"),
        )
    }

    /// One more field of the error, such as `hint`.
    pub(super) fn with(mut self, name: &str, value: impl Serialize) -> Self {
        let value = serde_json::to_value(value).unwrap_or(Value::Null);
        self.error.insert(name.to_owned(), value);
        self
    }

    /// One more header.
    pub(super) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({"error": self.error, "ok": false});
        let mut response = json_response(self.status, &body);
        response.headers_mut().extend(self.headers);
        response
    }
}

fn json_response(status: StatusCode, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Names the answer, so that a caller and a log can speak of the same one.
pub(super) fn name_it(response: &mut Response) {
    let id = Uuid::new_v4().to_string();
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().entry(REQUEST_ID).or_insert(id);
    }
}
