//! The loop of `cardbridge run`: watches every encoder, finishes what was begun, issues what waits, sends reports.

use std::future::Future;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Duration, sleep, timeout};

use crate::desk::encode::Placement;
use crate::desk::error::IssueError;
use crate::desk::notice::{Notice, Watcher};
use crate::desk::stop::{LAST_REPORTS, Stopped, until_stopped};
use crate::desk::{Agent, JournalError, feedback};
use crate::encoder::{CardSession, EncoderEvent};
use crate::issuance::entry::Issuance;
use crate::issuance::policy::Allowed;
use crate::queue::WaitsFor;
use crate::report::Urgency;

/// What the loop does with a card that nothing is open for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cards {
    /// Leaves it alone, and does not even look at it unless some issuance waits for its card.
    FinishOnly,
    /// Takes the credential that has waited longest; while none waits, the card may lie there until one does.
    IssueWaiting,
}

/// How soon reports are tried again when the journal failed in a way that may pass.
const TRY_AGAIN: Duration = Duration::from_secs(5);

/// How often the journal is asked for reports in any case: a one-shot command beside this process leaves some there, and a
/// journal that failed may be well again.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// Runs until `stop` is ready or the encoders are gone; a card that is being written is finished first.
pub async fn watch(
    agent: Arc<Agent>,
    mut events: mpsc::UnboundedReceiver<EncoderEvent>,
    cards: Cards,
    watcher: Watcher,
    stop: impl Future<Output = ()>,
) {
    let mut stop = std::pin::pin!(stop);
    let (stopping, stopped) = watch::channel(());
    let mut at_work = JoinSet::new();
    let reports = tokio::spawn(send_reports(Arc::clone(&agent), Arc::clone(&watcher)));
    let queue = (cards == Cards::IssueWaiting).then(|| {
        agent.intake().will_be_kept();
        let agent = Arc::clone(&agent);
        tokio::spawn(async move { agent.intake().keep(agent.journal()).await })
    });
    loop {
        tokio::select! {
            () = &mut stop => break,
            Some(_) = at_work.join_next() => {}
            event = events.recv() => match event {
                Some(EncoderEvent::CardPlaced(card)) => {
                    at_work.spawn(serve_card(Arc::clone(&agent), card, cards, Arc::clone(&watcher), stopped.clone()));
                }
                Some(event) => watcher(Notice::Encoder(Arc::new(event))),
                None => break,
            },
        }
    }
    drop(stopping);
    let mut wrote = false;
    while let Some(served) = at_work.join_next().await {
        wrote |= matches!(served, Ok(Served::Written));
    }
    if wrote {
        // Those of the cards that were finished just now; the journal keeps the others for the next start.
        let _ = timeout(LAST_REPORTS, agent.report(Urgency::WhenDue, &watcher)).await;
    }
    reports.abort();
    if let Some(queue) = queue {
        queue.abort();
    }
}

/// What became of a card.
enum Served {
    Written,
    NotWritten,
}

async fn serve_card(
    agent: Arc<Agent>,
    card: CardSession,
    cards: Cards,
    watcher: Watcher,
    stopped: watch::Receiver<()>,
) -> Served {
    let encoder = card.encoder().clone();
    watcher(Notice::CardPlaced(encoder.clone()));
    let outcome = match cards {
        Cards::FinishOnly => match agent.journal().expects_a_card() {
            Ok(true) => {
                let finished = until_stopped(closed(stopped), &watcher, |watcher| {
                    let (agent, card) = (&agent, &card);
                    async move { agent.finish(card, &watcher).await }
                });
                match finished.await {
                    Stopped::Ended(finished) => {
                        if matches!(finished, Ok(None)) {
                            watcher(Notice::LeftAlone(encoder.clone()));
                        }
                        finished
                    }
                    Stopped::BeforeWriting | Stopped::BeforeNoted(_) => Ok(None),
                    Stopped::BeforeReport(issuance) => Ok(Some(*issuance)),
                }
            }
            Ok(false) => {
                watcher(Notice::LeftAlone(encoder));
                return Served::NotWritten;
            }
            Err(error) => Err(IssueError::Journal(error)),
        },
        Cards::IssueWaiting => issue_when_one_waits(&agent, &card, &watcher, stopped).await,
    };
    if !matches!(outcome, Ok(None)) {
        feedback::tell(&card, outcome.as_ref().err());
    }
    match outcome {
        Ok(Some(_)) => {
            agent.something_to_report();
            Served::Written
        }
        Ok(None) => Served::NotWritten,
        Err(error) => {
            watcher(Notice::NotIssued {
                encoder,
                error: Arc::new(error),
            });
            Served::NotWritten
        }
    }
}

