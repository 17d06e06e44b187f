//! The whole of a one-shot command: a credential onto the card, and its report.

use crate::desk::agent::{Agent, Wanted};
use crate::desk::error::IssueError;
use crate::desk::feedback;
use crate::desk::notice::Observer;
use crate::encoder::CardSession;
use crate::issuance::entry::Issuance;
use crate::issuance::policy::Allowed;

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
        Ok(self.report_card(issuance?, observer).await)
    }
}
