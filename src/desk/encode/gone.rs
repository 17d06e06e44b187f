//! When an issuance that was begun is given up: never for one answer, and never without a word.

use jiff::{SignedDuration, Timestamp};

use super::card_job::CardJob;
use crate::desk::IssueError;
use crate::desk::notice::{Committing, GivenUp, Notice};
use crate::issuance::entry::Issuance;
use crate::issuance::journal::JournalError;
use crate::issuance::state::Event;
use crate::seam::{self, SeamError};

/// How long the API has to go on saying that a credential does not exist before its unfinished card is free.
const GONE_AFTER: SignedDuration = SignedDuration::from_mins(5);

impl CardJob<'_> {
    /// The API says that the credential of an open issuance does not exist. That is believed when it goes on saying so, and when
    /// its list says the same: an upstream that fails answers like that for a moment.
    pub(super) async fn not_found(
        &self,
        refusal: Box<seam::ApiError>,
        open: Issuance,
    ) -> Result<IssueError, JournalError> {
        let Self { agent, .. } = self;
        let is_gone = refusal.says_not_found()
            && agent
                .queue
                .is_gone(&open.acs_credential_id, &open.origin.acs_system_id)
                .await;
        let confirmed_at = if is_gone {
            let now = Timestamp::now();
            let since = agent.journal.note_missing(open.issuance_id, now).await?;
            let at = since.saturating_add(GONE_AFTER).unwrap_or(now);
            if at <= now {
                self.give_up(open, GivenUp::NotFound).await?;
                return Ok(SeamError::Refused(refusal).into());
            }
            Some(at)
        } else {
            agent.journal.note_found(open.issuance_id).await?;
            None
        };
        tracing::debug!(issuance_id = %open.issuance_id, ?confirmed_at, "not given up: {refusal}");
        Ok(IssueError::NotFound {
            refusal,
            issuance: Box::new(open),
            confirmed_at,
        })
    }

    /// The card holds no valid record and never will hold this one: it is free again.
    pub(super) async fn give_up(
        &self,
        mut open: Issuance,
        why: GivenUp,
    ) -> Result<(), JournalError> {
        let journal = &self.agent.journal;
        let _committing = Committing::begin(self.observer);
        journal
            .advance(&mut open, Event::GivenUp, Timestamp::now())
            .await?;
        (self.observer)(Notice::GivenUp {
            issuance: open,
            why,
        });
        Ok(())
    }
}
