//! Noting in the journal that an attempt has ended: now, or as soon as the journal can be written.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::sleep;
use uuid::Uuid;

use super::api::LocalApi;
use super::attempts::Outcome;
use super::failure::Kind;
use crate::issuance::attempt::{Attempt, Ended};
use crate::issuance::journal::JournalError;

/// How long after the journal could not be written it is tried again.
pub(super) const AGAIN_AFTER: Duration = Duration::from_secs(1);

impl LocalApi {
    /// Notes how an attempt at work ended. It stays pending for as long as that cannot be noted.
    pub(super) async fn end(
        self: &Arc<Self>,
        attempt: Attempt,
        outcome: Outcome,
    ) -> Result<Attempt, JournalError> {
        let ended = Ended {
            at: Timestamp::now(),
            outcome,
        };
        let id = attempt.action_attempt_id;
        if let Err(error) = self.journal().end_attempt(id, ended.clone()).await {
            tracing::error!("the end of an action attempt cannot be noted yet: {error}");
            self.note_later(id, ended);
            return Err(error);
        }
        self.at_work().remove(&id);
        Ok(Attempt {
            ended: Some(ended),
            credential: None,
            ..attempt
        })
    }

    /// Ends an attempt that could not be begun, if the journal has it once it can be written again.
    pub(super) fn end_later(self: &Arc<Self>, attempt: &Attempt) {
        let message = "the attempt could not be noted in the journal; nothing was begun";
        let outcome = Err(Kind::Uncategorized.of(attempt.action.action_type(), message));
        let at = Timestamp::now();
        self.note_later(attempt.action_attempt_id, Ended { at, outcome });
    }

    /// Notes how an attempt ended, once the journal can be written again.
    fn note_later(self: &Arc<Self>, id: Uuid, ended: Ended) {
        let api = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                sleep(AGAIN_AFTER).await;
                let Some(api) = api.upgrade() else {
                    return;
                };
                if api.journal().end_attempt(id, ended.clone()).await.is_ok() {
                    api.at_work().remove(&id);
                    return;
                }
            }
        });
    }
}
