//! The desk: what every front end talks to. Commands go in, a snapshot and events come out.
//!
//! A command is taken at once and gives a [`Ticket`]; what it waits for, it waits for by itself. A card that is placed goes to
//! the command that waits for it, else it is served as the desk was set up ([`Cards`]), else it is not touched. A card that is
//! not touched, or done with, is released for other programs and taken again when a command asks for it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};

use futures_util::future::BoxFuture;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::desk::guests::{self, Guests};
use crate::desk::hub::{Events, Hub};
use crate::desk::job::{Control, Job};
use crate::desk::local::Readers;
use crate::desk::local::give::KioskReader;
use crate::desk::manner::{Cards, Manner};
use crate::desk::notice::{Ending, JobKind, Notice, Observer};
use crate::desk::orderer::Orderer;
use crate::desk::seam_encoder::list::{keep_listing, list_now};
use crate::desk::seam_encoder::listing::Listing;
use crate::desk::service_loop::{follow, follow_api, send_reports};
use crate::desk::shared::Shared;
use crate::desk::snapshot::Snapshot;
use crate::desk::stop::LAST_REPORTS;
use crate::desk::target::{
    EncodeOrder, EncodeTarget, Encoded, Scan, Selection, Target, Which, WipeOrder, Wiped,
};
use crate::desk::targets::Targets;
use crate::desk::ticket::{CancelError, Ticket, TicketId};
use crate::desk::{Agent, DeskError, Parts};
use crate::encoder::{EncoderEvent, Encoders};
use crate::issuance::journal::JournalError;
use crate::issuance::policy::Allowed;
use crate::queue::QueueError;
use crate::report::Urgency;

/// The desk. A clone is the same desk.
#[derive(Debug, Clone)]
pub struct Desk(pub(super) Arc<Shared>, Orderer);

impl Desk {
    /// A desk with these readers, followed from now on. Without `encoders`, which only `events` are there of, a card that was
    /// released is out of reach.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    #[must_use]
    pub fn open(
        parts: impl Into<Parts>,
        encoders: Option<Encoders>,
        events: UnboundedReceiver<EncoderEvent>,
        manner: Manner,
    ) -> Self {
        let guests = Arc::<Guests>::default();
        let observer = touching(&guests, manner.observer);
        let hub = Hub::new(observer, Arc::clone(&guests));
        let parts = parts.into();
        let mut beside = Vec::new();
        if let Some(agent) = &parts.agent {
            let hub = Arc::clone(&hub);
            let tell: Observer = Arc::new(move |notice| hub.publish(None, notice));
            let is_queue_kept = manner.cards == Some(Cards::IssueWaiting);
            let agent = Arc::clone(agent);
            let listing = guests::keep(
                Arc::clone(&guests),
                Arc::clone(&agent),
                is_queue_kept,
                Arc::clone(&tell),
            );
            beside.push(tokio::spawn(listing).abort_handle());
            beside.push(tokio::spawn(follow_api(agent, tell)).abort_handle());
        }
        if let (Some(_), Some(agent)) = (manner.cards, &parts.agent) {
            let sending = send_reports(Arc::clone(agent), Arc::clone(&hub));
            beside.push(tokio::spawn(sending).abort_handle());
            let of_others = Arc::clone(&hub);
            let observer: Observer = Arc::new(move |notice| of_others.publish(None, notice));
            let telling = Arc::clone(agent).keep_sharing(observer);
            beside.push(tokio::spawn(telling).abort_handle());
        }
        if let (Some(Cards::IssueWaiting), Some(agent)) = (manner.cards, &parts.agent) {
            agent.queue().will_be_kept();
            let agent = Arc::clone(agent);
            let keeping = async move { agent.queue().keep(agent.journal()).await };
            beside.push(tokio::spawn(keeping).abort_handle());
        }
        let shared = Arc::new(Shared {
            parts,
            readers: Readers::new(encoders, manner.keep),
            hub,
            guests,
            cards: manner.cards,
            targets: Targets::default(),
            seam_listing: Listing::default(),
            jobs: Mutex::default(),
            at_work: Mutex::default(),
            stopping: watch::Sender::new(false),
            over: watch::Sender::new(false),
            wrote: AtomicBool::new(false),
            beside: Mutex::new(beside),
        });
        shared.list(manner.targets);
        if let (true, Some(agent)) = (manner.seam_encoders, &shared.parts.agent) {
            let agent = Arc::clone(agent);
            let listing = keep_listing(Arc::downgrade(&shared), agent);
            shared.beside(tokio::spawn(listing).abort_handle());
        }
        tokio::spawn(follow(Arc::downgrade(&shared), events));
        Self(shared, Orderer::Program)
    }

