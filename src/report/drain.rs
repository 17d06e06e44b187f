//! One pass over everything unreported: credentials side by side, the reports of each in order.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;

use super::one::Outcome;
use super::{Drained, NO_WAY_BACK, Reporter, Settled, Sink, Urgency, Waiting};
use crate::issuance::entry::{Issuance, Report};
use crate::issuance::journal::{Journal, JournalError, JournalReader, SinkName};

/// How many credentials are reported at once.
const AT_ONCE: usize = 8;

/// A report that is to be sent.
#[derive(Debug)]
struct Due {
    issuance: Issuance,
    report: Report,
}

impl Reporter {
    pub(super) async fn pass(
        &self,
        journal: &Journal,
        unreported: Vec<Issuance>,
        urgency: Urgency,
        settled: &(dyn Fn(&Settled) + Sync),
    ) -> Result<Drained, JournalError> {
        let _one_pass = self.one_pass.lock().await;
        if urgency == Urgency::Now {
            self.rests.end_all();
        }
        let sinks: Vec<_> = self.sinks.iter().map(Sink::name).collect();
        let queues = journal.read(move |journal| {
            journal.check()?;
            queues(journal, &sinks, unreported)
        });
        let mut queues = queues.await?.into_iter().enumerate();
        let send = |(place, queue)| async move {
            let outcomes = self.send_in_order(journal, queue, urgency, settled).await?;
            Ok::<_, JournalError>((place, outcomes))
        };
        // The first goes alone: a receiver that is down is asked once, and not by all at the same time.
        let mut outcomes = Vec::new();
        if let Some(first) = queues.next() {
            outcomes.push(send(first).await?);
        }
        let others = stream::iter(queues).map(send).buffer_unordered(AT_ONCE);
        outcomes.extend(others.try_collect::<Vec<_>>().await?);
        outcomes.sort_by_key(|(place, _)| *place);
        let mut drained = Drained::default();
        for (outcome, due_at) in outcomes.into_iter().flat_map(|(_, outcomes)| outcomes) {
            match outcome {
                Settled::Issued(issuance) => drained.closed.push(issuance),
                Settled::Invalidated(issuance) => drained.invalidated.push(issuance),
                Settled::Waits(waiting) => drained.waiting.push(waiting),
            }
            drained.next_due = [drained.next_due, due_at].into_iter().flatten().min();
        }
        Ok(drained)
    }

    /// The reports of one credential, one after the other. What became of each, and when those that wait are due.
    async fn send_in_order(
        &self,
        journal: &Journal,
        queue: Vec<Due>,
        urgency: Urgency,
        settled: &(dyn Fn(&Settled) + Sync),
    ) -> Result<Vec<(Settled, Option<Timestamp>)>, JournalError> {
        let mut outcomes = Vec::with_capacity(queue.len());
        let mut is_held_back = self.has_no_sink();
        for Due { issuance, report } in queue {
            let outcome = if is_held_back {
                (Waiting::untried(issuance, report), None)
            } else if self.sinks.iter().any(|sink| sink.takes(report)) {
                let reported = Box::pin(self.report(journal, issuance, report, urgency));
                match reported.await? {
                    Outcome::Taken(issuance) => {
                        outcomes.push((Settled::taken(issuance, report), None));
                        settled(&outcomes[outcomes.len() - 1].0);
                        continue;
                    }
                    Outcome::Waits { waiting, due_at } => {
                        is_held_back = true;
                        (waiting, due_at)
                    }
                }
            } else {
                // Nothing that passes changes this: it is shown each time a person asks.
                let waiting = Waiting {
                    tried: urgency == Urgency::Now,
                    last_error: Some(NO_WAY_BACK.to_owned()),
                    ..Waiting::untried(issuance, report)
                };
                (waiting, None)
            };
            outcomes.push((Settled::Waits(outcome.0), outcome.1));
            settled(&outcomes[outcomes.len() - 1].0);
        }
        Ok(outcomes)
    }
}

/// What is unreported, by credential, what was tried least first.
fn queues(
    journal: &JournalReader,
    sinks: &[SinkName],
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
                    queues.push((attempts(journal, sinks, &due)?, vec![due]));
                }
            }
        }
    }
    queues.sort_by_key(|(attempts, _)| *attempts);
    Ok(queues.into_iter().map(|(_, queue)| queue).collect())
}

fn attempts(journal: &JournalReader, sinks: &[SinkName], due: &Due) -> Result<u32, JournalError> {
    sinks.iter().try_fold(0_u32, |sum, sink| {
        let delivery = journal.delivery(due.issuance.issuance_id, due.report, *sink)?;
        Ok(sum.saturating_add(delivery.attempts))
    })
}
