//! What the desk does by itself: hears every encoder, finishes what was begun, issues what waits, sends reports.

use std::sync::{Arc, Weak};

use jiff::Timestamp;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Duration, sleep};

use crate::desk::contents::Contents;
use crate::desk::encode::Placement;
use crate::desk::encoder_info::EncoderKind;
use crate::desk::error::IssueError;
use crate::desk::hub::Hub;
use crate::desk::job::Job;
use crate::desk::known::known;
use crate::desk::manner::Cards;
use crate::desk::notice::{JobKind, Notice, Observer};
use crate::desk::orderer::Orderer;
use crate::desk::shared::Shared;
use crate::desk::snapshot::EncoderView;
use crate::desk::stop::{Stopped, until_stopped};
use crate::desk::{Agent, feedback};
use crate::encoder::{CardSession, EncoderEvent, EncoderName};
use crate::issuance::entry::Issuance;
use crate::issuance::journal::{JournalError, JournalReader};
use crate::issuance::policy::Allowed;
use crate::queue::{Answering, WaitsFor};
use crate::report::Urgency;

/// How soon reports are tried again when the journal failed in a way that may pass.
const TRY_AGAIN: Duration = Duration::from_secs(5);

/// How long a card that is there may take to be released by another program, when a page is to show it.
const SOON: Duration = Duration::from_secs(2);

/// How often the journal is asked for reports in any case: a one-shot command beside this process leaves some there, and a
/// journal that failed may be well again.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// Hears the encoders for as long as the desk is there.
pub(super) async fn follow(shared: Weak<Shared>, mut events: UnboundedReceiver<EncoderEvent>) {
    while let Some(event) = events.recv().await {
        let Some(shared) = shared.upgrade() else {
            return;
        };
        shared.hear(event);
    }
    if let Some(shared) = shared.upgrade() {
        shared.over.send_replace(true);
    }
}

impl Shared {
    fn hear(self: &Arc<Self>, event: EncoderEvent) {
        self.readers.hear(&event);
        match event {
            EncoderEvent::CardPlaced(card) => {
                let encoder = card.encoder().clone();
                self.hub.publish(None, Notice::CardPlaced(encoder.clone()));
                if !self.readers.is_awaited(&encoder) {
                    self.serve(card);
                }
            }
            EncoderEvent::CardTaken(card) => {
                if !self.readers.is_awaited(card.encoder()) {
                    self.readers.let_go(card.encoder());
                }
            }
            event => self.hub.publish(None, Notice::Encoder(Arc::new(event))),
        }
    }

    /// Does with a card what the desk does by itself.
    fn serve(self: &Arc<Self>, card: CardSession) {
        match (self.cards, &self.parts.agent) {
            (Some(cards), Some(agent)) if !*self.stopping.borrow() => {
                let agent = Arc::clone(agent);
                self.spawn(serve(Arc::clone(self), agent, card, cards));
            }
            (None, Some(agent)) if agent.queue().is_watched() && !*self.stopping.borrow() => {
                let (shared, agent) = (Arc::clone(self), Arc::clone(agent));
                self.spawn(async move {
                    let encoder = card.encoder().clone();
                    shared.show(&agent, card).await;
                    shared.readers.let_go(&encoder);
                });
            }
            _ => self.readers.let_go(card.encoder()),
        }
    }
}

impl Shared {
    /// Reads a card for a page that shows what is on it, and releases it.
    async fn show(&self, agent: &Agent, card: CardSession) {
        let encoder = card.encoder().clone();
        let Ok(known) = known(&card, &agent.setup).await else {
            // That it is gone is said by its reader.
            return;
        };
        let looked = match &known.sight.seen {
            Ok(seen) => {
                let contents = Contents::of(seen, Some(agent.journal())).await;
                Notice::looked(&encoder, seen, contents)
            }
            Err(_) => match &known.sight.card_type {
                Some(card_type) => Notice::unreadable(&encoder, card_type.uid),
                None => return,
            },
        };
        self.hub.publish(None, looked);
    }

    /// Reads the cards that are on readers already and were not read, when a page is opened.
    pub(super) fn show_cards(self: &Arc<Self>) {
        let Some(agent) = &self.parts.agent else {
            return;
        };
        let is_unread = |view: &EncoderView| {
            let card = view.card.as_ref();
            view.kind == EncoderKind::Local
                && view.job.is_none()
                && view.problem.is_none()
                && card.is_some_and(|card| card.contents.is_none())
        };
        for view in self
            .hub
            .snapshot()
            .encoders
            .iter()
            .filter(|view| is_unread(view))
        {
            let encoder = EncoderName(view.name.clone());
            if self.readers.is_busy(&encoder) {
                continue;
            }
            let (shared, agent) = (Arc::clone(self), Arc::clone(agent));
            self.spawn(async move {
                let job = shared.new_job(JobKind::Serve, Orderer::Program);
                job.began(Some(encoder.clone()));
                let taken = shared.readers.take(Some(&encoder), SOON, &[], &job);
                let held = job.unless_ended(taken).await;
                let is_read = if let Ok(Ok(held)) = held {
                    shared.show(&agent, held.card.clone()).await;
                    true
                } else {
                    false
                };
                job.served(is_read);
            });
        }
    }
}

