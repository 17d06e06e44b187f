//! Typed reading of parameters: every problem is found, not only the first, and none is read past.
//!
//! [`Input::read`] runs a closure that builds a handler's parameters from a [`Reader`]. A field that cannot be read leaves
//! a placeholder and a problem; with any problem noted, `read` refuses, so that no placeholder ever reaches a handler.

use std::cell::RefCell;

use serde_json::{Map, Value};
use uuid::Uuid;

use super::envelope::{Problem, Refusal};
use super::input::{Input, kind_of};

impl Input {
    /// The parameters that `build` reads.
    ///
    /// # Errors
    /// `invalid_input` with every problem that was met.
    pub(crate) fn read<T>(&self, build: impl FnOnce(&Reader<'_>) -> T) -> Result<T, Refusal> {
        let problems = RefCell::new(Vec::new());
        let top = Reader {
            fields: &self.fields,
            from_query: self.from_query,
            path: Vec::new(),
            problems: &problems,
        };
        let value = build(&top);
        let problems = problems.into_inner();
        if problems.is_empty() {
            Ok(value)
        } else {
            Err(Refusal::invalid_input(problems))
        }
    }
}

/// Reads one object of parameters.
pub(crate) struct Reader<'a> {
    fields: &'a Map<String, Value>,
    from_query: bool,
    path: Vec<String>,
    problems: &'a RefCell<Vec<Problem>>,
}

