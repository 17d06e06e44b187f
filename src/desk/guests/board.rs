//! Makes the list of the guests again when something of it has changed.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use jiff::Timestamp;
use tokio::task::spawn_blocking;

use super::Guests;
use super::day::Day;
use super::guest::{Done, Guest, Mark};
use super::ledger::Ledger;
use super::list::GuestList;
use super::places::Doors;
use crate::desk::Agent;
use crate::issuance::encoded::Encoded;
use crate::issuance::journal::JournalError;
use crate::queue::Shown;
use crate::seam::Time;

/// More guests than this are counted and not shown: a search finds them.
const MOST: usize = 10_000;

impl Guests {
    /// Makes the list again; whether it is another one then. What takes long for many guests is done on a thread of its own: a card
    /// does not wait for it.
    pub(super) async fn remake(self: &Arc<Self>, agent: &Arc<Agent>) -> Result<bool, JournalError> {
        let property = self.places().property(agent.queue().acs_system_ids());
        let day = Day::at(agent.queue().now(), property.time_zone.as_deref());
        let (_, rows) = agent.queue().shown();
        let ledger = Ledger::read(agent.journal(), &rows, day.begins()).await?;
        let (guests, agent) = (Arc::clone(self), Arc::clone(agent));
        let made = spawn_blocking(move || {
            let list = GuestList {
                today: day.date().to_string(),
                property,
                complete: agent.queue().is_complete(),
                ..guests.put_together(&rows, ledger, &day, &agent)
            };
            guests.show(list)
        });
        // The runtime is ending.
        Ok(made.await.unwrap_or(false))
    }

    /// Shows a list, if it is another one than before.
    fn show(&self, mut list: GuestList) -> bool {
        let before = self.list();
        if let Some(before) = &before {
            list.revision = before.revision;
            list.json = Arc::clone(&before.json);
            if **before == list {
                return false;
            }
        }
        list.revision = self.revision.fetch_add(1, Ordering::Relaxed) + 1;
        list.json = serde_json::to_string(&list).unwrap_or_default().into();
        self.list.send_replace(Some(Arc::new(list)));
        true
    }

    fn put_together(
        &self,
        rows: &[Arc<Shown>],
        ledger: Ledger,
        day: &Day,
        agent: &Agent,
    ) -> GuestList {
        let mut list = GuestList::default();
        let now = agent.queue().now();
        let mut placed: Vec<(Place, Guest)> = Vec::new();
        for row in rows {
            let id = &row.acs_credential_id;
            if agent.queue().is_taken(id) {
                continue;
            }
            let unfinished = of_credential(&ledger.unfinished, id);
            let asks = row
                .attention
                .as_ref()
                .filter(|_| !ledger.answered.contains(id));
            let mark = match (unfinished, asks) {
                (Some(open), _) => Mark::of_journal(open, None),
                (None, Some(attention)) => Some(Mark::of_seam(attention)),
                (None, None) if row.waits && !ledger.on_cards.contains(id) => None,
                (None, None) => continue,
            };
            list.waiting += usize::from(row.waits && unfinished.is_none());
            let guest = self.guest(row, mark, day);
            placed.push((Place::of(&guest, unfinished.is_some(), now), guest));
        }
        let is_shown = |id: &str| rows.iter().any(|row| row.acs_credential_id == id);
        for open in &ledger.unfinished {
            let id = open.acs_credential_id();
            if !agent.queue().is_taken(id) && !is_shown(id) {
                let guest = self.of_journal(open);
                placed.push((Place::of(&guest, true, now), guest));
            }
        }
        placed.sort_by(|(a, _), (b, _)| a.cmp(b));
        placed.truncate(MOST);
        list.guests = placed.into_iter().map(|(_, guest)| guest).collect();
        let Ledger {
            today, last_errors, ..
        } = ledger;
        // A guest is on the list once: waiting again, or with the newest of the cards.
        let mut listed: HashSet<String> = list
            .guests
            .iter()
            .map(|guest| guest.acs_credential_id.clone())
            .collect();
        let newest = today
            .into_iter()
            .filter(|encoded| listed.insert(encoded.acs_credential_id().to_owned()));
        let done = newest.map(|encoded| {
            let error = last_errors.get(&encoded.issuance_id());
            self.done(encoded, error.map(String::as_str))
        });
        list.done_today = done.collect();
        list
    }

