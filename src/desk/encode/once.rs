//! The whole of a one-shot command: a credential onto the card, and its report.

use std::sync::Arc;

use crate::desk::agent::{Agent, Wanted, tell};
use crate::desk::error::IssueError;
use crate::desk::feedback;
use crate::desk::notice::{Notice, Observer};
use crate::encoder::CardSession;
use crate::issuance::entry::Issuance;
use crate::issuance::policy::Allowed;
use crate::report::Settled;

impl Agent {
    /// Puts a credential onto the card and tries to report it, once: the whole of a one-shot command.
    ///
    /// # Errors
    /// As [`issue`](Self::issue). An issuance that could not be reported is not an error: its state says so.
    pub async fn issue_and_report(
        &self,
        card: &CardSession,
        wanted: Wanted<'_>,
        allowed: Allowed,
        observer: &Observer,
    ) -> Result<Issuance, IssueError> {
        let issuance = match wanted {
            Wanted::Credential(id) => self.issue(card, id, allowed, observer).await,
            Wanted::Fetched(credential) => {
                self.issue_fetched(card, credential, allowed, observer)
                    .await
            }
            Wanted::Next => self.issue_next(card, allowed, observer).await,
        };
        feedback::tell(card, issuance.as_ref().err());
        let issuance = issuance?;
        // The backlog is for `run` and `retry`: the person at the desk waits for this one. The card is good, whatever becomes of
        // its report: that stays to be sent.
        let settled = |settled: &Settled| tell(settled, observer);
        let drained = self
            .reporter
            .drain_card(&self.journal, &issuance.card_uid, &settled);
        let noted = match drained.await {
            Ok(_) => self.issuance(issuance.issuance_id).await,
            Err(error) => Err(error),
        };
        match noted {
            Ok(now) => Ok(now.unwrap_or(issuance)),
            Err(error) => {
                observer(Notice::JournalTrouble(Arc::new(error)));
                Ok(issuance)
            }
        }
    }
}
