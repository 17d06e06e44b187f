//! The API's own error answers.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::request_id::RequestId;
use crate::seam::call::Call;
use crate::seam::secret::Secret;

/// The most of a message that is kept.
const LONGEST_MESSAGE: usize = 2000;

/// An error that the API answered with.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiError {
    /// What was called.
    pub call: Call,
    /// The HTTP status.
    pub status: u16,
    /// Seam's name for the error, such as `acs_credential_not_found`; absent when the answer was not in Seam's form.
    pub error_type: Option<String>,
    /// What the API says about it.
    pub message: String,
    /// What is wrong with which field of the request.
    pub validation_errors: Vec<ValidationError>,
    /// What else the API says.
    pub data: Option<Value>,
    /// Seam's name for the request.
    pub request_id: Option<String>,
    /// When the API is ready to be asked again.
    pub retry_after: Option<Duration>,
}

/// What is wrong with one field of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidationError {
    /// The field, nested ones separated by dots; empty for the request as a whole.
    pub field: String,
    /// What is wrong with it.
    pub messages: Vec<String>,
}

#[derive(Deserialize)]
struct Envelope {
    error: Inner,
}

#[derive(Deserialize)]
struct Inner {
    #[serde(rename = "type")]
    error_type: String,
    message: String,
    #[serde(default)]
    data: Option<Value>,
    #[serde(default)]
    validation_errors: Option<Value>,
}

impl ApiError {
    /// Reads the body of an error answer. Whatever is there, the result says something.
    pub(in crate::seam) fn read(call: Call, status: u16, body: &[u8], secret: &Secret) -> Self {
        let mut answered = Self {
            call,
            status,
            error_type: None,
            message: String::new(),
            validation_errors: Vec::new(),
            data: None,
            request_id: None,
            retry_after: None,
        };
        match serde_json::from_slice::<Envelope>(body) {
            Ok(Envelope { error }) => {
                answered.error_type = Some(clean(&error.error_type, secret));
                answered.message = clean(&error.message, secret);
                answered.data = error.data.map(|data| scrub(data, secret));
                if let Some(errors) = error.validation_errors {
                    collect("", &scrub(errors, secret), &mut answered.validation_errors);
                }
            }
            Err(_) => answered.message = excerpt(body, secret),
        }
        answered
    }

    /// The word by which scripts know it. It never changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self.status {
            401 | 403 => "api_unauthorized",
            404 => "api_not_found",
            429 => "api_rate_limited",
            500.. => "api_failed",
            _ => "api_refused",
        }
    }

    /// Whether there is no such thing.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.status == 404
    }

    /// Whether Seam itself says that there is no such thing. What is at a wrong address, or a proxy, answers 404 as well, but
    /// not in Seam's form.
    #[must_use]
    pub fn says_not_found(&self) -> bool {
        self.is_not_found()
            && self
                .error_type
                .as_deref()
                .is_some_and(|kind| kind.ends_with("_not_found"))
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.call)?;
        if let Some(kind) = &self.error_type {
            write!(f, "{kind}: ")?;
        }
        f.write_str(&self.message)?;
        for error in &self.validation_errors {
            let field = if error.field.is_empty() {
                "request"
            } else {
                &error.field
            };
            write!(f, "; {field}: {}", error.messages.join(", "))?;
        }
        write!(
            f,
            " (status {}{})",
            self.status,
            RequestId(self.request_id.as_deref())
        )
    }
}

impl std::error::Error for ApiError {}

/// `{"field": {"_errors": […], "inner": {…}}, "_errors": […]}` made flat.
fn collect(field: &str, errors: &Value, into: &mut Vec<ValidationError>) {
    let Some(object) = errors.as_object() else {
        return;
    };
    for (name, inner) in object {
        match inner {
            Value::Array(messages) if name == "_errors" && !messages.is_empty() => {
                into.push(ValidationError {
                    field: field.to_owned(),
                    messages: messages
                        .iter()
                        .map(|message| {
                            message
                                .as_str()
                                .map_or_else(|| message.to_string(), str::to_owned)
                        })
                        .collect(),
                });
            }
            inner if field.is_empty() => collect(name, inner, into),
            inner => collect(&format!("{field}.{name}"), inner, into),
        }
    }
}

/// The text that others wrote, on one line, without the key, and not for ever.
fn clean(text: &str, secret: &Secret) -> String {
    let text = secret.scrub(text.to_owned());
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    one_line
        .chars()
        .filter(|c| !c.is_control())
        .take(LONGEST_MESSAGE)
        .collect()
}

fn scrub(value: Value, secret: &Secret) -> Value {
    match value {
        Value::String(text) => Value::String(secret.scrub(text)),
        Value::Array(items) => items.into_iter().map(|item| scrub(item, secret)).collect(),
        Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .map(|(name, field)| (secret.scrub(name), scrub(field, secret)))
                .collect(),
        ),
        other => other,
    }
}

/// What to say of a body that is not in Seam's form.
fn excerpt(body: &[u8], secret: &Secret) -> String {
    let text = clean(&String::from_utf8_lossy(body), secret);
    if text.is_empty() {
        "no reason given".to_owned()
    } else if text.starts_with('<') {
        "an html page instead of json".to_owned()
    } else if text.chars().count() > 200 {
        format!("{}…", text.chars().take(200).collect::<String>())
    } else {
        text
    }
}
