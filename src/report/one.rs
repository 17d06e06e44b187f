//! One report of one issuance, to every sink that takes it.

use std::time::Instant;

use jiff::Timestamp;
use tracing::Instrument;

use super::attempt::Delivered;
use super::{NOBODY_CONCERNED, Reporter, Sink, Urgency, Waiting, backoff};
use crate::issuance::entry::{Issuance, Report};
use crate::issuance::journal::{Delivery, Journal, JournalError, SinkName};

impl Reporter {
    pub(super) async fn report(
        &self,
        journal: &Journal,
        issuance: Issuance,
        report: Report,
        urgency: Urgency,
    ) -> Result<Outcome, JournalError> {
        let span = issuance.span();
        let reporting = self.report_to_all(journal, issuance, report, urgency);
        reporting.instrument(span).await
    }

    async fn report_to_all(
        &self,
        journal: &Journal,
        issuance: Issuance,
        report: Report,
        urgency: Urgency,
    ) -> Result<Outcome, JournalError> {
        let mut told = false;
        let mut asked = false;
        let mut open = None;
        // What the last sink that was asked said, which is written down with what follows from it.
        let mut last: Option<(SinkName, Delivery)> = None;
        let id = issuance.issuance_id;
        for sink in self.sinks.iter().filter(|sink| sink.takes(report)) {
            let name = sink.name();
            let mut delivery = journal
                .read(move |journal| journal.delivery(id, report, name))
                .await?;
            let now = Timestamp::now();
            let rest = self.rests.ends_at(sink.name(), now);
            // A person who asks has perhaps changed what there is to ask.
            let is_due = urgency == Urgency::Now
                || delivery.unconcerned_at.is_none() && backoff::is_due(&delivery, now);
            let try_it = delivery.delivered_at.is_none() && is_due && rest.is_none();
            if try_it {
                asked = true;
                if let Some((sink, delivery)) = last.take() {
                    journal.note_delivery(id, report, sink, &delivery).await?;
                }
                self.attempt(sink, &issuance, report, &mut delivery).await;
                last = Some((name, delivery.clone()));
            }
            if delivery.delivered_at.is_some() {
                told = true;
            } else if delivery.unconcerned_at.is_none() {
                let rest = self.rests.ends_at(sink.name(), now);
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
            if let Some((sink, delivery)) = last {
                journal.note_delivery(id, report, sink, &delivery).await?;
            }
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
        let now = Timestamp::now();
        let noted = journal.note_reported(&issuance, report, last, now);
        if let Some(noted) = noted.await? {
            return Ok(Outcome::Taken(noted));
        }
        // Another process reported it at the same time; the receiver dedupes by id. Or its card is being wiped by now: then the
        // delivery that was noted tells the next pass that this report needs no sending.
        let now = journal.read(move |journal| journal.issuance(id)).await?;
        Ok(Outcome::Taken(now.unwrap_or(issuance)))
    }

    /// One attempt at one sink, written into `delivery`.
    async fn attempt(
        &self,
        sink: &Sink,
        issuance: &Issuance,
        report: Report,
        delivery: &mut Delivery,
    ) {
        let asked_at = Instant::now();
        let outcome = sink.deliver(issuance, report, delivery.attempts).await;
        let now = Timestamp::now();
        let tried = Delivery {
            attempts: delivery.attempts.saturating_add(1),
            tried_at: Some(now),
            ..Delivery::default()
        };
        *delivery = match outcome {
            Ok(delivered) => {
                tracing::info!(sink = sink.name().as_str(), "reported");
                self.rests.answered(sink.name());
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
                tracing::warn!(
                    sink = sink.name().as_str(),
                    "not reported: {}",
                    failure.what
                );
                let pause = |failures| backoff::pause(failures, failure.asked, spread());
                if failure.whole_sink {
                    self.rests.failed(sink.name(), asked_at, pause);
                } else {
                    self.rests.answered(sink.name());
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
}

/// What keeps an issuance from being closed.
#[derive(Default)]
struct Open {
    tried: bool,
    last_error: Option<String>,
    due_at: Option<Timestamp>,
}

/// What became of one report.
pub(super) enum Outcome {
    Taken(Issuance),
    Waits {
        waiting: Waiting,
        due_at: Option<Timestamp>,
    },
}

/// A number to spread the desks by. Nothing depends on its quality.
fn spread() -> u32 {
    getrandom::u32().unwrap_or(u32::MAX / 2)
}
