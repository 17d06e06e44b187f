//! The wrapping of a good answer: `{"<key>": …, "ok": true}`, with `pagination` beside it in lists.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, de};

use super::error::Fault;

/// A good answer, unwrapped.
pub(super) struct Answer<T> {
    pub(super) value: T,
    pub(super) pagination: Option<Pagination>,
}

/// Where the next page is.
#[derive(Debug, Deserialize)]
pub(super) struct Pagination {
    pub(super) has_next_page: bool,
    pub(super) next_page_cursor: Option<String>,
}

/// Takes the value under `key` out of a body.
pub(super) fn open<T: DeserializeOwned>(
    key: &'static str,
    body: &[u8],
) -> Result<Answer<T>, Fault> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let mut track = serde_path_to_error::Track::new();
    let seed = Seed {
        key,
        value: PhantomData,
    };
    let answer = seed
        .deserialize(serde_path_to_error::Deserializer::new(
            &mut json, &mut track,
        ))
        .and_then(|answer| json.end().map(|()| answer));
    answer.map_err(|error| Fault::Unexpected {
        at: track.path().to_string(),
        problem: explain(&error),
    })
}

/// What is wrong, without the value that is: it may be a PIN.
fn explain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if !error.is_data() {
        return text;
    }
    // The place is told as a path; a column of a body that nobody sees helps nobody.
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

struct Seed<T> {
    key: &'static str,
    value: PhantomData<T>,
}

impl<'de, T: DeserializeOwned> DeserializeSeed<'de> for Seed<T> {
    type Value = Answer<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: DeserializeOwned> Visitor<'de> for Seed<T> {
    type Value = Answer<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with {:?}", self.key)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        let mut value = None;
        let mut pagination = None;
        while let Some(name) = fields.next_key::<String>()? {
            if name == self.key {
                value = Some(fields.next_value()?);
            } else if name == "pagination" {
                pagination = fields.next_value()?;
            } else {
                fields.next_value::<IgnoredAny>()?;
            }
        }
        let value = value.ok_or_else(|| de::Error::missing_field(self.key))?;
        Ok(Answer { value, pagination })
    }
}
