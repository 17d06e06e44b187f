//! User identities: one person, however many access systems know them.

use axum::http::StatusCode;
use serde::Deserialize;
use uuid::Uuid;

use super::new_id;
use crate::sim::table::Row;
use crate::sim::time::Time;

/// A person.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim) struct UserIdentity {
    #[serde(default = "new_id")]
    pub(in crate::sim) user_identity_id: Uuid,
    #[serde(default)]
    pub(in crate::sim) user_identity_key: Option<String>,
    #[serde(default)]
    pub(in crate::sim) full_name: Option<String>,
    #[serde(default)]
    pub(in crate::sim) email_address: Option<String>,
    #[serde(default)]
    pub(in crate::sim) phone_number: Option<String>,
    #[serde(default = "Time::now")]
    pub(in crate::sim) created_at: Time,
}

impl Row for UserIdentity {
    const NOT_FOUND: &'static str = "user_identity_not_found";
    // The published fake answers 400 where all others are 404.
    const NOT_FOUND_STATUS: StatusCode = StatusCode::BAD_REQUEST;
    fn id(&self) -> Uuid {
        self.user_identity_id
    }
}

impl UserIdentity {
    /// A person of whom nothing is known.
    pub(in crate::sim) fn new(created_at: Time) -> Self {
        Self {
            user_identity_id: new_id(),
            user_identity_key: None,
            full_name: None,
            email_address: None,
            phone_number: None,
            created_at,
        }
    }

    /// What `search` looks through.
    pub(in crate::sim) fn matches(&self, search: &str) -> bool {
        let search = search.to_lowercase();
        [
            &self.full_name,
            &self.email_address,
            &self.phone_number,
            &self.user_identity_key,
        ]
        .into_iter()
        .flatten()
        .any(|text| text.to_lowercase().contains(&search))
    }

    pub(in crate::sim) fn display_name(&self) -> &str {
        let known = [
            &self.full_name,
            &self.email_address,
            &self.phone_number,
            &self.user_identity_key,
        ];
        known
            .into_iter()
            .flatten()
            .next()
            .map_or("Unnamed", String::as_str)
    }
}
