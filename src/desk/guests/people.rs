//! Who holds which credential, as far as it is known, in memory.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::name::GuestName;
use crate::queue::Shown;
use crate::seam::AcsUser;

/// More names than this are not kept, beside those that are asked for.
const MOST: usize = 50_000;

/// The users of the access systems, and the credentials that are on the list without waiting.
#[derive(Debug, Default)]
pub(super) struct People {
    /// By the id of the user; none for one that Seam does not have.
    names: HashMap<String, Option<GuestName>>,
    /// By the id of the credential; none for one that Seam does not have.
    credentials: HashMap<String, Option<Arc<Shown>>>,
}

impl People {
    pub(super) fn name_of(&self, acs_user_id: &str) -> Option<GuestName> {
        self.names.get(acs_user_id).cloned().flatten()
    }

    pub(super) fn credential(&self, acs_credential_id: &str) -> Option<Arc<Shown>> {
        self.credentials.get(acs_credential_id).cloned().flatten()
    }

    /// Those of these users whose names were not asked for.
    pub(super) fn unknown<'a>(&self, users: impl Iterator<Item = &'a str>) -> HashSet<String> {
        let unknown = users.filter(|id| !self.names.contains_key(*id));
        unknown.map(str::to_owned).collect()
    }

    /// Those of these credentials that were not asked for.
    pub(super) fn unknown_credentials<'a>(
        &self,
        ids: impl Iterator<Item = &'a str>,
    ) -> Vec<String> {
        let unknown = ids.filter(|id| !self.credentials.contains_key(*id));
        unknown.map(str::to_owned).collect()
    }

    /// Takes in users: all that are wanted, and others while there is room.
    pub(super) fn learn(&mut self, users: Vec<AcsUser>, wanted: &HashSet<String>) {
        for user in users {
            if self.names.len() < MOST || wanted.contains(&user.acs_user_id) {
                let name = name_of(&user);
                self.names.insert(user.acs_user_id, name);
            }
        }
    }

    /// Seam has none of these users.
    pub(super) fn learn_missing(&mut self, users: impl IntoIterator<Item = String>) {
        self.names.extend(users.into_iter().map(|id| (id, None)));
    }

    /// The credentials that are known of users in whose name a text is found.
    pub(super) fn held_by_names(&self, text: &str) -> impl Iterator<Item = &str> {
        let text = text.to_lowercase();
        let is_theirs = move |shown: &Shown| {
            let name = self.name_of(shown.acs_user_id.as_deref()?)?;
            Some(name.show().to_lowercase().contains(&text))
        };
        let known = self.credentials.iter();
        known.filter_map(move |(id, shown)| {
            let is_theirs = is_theirs(shown.as_deref()?)?;
            is_theirs.then_some(id.as_str())
        })
    }

    pub(super) fn learn_credential(&mut self, id: &str, shown: Option<Arc<Shown>>) {
        if self.credentials.len() >= MOST {
            self.credentials.clear();
        }
        self.credentials.insert(id.to_owned(), shown);
    }
}

fn name_of(user: &AcsUser) -> Option<GuestName> {
    let names = [
        user.full_name.as_deref(),
        user.user_identity_full_name.as_deref(),
        Some(user.display_name.as_str()),
    ];
    let mut names = names.into_iter().flatten().map(str::trim);
    names.find(|name| !name.is_empty()).map(GuestName::from)
}
