//! How cards that wait, and those who look at the queue, learn that something has changed, and how the queue learns of them: no timer
//! on either side.

use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
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
    /// The number of what is shown.
    shown: u64,
    answering: Answering,
    answers: Answers,
}

/// Whether calls are answered.
#[derive(Debug, Clone, Default)]
enum Answers {
    /// They are, with a refusal at least.
    #[default]
    Come,
    /// They are not.
    Fail,
    /// This one waits for its answer, or has waited in vain.
    Tarry(Arc<SeamError>),
}

impl State {
    /// The call that is not answered, if the API is silent.
    pub(in crate::queue) fn silence(&self) -> Option<Arc<SeamError>> {
        match &self.answers {
            Answers::Tarry(call) => Some(Arc::clone(call)),
            Answers::Come | Answers::Fail => None,
        }
    }
}

/// Whether the API answers.
#[derive(Debug, Clone, Default)]
pub struct Answering {
    /// None where it was not asked yet.
    pub is_reachable: Option<bool>,
    /// Since when that is so.
    pub since: Option<Timestamp>,
    /// Why it does not answer: the code and the words of the error.
    pub failure: Option<(&'static str, String)>,
}

impl Answering {
    fn note(&mut self, failure: Option<&SeamError>) {
        let is_reachable = Some(failure.is_none());
        if self.is_reachable != is_reachable {
            self.since = Some(Timestamp::now());
        }
        self.is_reachable = is_reachable;
        self.failure = failure.map(|error| (error.code(), error.to_string()));
    }

    fn is_as(&self, other: &Self) -> bool {
        self.is_reachable == other.is_reachable && self.since == other.since
    }
}

/// The state of the queue, to be waited on.
#[derive(Debug, Default)]
pub(in crate::queue) struct News {
    state: watch::Sender<State>,
    cards: watch::Sender<Cards>,
    watchers: watch::Sender<usize>,
}

/// The cards that wait for news.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::queue) struct Cards {
    /// How many.
    pub(in crate::queue) count: usize,
    /// When the latest of them began to wait.
    pub(in crate::queue) latest: Option<Instant>,
    /// How many look at the queue beside them.
    pub(in crate::queue) watchers: usize,
}

/// One who looks at the queue.
#[derive(Debug)]
pub struct Watching {
    news: Arc<News>,
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.news.watchers.send_modify(|watchers| *watchers -= 1);
        self.news.cards.send_modify(|cards| cards.watchers -= 1);
    }
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
        self.state.send_modify(|state| {
            state.is_kept = is_kept;
            // What it was may be long ago when it is kept again.
            state.is_complete &= is_kept;
        });
    }

    /// The API was asked.
    pub(in crate::queue) fn asked(&self, outcome: Result<(), Option<Arc<SeamError>>>) {
        self.state.send_modify(|state| {
            state.has_failed = outcome.is_err();
            state.good_rounds += u64::from(outcome.is_ok());
            state.failure = outcome.err().flatten();
            // Else it is the journal that failed, or the API has asked for a pause.
            if state.failure.is_some() || !state.has_failed {
                state.answering.note(state.failure.as_deref());
            }
            if !state.has_failed {
                state.answers = Answers::Come;
            }
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

    /// Something that is shown is different.
    pub(in crate::queue) fn shown(&self, revision: u64) {
        self.state.send_modify(|state| state.shown = revision);
    }

    /// A call of the API was answered, or was not. That it was says nothing where the API has refused to be asked for the queue.
    pub(in crate::queue) fn heard(&self, failure: Option<&SeamError>) {
        self.state.send_if_modified(|state| {
            let is_known = match (state.answering.is_reachable, failure) {
                (Some(false), None) => matches!(state.answers, Answers::Come),
                (Some(is_reachable), failure) => is_reachable == failure.is_none(),
                (None, _) => false,
            };
            if !is_known {
                state.answering.note(failure);
                state.answers = failure.map_or(Answers::Come, Answers::missing);
            }
            !is_known
        });
    }

    pub(in crate::queue) async fn shown_since(&self, revision: u64, is_complete: bool) {
        let mut states = self.state.subscribe();
        // The sender lives in `self`.
        let is_news = |state: &State| state.shown != revision || state.is_complete != is_complete;
        let _ = states.wait_for(is_news).await;
    }

    pub(in crate::queue) async fn answering_since(&self, before: &Answering) -> Answering {
        let mut states = self.state.subscribe();
        let is_news = |state: &State| !state.answering.is_as(before);
        // The sender lives in `self`.
        let now = states.wait_for(is_news).await;
        now.map_or_else(|_| Answering::default(), |state| state.answering.clone())
    }

    pub(in crate::queue) fn watch(self: &Arc<Self>) -> Watching {
        self.watchers.send_modify(|watchers| *watchers += 1);
        self.cards.send_modify(|cards| cards.watchers += 1);
        Watching {
            news: Arc::clone(self),
        }
    }

    pub(in crate::queue) fn watchers(&self) -> watch::Receiver<usize> {
        self.watchers.subscribe()
    }

    fn wait(&self) -> Waits<'_> {
        self.cards.send_modify(|cards| {
            cards.count += 1;
            cards.latest = Some(Instant::now());
        });
        Waits(&self.cards)
    }
}

impl Answers {
    fn missing(failure: &SeamError) -> Self {
        match *failure {
            SeamError::TimedOut { call, after } => {
                Self::Tarry(Arc::new(SeamError::TimedOut { call, after }))
            }
            _ => Self::Fail,
        }
    }
}

/// A card that waits.
struct Waits<'a>(&'a watch::Sender<Cards>);

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|cards| cards.count -= 1);
    }
}
