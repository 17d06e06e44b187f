//! Looking at the queue without a card: what is shown, and whether the API answers. It is asked more often meanwhile.

use std::sync::Arc;

use tokio::sync::watch;

use super::roll::Shown;
use super::warm::{Answering, Watching};
use super::{CredentialQueue, QueueError};
use crate::issuance::journal::Journal;
use crate::seam::AcsCredential;

impl CredentialQueue {
    /// Looks at the queue for as long as the answer lives: it is then asked about more often, and can be kept for that alone.
    #[must_use]
    pub fn look_on(&self) -> Watching {
        self.news.watch()
    }

    /// How many look at the queue.
    #[must_use]
    pub fn watchers(&self) -> watch::Receiver<usize> {
        self.news.watchers()
    }

    /// Whether a page looks at the queue.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        *self.news.watchers().borrow() > 0
    }

    /// Takes in what the API has just said of a credential.
    ///
    /// # Errors
    /// When the journal fails.
    pub async fn note(
        &self,
        journal: &Journal,
        credential: &AcsCredential,
    ) -> Result<(), QueueError> {
        self.offer(journal, std::slice::from_ref(credential)).await
    }

    /// Whether the queue was listed to its end.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let state = self.news.state();
        state.is_complete
    }

    /// What those who look at the queue are shown, the one that has waited longest first, with the number that tells one such
    /// answer from the next.
    #[must_use]
    pub fn shown(&self) -> (u64, Vec<Arc<Shown>>) {
        let roll = self.roll();
        (roll.revision(), roll.rows())
    }

    /// Ready when what is shown is not what it was at that number, or is complete, or is so no more.
    pub async fn shown_since(&self, revision: u64, is_complete: bool) {
        self.news.shown_since(revision, is_complete).await;
    }

    /// Whether the API answers, once that is another than before.
    pub async fn answering_since(&self, before: &Answering) -> Answering {
        self.news.answering_since(before).await
    }
}
