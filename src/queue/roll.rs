//! What those who look at the queue are shown: the credentials that wait, and those that want attention, as the API had them last.
//!
//! It is fed by the same lists and looks as the queue itself, and asks for nothing.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::warm::Place;
use crate::issuance::journal::CardMethod;
use crate::issuance::policy::{is_waiting, reissue_warnings};
use crate::seam::{AccessMode, AcsCredential, CredentialWarningCode, Time};

/// A credential, as far as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Its id.
    pub acs_credential_id: String,
    /// The access system that it belongs to.
    pub acs_system_id: String,
    /// Who holds it.
    pub acs_user_id: Option<String>,
    /// How Seam names it to people.
    pub display_name: String,
    /// When it was created, as Seam spells it.
    pub created_at: String,
    /// From when it is valid, as Seam spells it.
    pub starts_at: Option<String>,
    /// Until when it is valid, as Seam spells it.
    pub ends_at: Option<String>,
    /// What the access system says it opens.
    pub opens: Opens,
    /// What Seam says is wrong with it.
    pub attention: Option<Attention>,
    /// Whether it waits for a card.
    pub waits: bool,
    /// The access method that it carries, where Seam wants a card for that.
    pub access_method_id: Option<String>,
}

/// What a credential opens, as far as it says so itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Opens {
    /// The rooms, by the ids of their entrances.
    pub room_ids: Vec<String>,
    /// The doors for everyone, by the ids of their entrances.
    pub door_ids: Vec<String>,
    /// Doors of either kind, by their names.
    pub names: Vec<String>,
}

/// Why a credential wants attention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attention {
    /// Its card no longer says what Seam says: the `created_at` of each such warning.
    NeedsToBeReissued(Vec<String>),
    /// Its access grant was changed since it had a card: the `created_at` of each warning that says so too.
    CardEncodingRequired(Vec<String>),
    /// Seam reports errors: the first, in Seam's words.
    HasErrors(String),
}

impl Opens {
    /// What the metadata of the access systems says. A system that is not known here names no doors.
    #[must_use]
    pub fn of(credential: &AcsCredential) -> Self {
        let list = |metadata: &str, field: &str| -> Vec<String> {
            let metadata = credential.metadata(metadata);
            let list = metadata.and_then(|metadata| metadata.get(field)?.as_array());
            let texts = list.into_iter().flatten();
            texts
                .filter_map(|text| text.as_str().map(str::to_owned))
                .collect()
        };
        Self {
            room_ids: list("visionline_metadata", "guest_acs_entrance_ids"),
            door_ids: list("visionline_metadata", "common_acs_entrance_ids"),
            names: list("assa_abloy_vostio_metadata", "door_names"),
        }
    }

    /// Whether it says nothing, so that Seam has to be asked.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.room_ids.is_empty() && self.door_ids.is_empty() && self.names.is_empty()
    }
}

impl Shown {
    /// A card credential, whatever its state.
    #[must_use]
    pub fn of(credential: &AcsCredential, now: Timestamp) -> Self {
        Self {
            acs_credential_id: credential.acs_credential_id.clone(),
            acs_system_id: credential.acs_system_id.clone(),
            acs_user_id: credential.acs_user_id.clone(),
            display_name: credential.display_name.clone(),
            created_at: credential.created_at.clone(),
            starts_at: credential.starts_at.clone(),
            ends_at: credential.ends_at.clone(),
            opens: Opens::of(credential),
            attention: Attention::of(credential),
            waits: is_waiting(credential, now),
            access_method_id: None,
        }
    }

    /// Whether it is to be shown without being asked for.
    fn is_of_interest(&self, credential: &AcsCredential, now: Timestamp) -> bool {
        let ended = credential.ends_at_time().ok().flatten();
        let ended = ended.is_some_and(|end| end <= Time::from(now));
        let is_going = credential.has_warning(&CredentialWarningCode::BeingDeleted);
        let is_card = credential.access_method == AccessMode::Card;
        self.waits || is_card && !ended && !is_going && self.attention.is_some()
    }
}

impl Attention {
    fn of(credential: &AcsCredential) -> Option<Self> {
        if let Some(error) = credential.errors.first() {
            return Some(Self::HasErrors(error.message.clone()));
        }
        let warned: Vec<_> = reissue_warnings(credential).map(str::to_owned).collect();
        (!warned.is_empty()).then_some(Self::NeedsToBeReissued(warned))
    }
}

/// All that is shown, the one that has waited longest first.
#[derive(Debug, Default)]
pub(super) struct Roll {
    rows: BTreeMap<Place, Row>,
    list: u32,
    revision: u64,
}

#[derive(Debug)]
struct Row {
    shown: Arc<Shown>,
    /// The full list that it was last seen in, or in the time of which it came.
    list: u32,
}

impl Roll {
    pub(super) fn begin_list(&mut self) {
        self.list = self.list.wrapping_add(1);
    }

    /// What was not on the list is gone.
    pub(super) fn end_list(&mut self) {
        let (list, before) = (self.list, self.rows.len());
        self.rows.retain(|_, row| row.list == list);
        self.note(self.rows.len() != before);
    }