    /// The same desk, for commands on behalf of another.
    #[must_use]
    pub fn on_behalf_of(&self, orderer: Orderer) -> Self {
        Self(Arc::clone(&self.0), orderer)
    }

    /// The state of everything now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.0.hub.snapshot()
    }

    /// Everything as it is now, and what happens from then on.
    #[must_use]
    pub fn events(&self) -> Events {
        self.0.hub.events()
    }

    /// Encodes a credential on the card that is on the encoder, or on the next one.
    ///
    /// # Errors
    /// When the encoder is at work for another command, or the desk was stopped.
    pub fn encode(
        &self,
        selection: Selection,
        target: &Target,
        allowed: Allowed,
    ) -> Result<Ticket<Encoded>, DeskError> {
        let order = EncodeOrder {
            selection,
            allowed,
            patience: target.patience,
        };
        self.order(JobKind::Encode, target, |target, job| {
            Box::pin(async move { target.encode(order, &job).await })
        })
    }

    /// Reads the card that is on the encoder, or the next one. A card that is held and was read already costs nothing.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub fn scan(&self, target: &Target) -> Result<Ticket<Scan>, DeskError> {
        let patience = target.patience;
        self.order(JobKind::Scan, target, move |target, job| {
            Box::pin(async move { target.scan(patience, &job).await })
        })
    }

    /// Takes our record off the card that is on the encoder, or the next one.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub fn wipe(&self, target: &Target, order: WipeOrder) -> Result<Ticket<Wiped>, DeskError> {
        let order = WipeOrder {
            patience: target.patience,
            ..order
        };
        self.order(JobKind::Wipe, target, |target, job| {
            Box::pin(async move { target.wipe(order, &job).await })
        })
    }

    /// Keeps a reader for a kiosk: no order takes a card there without naming it. None: the first reader of this machine.
    #[must_use]
    pub fn keep_for_kiosk(&self, which: Option<Which>) -> KioskReader {
        self.0.readers.keep_for_kiosk(which)
    }

    /// Asks Seam which encoders it drives, and lists them.
    ///
    /// # Errors
    /// When Seam cannot be asked.
    pub async fn list_seam_encoders(&self) -> Result<(), QueueError> {
        match &self.0.parts.agent {
            Some(agent) => list_now(&self.0, agent).await,
            None => Ok(()),
        }
    }

    /// Why the journal cannot be written, where its latest change could not be.
    pub async fn unwritten(&self) -> Option<JournalError> {
        self.0.parts.agent.as_ref()?.journal().unwritten().await
    }

    /// Ends a command that has written nothing yet, or one whose card was lost in the middle: that card stays unfinished. The command
    /// has ended when this returns, in one of these two ways.
    ///
    /// # Errors
    /// [`CancelError::TooLate`] while a card is being written, or once it was; [`CancelError::OrderedByAnother`].
    pub async fn cancel(&self, ticket: TicketId) -> Result<Ending, CancelError> {
        let control = self.control(ticket)?;
        match control.orderer {
            Orderer::Program => {}
            orderer if orderer == self.1 => {}
            Orderer::Desk(_) | Orderer::LocalApi => return Err(CancelError::OrderedByAnother),
        }
        control.cancel().await
    }

    /// The same, also of a command that another has given.
    ///
    /// # Errors
    /// [`CancelError::TooLate`] while a card is being written, or once it was.
    pub async fn cancel_of_any(&self, ticket: TicketId) -> Result<Ending, CancelError> {
        self.control(ticket)?.cancel().await
    }

    fn control(&self, ticket: TicketId) -> Result<Arc<Control>, CancelError> {
        let control = self.0.jobs().get(&ticket).and_then(Weak::upgrade);
        control.ok_or(CancelError::Unknown)
    }

    /// Ready when the encoders are gone, or the desk was stopped.
    pub async fn over(&self) {
        let mut over = self.0.over.subscribe();
        // The sender lives as long as this handle.
        let _ = over.wait_for(|over| *over).await;
    }

    /// Lets [`stop`](Self::stop) begin, without waiting for its end.
    pub fn ask_to_stop(&self) {
        self.0.stopping.send_replace(true);
    }

    /// Takes no card any more, lets cards that are being written be finished and everything else be dropped, and sends the
    /// reports of the cards that were finished just now.
    pub async fn stop(&self) {
        let shared = &self.0;
        self.ask_to_stop();
        let mut at_work = std::mem::take(&mut *shared.at_work());
        while at_work.join_next().await.is_some() {}
        if let (Some(_), Some(agent)) = (shared.cards, &shared.parts.agent)
            && shared.wrote.load(Ordering::Relaxed)
        {
            let hub = Arc::clone(&shared.hub);
            let observer: Observer = Arc::new(move |notice| hub.publish(None, notice));
            // The journal keeps the others for the next start.
            let _ = timeout(LAST_REPORTS, agent.report(Urgency::WhenDue, &observer)).await;
        }
        shared.end_beside();
        shared.over.send_replace(true);
    }

    /// Takes a command, and has it done.
    fn order<T: Send + 'static>(
        &self,
        kind: JobKind,
        target: &Target,
        work: impl FnOnce(Arc<dyn EncodeTarget>, Arc<Job>) -> BoxFuture<'static, Result<T, DeskError>>,
    ) -> Result<Ticket<T>, DeskError> {
        let shared = &self.0;
        if *shared.stopping.borrow() {
            return Err(DeskError::Over);
        }
        let job = Arc::new(shared.new_job(kind, self.1));
        let (target, encoder) = shared.target(target, &job)?;
        let (ticket, sender) = job.ticket();
        job.began(encoder.clone());
        let work = work(target, Arc::clone(&job));
        let shared = Arc::clone(shared);
        self.0.spawn(async move {
            let outcome = work.await;
            if outcome.is_ok() && kind != JobKind::Scan {
                shared.has_written();
            }
            let outcome = outcome.map_err(Arc::new);
            job.ended(outcome.as_ref().err());
            // The front end need not wait for it.
            let _ = sender.send(outcome);
        });
        Ok(ticket)
    }
}

