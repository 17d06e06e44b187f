//! What happens at the desk, in one order, for any number of readers.
//!
//! A reader gets everything that is so far first, as one [`Snapshot`], and then each event. No event waits for a reader: one that
//! falls behind by more than [`KEPT`] events gets a new snapshot in place of what it missed.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use futures_util::Stream;
use futures_util::stream::unfold;
use serde::Serialize;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use crate::desk::event::DeskEvent;
use crate::desk::guests::Guests;
use crate::desk::notice::{Notice, Observer};
use crate::desk::snapshot::{Model, Snapshot};
use crate::desk::ticket::TicketId;

/// How many events a reader may be behind.
pub const KEPT: usize = 1024;

/// The one place through which everything that happens goes.
pub(super) struct Hub {
    model: Mutex<Model>,
    events: broadcast::Sender<Arc<DeskEvent>>,
    /// Called in step with what happens, before the next thing does.
    observer: Observer,
    /// Knows whose the cards are.
    guests: Arc<Guests>,
}

/// What a reader of events gets. As JSON: an event as it is, a snapshot under its name.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Update {
    /// The state of everything. The first thing that a reader gets; later, in place of events that it missed.
    Snapshot {
        /// Everything.
        snapshot: Box<Snapshot>,
        /// How many events the reader missed.
        missed: u64,
    },
    /// What happened next.
    Event(Arc<DeskEvent>),
}

/// The events of a desk, as one reader gets them.
#[derive(Debug)]
pub struct Events {
    hub: Weak<Hub>,
    later: broadcast::Receiver<Arc<DeskEvent>>,
    /// A snapshot that is to be given first.
    first: Option<Box<Snapshot>>,
}

impl Hub {
    pub(super) fn new(observer: Observer, guests: Arc<Guests>) -> Arc<Self> {
        Arc::new(Self {
            model: Mutex::default(),
            events: broadcast::Sender::new(KEPT),
            observer,
            guests,
        })
    }

    /// Tells all readers. `ticket` is the command that it belongs to.
    pub(super) fn publish(&self, ticket: Option<TicketId>, notice: Notice) {
        if matches!(notice, Notice::Committing(_)) {
            return;
        }
        (self.observer)(notice.clone());
        let mut model = self.model();
        let number = model.apply(ticket, &notice);
        let event = DeskEvent {
            number,
            ticket,
            about: model.about(ticket, &notice),
            notice,
        };
        // Under the lock, so that all readers see one order. Without readers it is lost.
        let _ = self.events.send(Arc::new(event));
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        self.named(&self.model())
    }

    /// Everything, with the names of what is on the cards.
    fn named(&self, model: &Model) -> Snapshot {
        let mut snapshot = model.snapshot();
        for encoder in &mut snapshot.encoders {
            if let Some(card) = &mut encoder.card {
                let contents = card.contents.as_ref();
                let id = contents.and_then(|contents| contents.acs_credential_id.as_deref());
                card.reading = id.and_then(|id| self.guests.reading_of(id));
            }
        }
        snapshot
    }

    pub(super) fn events(self: &Arc<Self>) -> Events {
        let model = self.model();
        Events {
            hub: Arc::downgrade(self),
            later: self.events.subscribe(),
            first: Some(Box::new(self.named(&model))),
        }
    }

    fn model(&self) -> MutexGuard<'_, Model> {
        self.model.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").finish_non_exhaustive()
    }
}

impl Events {
    /// What comes next: a snapshot at first. `None` once the desk is gone.
    pub async fn next(&mut self) -> Option<Update> {
        if let Some(snapshot) = self.first.take() {
            return Some(Update::Snapshot {
                snapshot,
                missed: 0,
            });
        }
        match self.later.recv().await {
            Ok(event) => Some(Update::Event(event)),
            Err(RecvError::Lagged(missed)) => self.anew(missed),
            Err(RecvError::Closed) => None,
        }
    }

    /// The same, as far as it is there already.
    pub fn try_next(&mut self) -> Option<Update> {
        if let Some(snapshot) = self.first.take() {
            return Some(Update::Snapshot {
                snapshot,
                missed: 0,
            });
        }
        match self.later.try_recv() {
            Ok(event) => Some(Update::Event(event)),
            Err(TryRecvError::Lagged(missed)) => self.anew(missed),
            Err(TryRecvError::Empty | TryRecvError::Closed) => None,
        }
    }

    /// As a stream.
    pub fn into_stream(self) -> impl Stream<Item = Update> {
        unfold(self, |mut events| async move {
            let update = events.next().await?;
            Some((update, events))
        })
    }

    /// Everything as it is now, in place of the events that are not kept any more and of those that still are.
    fn anew(&mut self, missed: u64) -> Option<Update> {
        let hub = self.hub.upgrade()?;
        let model = hub.model();
        let kept = u64::try_from(self.later.len()).unwrap_or(u64::MAX);
        self.later = hub.events.subscribe();
        Some(Update::Snapshot {
            snapshot: Box::new(hub.named(&model)),
            missed: missed.saturating_add(kept),
        })
    }
}