/// Ready when the loop stops.
async fn closed(mut stopped: watch::Receiver<()>) {
    while stopped.changed().await.is_ok() {}
}

/// The card is looked at once. While nothing can go onto it, it waits for news of the queue, which costs nothing.
async fn issue_when_one_waits(
    agent: &Agent,
    card: &CardSession,
    watcher: &Watcher,
    stopped: watch::Receiver<()>,
) -> Result<Option<Issuance>, IssueError> {
    let mut placement = Placement::default();
    let mut told = false;
    loop {
        let seen = agent.intake().seen();
        let onto = &mut placement;
        let issued = until_stopped(closed(stopped.clone()), watcher, |watcher| async move {
            let allowed = Allowed::default();
            agent.issue_next_onto(card, onto, allowed, &watcher).await
        });
        let what = match issued.await {
            Stopped::BeforeWriting | Stopped::BeforeNoted(_) => return Ok(None),
            Stopped::BeforeReport(issuance) => return Ok(Some(*issuance)),
            Stopped::Ended(Err(error)) => {
                let Some(what) = waits_for(&error) else {
                    return Err(error);
                };
                if !told {
                    feedback::tell(card, Some(&error));
                    watcher(Notice::NotIssued {
                        encoder: card.encoder().clone(),
                        error: Arc::new(error),
                    });
                    told = true;
                }
                what
            }
            Stopped::Ended(Ok(issuance)) => return Ok(Some(issuance)),
        };
        tokio::select! {
            _ = card.ended() => return Ok(None),
            () = closed(stopped.clone()) => return Ok(None),
            () = agent.intake().news(seen, what) => {}
        }
    }
}

/// What the card may lie there for until it comes; `None` when it waits for nothing.
fn waits_for(error: &IssueError) -> Option<WaitsFor> {
    match error {
        IssueError::NothingWaiting => Some(WaitsFor::AnotherCredential),
        IssueError::Refused(refusal) if refusal.another_credential_may_do() => {
            Some(WaitsFor::AnotherCredential)
        }
        IssueError::Api(_) | IssueError::Resting(_) | IssueError::NotFound { .. } => {
            Some(WaitsFor::TheApi)
        }
        _ => None,
    }
}

/// Sends reports for as long as the process lives: at once when a card was written, and again when a pause is over.
async fn send_reports(agent: Arc<Agent>, watcher: Watcher) {
    let mut told = None;
    loop {
        let pause = match agent.report(Urgency::WhenDue, &watcher).await {
            Ok(drained) => {
                told = None;
                drained.next_due.map_or(LOOK_AGAIN, |due| {
                    Duration::try_from(Timestamp::now().duration_until(due)).unwrap_or_default()
                })
            }
            Err(error) => {
                tracing::error!("{error}");
                let pause = if error.may_pass() {
                    TRY_AGAIN
                } else {
                    LOOK_AGAIN
                };
                let words = error.to_string();
                if told.as_ref() != Some(&words) {
                    watcher(Notice::JournalTrouble(Arc::<JournalError>::new(error)));
                    told = Some(words);
                }
                pause
            }
        };
        tokio::select! {
            () = sleep(pause.min(LOOK_AGAIN)) => {}
            () = agent.unreported.notified() => {}
        }
    }
}
