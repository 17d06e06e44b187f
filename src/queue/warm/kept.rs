//! The credentials that wait, in the order in which they wait: what a tap needs of each and no more, so that a hundred thousand
//! of them stay small.

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Bound;

use jiff::Timestamp;

use crate::seam::{AcsCredential, Time};

/// A place in the queue: the one that has waited longest comes first. One whose time of creation cannot be read comes last.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::queue) struct Place {
    created_at: Timestamp,
    id: Box<str>,
}

impl Place {
    pub(in crate::queue) fn of(credential: &AcsCredential) -> Self {
        Self {
            created_at: created_at(credential).unwrap_or(Timestamp::MAX),
            id: credential.acs_credential_id.as_str().into(),
        }
    }

    pub(in crate::queue) fn acs_credential_id(&self) -> &str {
        &self.id
    }
}

/// When the API says that a credential was created, if that can be read.
pub(in crate::queue) fn created_at(credential: &AcsCredential) -> Option<Timestamp> {
    credential.created_at.parse().ok()
}

/// What is kept of a credential beside its place.
#[derive(Debug)]
struct Entry {
    /// In seconds since 1970; `i64::MAX` for one without an end.
    ends_at: i64,
    version: u64,
    /// Which access system it is of.
    system: SystemMark,
    /// The full list that it was last seen in, or in the time of which it came.
    list: u32,
    /// Whether our journal has it on a card, as far as was looked.
    on_card: bool,
}

/// An access system, in little room: equal ids give equal marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::queue) struct SystemMark(u64);

impl SystemMark {
    pub(in crate::queue) fn of(acs_system_id: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        acs_system_id.to_ascii_lowercase().hash(&mut hasher);
        Self(hasher.finish())
    }
}

/// One that may be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::queue) struct Candidate {
    pub(in crate::queue) place: Place,
    /// Differs when the API has changed the credential.
    pub(in crate::queue) version: u64,
    /// Which access system it is of.
    pub(in crate::queue) system: SystemMark,
}

/// The queue.
#[derive(Debug, Default)]
pub(in crate::queue) struct Kept {
    entries: BTreeMap<Place, Entry>,
    list: u32,
    /// How often what the journal said was forgotten.
    forgotten: u64,
}

/// When the journal is asked. What it says counts only while this is still the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::queue) struct AskedAt(u64);

impl Kept {
    /// A full list begins.
    pub(in crate::queue) fn begin_list(&mut self) {
        self.list = self.list.wrapping_add(1);
    }

    /// A full list has come to its end: what was not on it waits no more.
    pub(in crate::queue) fn end_list(&mut self) {
        let list = self.list;
        self.entries.retain(|_, entry| entry.list == list);
    }

    /// Takes in what the API says of a credential, which `waits` for a card or does not; says whether there is one to be taken that was not there before.
    pub(in crate::queue) fn offer(
        &mut self,
        credential: &AcsCredential,
        waits: bool,
        on_card: bool,
    ) -> bool {
        let place = Place::of(credential);
        if !waits {
            self.entries.remove(&place);
            return false;
        }
        let ends_at = credential.ends_at_time().ok().flatten();
        let entry = Entry {
            ends_at: ends_at.map_or(i64::MAX, Time::as_second),
            version: version(credential),
            system: SystemMark::of(&credential.acs_system_id),
            list: self.list,
            on_card,
        };
        let (version, news) = (entry.version, !on_card);
        match self.entries.insert(place, entry) {
            Some(before) => news && (before.on_card || before.version != version),
            None => news,
        }
    }

    /// How many wait, those on cards of ours included.
    pub(in crate::queue) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Takes one out.
    pub(in crate::queue) fn remove(&mut self, place: &Place) {
        self.entries.remove(place);
    }

    /// Takes some out by their ids, which is slow: the queue goes by time.
    pub(in crate::queue) fn remove_all(&mut self, acs_credential_ids: &HashSet<String>) {
        if !acs_credential_ids.is_empty() {
            self.entries
                .retain(|place, _| !acs_credential_ids.contains(place.acs_credential_id()));
        }
    }

    /// The first few that may be taken, behind a place. Those that have ended meanwhile are taken out.
    pub(in crate::queue) fn some_behind(
        &mut self,
        place: Option<&Place>,
        few: usize,
        now: Timestamp,
    ) -> Vec<Candidate> {
        let from = place.map_or(Bound::Unbounded, Bound::Excluded);
        let now = now.as_second();
        let mut ended = Vec::new();
        let mut found = Vec::with_capacity(few);
        for (place, entry) in self.entries.range::<Place, _>((from, Bound::Unbounded)) {
            if entry.ends_at <= now {
                ended.push(place.clone());
            } else if !entry.on_card {
                found.push(Candidate {
                    place: place.clone(),
                    version: entry.version,
                    system: entry.system,
                });
                if found.len() == few {
                    break;
                }
            }
        }
        for place in ended {
            self.entries.remove(&place);
        }
        found
    }

    /// To be asked for before the journal is.
    pub(in crate::queue) fn asked_at(&self) -> AskedAt {
        AskedAt(self.forgotten)
    }