    pub(super) fn guest(&self, row: &Shown, mark: Option<Mark>, day: &Day) -> Guest {
        let Doors { rooms, doors } = self.places().doors(row);
        let user = row.acs_user_id.as_deref();
        let starts = row.starts_at.as_deref().and_then(|at| at.parse().ok());
        Guest {
            acs_credential_id: row.acs_credential_id.clone(),
            access_method_id: row.access_method_id.clone(),
            name: user.and_then(|id| self.people().name_of(id)),
            display_name: Some(row.display_name.clone()),
            rooms,
            doors,
            starts_at: row.starts_at.clone(),
            ends_at: row.ends_at.clone(),
            waiting_since: row.waits.then(|| row.created_at.clone()),
            arrives_today: starts.is_some_and(|starts| day.has(starts)),
            acs_system_id: Some(row.acs_system_id.clone()),
            system: self.places().system(&row.acs_system_id),
            mark,
        }
    }

    /// One of whom only the journal knows, until Seam was asked.
    fn of_journal(&self, open: &Encoded) -> Guest {
        let id = open.acs_credential_id();
        let shown = self.people().credential(id);
        let user = shown.as_ref().and_then(|shown| shown.acs_user_id.clone());
        let doors = shown.as_ref().map(|shown| self.places().doors(shown));
        let Doors { rooms, doors } = doors.unwrap_or_default();
        let of_seam = shown.as_ref().map(|shown| shown.acs_system_id.as_str());
        let system = match open {
            Encoded::Here(issuance) => Some(issuance.origin.acs_system_id.as_str()),
            Encoded::BySeam(_) => of_seam,
        };
        let system = system.map(str::to_owned);
        Guest {
            acs_credential_id: id.to_owned(),
            access_method_id: None,
            name: user.and_then(|id| self.people().name_of(&id)),
            display_name: open.display_name().map(str::to_owned),
            rooms,
            doors,
            starts_at: shown.as_ref().and_then(|shown| shown.starts_at.clone()),
            ends_at: shown.and_then(|shown| shown.ends_at.clone()),
            waiting_since: None,
            arrives_today: false,
            system: system.as_deref().and_then(|id| self.places().system(id)),
            acs_system_id: system,
            mark: Mark::of_journal(open, None),
        }
    }

    /// A written card, with what is known of its guest.
    pub(super) fn done(&self, encoded: Encoded, last_error: Option<&str>) -> Done {
        let shown = self.people().credential(encoded.acs_credential_id());
        let user = shown.as_ref().and_then(|shown| shown.acs_user_id.clone());
        let name = user.and_then(|id| self.people().name_of(&id));
        let ends_at = shown.as_ref().and_then(|shown| shown.ends_at.clone());
        let doors = shown.map(|shown| self.places().doors(&shown));
        let doors = doors.unwrap_or_default();
        Done::of(encoded, name, doors, ends_at, last_error)
    }
}

fn of_credential<'a>(unfinished: &'a [Encoded], id: &str) -> Option<&'a Encoded> {
    unfinished.iter().find(|one| one.acs_credential_id() == id)
}

/// The place of a guest on the list.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// A card that was begun and is not finished.
    Unfinished,
    /// One who arrives today, the one who has waited longest first.
    Today(String),
    /// One who is there already.
    Here(String),
    /// One who is yet to come, by the time of that.
    Later(i64, String),
}

impl Place {
    fn of(guest: &Guest, is_unfinished: bool, now: Timestamp) -> Self {
        let since = guest.waiting_since.clone().unwrap_or_default();
        let starts = guest.starts_at.as_deref();
        let starts: Option<Time> = starts.and_then(|at| at.parse().ok());
        match starts.map(Time::as_second) {
            _ if is_unfinished => Self::Unfinished,
            _ if guest.arrives_today => Self::Today(since),
            Some(starts) if starts > now.as_second() => Self::Later(starts, since),
            _ => Self::Here(since),
        }
    }
}