    /// Takes in what the API says of a credential, which `waits` for a card or does not, and its access method where Seam wants a
    /// card for that.
    pub(super) fn offer(
        &mut self,
        credential: &AcsCredential,
        waits: bool,
        method: Option<&CardMethod>,
        now: Timestamp,
    ) {
        let place = Place::of(credential);
        let mut shown = Shown::of(credential, now);
        shown.waits = waits;
        shown.access_method_id = method.map(|method| method.access_method_id.clone());
        if method.is_some_and(|method| method.is_again) && waits {
            let warned = reissue_warnings(credential).map(str::to_owned).collect();
            shown.attention = Some(Attention::CardEncodingRequired(warned));
        }
        if !shown.is_of_interest(credential, now) {
            let was_there = self.rows.remove(&place).is_some();
            return self.note(was_there);
        }
        let list = self.list;
        match self.rows.get_mut(&place) {
            Some(row) if *row.shown == shown => row.list = list,
            _ => {
                let shown = Arc::new(shown);
                self.rows.insert(place, Row { shown, list });
                self.note(true);
            }
        }
    }

    pub(super) fn remove_all(&mut self, acs_credential_ids: &HashSet<String>) {
        if acs_credential_ids.is_empty() {
            return;
        }
        let before = self.rows.len();
        self.rows
            .retain(|place, _| !acs_credential_ids.contains(place.acs_credential_id()));
        self.note(self.rows.len() != before);
    }

    /// A number that is another whenever something of it has changed.
    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    pub(super) fn rows(&self) -> Vec<Arc<Shown>> {
        let rows = self.rows.values();
        rows.map(|row| Arc::clone(&row.shown)).collect()
    }

    fn note(&mut self, changed: bool) {
        self.revision += u64::from(changed);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn credential(id: &str, more: &serde_json::Value) -> AcsCredential {
        let mut object = json!({
            "acs_credential_id": id, "acs_system_id": "s", "connected_account_id": "c", "workspace_id": "w",
            "display_name": "Room 101", "access_method": "card", "created_at": "2026-07-20T09:00:00Z", "is_managed": true,
            "errors": [], "warnings": [],
        });
        for (name, value) in more.as_object().unwrap() {
            object[name] = value.clone();
        }
        serde_json::from_value(object).unwrap()
    }

    fn warned(code: &str) -> serde_json::Value {
        let warning =
            json!({"warning_code": code, "message": "", "created_at": "2026-07-20T09:00:00Z"});
        json!({ "warnings": [warning] })
    }

    fn offer(roll: &mut Roll, credential: &AcsCredential, now: Timestamp) {
        roll.offer(credential, is_waiting(credential, now), None, now);
    }

    fn ids(roll: &Roll) -> Vec<String> {
        let rows = roll.rows();
        rows.iter()
            .map(|row| row.acs_credential_id.clone())
            .collect()
    }

    #[test]
    fn the_revision_tells_whether_anything_has_changed() {
        let now = "2026-07-20T10:00:00Z".parse().unwrap();
        let mut roll = Roll::default();
        let waits = credential("a", &warned("waiting_to_be_issued"));
        offer(&mut roll, &waits, now);
        offer(&mut roll, &credential("b", &json!({})), now);
        assert_eq!((roll.revision(), ids(&roll)), (1, vec!["a".to_owned()]));
        roll.begin_list();
        offer(&mut roll, &waits, now);
        roll.end_list();
        assert_eq!(roll.revision(), 1);
        let mut renamed = waits.clone();
        renamed.display_name = "Room 102".to_owned();
        offer(&mut roll, &renamed, now);
        assert_eq!(roll.revision(), 2);
        roll.begin_list();
        roll.end_list();
        assert_eq!((roll.revision(), ids(&roll)), (3, Vec::new()));
    }

    #[test]
    fn what_wants_attention_is_shown_until_it_has_ended() {
        let mut roll = Roll::default();
        let mut asks = credential("a", &warned("needs_to_be_reissued"));
        asks.is_issued = Some(true);
        asks.ends_at = Some("2026-07-21T10:00:00Z".to_owned());
        offer(&mut roll, &asks, "2026-07-20T10:00:00Z".parse().unwrap());
        let row = roll.rows().remove(0);
        assert!(!row.waits);
        let warned_at = "2026-07-20T09:00:00Z".to_owned();
        assert_eq!(
            row.attention,
            Some(Attention::NeedsToBeReissued(vec![warned_at]))
        );
        offer(&mut roll, &asks, "2026-07-21T10:00:00Z".parse().unwrap());
        assert!(ids(&roll).is_empty());
    }

    #[test]
    fn doors_are_known_where_the_access_system_names_them() {
        let now = Timestamp::UNIX_EPOCH;
        let metadata = json!({"guest_acs_entrance_ids": ["r"], "common_acs_entrance_ids": ["d"]});
        let shown = Shown::of(
            &credential("a", &json!({"visionline_metadata": metadata})),
            now,
        );
        assert_eq!(
            (&*shown.opens.room_ids[0], &*shown.opens.door_ids[0]),
            ("r", "d")
        );
        let metadata = json!({"door_names": ["Room 7"]});
        let shown = Shown::of(
            &credential("a", &json!({"assa_abloy_vostio_metadata": metadata})),
            now,
        );
        assert_eq!(shown.opens.names, ["Room 7"]);
        assert!(
            Shown::of(&credential("a", &json!({})), now)
                .opens
                .is_unknown()
        );
    }
}