    /// Notes that our journal has one on a card, unless it was freed since the journal was asked.
    pub(in crate::queue) fn note_on_card(&mut self, place: &Place, asked_at: AskedAt) {
        if asked_at == self.asked_at()
            && let Some(entry) = self.entries.get_mut(place)
        {
            entry.on_card = true;
        }
    }

    /// The journal is to be asked again which of them are on a card.
    pub(in crate::queue) fn forget_cards(&mut self) {
        self.forgotten += 1;
        for entry in self.entries.values_mut() {
            entry.on_card = false;
        }
    }

    /// All that may be taken, in order.
    pub(in crate::queue) fn ids(&self) -> Vec<String> {
        let free = self.entries.iter().filter(|(_, entry)| !entry.on_card);
        free.map(|(place, _)| place.acs_credential_id().to_owned())
            .collect()
    }
}

/// A number that differs when the API has changed anything about the credential.
fn version(credential: &AcsCredential) -> u64 {
    let mut hasher = DefaultHasher::new();
    // What cannot be written down again is taken to be the same.
    serde_json::to_vec(credential)
        .unwrap_or_default()
        .hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::issuance::policy::is_waiting;

    fn credential(id: &str, created_at: &str, ends_at: Option<&str>) -> AcsCredential {
        serde_json::from_value(json!({
            "acs_credential_id": id, "acs_system_id": "s", "connected_account_id": "c", "workspace_id": "w",
            "display_name": "Room 101", "access_method": "card", "created_at": created_at, "is_managed": true, "errors": [],
            "ends_at": ends_at,
            "warnings": [{"warning_code": "waiting_to_be_issued", "message": "", "created_at": created_at}],
        }))
        .unwrap()
    }

    fn offer(kept: &mut Kept, credential: &AcsCredential, on_card: bool) -> bool {
        kept.offer(credential, is_waiting(credential, now()), on_card)
    }

    fn now() -> Timestamp {
        "2026-07-20T10:00:00Z".parse().unwrap()
    }

    fn behind(kept: &mut Kept, place: Option<&Place>) -> Vec<String> {
        kept.some_behind(place, 10, now())
            .into_iter()
            .map(|one| one.place.id.into())
            .collect()
    }

    #[test]
    fn the_oldest_comes_first_however_its_time_is_spelt() {
        let mut kept = Kept::default();
        for (id, at) in [
            ("c", "2026-07-20T09:00:00Z"),
            ("b", "2026-07-20T10:00:00+02:00"),
            ("d", "some day"),
            ("a", "2026-07-20T07:00:00.000Z"),
        ] {
            assert!(offer(&mut kept, &credential(id, at, None), false));
        }
        assert_eq!(behind(&mut kept, None), ["a", "b", "c", "d"]);
        let second = kept.some_behind(None, 2, now()).pop().unwrap().place;
        assert_eq!(behind(&mut kept, Some(&second)), ["c", "d"]);
    }

    #[test]
    fn a_full_list_takes_out_what_is_not_on_it_but_not_what_came_meanwhile() {
        let (at, mut kept) = ("2026-07-20T09:00:00Z", Kept::default());
        for id in ["stays", "goes"] {
            offer(&mut kept, &credential(id, at, None), false);
        }
        kept.begin_list();
        assert!(!offer(&mut kept, &credential("stays", at, None), false));
        offer(&mut kept, &credential("came", at, None), false);
        assert_eq!(behind(&mut kept, None), ["came", "goes", "stays"]);
        kept.end_list();
        assert_eq!(behind(&mut kept, None), ["came", "stays"]);
    }

    #[test]
    fn what_is_on_a_card_has_ended_or_waits_no_more_is_not_given_out() {
        let (at, mut kept) = ("2026-07-20T09:00:00Z", Kept::default());
        offer(
            &mut kept,
            &credential("a", at, Some("2026-07-20T09:59:59Z")),
            false,
        );
        offer(
            &mut kept,
            &credential("b", at, Some("2026-07-20T10:00:01Z")),
            false,
        );
        let later: Timestamp = "2026-07-20T10:00:01Z".parse().unwrap();
        assert_eq!(behind(&mut kept, None), ["b"]);
        assert_eq!(kept.some_behind(None, 1, later), []);
        assert!(!offer(&mut kept, &credential("c", at, None), true));
        assert_eq!(behind(&mut kept, None), [""; 0]);
        kept.forget_cards();
        assert_eq!(behind(&mut kept, None), ["c"]);
        let mut issued = credential("c", at, None);
        issued.is_issued = Some(true);
        assert!(!offer(&mut kept, &issued, false));
        assert_eq!(behind(&mut kept, None), [""; 0]);
    }

    #[test]
    fn what_the_api_has_changed_is_news() {
        let (at, mut kept) = ("2026-07-20T09:00:00Z", Kept::default());
        let one = credential("a", at, None);
        assert!(offer(&mut kept, &one, false));
        assert!(!offer(&mut kept, &one, false));
        let mut changed = one.clone();
        changed.display_name = "Room 102".to_owned();
        assert!(offer(&mut kept, &changed, false));
        assert!(!offer(&mut kept, &changed, true));
        assert!(offer(&mut kept, &changed, false));
        kept.remove_all(&HashSet::from(["a".to_owned()]));
        assert_eq!(behind(&mut kept, None), [""; 0]);
    }
}
