//! What pages hear of the desk, made once for all of them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::response::sse::Event;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::broadcast;

use super::admission::Scope;
use super::kiosk;
use super::trouble::happened;
use crate::desk::snapshot::Snapshot;
use crate::desk::{Desk, Events, Update};

/// How many events a page may be behind.
const KEPT: usize = 1024;

/// What pages hear. It is at work while there is a page.
#[derive(Debug)]
pub(super) struct Feed {
    desk: Desk,
    shown: Mutex<Shown>,
    events: broadcast::Sender<Said>,
}

/// One event, in the words for each who may hear it.
#[derive(Debug, Clone)]
pub(super) struct Said {
    everything: Event,
    at_kiosk: Event,
}

impl Said {
    /// The event for a page with a token of this scope.
    pub(super) fn to(self, scope: Scope) -> Event {
        match scope {
            Scope::Desk | Scope::ReadOnly => self.everything,
            Scope::Kiosk => self.at_kiosk,
        }
    }
}

#[derive(Debug, Default)]
struct Shown {
    /// What a page has seen that has all events.
    snapshot: Box<Snapshot>,
    at_work: bool,
}

impl Feed {
    pub(super) fn new(desk: Desk) -> Arc<Self> {
        Arc::new(Self {
            desk,
            shown: Mutex::default(),
            events: broadcast::Sender::new(KEPT),
        })
    }

    /// Everything as it is now, and what comes after that.
    pub(super) fn subscribe(self: &Arc<Self>) -> (Said, broadcast::Receiver<Said>) {
        let mut shown = self.shown();
        if !shown.at_work {
            let events = self.desk.events();
            *shown = Shown {
                snapshot: Box::new(self.desk.snapshot()),
                at_work: true,
            };
            tokio::spawn(Arc::clone(self).follow(events));
        }
        // Under the lock, so that nothing is missed in between.
        let later = self.events.subscribe();
        (everything(&shown.snapshot), later)
    }

    async fn follow(self: Arc<Self>, mut events: Events) {
        while let Some(update) = events.next().await {
            let mut shown = self.shown();
            if self.events.receiver_count() == 0 {
                shown.at_work = false;
                return;
            }
            let now = Box::new(self.desk.snapshot());
            match update {
                Update::Snapshot { .. } => self.send([everything(&now)]),
                Update::Event(what) => {
                    self.send(changes(&shown.snapshot, &now));
                    self.send([event("happened", &happened(&what), what.number)]);
                }
            }
            shown.snapshot = now;
        }
        self.shown().at_work = false;
    }

    fn send(&self, events: impl IntoIterator<Item = Said>) {
        for event in events {
            // The last page may have gone just now.
            let _ = self.events.send(event);
        }
    }

    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The whole state.
fn everything(snapshot: &Snapshot) -> Said {
    event("snapshot", snapshot, snapshot.number)
}

/// What differs from what was seen before.
fn changes(before: &Snapshot, now: &Snapshot) -> Vec<Said> {
    let mut changes = Vec::new();
    for encoder in &now.encoders {
        if !before.encoders.contains(encoder) {
            changes.push(event("encoder", encoder, now.number));
        }
    }
    for gone in &before.encoders {
        let id = gone.acs_encoder_id;
        if now.encoders.iter().all(|there| there.acs_encoder_id != id) {
            let gone = json!({"acs_encoder_id": id});
            changes.push(event("encoder_removed", &gone, now.number));
        }
    }
    let rest = rest(now);
    if rest != self::rest(before) {
        changes.push(event("state", &rest, now.number));
    }
    changes
}

/// Everything but the encoders, and but the number that each event has.
fn rest(snapshot: &Snapshot) -> Value {
    let rest = Snapshot {
        encoders: Vec::new(),
        number: 0,
        ..snapshot.clone()
    };
    let mut rest = json!(rest);
    if let Some(fields) = rest.as_object_mut() {
        fields.remove("encoders");
        fields.remove("number");
    }
    rest
}

fn event(name: &str, data: &impl Serialize, number: u64) -> Said {
    let data = json!(data);
    // Without line ends, which JSON has none of.
    let event = |data: &Value| {
        Event::default()
            .event(name)
            .id(number.to_string())
            .data(data.to_string())
    };
    Said {
        everything: event(&data),
        at_kiosk: event(&kiosk::shown(name, &data)),
    }
}
