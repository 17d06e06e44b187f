//! Telling the outside world that an issuance is done, and later that its card is no longer good: at least once, durably,
//! in order per credential, with the same id each time.
//!
//! The hosted API has no endpoint that takes an issuance from outside, so the report is Seam's own event in Seam's webhook
//! shape, and for Access Grants a call of `assign_card`. An issuance is closed when every configured sink has taken it.

mod assign_card;
mod backoff;
mod event;
mod signature;
mod webhook;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::{Duration, Instant};

use cardbridge_drivers::contract::Uid;
use jiff::Timestamp;
use tokio::sync::Mutex;

pub use self::assign_card::AssignCardSink;
pub use self::signature::{MalformedSecret, WebhookSecret};
pub use self::webhook::{EventSink, Unreachable};
use crate::issuance::journal::{Delivery, Journal, JournalError, SinkName};
use crate::issuance::state::{Issuance, Report};

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

/// What a sink made of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Delivered {
    /// It knows.
    Yes,
    /// It has no place for this issuance. That is no report: another sink has to take it.
    DoesNotConcern,
}

/// Why one attempt at one sink did not succeed. It is tried again in any case.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Failure {
    what: String,
    /// How long the sink asked to be left alone.
    asked: Option<Duration>,
    /// Whether the sink as a whole is in trouble, so that the next issuance need not be tried now.
    whole_sink: bool,
}

impl Failure {
    fn unreachable(what: String) -> Self {
        Self {
            what,
            asked: None,
            whole_sink: true,
        }
    }

    fn busy(what: String, asked: Option<Duration>) -> Self {
        Self {
            what,
            asked,
            whole_sink: true,
        }
    }

