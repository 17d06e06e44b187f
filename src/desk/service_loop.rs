//! The loop of `cardbridge run`: watches every encoder, finishes what was begun, issues what waits, sends reports.

use std::future::Future;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Duration, sleep, timeout};

use crate::desk::error::IssueError;
use crate::desk::notice::{Notice, Watcher};
use crate::desk::stop::{LAST_REPORTS, Stopped, until_stopped};
use crate::desk::{Agent, JournalError, feedback};
use crate::encoder::{CardSession, EncoderEvent};
use crate::issuance::policy::Allowed;
use crate::issuance::state::Issuance;
use crate::report::Urgency;

/// What the loop does with a card that nothing is open for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cards {
    /// Leaves it alone, and does not even look at it unless some issuance waits for its card.
    FinishOnly,
    /// Takes the credential that has waited longest; while none waits, the card may lie there until one does.
    IssueWaiting,
}

/// How often the queue is asked again while a card lies there and nothing waits, or the API does not answer: the API has no
/// way to tell us.
const ASK_AGAIN: Duration = Duration::from_secs(5);

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

async fn issue_when_one_waits(
    agent: &Agent,
    card: &CardSession,
    watcher: &Watcher,
    stopped: watch::Receiver<()>,
) -> Result<Option<Issuance>, IssueError> {
    let mut told = false;
    loop {
        let issued = until_stopped(closed(stopped.clone()), watcher, |watcher| async move {
            agent.issue_next(card, Allowed::default(), &watcher).await
        });
        match issued.await {
            Stopped::BeforeWriting | Stopped::BeforeNoted(_) => return Ok(None),
            Stopped::BeforeReport(issuance) => return Ok(Some(*issuance)),
            Stopped::Ended(Err(error)) if waits_on(&error) => {
                if !told {
                    feedback::tell(card, Some(&error));
                    watcher(Notice::NotIssued {
                        encoder: card.encoder().clone(),
                        error: Arc::new(error),
                    });
                    told = true;
                }
            }
            Stopped::Ended(outcome) => return outcome.map(Some),
        }
        tokio::select! {
            _ = card.ended() => return Ok(None),
            () = closed(stopped.clone()) => return Ok(None),
            () = sleep(ASK_AGAIN.max(agent.intake().rest())) => {}
        }
    }
}

/// Whether the card may lie there until a credential comes that can go onto it.
fn waits_on(error: &IssueError) -> bool {
    match error {
        IssueError::NothingWaiting
        | IssueError::Api(_)
        | IssueError::Resting(_)
        | IssueError::NotFound { .. } => true,
        IssueError::Refused(refusal) => refusal.another_credential_may_do(),
        _ => false,
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
                    ASK_AGAIN
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
