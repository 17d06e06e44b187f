//! What brings credentials onto cards, for every front end: the workflows, and the loop that serves each card that is placed.
//!
//! | file | holds |
//! |---|---|
//! | `encode` | one credential onto one card |
//! | [`creation`] | a credential that is created for the card |
//! | [`wipe`] | our record off a card |
//! | `verdict` | what the journal cannot take yet |
//! | [`stop`] | what becomes of a card when the process is asked to stop |
//! | `feedback` | the encoder's own beep and light |
//! | [`notice`] | what happens, for whoever shows it |
//! | `error` | why a card did not become a good one |
//! | [`service_loop`] | the loop of `cardbridge run` |
//! | `handle` | [`Desk`]: commands in, a snapshot and events out |
//! | `shared` | what all its handles share, and what it hears from the encoders |
//! | `hub`, [`snapshot`], [`event`] | what has happened so far, and what happens, for any number of readers |
//! | [`ticket`] | a command under way: how it ends, how it is cancelled |
//! | [`target`] | where a credential is encoded: a reader here, or another kind of encoder |
//! | `parts` | what a desk works with: without an API it reads and wipes cards all the same |
//! | `local` | the readers of this machine, and the cards on them |
//! | `reader` | a reader of this machine as such a target |

pub mod creation;
pub mod event;
pub mod notice;
pub mod service_loop;
pub mod snapshot;
pub mod stop;
pub mod target;
pub mod ticket;
pub mod wipe;

mod encode;
mod error;
mod feedback;
mod handle;
mod hub;
mod local;
mod parts;
mod reader;
mod shared;
mod verdict;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cardbridge_drivers::contract::{CardChannel, ChannelError, DriverError};
use jiff::Timestamp;
use tokio::sync::Notify;
use uuid::Uuid;

pub use self::error::{DeskError, IssueError};
pub use self::handle::{Desk, Keep, Manner};
pub use self::hub::{Events, KEPT, Update};
pub use self::parts::Parts;
use crate::desk::notice::{Notice, Observer};
use crate::encoder::CardSession;
use crate::issuance::CardSettings;
use crate::issuance::entry::Issuance;
use crate::issuance::inspect::{Seen, Sight, examine};
use crate::issuance::journal::{Journal, JournalError, JournalReader};
use crate::issuance::policy::{Allowed, credential_may_be_issued};
use crate::queue::CredentialQueue;
use crate::report::{Drained, Reporter, Settled, Urgency};
use crate::seam::AcsCredential;

/// What issues credentials: one for all encoders of a process.
#[derive(Debug)]
pub struct Agent {
    queue: Arc<CredentialQueue>,
    journal: Arc<Journal>,
    reporter: Arc<Reporter>,
    setup: Arc<CardSettings>,
    unreported: Notify,
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
            told_of_clock: AtomicBool::new(false),
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

    /// Says before any card is there whether something could be issued, so that nobody waits for nothing.
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
            // Whether what is half-way can be finished depends on which card is put down.
            Wanted::Credential(id) if self.open_of_credential(id).await?.is_some() => Ok(()),
            Wanted::Credential(id) => {
                let credential = self.queue.fetch(id).await?;
                let written = self.written(id).await?;
                credential_may_be_issued(&credential, &written, allowed, self.now(observer))?;
                Ok(())
            }
            Wanted::Fetched(credential) => {
                let written = self.written(&credential.acs_credential_id).await?;
                credential_may_be_issued(credential, &written, allowed, self.now(observer))?;
                Ok(())
            }
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

    /// The time that decides what has ended. Where it is not this machine's, the person is told, once.
    fn now(&self, observer: &Observer) -> Timestamp {
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

    /// Whether nobody is told of issuances, because no sink is configured.
    #[must_use]
    pub fn reports_to_nobody(&self) -> bool {
        self.reporter.has_no_sink()
    }

    /// Names what the API has in the queue and could not be read.
    fn tell_left_out(&self, observer: &Observer) {
        for odd in self.queue.left_out() {
            observer(Notice::LeftOut(odd));
        }
    }

    /// What the journal has open for a credential.
    async fn open_of_credential(&self, id: &str) -> Result<Option<Issuance>, JournalError> {
        let id = id.to_owned();
        let open = move |journal: &JournalReader| journal.open_of_credential(&id);
        self.journal.read(open).await
    }

    async fn written(&self, acs_credential_id: &str) -> Result<Vec<Issuance>, JournalError> {
        let id = acs_credential_id.to_owned();
        self.journal.read(move |journal| journal.written(&id)).await
    }

    async fn issuance(&self, id: Uuid) -> Result<Option<Issuance>, JournalError> {
        self.journal.read(move |journal| journal.issuance(id)).await
    }

    /// Lets the loop know that there is something to report.
    fn something_to_report(&self) {
        self.unreported.notify_one();
    }

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

/// Says what became of a report.
fn tell(settled: &Settled, observer: &Observer) {
    match settled {
        Settled::Issued(issuance) => observer(Notice::Reported(issuance.clone())),
        Settled::Invalidated(issuance) => observer(Notice::Invalidated(issuance.clone())),
        Settled::Waits(waiting) if waiting.tried => {
            observer(Notice::NotReported(waiting.clone()));
        }
        Settled::Waits(_) => {}
    }
}

/// What a card is and holds, as one who has these keys sees it.
#[derive(Debug)]
struct Known {
    setup: Arc<CardSettings>,
    sight: Sight,
}

/// What is known of a card, which is read unless nothing was done with it since that was last done.
async fn known(card: &CardSession, setup: &Arc<CardSettings>) -> Result<Arc<Known>, ChannelError> {
    if let Some(known) = card.learnt::<Known>()
        && Arc::ptr_eq(&known.setup, setup)
    {
        return Ok(known);
    }
    let setup = Arc::clone(setup);
    let read = move |channel: &mut dyn CardChannel| Known {
        sight: examine(channel, &setup.drivers, setup.keys.all()),
        setup,
    };
    card.learn(read, |known| known.sight.seen.is_ok()).await
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