/// The observer, which the list of the guests hears as well: what the journal takes may be another line on it.
fn touching(guests: &Arc<Guests>, observer: Observer) -> Observer {
    let guests = Arc::clone(guests);
    Arc::new(move |notice| {
        let is_on_the_list = matches!(
            notice,
            Notice::Claimed(_)
                | Notice::Written(_)
                | Notice::Reported(_)
                | Notice::NotReported(_)
                | Notice::Wiped(_)
                | Notice::GivenUp { .. }
                | Notice::JobEnded { .. }
        );
        if is_on_the_list {
            guests.touch();
        }
        if let Notice::Looked { contents, .. } = &notice {
            guests.note_card(contents.acs_credential_id.as_deref());
        }
        observer(notice);
    })
}

/// Runs until `stop` is ready or the encoders are gone; a card that is being written is finished first.
pub async fn watch(
    agent: Arc<Agent>,
    events: UnboundedReceiver<EncoderEvent>,
    cards: Cards,
    observer: Observer,
    stop: impl Future<Output = ()>,
) {
    let manner = Manner {
        cards: Some(cards),
        observer,
        ..Manner::default()
    };
    let desk = Desk::open(agent, None, events, manner);
    tokio::select! {
        () = stop => {}
        () = desk.over() => {}
    }
    desk.stop().await;
}
