//! The wrapping of a good answer: `{"<key>": …, "ok": true}`, with `pagination` beside it in lists.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::error::{InvalidResponse, Odd, OfAnother};

/// The longest id that is repeated from an object that is not as it should be.
const LONGEST_ID: usize = 64;

/// The ids by which requests name things, and by which answers say what they are about.
const NAMES: &[&str] = &[
    "acs_credential_id",
    "acs_encoder_id",
    "acs_entrance_id",
    "acs_system_id",
    "acs_user_id",
    "access_method_id",
    "action_attempt_id",
    "event_id",
    "user_identity_id",
];

/// A good answer, unwrapped. What it holds is not looked at yet.
pub(super) struct Answer {
    pub(super) value: Value,
    pub(super) pagination: Option<Pagination>,
}

/// Where the next page is.
#[derive(Debug, Deserialize)]
pub(super) struct Pagination {
    pub(super) has_next_page: bool,
    pub(super) next_page_cursor: Option<String>,
}

/// Takes the value under `key` out of the body of an answer that says that all is well.
pub(super) fn open(key: &'static str, body: &[u8]) -> Result<Answer, InvalidResponse> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let mut track = serde_path_to_error::Track::new();
    let fields = serde_path_to_error::Deserializer::new(&mut json, &mut track)
        .deserialize_map(Fields { key })
        .and_then(|found| json.end().map(|()| found));
    let found = fields.map_err(|error| InvalidResponse::Unexpected {
        at: track.path().to_string(),
        problem: explain(&error),
    })?;
    let missing = || InvalidResponse::Unexpected {
        at: ".".to_owned(),
        problem: format!("missing field `{key}`"),
    };
    match found.value {
        None if key != "ok" => Err(missing()),
        _ if !found.ok => Err(InvalidResponse::NotOk),
        value => Ok(Answer {
            value: value.unwrap_or_default(),
            pagination: found.pagination,
        }),
    }
}

/// Checks an answer that has to say no more than that what was asked for is done. Where it says of what, that is read too.
pub(super) fn done(request: &Value, body: &[u8]) -> Result<(), InvalidResponse> {
    open("ok", body)?;
    let fields: Map<String, Value> =
        serde_json::from_slice(body).map_err(|error| InvalidResponse::Unexpected {
            at: ".".to_owned(),
            problem: explain(&error),
        })?;
    fields
        .values()
        .try_for_each(|object| check_named(request, object))
}

/// Makes one object out of its JSON. `place` is where in the answer it is.
pub(super) fn object<T: DeserializeOwned>(
    key: &'static str,
    place: &str,
    value: Value,
) -> Result<T, Odd> {
    let id = id_of(key, &value);
    serde_path_to_error::deserialize(value).map_err(|error| Odd {
        id,
        at: match error.path().to_string() {
            path if path == "." => place.to_owned(),
            path if path.starts_with('[') => format!("{place}{path}"),
            path => format!("{place}.{path}"),
        },
        problem: explain(error.inner()),
    })
}

/// The list that an answer holds.
pub(super) fn elements(key: &'static str, value: Value) -> Result<Vec<Value>, InvalidResponse> {
    serde_json::from_value(value).map_err(|error| InvalidResponse::Unexpected {
        at: key.to_owned(),
        problem: explain(&error),
    })
}

/// Says so when an answer, or an item of a list, names something else than the request did.
pub(super) fn check_named(request: &Value, answer: &Value) -> Result<(), InvalidResponse> {
    for name in NAMES {
        let Some(answered) = answer.get(name).and_then(Value::as_str) else {
            continue;
        };
        let is_it = |asked: &Value| {
            let asked = asked.as_str();
            asked.is_none_or(|asked| asked.eq_ignore_ascii_case(answered))
        };
        let one = request.get(name);
        let several = request
            .get(format!("{name}s"))
            .and_then(Value::as_array)
            .filter(|several| !several.is_empty());
        if !one.is_none_or(is_it) || !several.is_none_or(|several| several.iter().any(is_it)) {
            return Err(InvalidResponse::OfAnother(Box::new(OfAnother {
                name,
                asked: one.and_then(Value::as_str).map(shortened),
                answered: shortened(answered),
            })));
        }
    }
    Ok(())
}

/// The id of an object, whatever else is wrong with it: `acs_credential_id` under `acs_credential` or `acs_credentials`.
fn id_of(key: &str, value: &Value) -> Option<String> {
    let id = value.get(format!("{}_id", key.trim_end_matches('s')))?;
    id.as_str().map(shortened)
}

fn shortened(id: &str) -> String {
    id.chars().take(LONGEST_ID).collect()
}

/// What is wrong, without the value that is: it may be a PIN.
fn explain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if !error.is_data() {
        return text;
    }
    // The place is a path; the column of a body that is not shown would not help.
    let text = text
        .rsplit_once(" at line ")
        .map_or(text.as_str(), |(text, _)| text);
    let quoting = ["invalid type: ", "invalid value: ", "invalid length "]
        .iter()
        .find_map(|kind| text.find(kind).map(|at| text.split_at(at + kind.len())));
    match (quoting, text.rsplit_once(", expected ")) {
        (Some((before, found)), Some((_, expected))) => {
            let found = found.split(['`', '"', ',']).next().unwrap_or_default();
            format!("{before}{}, expected {expected}", found.trim_end())
        }
        _ => text.to_owned(),
    }
}

/// The fields of an answer.
struct Fields {
    key: &'static str,
}

struct Found {
    ok: bool,
    value: Option<Value>,
    pagination: Option<Pagination>,
}

impl<'de> Visitor<'de> for Fields {
    type Value = Found;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with {:?}", self.key)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        let mut found = Found {
            ok: false,
            value: None,
            pagination: None,
        };
        while let Some(name) = fields.next_key::<String>()? {
            if name == "ok" {
                found.ok = fields.next_value::<Value>()? == Value::Bool(true);
            } else if name == self.key {
                found.value = Some(fields.next_value()?);
            } else if name == "pagination" {
                found.pagination = fields.next_value()?;
            } else {
                fields.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}
