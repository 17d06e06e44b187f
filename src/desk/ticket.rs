//! A command under way: what whoever gave it holds, and what does it.

use std::pin::pin;
use std::sync::Arc;

use thiserror::Error;
use tokio::sync::{oneshot, watch};
use uuid::Uuid;

use crate::desk::DeskError;
use crate::desk::hub::Hub;
use crate::desk::notice::{Ending, JobKind, Notice, Watcher};
use crate::encoder::EncoderName;

/// Names a command. Time-ordered, and never used twice.
pub type TicketId = Uuid;

/// A command that was taken. Dropping it does not cancel the command.
#[derive(Debug)]
pub struct Ticket<T> {
    id: TicketId,
    outcome: oneshot::Receiver<Result<T, Arc<DeskError>>>,
}

impl<T> Ticket<T> {
    /// What names it in events, and cancels it.
    #[must_use]
    pub fn id(&self) -> TicketId {
        self.id
    }

    /// Waits for the end. Every event of the command has been told by then.
    ///
    /// # Errors
    /// What was in the way.
    pub async fn outcome(&mut self) -> Result<T, Arc<DeskError>> {
        let outcome = (&mut self.outcome).await;
        outcome.unwrap_or_else(|_| Err(Arc::new(DeskError::Over)))
    }
}

/// Why a command was not cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CancelError {
    /// The card is being written, or was.
    #[error("the card is being written")]
    TooLate,
    /// No such command is under way.
    #[error("no such command is under way")]
    Unknown,
}

/// How far a command has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Preparing,
    /// The journal says that a card is being written.
    Begun,
    Over(Ending),
}

/// What a command and those who cancel it share.
#[derive(Debug)]
pub(super) struct Control {
    pub(super) ticket: TicketId,
    pub(super) kind: JobKind,
    phase: watch::Sender<Phase>,
    cancel: watch::Sender<bool>,
}

impl Control {
    fn new(kind: JobKind) -> Arc<Self> {
        Arc::new(Self {
            ticket: Uuid::now_v7(),
            kind,
            phase: watch::Sender::new(Phase::Preparing),
            cancel: watch::Sender::new(false),
        })
    }

    /// Whether something is written, or was.
    pub(super) fn is_begun(&self) -> bool {
        *self.phase.borrow() == Phase::Begun
    }

    /// Whether it ends at once when a person has something else in mind for its card.
    pub(super) fn makes_way(&self) -> bool {
        self.kind == JobKind::Serve && !self.is_begun()
    }

    /// Asks the command to end before it writes.
    pub(super) fn ask_to_end(&self) {
        self.cancel.send_replace(true);
    }

    /// The same, and waits for what comes of it.
    pub(super) async fn cancel(&self) -> Result<(), CancelError> {
        let mut phases = self.phase.subscribe();
        if self.is_begun() {
            return Err(CancelError::TooLate);
        }
        self.ask_to_end();
        match phases.wait_for(|phase| *phase != Phase::Preparing).await {
            Ok(phase) => match *phase {
                Phase::Over(Ending::Cancelled) => Ok(()),
                Phase::Over(_) => Err(CancelError::Unknown),
                Phase::Preparing | Phase::Begun => Err(CancelError::TooLate),
            },
            Err(_) => Err(CancelError::Unknown),
        }
    }
}

/// A command, for what does it.
#[derive(Debug)]
pub struct Job {
    pub(super) control: Arc<Control>,
    pub(super) hub: Arc<Hub>,
    stopping: watch::Receiver<bool>,
}

impl Job {
    pub(super) fn new(kind: JobKind, hub: &Arc<Hub>, stopping: watch::Receiver<bool>) -> Self {
        Self {
            control: Control::new(kind),
            hub: Arc::clone(hub),
            stopping,
        }
    }

    /// The ticket, and what resolves it.
    pub(super) fn ticket<T>(&self) -> (Ticket<T>, oneshot::Sender<Result<T, Arc<DeskError>>>) {
        let (sender, outcome) = oneshot::channel();
        let id = self.control.ticket;
        (Ticket { id, outcome }, sender)
    }

    /// Tells what happens.
    pub fn tell(&self, notice: Notice) {
        if matches!(notice, Notice::Claimed(_)) {
            self.begin();
        }
        self.hub.publish(Some(self.control.ticket), notice);
    }

    /// The same for work that takes a watcher.
    #[must_use]
    pub fn watcher(&self) -> Watcher {
        let (control, hub) = (Arc::clone(&self.control), Arc::clone(&self.hub));
        Arc::new(move |notice| {
            // The journal says so already, and the first command comes next.
            if matches!(notice, Notice::Claimed(_)) {
                control.phase.send_replace(Phase::Begun);
            }
            hub.publish(Some(control.ticket), notice);
        })
    }

    /// From now on it is too late to cancel.
    pub fn begin(&self) {
        self.control.phase.send_replace(Phase::Begun);
    }

    /// Ready when the desk is being stopped.
    pub fn stopped(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut stopping = self.stopping.clone();
        async move {
            // A desk that is gone has stopped.
            let _ = stopping.wait_for(|stopping| *stopping).await;
        }
    }

    /// Does `work` unless it is cancelled before it writes.
    ///
    /// # Errors
    /// [`DeskError::Cancelled`]; `work` was dropped.
    pub async fn unless_cancelled<T>(&self, work: impl Future<Output = T>) -> Result<T, DeskError> {
        let mut work = pin!(work);
        let mut cancel = self.control.cancel.subscribe();
        tokio::select! {
            biased;
            outcome = &mut work => return Ok(outcome),
            _ = cancel.wait_for(|cancel| *cancel) => {}
        }
        if self.control.is_begun() {
            Ok(work.await)
        } else {
            Err(DeskError::Cancelled)
        }
    }

    /// Does what leaves nothing behind, unless it is cancelled or the desk is stopped.
    ///
    /// # Errors
    /// [`DeskError::Cancelled`], [`DeskError::Stopped`]; `work` was dropped.
    pub async fn unless_ended<T>(&self, work: impl Future<Output = T>) -> Result<T, DeskError> {
        let stopped = self.stopped();
        let work = async {
            tokio::select! {
                biased;
                outcome = work => Ok(outcome),
                () = stopped => Err(DeskError::Stopped),
            }
        };
        self.unless_cancelled(work).await?
    }

    /// Says that it is about to begin.
    pub(super) fn began(&self, encoder: Option<EncoderName>) {
        let kind = self.control.kind;
        self.tell(Notice::JobBegan { kind, encoder });
    }

    /// The same for what the desk does by itself. Why it failed was told where that was found.
    pub(super) fn served(&self, is_done: bool) {
        let ending = if is_done {
            Ending::Done
        } else {
            Ending::Failed
        };
        self.tell(Notice::JobEnded {
            ending,
            error: None,
        });
        self.control.phase.send_replace(Phase::Over(ending));
    }

    /// Says how it ended.
    pub(super) fn ended(&self, error: Option<&Arc<DeskError>>) {
        let ending = match error.map(|error| &**error) {
            None => Ending::Done,
            Some(DeskError::Cancelled) => Ending::Cancelled,
            Some(_) => Ending::Failed,
        };
        let error = error.cloned();
        self.tell(Notice::JobEnded { ending, error });
        self.control.phase.send_replace(Phase::Over(ending));
    }
}
