//! What every answer is wrapped in: `{"<response_key>": …, "ok": true}` or `{"error": …, "ok": false}`.

use std::borrow::Cow;

use axum::body::Body;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// What a handler answers.
pub(crate) type Answer = Result<Success, ApiError>;

/// The keys of a good answer, `ok` aside.
#[derive(Debug, Default)]
pub(crate) struct Success(Map<String, Value>);

impl Success {
    /// `ok` and nothing else.
    pub(crate) fn ok() -> Self {
        Self::default()
    }

    pub(crate) fn with(mut self, key: &str, value: Value) -> Self {
        self.0.insert(key.to_owned(), value);
        self
    }

    pub(crate) fn one(key: &str, value: Value) -> Self {
        Self::ok().with(key, value)
    }

    pub(crate) fn many(key: &str, values: impl IntoIterator<Item = Value>) -> Self {
        Self::one(key, Value::Array(values.into_iter().collect()))
    }

    pub(crate) fn into_response(self) -> Response {
        let mut body = self.0;
        body.insert("ok".to_owned(), Value::Bool(true));
        json_response(StatusCode::OK, &Value::Object(body))
    }
}

/// A refusal, in Seam's shape.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    kind: Cow<'static, str>,
    message: String,
    data: Option<Value>,
    problems: Vec<Problem>,
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

impl ApiError {
    pub(crate) fn new(
        status: StatusCode,
        kind: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            status,
            kind: kind.into(),
            message: message.into(),
            data: None,
            problems: Vec::new(),
        }
    }

    pub(crate) fn not_found(kind: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, kind, message)
    }

    pub(crate) fn unauthorized(kind: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, kind, message)
    }

    pub(crate) fn conflict(kind: &'static str, message: impl Into<String>) -> Self {
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

    pub(crate) fn with_data(mut self, data: Value) -> Self {
        self.data = Some(data);
        self
    }

    pub(crate) fn into_response(self) -> Response {
        let mut error = json!({"type": self.kind, "message": self.message});
        if let Some(data) = self.data {
            error["data"] = data;
        }
        if !self.problems.is_empty() {
            error["validation_errors"] = validation_errors(&self.problems);
        }
        json_response(self.status, &json!({"error": error, "ok": false}))
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
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json; charset=utf-8"),
    );
    if let Ok(id) = HeaderValue::from_str(&Uuid::new_v4().to_string()) {
        response.headers_mut().insert("seam-request-id", id);
    }
    response
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
