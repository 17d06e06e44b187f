//! What issues credentials: the parts that this takes, and what can be said before any card is there.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cardbridge_drivers::contract::DriverError;
use jiff::Timestamp;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::desk::error::IssueError;
use crate::desk::known::known;
use crate::desk::notice::{Notice, Observer};
use crate::desk::other_desks::OtherDesks;
use crate::desk::turns::Turns;
use crate::encoder::CardSession;
use crate::issuance::CardSettings;
use crate::issuance::entry::Issuance;
use crate::issuance::inspect::Seen;
use crate::issuance::journal::{Journal, JournalError, JournalReader};
use crate::issuance::policy::{Allowed, may_be_issued};
use crate::issuance::seam_encode::{Outcome, SeamEncode};
use crate::queue::{CredentialQueue, Property};
use crate::report::{Drained, Reporter, Settled, Urgency};
use crate::seam::AcsCredential;

/// What issues credentials: one for all encoders of a process.
#[derive(Debug)]
pub struct Agent {
    pub(super) queue: Arc<CredentialQueue>,
    pub(super) journal: Arc<Journal>,
    pub(super) reporter: Arc<Reporter>,
    pub(super) setup: Arc<CardSettings>,
    pub(super) unreported: Notify,
    /// Something was left open that Seam was asked for.
    pub(super) unsettled: Notify,
    /// Of the orders that create a credential.
    pub(super) turns: Turns,
    /// The other desks, where there are some.
    pub(super) others: Option<Arc<OtherDesks>>,
    told_of_clock: AtomicBool,
}

impl Agent {
    /// Puts the parts together.
    #[must_use]
    pub fn new(
        queue: CredentialQueue,
        journal: Journal,
        reporter: Reporter,
        setup: CardSettings,
    ) -> Self {
        Self {
            queue: Arc::new(queue),
            journal: Arc::new(journal),
            reporter: Arc::new(reporter),
            setup: Arc::new(setup),
            unreported: Notify::new(),
            unsettled: Notify::new(),
            turns: Turns::default(),
            others: None,
            told_of_clock: AtomicBool::new(false),
        }
    }

    /// The same as one desk of a property.
    #[must_use]
    pub fn with_property(self, property: Property) -> Self {
        let others = OtherDesks::new(Arc::clone(&self.journal), property);
        Self {
            others: Some(Arc::new(others)),
            ..self
        }
    }

    /// The journal.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The queue.
    #[must_use]
    pub fn queue(&self) -> &CredentialQueue {
        &self.queue
    }

    /// Looks at the card on an encoder. A card that is held is read once, until something else is done with it.
    ///
    /// # Errors
    /// When the card cannot be read.
    pub async fn look(&self, card: &CardSession) -> Result<Seen, DriverError> {
        known(card, &self.setup).await?.sight.seen.clone()
    }

    /// Says before any card is there whether something could be issued, so that no card is waited for in vain.
    ///
    /// # Errors
    /// As [`issue`](Self::issue) would answer.
    pub async fn check(
        &self,
        wanted: Wanted<'_>,
        allowed: Allowed,
        observer: &Observer,
    ) -> Result<(), IssueError> {
        match wanted {
            // Whether what is unfinished can be finished depends on which card is placed.
            Wanted::Credential(id) if self.open_of_credential(id).await?.is_some() => Ok(()),
            Wanted::Credential(id) => {
                let credential = self.queue.fetch(id).await?;
                self.may_be_issued(&credential, allowed, observer).await
            }
            Wanted::Fetched(credential) => self.may_be_issued(credential, allowed, observer).await,
            Wanted::Next => {
                if self.journal.read(JournalReader::has_open).await? {
                    return Ok(());
                }
                let waits = self.queue.is_something_waiting(&self.journal).await;
                self.tell_left_out(observer);
                if waits? {
                    Ok(())
                } else {
                    Err(IssueError::NothingWaiting)
                }
            }
        }
    }

    async fn may_be_issued(
        &self,
        credential: &AcsCredential,
        allowed: Allowed,
        observer: &Observer,
    ) -> Result<(), IssueError> {
        let id = &credential.acs_credential_id;
        let known = self.known_of(id).await?;
        let now = self.now(observer);
        may_be_issued(credential, &known.past, allowed, now)?;
        self.others_allow(credential, known, allowed, now).await
    }

