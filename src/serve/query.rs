//! What a path is asked with: names and values, each name once and known.

use std::collections::BTreeMap;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use url::form_urlencoded;

use crate::rpc::Refusal;

/// The names and values behind the question mark.
#[derive(Debug)]
pub(super) struct Query(BTreeMap<String, String>);

impl Query {
    /// The same, if it has no other names than these.
    pub(super) fn of(self, names: &[&str]) -> Result<Self, Refusal> {
        let unknown = self.0.keys().find(|name| !names.contains(&name.as_str()));
        match unknown {
            Some(name) => Err(invalid(format!("{name}: not known here"))),
            None => Ok(self),
        }
    }

    /// A value without blanks around it; none where it is empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let value = self.0.get(name).map(|value| value.trim());
        value.filter(|value| !value.is_empty())
    }

    /// A value that is to be of another type.
    pub(super) fn parsed<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, Refusal> {
        let value = self.text(name).map(str::parse);
        let value = value.transpose();
        value.map_err(|_| invalid(format!("{name}: not a value that it can have")))
    }
}

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Refusal;

    async fn from_request_parts(head: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let query = head.uri.query().unwrap_or_default();
        let mut values = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if values.insert(name.to_string(), value.to_string()).is_some() {
                return Err(invalid(format!("{name}: given twice")));
            }
        }
        Ok(Self(values))
    }
}

fn invalid(message: String) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "invalid_input", message)
}
