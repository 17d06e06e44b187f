//! Who holds which credential, as far as it is known, in memory.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::name::GuestName;
use crate::queue::Shown;
use crate::seam::AcsUser;

/// More names than this are not kept, beside those that are asked for.
const MOST: usize = 50_000;

/// After so long Seam is asked again, as long as it is shown: a name is corrected at the desk of another, a card changes.
pub(super) const REFRESH: Duration = Duration::from_secs(15 * 60);

/// What Seam has said; none where it has nothing of that id.
#[derive(Debug)]
struct Learnt<T> {
    what: Option<T>,
    at: Instant,
}

impl<T> Learnt<T> {
    fn now(what: Option<T>) -> Self {
        let at = Instant::now();
        Self { what, at }
    }

    fn is_fresh(&self, now: Instant) -> bool {
        now.duration_since(self.at) < REFRESH
    }
}

/// The users of the access systems, and the credentials that are on the list without waiting.
#[derive(Debug, Default)]
pub(super) struct People {
    /// By the id of the user.
    names: HashMap<String, Learnt<GuestName>>,
    /// By the id of the credential.
    credentials: HashMap<String, Learnt<Arc<Shown>>>,
}

impl People {
    pub(super) fn name_of(&self, acs_user_id: &str) -> Option<GuestName> {
        self.names.get(acs_user_id)?.what.clone()
    }

    pub(super) fn credential(&self, acs_credential_id: &str) -> Option<Arc<Shown>> {
        self.credentials.get(acs_credential_id)?.what.clone()
    }

    /// Those of these users whose names were not asked for, or not of late.
    pub(super) fn unknown<'a>(&self, users: impl Iterator<Item = &'a str>) -> HashSet<String> {
        self.unknown_at(Instant::now(), users)
    }

    fn unknown_at<'a>(
        &self,
        now: Instant,
        users: impl Iterator<Item = &'a str>,
    ) -> HashSet<String> {
        let is_known = |id: &&str| self.names.get(*id).is_some_and(|one| one.is_fresh(now));
        let unknown = users.filter(|id| !is_known(id));
        unknown.map(str::to_owned).collect()
    }

    /// Those of these credentials that were not asked for, or not of late.
    pub(super) fn unknown_credentials<'a>(
        &self,
        ids: impl Iterator<Item = &'a str>,
    ) -> Vec<String> {
        let now = Instant::now();
        let is_known = |id: &&str| {
            self.credentials
                .get(*id)
                .is_some_and(|one| one.is_fresh(now))
        };
        let unknown = ids.filter(|id| !is_known(id));
        unknown.map(str::to_owned).collect()
    }

    /// Takes in users: all that are wanted, and others while there is room.
    pub(super) fn learn(&mut self, users: Vec<AcsUser>, wanted: &HashSet<String>) {
        for user in users {
            if self.names.len() < MOST || wanted.contains(&user.acs_user_id) {
                let name = name_of(&user);
                self.names.insert(user.acs_user_id, Learnt::now(name));
            }
        }
    }

    /// Seam has none of these users, or they were not on the pages that were left to be read: a name that is known stays.
    pub(super) fn learn_missing(&mut self, users: impl IntoIterator<Item = String>) {
        for id in users {
            let known = self.names.entry(id);
            known
                .and_modify(|one| one.at = Instant::now())
                .or_insert_with(|| Learnt::now(None));
        }
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
            let is_theirs = is_theirs(shown.what.as_deref()?)?;
            is_theirs.then_some(id.as_str())
        })
    }

    pub(super) fn learn_credential(&mut self, id: &str, shown: Option<Arc<Shown>>) {
        if self.credentials.len() >= MOST {
            self.credentials.clear();
        }
        self.credentials.insert(id.to_owned(), Learnt::now(shown));
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn user(name: &str) -> AcsUser {
        serde_json::from_value(json!({
            "acs_user_id": "ada", "acs_system_id": "s", "workspace_id": "w", "connected_account_id": "c",
            "display_name": name, "created_at": "2026-07-20T09:00:00Z", "is_managed": true,
            "errors": [], "warnings": [],
        }))
        .unwrap()
    }

    #[test]
    fn a_name_is_asked_for_again_after_a_while_and_shown_until_then() {
        let mut people = People::default();
        let wanted = HashSet::from(["ada".to_owned()]);
        people.learn(vec![user("Ada Lindqist")], &wanted);
        assert!(people.unknown(["ada"].into_iter()).is_empty());
        let later = Instant::now() + REFRESH;
        assert_eq!(people.unknown_at(later, ["ada"].into_iter()), wanted);
        assert_eq!(people.name_of("ada").unwrap().show(), "Ada Lindqist");
        people.learn(vec![user("Ada Lindqvist")], &wanted);
        assert_eq!(people.name_of("ada").unwrap().show(), "Ada Lindqvist");
        assert!(people.unknown(["ada"].into_iter()).is_empty());
        people.learn_missing(["ada".to_owned()]);
        assert_eq!(people.name_of("ada").unwrap().show(), "Ada Lindqvist");
    }
}
