//! What keeps the queue as the API has it, for as long as the process serves cards: full lists, rare, and looks at what is new.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use tokio::sync::Notify;
use tokio::sync::watch::Receiver;
use tokio::time::{Instant, sleep_until};

use super::news::Cards;
use crate::issuance::journal::Journal;
use crate::queue::sources::{Cursor, End};
use crate::queue::{CredentialQueue, QueueError};
use crate::seam::AcsCredential;

/// What both loops of the keeper know.
#[derive(Debug, Default)]
struct Shared {
    found: Mutex<Found>,
    /// A full list has shown where new ones appear.
    listed: Notify,
    /// A look has shown that a full list is needed.
    list_now: Notify,
}

/// What the last full list has found.
#[derive(Debug, Default)]
struct Found {
    lists: u64,
    ends: Vec<End>,
    /// When the first of them began, by Seam's clock.
    began: Option<Timestamp>,
}

impl Shared {
    fn set(&self, ends: Vec<End>, began: Timestamp) {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.lists += 1;
        found.ends = ends;
        found.began.get_or_insert(began);
        drop(found);
        self.listed.notify_one();
    }

    fn get(&self) -> (u64, Vec<End>) {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        (found.lists, found.ends.clone())
    }

    /// Keeps how far a look has come, unless there was a full list meanwhile.
    fn update(&self, lists: u64, ends: Vec<End>) {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if found.lists == lists {
            found.ends = ends;
        }
    }

    fn began(&self) -> Option<Timestamp> {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.began
    }

    fn ends_known(&self) -> bool {
        self.get().1.iter().all(End::is_known)
    }
}

/// Says, when dropped, that the queue is no longer kept.
struct Keeps<'a>(&'a CredentialQueue);

impl Drop for Keeps<'_> {
    fn drop(&mut self) {
        self.0.news.kept(false);
    }
}

impl CredentialQueue {
    /// From now on no list is needed before a credential is taken, as soon as [`keep`](Self::keep) runs.
    pub fn will_be_kept(&self) {
        self.news.kept(true);
    }

    /// Keeps the queue as the API has it until this is dropped.
    pub async fn keep(&self, journal: &Journal) {
        self.will_be_kept();
        let _keeps = Keeps(self);
        let shared = Shared::default();
        tokio::join!(
            self.keep_listing(journal, &shared),
            self.keep_looking(journal, &shared)
        );
    }

    async fn keep_listing(&self, journal: &Journal, shared: &Shared) {
        let mut cards = self.news.cards();
        let mut failures = 0;
        loop {
            let began = Instant::now();
            let listed = self.list_into_kept(journal).await;
            let took = began.elapsed();
            match self.tell(listed) {
                Some(mut ends) => {
                    failures = 0;
                    let waiting = self.kept().len();
                    tracing::debug!(waiting, "the queue was listed in {took:?}");
                    for end in &mut ends {
                        self.find_anew(end).await;
                    }
                    shared.set(ends, self.now() - took);
                }
                None => failures += 1,
            }
            let ended = Instant::now();
            let due = |cards: Cards| {
                let waited_for = cards.count > 0;
                ended
                    + if failures > 0 {
                        self.pace.after_failure(failures, waited_for)
                    } else {
                        self.pace.full(took, waited_for, shared.ends_known())
                    }
            };
            tokio::select! {
                () = self.until(due, &mut cards) => {}
                () = self.on_request(shared, ended) => {}
            }
        }
    }

    /// Ready when a full list is asked for, though not as soon as the last one has ended.
    async fn on_request(&self, shared: &Shared, ended: Instant) {
        shared.list_now.notified().await;
        sleep_until(ended + self.pace.while_waited_for).await;
    }

    async fn keep_looking(&self, journal: &Journal, shared: &Shared) {
        let mut cards = self.news.cards();
        shared.listed.notified().await;
        let mut cursor = Cursor::since(shared.began().unwrap_or_else(|| self.now()));
        let mut failures = 0;
        loop {
            let ended = Instant::now();
            let due = |cards: Cards| {
                let waited_for = cards.count > 0;
                // A card that begins to wait now is not to wait for the next turn.
                if waited_for && cards.latest.is_some_and(|latest| latest > ended.into_std()) {
                    return ended + self.pace.least;
                }
                ended
                    + if failures > 0 {
                        self.pace.after_failure(failures, waited_for)
                    } else {
                        self.pace.look(waited_for, cards.watchers > 0)
                    }
            };
            self.until(due, &mut cards).await;
            let looked = self.look(journal, shared, &mut cursor).await;
            match self.tell(looked) {
                Some(true) => failures = 0,
                Some(false) => {
                    failures = 0;
                    shared.list_now.notify_one();
                }
                None => failures += 1,
            }
        }
    }

    /// Waits until what is due is due and the API may be asked; when, depends on the cards that wait.
    async fn until(&self, due: impl Fn(Cards) -> Instant, cards: &mut Receiver<Cards>) {
        loop {
            let now = *cards.borrow_and_update();
            let due = due(now).max(Instant::now() + self.rest.left());
            tokio::select! {
                () = sleep_until(due) => return,
                // The sender lives in `self`.
                _ = cards.changed() => {}
            }
        }
    }

    /// Takes in what is new. Says whether that is all; where not, a full list is needed.
    async fn look(
        &self,
        journal: &Journal,
        shared: &Shared,
        cursor: &mut Cursor,
    ) -> Result<bool, QueueError> {
        self.notice_freed(journal).await?;
        let (lists, mut ends) = shared.get();
        let mut is_all = true;
        for end in &mut ends {
            let offer = |page: Vec<AcsCredential>| async move { self.offer(journal, &page).await };
            is_all &= self.look_at_end(end, offer).await?;
        }
        shared.update(lists, ends);
        let told = self.read_events(journal, cursor).await?;
        self.kept().remove_all(&told.gone);
        self.change_roll(|roll| roll.remove_all(&told.gone));
        self.offer(journal, &told.changed).await?;
        Ok(is_all && !told.is_more)
    }

    /// Tells those that wait what became of a call of the API.
    fn tell<T>(&self, outcome: Result<T, QueueError>) -> Option<T> {
        let (outcome, found) = match outcome {
            Ok(found) => (Ok(()), Some(found)),
            Err(error) => {
                tracing::debug!("the queue stays as it is: {error}");
                let of_the_api = match error {
                    QueueError::Api(error) => Some(error),
                    QueueError::Resting(_) | QueueError::Journal(_) => None,
                };
                (Err(of_the_api), None)
            }
        };
        self.news.asked(outcome);
        found
    }
}