    /// The time that decides what has ended. Where it is not this machine's, that is reported, once.
    pub(super) fn now(&self, observer: &Observer) -> Timestamp {
        if let Some(ahead) = self.queue.clock_ahead()
            && !self.told_of_clock.swap(true, Ordering::Relaxed)
        {
            observer(Notice::ClockOff(ahead));
        }
        self.queue.now()
    }

    /// Sends what is unreported, once through, and says what became of it.
    ///
    /// # Errors
    /// When the journal fails.
    pub async fn report(
        &self,
        urgency: Urgency,
        observer: &Observer,
    ) -> Result<Drained, JournalError> {
        let settled = |settled: &Settled| tell(settled, observer);
        self.reporter.drain(&self.journal, urgency, &settled).await
    }

    /// Tries to report a card that is good, once, and says what is in the journal then. The backlog is for `run` and `retry`: the
    /// person at the desk waits for this one. The card is good, whatever becomes of its report: that stays to be sent.
    pub(super) async fn report_card(&self, issuance: Issuance, observer: &Observer) -> Issuance {
        let settled = |settled: &Settled| tell(settled, observer);
        let drained = self
            .reporter
            .drain_card(&self.journal, &issuance.card_uid, &settled);
        let noted = match drained.await {
            Ok(_) => self.issuance(issuance.issuance_id).await,
            Err(error) => Err(error),
        };
        match noted {
            Ok(now) => now.unwrap_or(issuance),
            Err(error) => {
                observer(Notice::JournalTrouble(Arc::new(error)));
                issuance
            }
        }
    }

    /// Whether issuances are not reported, because no sink is configured.
    #[must_use]
    pub fn reports_to_nobody(&self) -> bool {
        self.reporter.has_no_sink()
    }

    /// Names what the API has in the queue and could not be read.
    pub(super) fn tell_left_out(&self, observer: &Observer) {
        for odd in self.queue.left_out() {
            observer(Notice::LeftOut(odd));
        }
    }

    /// What the journal has open for a credential.
    pub(super) async fn open_of_credential(
        &self,
        id: &str,
    ) -> Result<Option<Issuance>, JournalError> {
        let id = id.to_owned();
        let open = move |journal: &JournalReader| journal.open_of_credential(&id);
        self.journal.read(open).await
    }

    pub(super) async fn written(
        &self,
        acs_credential_id: &str,
    ) -> Result<Vec<Issuance>, JournalError> {
        let id = acs_credential_id.to_owned();
        self.journal.read(move |journal| journal.written(&id)).await
    }

    /// What an encoder of Seam's has, or may have, done with a credential.
    pub(super) async fn by_seam(
        &self,
        acs_credential_id: &str,
    ) -> Result<Option<SeamEncode>, JournalError> {
        let id = acs_credential_id.to_owned();
        self.journal.read(move |journal| journal.by_seam(&id)).await
    }

    /// Gives up what Seam was asked before, as the person at the desk has decided.
    pub(super) async fn give_up_at_seam(
        &self,
        mut encode: SeamEncode,
        observer: &Observer,
    ) -> Result<(), JournalError> {
        let outcome = Outcome::Failed {
            code: "given_up".to_owned(),
            message: "it was given up for another card".to_owned(),
        };
        let at = Timestamp::now();
        self.journal.end_at_seam(&mut encode, outcome, at).await?;
        observer(Notice::SeamHasEncoded(encode));
        Ok(())
    }

    pub(super) async fn issuance(&self, id: Uuid) -> Result<Option<Issuance>, JournalError> {
        self.journal.read(move |journal| journal.issuance(id)).await
    }

    /// Lets the loop know that there is something to report.
    pub(super) fn something_to_report(&self) {
        self.unreported.notify_one();
    }
}

/// Which credential to issue.
#[derive(Debug, Clone, Copy)]
pub enum Wanted<'a> {
    /// This one.
    Credential(&'a str),
    /// This one, which the API has just given: it is not asked for again.
    Fetched(&'a AcsCredential),
    /// The one that has waited longest.
    Next,
}

/// Says what became of a report.
pub(super) fn tell(settled: &Settled, observer: &Observer) {
    match settled {
        Settled::Issued(issuance) => observer(Notice::Reported(issuance.clone())),
        Settled::Invalidated(issuance) => observer(Notice::Invalidated(issuance.clone())),
        Settled::Waits(waiting) if waiting.tried => {
            observer(Notice::NotReported(waiting.clone()));
        }
        Settled::Waits(_) => {}
    }
}
