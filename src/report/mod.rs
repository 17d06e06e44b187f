//! Reports to the outside world that an issuance is done, and later that its card is no longer good: at least once, durably,
//! in order per credential, with the same id each time.
//!
//! The hosted API has no endpoint that takes an issuance from outside, so the report is Seam's own event in Seam's webhook
//! shape, and for Access Grants a call of `assign_card`. An issuance is closed when every configured sink has taken it.

mod assign_card;
mod attempt;
mod backoff;
mod drain;
mod event;
mod one;
mod rest;
mod signature;
mod webhook;

use cardbridge_drivers::contract::Uid;
use jiff::Timestamp;
use tokio::sync::Mutex;

pub use self::assign_card::AssignCardSink;
use self::attempt::{Delivered, Failure};
use self::rest::Rests;
pub use self::signature::{MalformedSecret, WebhookSecret};
pub use self::webhook::{EventSink, Unreachable};
use crate::issuance::entry::{Issuance, Report};
use crate::issuance::journal::{Journal, JournalError, JournalReader, SinkName};

/// One place that wants to know.
#[derive(Debug)]
pub enum Sink {
    /// The signed event.
    Event(EventSink),
    /// Seam's `assign_card`.
    AssignCard(AssignCardSink),
}

impl Sink {
    /// Its name in the journal.
    #[must_use]
    pub fn name(&self) -> SinkName {
        match self {
            Self::Event(_) => SinkName::Event,
            Self::AssignCard(_) => SinkName::AssignCard,
        }
    }

    /// Whether such a report has any place there: Seam has no call that takes an assigned card back.
    fn takes(&self, report: Report) -> bool {
        match self {
            Self::Event(_) => true,
            Self::AssignCard(_) => report == Report::Issued,
        }
    }

    async fn deliver(
        &self,
        issuance: &Issuance,
        report: Report,
        attempts: u32,
    ) -> Result<Delivered, Failure> {
        match self {
            Self::Event(sink) => sink
                .deliver(issuance, report, attempts)
                .await
                .map(|()| Delivered::Yes),
            Self::AssignCard(sink) => sink.deliver(issuance).await,
        }
    }
}

/// What one pass over the unreported issuances achieved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drained {
    /// Issuances that were reported as issued in this pass.
    pub closed: Vec<Issuance>,
    /// Issuances whose card was reported as no longer good in this pass.
    pub invalidated: Vec<Issuance>,
    /// What is still to be reported, each with what went wrong last.
    pub waiting: Vec<Waiting>,
    /// When the next attempt is due, if one is.
    pub next_due: Option<Timestamp>,
}

/// A report that is not taken yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The issuance.
    pub issuance: Issuance,
    /// What is to be reported of it.
    pub report: Report,
    /// Whether this pass tried it; if not, its pause is not over, or an earlier report of the same credential waits.
    pub tried: bool,
    /// What a sink said last, if one was ever tried.
    pub last_error: Option<String>,
}

impl Waiting {
    fn untried(issuance: Issuance, report: Report) -> Self {
        Self {
            issuance,
            report,
            tried: false,
            last_error: None,
        }
    }
}

/// What became of one report in a pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// The issuance is reported.
    Issued(Issuance),
    /// It is reported that its card is no longer good.
    Invalidated(Issuance),
    /// It is still to be reported.
    Waits(Waiting),
}

impl Settled {
    fn taken(issuance: Issuance, report: Report) -> Self {
        match report {
            Report::Issued => Self::Issued(issuance),
            Report::Invalidated => Self::Invalidated(issuance),
        }
    }
}

/// Which reports to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// Those whose pause is over.
    WhenDue,
    /// All of them: a person asked.
    Now,
}

/// Sends what is unreported. One pass at a time.
#[derive(Debug)]
pub struct Reporter {
    sinks: Vec<Sink>,
    rests: Rests,
    /// Held for a whole pass.
    one_pass: Mutex<()>,
}

impl Reporter {
    /// A reporter for these sinks; with none, everything stays unreported.
    #[must_use]
    pub fn new(sinks: Vec<Sink>) -> Self {
        Self {
            sinks,
            rests: Rests::default(),
            one_pass: Mutex::default(),
        }
    }

    /// Whether issuances are reported nowhere.
    #[must_use]
    pub fn has_no_sink(&self) -> bool {
        self.sinks.is_empty()
    }

    /// One pass over everything unreported: several credentials at once, the reports of each in order. What was tried least comes
    /// first, so that one report that a sink cannot digest does not hold up the others for ever. `settled` is called for each report
    /// as its fate is known.
    ///
    /// # Errors
    /// When the journal fails; what a sink answers is not an error but is in [`Drained::waiting`].
    pub async fn drain(
        &self,
        journal: &Journal,
        urgency: Urgency,
        settled: &(dyn Fn(&Settled) + Sync),
    ) -> Result<Drained, JournalError> {
        let unreported = journal.read(JournalReader::unreported).await?;
        self.pass(journal, unreported, urgency, settled).await
    }

    /// The same now, over what is unreported of the credentials of one card.
    ///
    /// # Errors
    /// When the journal fails.
    pub async fn drain_card(
        &self,
        journal: &Journal,
        uid: &Uid,
        settled: &(dyn Fn(&Settled) + Sync),
    ) -> Result<Drained, JournalError> {
        let uid = *uid;
        let unreported = journal
            .read(move |journal| journal.unreported_of_card(&uid))
            .await?;
        self.pass(journal, unreported, Urgency::Now, settled).await
    }
}

/// No sink had a place for an issuance; it stays unreported rather than pass for reported.
const NOBODY_CONCERNED: &str = "this credential belongs to no access grant, so assign_card has no place for it: configure report.url as well";

/// Only `assign_card` is configured, and a card that is no longer good cannot be reported there.
const NO_WAY_BACK: &str =
    "assign_card cannot report that a card is no longer good: configure report.url as well";