impl Reader<'_> {
    pub(crate) fn uuid(&self, name: &str) -> Uuid {
        self.required(name, self.optional_uuid(name))
    }

    pub(crate) fn optional_uuid(&self, name: &str) -> Option<Uuid> {
        let text = self.optional_text(name)?;
        self.parsed(name, parse_uuid(&text), "Invalid uuid")
    }

    /// Absent is `None`, which is not the same as an empty array.
    pub(crate) fn uuids(&self, name: &str) -> Option<Vec<Uuid>> {
        let texts = self.texts(name)?;
        texts
            .iter()
            .map(|text| self.parsed(name, parse_uuid(text), "Invalid uuid"))
            .collect()
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.required(name, self.optional_text(name))
    }

    pub(crate) fn optional_text(&self, name: &str) -> Option<String> {
        match self.fields.get(name)? {
            Value::String(text) if text.is_empty() && self.from_query => {
                self.mismatch(name, "string", "null")
            }
            Value::String(text) => Some(text.clone()),
            other => self.mismatch(name, "string", kind_of(other)),
        }
    }

    pub(crate) fn filled_text(&self, name: &str) -> String {
        self.required(name, self.optional_filled_text(name))
    }

    /// A text that has at least one character.
    pub(crate) fn optional_filled_text(&self, name: &str) -> Option<String> {
        let text = self.optional_text(name)?;
        self.parsed(
            name,
            (!text.is_empty()).then_some(text),
            "String must contain at least 1 character(s)",
        )
    }

    /// A text that may be null; null and absent are both `None`.
    pub(crate) fn nullable_text(&self, name: &str) -> Option<String> {
        if self.is_null(name) {
            None
        } else {
            self.optional_filled_text(name)
        }
    }

    pub(crate) fn texts(&self, name: &str) -> Option<Vec<String>> {
        match self.fields.get(name)? {
            Value::Array(values) => values
                .iter()
                .map(|value| match value {
                    Value::String(text) => Some(text.clone()),
                    other => self.mismatch(name, "string", kind_of(other)),
                })
                .collect(),
            Value::String(text) if self.from_query && text.is_empty() => Some(Vec::new()),
            Value::String(text) if self.from_query => Some(vec![text.clone()]),
            other => self.mismatch(name, "array", kind_of(other)),
        }
    }

    pub(crate) fn optional_bool(&self, name: &str) -> Option<bool> {
        match self.fields.get(name)? {
            Value::Bool(value) => Some(*value),
            Value::String(text) if self.from_query && text == "true" => Some(true),
            Value::String(text) if self.from_query && text == "false" => Some(false),
            other => self.mismatch(name, "boolean", kind_of(other)),
        }
    }

    /// A text of a form that `read` knows; `complaint` is what is wrong with any other.
    pub(crate) fn optional_parsed<T>(
        &self,
        name: &str,
        read: impl FnOnce(&str) -> Option<T>,
        complaint: &str,
    ) -> Option<T> {
        let text = self.optional_text(name)?;
        self.parsed(name, read(&text), complaint)
    }

    /// One of a closed set of values.
    pub(crate) fn optional_choice<T: Copy>(&self, name: &str, choices: &[(&str, T)]) -> Option<T> {
        let text = self.optional_text(name)?;
        let choice = choices
            .iter()
            .find(|(choice, _)| *choice == text)
            .map(|(_, value)| *value);
        if choice.is_none() {
            let expected: Vec<String> = choices
                .iter()
                .map(|(choice, _)| format!("'{choice}'"))
                .collect();
            self.refuse(
                name,
                format!(
                    "Invalid enum value. Expected {}, received '{text}'",
                    expected.join(" | ")
                ),
            );
        }
        choice
    }

    /// A whole number of at least `least`.
    pub(crate) fn number(&self, name: &str, default: usize, least: usize) -> usize {
        let number = match self.fields.get(name) {
            None => return default,
            Some(Value::Number(number)) => number.as_u64(),
            Some(Value::String(text)) if self.from_query => text.parse().ok(),
            Some(other) => {
                return self
                    .mismatch(name, "number", kind_of(other))
                    .unwrap_or(default);
            }
        };
        let number = number
            .and_then(|number| usize::try_from(number).ok())
            .filter(|number| *number >= least);
        self.parsed(
            name,
            number,
            &format!("Expected a whole number of at least {least}"),
        )
        .unwrap_or(default)
    }

    /// A nested object, read by `build`.
    pub(crate) fn object<T>(&self, name: &str, build: impl FnOnce(&Reader<'_>) -> T) -> Option<T> {
        match self.fields.get(name)? {
            Value::Object(fields) => {
                let mut path = self.path.clone();
                path.push(name.to_owned());
                Some(build(&Reader {
                    fields,
                    path,
                    ..*self
                }))
            }
            other => self.mismatch(name, "object", kind_of(other)),
        }
    }

    /// Refuses all but exactly one of these fields.
    pub(crate) fn exactly_one(&self, names: &[&str]) {
        if names.iter().filter(|name| self.has(name)).count() == 1 {
            return;
        }
        let names = match names {
            [names @ .., last] => format!("{} and {last}", names.join(", ")),
            [] => String::new(),
        };
        self.refuse_all(format!("Provide exactly one of {names}"));
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.fields.contains_key(name)
    }

    pub(crate) fn is_null(&self, name: &str) -> bool {
        match self.fields.get(name) {
            Some(Value::Null) => true,
            Some(Value::String(text)) => self.from_query && text.is_empty(),
            _ => false,
        }
    }

    /// Notes that a field is wrong.
    pub(crate) fn refuse(&self, name: &str, message: impl Into<String>) {
        let mut path = self.path.clone();
        path.push(name.to_owned());
        self.problems.borrow_mut().push(Problem {
            path,
            message: message.into(),
        });
    }

    /// Notes that the fields do not go together.
    pub(crate) fn refuse_all(&self, message: impl Into<String>) {
        self.problems.borrow_mut().push(Problem {
            path: self.path.clone(),
            message: message.into(),
        });
    }

    fn required<T: Default>(&self, name: &str, value: Option<T>) -> T {
        if !self.fields.contains_key(name) {
            self.refuse(name, "Required");
        }
        value.unwrap_or_default()
    }

    fn parsed<T>(&self, name: &str, value: Option<T>, message: &str) -> Option<T> {
        if value.is_none() {
            self.refuse(name, message);
        }
        value
    }

    fn mismatch<T>(&self, name: &str, expected: &str, received: &str) -> Option<T> {
        self.refuse(name, format!("Expected {expected}, received {received}"));
        None
    }
}

/// The hyphenated form only: the other spellings that `Uuid` reads are not UUIDs to the API.
fn parse_uuid(text: &str) -> Option<Uuid> {
    if text.len() == uuid::fmt::Hyphenated::LENGTH {
        Uuid::try_parse(text).ok()
    } else {
        None
    }
}
