//! What every answer is wrapped in: `{"<response_key>": …, "ok": true}` or `{"error": …, "ok": false}`.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

const REQUEST_ID: HeaderName = HeaderName::from_static("seam-request-id");

/// What a handler answers.
pub(crate) type Answer = Result<Success, Refusal>;

/// The keys of a good answer, `ok` aside.
#[derive(Debug, Default)]
pub(crate) struct Success(Map<String, Value>);

impl Success {
    /// `ok` and nothing else.
    pub(crate) fn ok() -> Self {
        Self::default()
    }

    /// One more field. What cannot be JSON is null.
    pub(crate) fn with(mut self, key: &str, value: impl Serialize) -> Self {
        let value = serde_json::to_value(value).unwrap_or(Value::Null);
        self.0.insert(key.to_owned(), value);
        self
    }

    pub(crate) fn one(key: &str, value: impl Serialize) -> Self {
        Self::ok().with(key, value)
    }

    pub(crate) fn many(key: &str, values: impl IntoIterator<Item = Value>) -> Self {
        Self::one(key, Value::Array(values.into_iter().collect()))
    }
}

impl IntoResponse for Success {
    fn into_response(self) -> Response {
        let mut body = self.0;
        body.insert("ok".to_owned(), Value::Bool(true));
        json_response(StatusCode::OK, &Value::Object(body))
    }
}

/// Why a request got nothing, in Seam's shape.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    error: Map<String, Value>,
    problems: Vec<Problem>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// One thing that is wrong with the input: where, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) path: Vec<String>,
    pub(crate) message: String,
}

impl Problem {
    fn sentence(&self) -> String {
        let path = self.path.join(".");
        match self.message.as_str() {
            message if path.is_empty() => message.to_owned(),
            "Required" => format!("parameter \"{path}\" is required"),
            message => format!("{message} for \"{path}\""),
        }
    }
}

impl Refusal {
    /// `kind` is the word that never changes.
    pub(crate) fn new(status: StatusCode, kind: &str, message: impl Into<String>) -> Self {
        let error = Map::from_iter([
            ("type".to_owned(), json!(kind)),
            ("message".to_owned(), json!(message.into())),
        ]);
        Self {
            status,
            error,
            problems: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// There is no such path.
    pub(crate) fn no_such_path(path: &str) -> Self {
        Self::not_found("not_found", format!("There is no {path}"))
    }

    pub(crate) fn not_found(kind: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, kind, message)
    }

    pub(crate) fn unauthorized(kind: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, kind, message)
    }

    pub(crate) fn conflict(kind: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, kind, message)
    }

    pub(crate) fn method_not_allowed(method: &Method) -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            format!("Method {method} is not allowed"),
        )
    }

    /// `invalid_input`, with `validation_errors` for each problem.
    pub(crate) fn invalid_input(problems: Vec<Problem>) -> Self {
        let message = problems
            .first()
            .map_or_else(|| "Invalid input".to_owned(), Problem::sentence);
        Self {
            problems,
            ..Self::new(StatusCode::BAD_REQUEST, "invalid_input", message)
        }
    }

    /// `invalid_input` for one field.
    pub(crate) fn invalid_field(field: &str, message: impl Into<String>) -> Self {
        Self::invalid_input(vec![Problem {
            path: vec![field.to_owned()],
            message: message.into(),
        }])
    }

    /// `invalid_input` for the input as a whole.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::invalid_input(vec![Problem {
            path: Vec::new(),
            message: message.into(),
        }])
    }

    pub(crate) fn with_problems(mut self, problems: Vec<Problem>) -> Self {
        self.problems = problems;
        self
    }

    /// One more field of the error, such as `hint`.
    pub(crate) fn with(mut self, name: &str, value: impl Serialize) -> Self {
        let value = serde_json::to_value(value).unwrap_or(Value::Null);
        self.error.insert(name.to_owned(), value);
        self
    }

    /// One more header.
    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut error = self.error;
        if !self.problems.is_empty() {
            let problems = validation_errors(&self.problems);
            error.insert("validation_errors".to_owned(), problems);
        }
        let mut response = json_response(self.status, &json!({"error": error, "ok": false}));
        response.headers_mut().extend(self.headers);
        response
    }
}

/// The problems as a tree that follows the input, each level with its `_errors`.
fn validation_errors(problems: &[Problem]) -> Value {
    let mut root = json!({"_errors": []});
    for problem in problems {
        let mut level = &mut root;
        for step in &problem.path {
            level = &mut level[step.as_str()];
            if level.is_null() {
                *level = json!({"_errors": []});
            }
        }
        if let Some(messages) = level["_errors"].as_array_mut() {
            messages.push(Value::String(problem.message.clone()));
        }
    }
    root
}

fn json_response(status: StatusCode, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, json);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    name(&mut response);
    response
}

/// Names an answer, so that a caller and a log can speak of the same one.
pub(crate) fn name(response: &mut Response) {
    if let Ok(id) = HeaderValue::from_str(&Uuid::new_v4().to_string()) {
        response.headers_mut().entry(REQUEST_ID).or_insert(id);
    }
}

/// An answer outside the envelope, without a request id, as the published fake gives it (measured).
pub(crate) fn plain(status: StatusCode, text: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    response
}