    fn refused(what: String) -> Self {
        Self {
            what,
            asked: None,
            whole_sink: false,
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
    /// What is to be told of it.
    pub report: Report,
    /// Whether this pass tried it; if not, its pause is not over, or an earlier report of the same credential waits.
    pub tried: bool,
    /// What a sink said last, if one was ever tried.
    pub last_error: Option<String>,
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
    /// Held for a whole pass.
    rests: Mutex<Rests>,
}

/// The sinks that are in trouble as a whole.
type Rests = HashMap<SinkName, Rest>;

/// How long a sink is left alone, whatever there is to report.
#[derive(Debug)]
struct Rest {
    /// Failures in a row.
    failures: u32,
    /// By a clock that nobody can set.
    until: Instant,
}

impl Rest {
    /// When it is over, unless it is.
    fn ends_at(&self, now: Timestamp) -> Option<Timestamp> {
        let left = self.until.saturating_duration_since(Instant::now());
        (!left.is_zero()).then(|| now.saturating_add(left).unwrap_or(now))
    }
}

impl Reporter {
    /// A reporter for these sinks; with none, everything stays unreported.
    #[must_use]
    pub fn new(sinks: Vec<Sink>) -> Self {
        Self {
            sinks,
            rests: Mutex::default(),
        }
    }

    /// Whether nobody is told anything.
    #[must_use]
    pub fn has_no_sink(&self) -> bool {
        self.sinks.is_empty()
    }

    /// One pass over everything unreported: in order for each credential, and what was tried least comes first, so that
    /// one report that a sink cannot digest does not hold up the others for ever.
    ///
    /// # Errors
    /// When the journal fails; what a sink answers is not an error but stands in [`Drained::waiting`].
    pub async fn drain(
        &self,
        journal: &Journal,
        urgency: Urgency,
    ) -> Result<Drained, JournalError> {
        self.pass(journal, journal.unreported()?, urgency).await
    }

    /// The same now, over what is unreported of the credentials of one card.
    ///
    /// # Errors
    /// When the journal fails.
    pub async fn drain_card(&self, journal: &Journal, uid: &Uid) -> Result<Drained, JournalError> {
        let unreported = journal.unreported_of_card(uid)?;
        self.pass(journal, unreported, Urgency::Now).await
    }

    async fn pass(
        &self,
        journal: &Journal,
        unreported: Vec<Issuance>,
        urgency: Urgency,
    ) -> Result<Drained, JournalError> {
        let mut rests = self.rests.lock().await;
        journal.check()?;
        if urgency == Urgency::Now {
            let now = Instant::now();
            rests.values_mut().for_each(|rest| rest.until = now);
        }
        let mut drained = Drained::default();
        for of_credential in self.queues(journal, unreported)? {
            let mut held_back = self.has_no_sink();
            for Due { issuance, report } in of_credential {
                if held_back {
                    drained.waiting.push(Waiting {
                        issuance,
                        report,
                        tried: false,
                        last_error: None,
                    });
                    continue;
                }
                if !self.sinks.iter().any(|sink| sink.takes(report)) {
                    drained.waiting.push(Waiting {
                        issuance,
                        report,
                        tried: true,
                        last_error: Some(NO_WAY_BACK.to_owned()),
                    });
                    continue;
                }
                let outcome = self.report(journal, issuance, report, urgency, &mut rests);
                match (outcome.await?, report) {
                    (Outcome::Taken(issuance), Report::Issued) => drained.closed.push(issuance),
                    (Outcome::Taken(issuance), Report::Invalidated) => {
                        drained.invalidated.push(issuance);
                    }
                    (Outcome::Waits { waiting, due_at }, _) => {
                        held_back = true;
                        drained.waiting.push(waiting);
                        drained.next_due = [drained.next_due, due_at].into_iter().flatten().min();
                    }
                }
            }
        }
        Ok(drained)
    }

    /// What is unreported, by credential.
    fn queues(
        &self,
        journal: &Journal,
        unreported: Vec<Issuance>,
    ) -> Result<Vec<Vec<Due>>, JournalError> {
        let mut queues: Vec<(u32, Vec<Due>)> = Vec::new();
        let mut places = HashMap::new();
        for issuance in unreported {
            for report in issuance.due_reports() {
                let due = Due {
                    issuance: issuance.clone(),
                    report,
                };
                match places.entry(issuance.acs_credential_id.clone()) {
                    Entry::Occupied(place) => {
                        let place: &usize = place.get();
                        queues[*place].1.push(due);
                    }
                    Entry::Vacant(place) => {
                        place.insert(queues.len());
                        queues.push((self.attempts(journal, &due)?, vec![due]));
                    }
                }
            }
        }
        queues.sort_by_key(|(attempts, _)| *attempts);
        Ok(queues.into_iter().map(|(_, queue)| queue).collect())
    }

    fn attempts(&self, journal: &Journal, due: &Due) -> Result<u32, JournalError> {
        self.sinks.iter().try_fold(0_u32, |sum, sink| {
            let delivery = journal.delivery(due.issuance.issuance_id, due.report, sink.name())?;
            Ok(sum.saturating_add(delivery.attempts))
        })
    }

    async fn report(
        &self,
        journal: &Journal,
        mut issuance: Issuance,
        report: Report,
        urgency: Urgency,
        rests: &mut Rests,
    ) -> Result<Outcome, JournalError> {
        let mut told = false;
        let mut asked = false;
        let mut open = None;
        for sink in self.sinks.iter().filter(|sink| sink.takes(report)) {
            let mut delivery = journal.delivery(issuance.issuance_id, report, sink.name())?;
            let now = Timestamp::now();
            let rest = rests.get(&sink.name()).and_then(|rest| rest.ends_at(now));
            // A person who asks has perhaps changed what there is to ask.
            let is_due = urgency == Urgency::Now
                || delivery.unconcerned_at.is_none() && backoff::is_due(&delivery, now);
            let try_it = delivery.delivered_at.is_none() && is_due && rest.is_none();
            if try_it {
                asked = true;
                attempt(sink, &issuance, report, &mut delivery, rests).await;
                journal.note_delivery(issuance.issuance_id, report, sink.name(), &delivery)?;
            }
            if delivery.delivered_at.is_some() {
                told = true;
            } else if delivery.unconcerned_at.is_none() {
                let rest = rests.get(&sink.name()).and_then(|rest| rest.ends_at(now));
                let open = open.get_or_insert_with(Open::default);
                open.tried |= try_it;
                open.due_at = [open.due_at, delivery.due_at.max(rest)]
                    .into_iter()
                    .flatten()
                    .min();
                open.last_error = open.last_error.take().or(delivery.last_error);
            }
        }
        let open = match open {
            None if told => None,
            None => Some(Open {
                tried: asked,
                last_error: Some(NOBODY_CONCERNED.to_owned()),
                due_at: None,
            }),
            open => open,
        };
        if let Some(Open {
            tried,
            last_error,
            due_at,
        }) = open
        {
            return Ok(Outcome::Waits {
                waiting: Waiting {
                    issuance,
                    report,
                    tried,
                    last_error,
                },
                due_at,
            });
        }
        match journal.advance(&mut issuance, report.taken(), Timestamp::now()) {
            Ok(()) => Ok(Outcome::Taken(issuance)),
            // Another process reported it at the same time; the receiver dedupes by id. Or its card is being wiped by now: then the
            // delivery that was noted tells the next pass that this report needs no sending.
            Err(JournalError::Overtaken { issuance_id }) => Ok(Outcome::Taken(
                journal.issuance(issuance_id)?.unwrap_or(issuance),
            )),
            Err(error) => Err(error),
        }
    }
}

/// No sink had a place for an issuance; it stays unreported rather than pass for reported.
const NOBODY_CONCERNED: &str = "this credential belongs to no access grant, so assign_card has no place for it: configure report.url as well";

/// Only `assign_card` is configured, and a card that is no longer good cannot be told there.
const NO_WAY_BACK: &str =
    "assign_card cannot tell that a card is no longer good: configure report.url as well";

/// A report that is to be sent.
#[derive(Debug)]
struct Due {
    issuance: Issuance,
    report: Report,
}

/// What keeps an issuance from being closed.
#[derive(Default)]
struct Open {
    tried: bool,
    last_error: Option<String>,
    due_at: Option<Timestamp>,
}

/// One attempt at one sink, written into `delivery`.
async fn attempt(
    sink: &Sink,
    issuance: &Issuance,
    report: Report,
    delivery: &mut Delivery,
    rests: &mut Rests,
) {
    let outcome = sink.deliver(issuance, report, delivery.attempts).await;
    let now = Timestamp::now();
    let tried = Delivery {
        attempts: delivery.attempts.saturating_add(1),
        tried_at: Some(now),
        ..Delivery::default()
    };
    *delivery = match outcome {
        Ok(delivered) => {
            rests.remove(&sink.name());
            match delivered {
                Delivered::Yes => Delivery {
                    delivered_at: Some(now),
                    ..tried
                },
                Delivered::DoesNotConcern => Delivery {
                    unconcerned_at: Some(now),
                    ..tried
                },
            }
        }
        Err(failure) => {
            tracing::warn!(issuance_id = %issuance.issuance_id, sink = sink.name().as_str(), "not reported: {}", failure.what);
            let pause = |failures| backoff::pause(failures, failure.asked, spread());
            if failure.whole_sink {
                let failures = rests.get(&sink.name()).map_or(0, |rest| rest.failures);
                let failures = failures.saturating_add(1);
                let until = Instant::now() + pause(failures);
                rests.insert(sink.name(), Rest { failures, until });
            } else {
                rests.remove(&sink.name());
            }
            let due_at = now.saturating_add(pause(tried.attempts)).unwrap_or(now);
            Delivery {
                due_at: Some(due_at),
                last_error: Some(failure.what),
                ..tried
            }
        }
    };
}

enum Outcome {
    Taken(Issuance),
    Waits {
        waiting: Waiting,
        due_at: Option<Timestamp>,
    },
}

/// A number to spread the desks by. Nothing depends on its quality.
fn spread() -> u16 {
    let mut bytes = [0; 2];
    match getrandom::fill(&mut bytes) {
        Ok(()) => u16::from_le_bytes(bytes),
        Err(_) => u16::MAX / 2,
    }
}
