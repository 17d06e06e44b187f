//! How cards that wait learn that something has changed, and how the queue learns that cards wait: no timer on either side.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::watch;

use crate::seam::SeamError;

/// What has become of the queue so far.
#[derive(Debug, Clone, Default)]
pub(in crate::queue) struct State {
    /// Whether the queue is kept.
    pub(in crate::queue) is_kept: bool,
    /// Whether it was listed to its end once.
    pub(in crate::queue) is_complete: bool,
    /// Whether the API was asked without success the last time.
    pub(in crate::queue) has_failed: bool,
    /// Why, where it was the API's fault.
    pub(in crate::queue) failure: Option<Arc<SeamError>>,
    /// How many times it was asked with success.
    good_rounds: u64,
    /// How many times there was one more to be taken.
    changes: u64,
}

/// The state of the queue, to be waited on.
#[derive(Debug, Default)]
pub(in crate::queue) struct News {
    state: watch::Sender<State>,
    cards: watch::Sender<Cards>,
}

/// The cards that wait for news.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::queue) struct Cards {
    /// How many.
    pub(in crate::queue) count: usize,
    /// When the latest of them began to wait.
    pub(in crate::queue) latest: Option<Instant>,
}

/// What a card waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitsFor {
    /// A credential that was not there, or was different, or in another's hands.
    AnotherCredential,
    /// An API that answers.
    TheApi,
}

/// How far the news had come when a card looked.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    good_rounds: u64,
    changes: u64,
}

impl News {
    pub(in crate::queue) fn state(&self) -> State {
        self.state.borrow().clone()
    }

    pub(in crate::queue) fn subscribe(&self) -> watch::Receiver<State> {
        self.state.subscribe()
    }

    pub(in crate::queue) fn cards(&self) -> watch::Receiver<Cards> {
        self.cards.subscribe()
    }

    /// There is one more to be taken.
    pub(in crate::queue) fn changed(&self) {
        self.state.send_modify(|state| state.changes += 1);
    }

    /// Notes whether the queue is kept from now on.
    pub(in crate::queue) fn kept(&self, is_kept: bool) {
        self.state.send_modify(|state| state.is_kept = is_kept);
    }

    /// The API was asked.
    pub(in crate::queue) fn asked(&self, outcome: Result<(), Option<Arc<SeamError>>>) {
        self.state.send_modify(|state| {
            state.has_failed = outcome.is_err();
            state.good_rounds += u64::from(outcome.is_ok());
            state.failure = outcome.err().flatten();
        });
    }

    /// The queue was listed to its end.
    pub(in crate::queue) fn completed(&self) {
        self.state.send_modify(|state| state.is_complete = true);
    }

    pub(in crate::queue) fn seen(&self) -> Seen {
        let state = self.state.borrow();
        Seen {
            good_rounds: state.good_rounds,
            changes: state.changes,
        }
    }

    /// Ready when there is news of what is waited for since `seen`.
    pub(in crate::queue) async fn later_than(&self, seen: Seen, what: WaitsFor) {
        let _waits = self.wait();
        let mut states = self.state.subscribe();
        // The sender lives in `self`.
        let _ = states
            .wait_for(|state| match what {
                WaitsFor::AnotherCredential => state.changes > seen.changes,
                WaitsFor::TheApi => state.good_rounds > seen.good_rounds,
            })
            .await;
    }

    fn wait(&self) -> Waits<'_> {
        self.cards.send_modify(|cards| {
            cards.count += 1;
            cards.latest = Some(Instant::now());
        });
        Waits(&self.cards)
    }
}

/// A card that waits.
struct Waits<'a>(&'a watch::Sender<Cards>);

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|cards| cards.count -= 1);
    }
}