/// Does with a card that was placed what the desk does by itself.
async fn serve(desk: Arc<Shared>, agent: Arc<Agent>, card: CardSession, cards: Cards) {
    let agent = &agent;
    let encoder = card.encoder().clone();
    if cards == Cards::FinishOnly {
        match agent.journal().read(JournalReader::expects_a_card).await {
            Ok(true) => {}
            Ok(false) => {
                if agent.queue().is_watched() {
                    desk.show(agent, card).await;
                } else {
                    drop(card);
                }
                desk.hub.publish(None, Notice::LeftAlone(encoder.clone()));
                return desk.readers.let_go(&encoder);
            }
            Err(error) => {
                let error = Arc::new(IssueError::Journal(error));
                feedback::tell(&card, Some(&error));
                let notice = Notice::NotIssued {
                    encoder: encoder.clone(),
                    error,
                };
                desk.hub.publish(None, notice);
                drop(card);
                return desk.readers.let_go(&encoder);
            }
        }
    }
    let job = desk.new_job(JobKind::Serve, Orderer::Program);
    // A command may have taken it meanwhile.
    let Some(held) = desk.readers.hold(card, &job) else {
        return;
    };
    job.began(Some(encoder.clone()));
    let observer = job.observer();
    let work = Box::pin(async {
        match cards {
            Cards::FinishOnly => finish(agent, &held.card, &observer, &job).await,
            Cards::IssueWaiting => issue_when_one_waits(agent, &held.card, &observer, &job).await,
        }
    });
    // A command may want the card, as long as nothing is written.
    let outcome = match job.unless_cancelled(work).await {
        Ok(outcome) => outcome.map_err(Arc::new),
        Err(error) => return job.ended(Some(&Arc::new(error))),
    };
    if !matches!(outcome, Ok(None)) {
        let error = outcome.as_ref().err();
        feedback::tell(&held.card, error.map(|error| &**error));
    }
    match &outcome {
        Ok(Some(_)) => desk.has_written(),
        Ok(None) => {}
        Err(error) => job.tell(Notice::NotIssued {
            encoder,
            error: Arc::clone(error),
        }),
    }
    drop(held);
    job.served(outcome.is_ok());
}

/// Finishes what was begun on this card, if anything was.
async fn finish(
    agent: &Agent,
    card: &CardSession,
    observer: &Observer,
    job: &Job,
) -> Result<Option<Issuance>, IssueError> {
    let finished = until_stopped(job.stopped(), observer, |observer| async move {
        agent.finish(card, &observer).await
    });
    match finished.await {
        Stopped::Ended(finished) => {
            if matches!(finished, Ok(None)) {
                observer(Notice::LeftAlone(card.encoder().clone()));
            }
            finished
        }
        Stopped::BeforeWriting | Stopped::BeforeNoted(_) => Ok(None),
        Stopped::BeforeReport(issuance) => Ok(Some(*issuance)),
    }
}

/// The card is looked at once. While nothing can go onto it, it waits for news of the queue, which costs nothing.
async fn issue_when_one_waits(
    agent: &Agent,
    card: &CardSession,
    observer: &Observer,
    job: &Job,
) -> Result<Option<Issuance>, IssueError> {
    let mut placement = Placement::default();
    let mut told = false;
    loop {
        let seen = agent.queue().seen();
        let onto = &mut placement;
        let issued = until_stopped(job.stopped(), observer, |observer| async move {
            let allowed = Allowed::default();
            agent.issue_next_onto(card, onto, allowed, &observer).await
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
                    observer(Notice::NotIssued {
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
            () = job.stopped() => return Ok(None),
            () = agent.queue().news(seen, what) => {}
        }
    }
}

/// What the card may wait there for until it comes; `None` when it waits for nothing.
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
pub(super) async fn send_reports(agent: Arc<Agent>, hub: Arc<Hub>) {
    let mut told = None;
    let mut unreported = 0;
    let observer: Observer = {
        let hub = Arc::clone(&hub);
        Arc::new(move |notice| hub.publish(None, notice))
    };
    loop {
        let pause = match agent.report(Urgency::WhenDue, &observer).await {
            Ok(drained) => {
                told = None;
                if drained.waiting.len() != unreported {
                    unreported = drained.waiting.len();
                    let mut waiting = drained.waiting.iter();
                    observer(Notice::Unreported {
                        count: unreported,
                        last_error: waiting.find_map(|one| one.last_error.clone()),
                    });
                }
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
                    observer(Notice::JournalTrouble(Arc::<JournalError>::new(error)));
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

/// Tells whether the API answers, whenever that changes. It asks for nothing.
pub(super) async fn follow_api(agent: Arc<Agent>, observer: Observer) {
    let mut answering = Answering::default();
    loop {
        answering = agent.queue().answering_since(&answering).await;
        observer(Notice::Api(answering.clone()));
    }
}
