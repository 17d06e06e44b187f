//! What a caller sent, as one object: from the query (GET, DELETE) or from a JSON body (all others).
//!
//! In a query, arrays repeat their key, objects are written `a.b=x`, and `key=` means null and also an empty array.

use serde_json::{Map, Value};
use url::form_urlencoded::{Serializer, parse};

use super::envelope::Refusal;

/// Levels of `a.b.c=x` that a query may have; Seam's own parameters have two.
const MAX_QUERY_DEPTH: usize = 4;

/// The parameters of a call.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) fields: Map<String, Value>,
    /// In a query everything is text; numbers and booleans are then read from text.
    pub(crate) from_query: bool,
}

impl Input {
    /// The parameters of a query string.
    ///
    /// # Errors
    /// `invalid_query_params` where one key is both a value and an object, or is nested too deep.
    pub(crate) fn from_query(query: &str) -> Result<Self, Refusal> {
        let mut fields = Map::new();
        for (key, value) in parse(query.as_bytes()) {
            // The SDKs add it to every query; it is in no specification and changes nothing.
            if key != "_strict" {
                insert(&mut fields, &key, value.into_owned())?;
            }
        }
        Ok(Self {
            fields,
            from_query: true,
        })
    }

    /// The parameters of a JSON body; no body is no parameters.
    pub(crate) fn from_body(value: Value) -> Result<Self, Refusal> {
        match value {
            Value::Object(fields) => Ok(Self {
                fields,
                from_query: false,
            }),
            other => Err(Refusal::invalid(format!(
                "Expected object, received {}",
                kind_of(&other)
            ))),
        }
    }

    /// The address of another page of the list at `path`: the same parameters with another `page_cursor`.
    pub(crate) fn page_url(&self, endpoint: &str, path: &str, page_cursor: &str) -> String {
        let mut query = Serializer::new(String::new());
        for (name, value) in &self.fields {
            match value {
                _ if name == "page_cursor" => {}
                Value::Array(values) => {
                    for value in values {
                        query.append_pair(name, &scalar(value));
                    }
                }
                value => {
                    query.append_pair(name, &scalar(value));
                }
            }
        }
        query.append_pair("page_cursor", page_cursor);
        format!("{endpoint}{path}?{}", query.finish())
    }

    pub(crate) fn empty() -> Self {
        Self {
            fields: Map::new(),
            from_query: false,
        }
    }
}

/// The name that Seam's validation gives to a JSON type.
pub(crate) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn scalar(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn insert(fields: &mut Map<String, Value>, key: &str, value: String) -> Result<(), Refusal> {
    let steps: Vec<&str> = key.split('.').collect();
    let contradiction = || {
        Refusal::new(
            axum::http::StatusCode::BAD_REQUEST,
            "invalid_query_params",
            format!("Cannot read query parameter \"{key}\""),
        )
    };
    let Some((last, parents)) = steps.split_last() else {
        return Err(contradiction());
    };
    if parents.len() >= MAX_QUERY_DEPTH {
        return Err(contradiction());
    }
    let mut level = fields;
    for parent in parents {
        let entry = level
            .entry(*parent)
            .or_insert_with(|| Value::Object(Map::new()));
        level = entry.as_object_mut().ok_or_else(contradiction)?;
    }
    match level.get_mut(*last) {
        None => {
            level.insert((*last).to_owned(), Value::String(value));
        }
        Some(Value::Array(values)) => values.push(Value::String(value)),
        Some(Value::Object(_)) => return Err(contradiction()),
        Some(first) => *first = Value::Array(vec![first.take(), Value::String(value)]),
    }
    Ok(())
}
