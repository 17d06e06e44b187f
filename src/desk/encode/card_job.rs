//! What every step with one card on its encoder needs, and what any of them may find out.

use std::sync::Arc;

use crate::desk::notice::{Committing, Notice, Observer};
use crate::desk::{Agent, IssueError, verdict};
use crate::encoder::CardSession;
use crate::issuance::entry::Issuance;
use crate::issuance::inspect::Look;
use crate::issuance::journal::{JournalError, Lease};
use crate::issuance::policy::Allowed;
use crate::issuance::refusal::Refusal;
use crate::issuance::state::{Event, State};
use crate::issuance::write_verify::holds;
use crate::seam::{AcsCredential, Time};

/// What every step with one card on its encoder needs.
pub(super) struct CardJob<'a> {
    pub(super) agent: &'a Agent,
    pub(super) card: &'a CardSession,
    /// What the card was and held before the first step.
    pub(super) look: Arc<Look>,
    /// What it holds, if it is no longer the card of that credential.
    pub(super) superseded: Option<String>,
    pub(super) allowed: Allowed,
    pub(super) observer: &'a Observer,
}

impl CardJob<'_> {
    /// What was begun on this card and is not finished.
    pub(super) async fn open(&self) -> Result<Option<Issuance>, IssueError> {
        let uid = self.look.inspection().uid;
        let open = self
            .agent
            .journal
            .read(move |journal| journal.open_on_card(&uid));
        Ok(open.await?)
    }

    /// Whether what is on this card may be lost.
    pub(super) fn may_overwrite(&self) -> bool {
        self.allowed.overwrites(self.look.inspection().uid)
    }

    /// Says which credential the next steps are about.
    pub(super) fn tries(&self, acs_credential_id: &str) {
        (self.observer)(Notice::tried(self.card.encoder(), acs_credential_id));
    }

    /// A card that is finished holds the end that the stay had when it was begun.
    pub(super) fn tell_of_another_end(&self, issuance: &Issuance, credential: &AcsCredential) {
        let on_card = issuance.ends_at();
        match credential.ends_at_time() {
            Ok(in_seam) if in_seam.map(Time::as_second) != on_card => {
                (self.observer)(Notice::HoldsAnotherEnd {
                    issuance: issuance.clone(),
                    on_card: on_card.map(Time::from_second),
                    in_seam,
                });
            }
            Ok(_) | Err(_) => {}
        }
    }

    pub(super) async fn found_whole(&self, mut issuance: Issuance) -> Result<Issuance, IssueError> {
        let _committing = Committing::begin(self.observer);
        let found = std::slice::from_mut(&mut issuance);
        verdict::note(&self.agent.journal, found, Event::Verified, self.observer).await?;
        if !self.agent.is_still_ours(&mut issuance).await? {
            let acs_credential_id = issuance.acs_credential_id.clone();
            return Err(Refusal::Superseded { acs_credential_id }.into());
        }
        tracing::info!(issuance_id = %issuance.issuance_id, "read back, and good");
        (self.observer)(Notice::Written(issuance.clone()));
        Ok(issuance)
    }

    /// Whether the card holds the record of an issuance that was to write it.
    pub(super) fn is_whole(&self, open: &Issuance) -> bool {
        open.state() != State::Claiming && holds(&self.look.inspection().contents, &open.record)
    }

    /// The right to write an issuance that was begun, or to give it up: its card may be whole already, and only its writer knows.
    pub(super) fn lease(&self, open: &Issuance) -> Result<Lease, IssueError> {
        let lease = self.agent.journal.lease(open.issuance_id)?;
        let card_uid = open.card_uid;
        Ok(lease.ok_or(Refusal::BeingWritten { card_uid })?)
    }
}

/// Before the first write, an issuance that another process has moved on is one that it is at.
pub(super) fn overtaken_is_refused(error: JournalError) -> IssueError {
    match error {
        JournalError::Overtaken { .. } => Refusal::BeingIssued.into(),
        error => error.into(),
    }
}
