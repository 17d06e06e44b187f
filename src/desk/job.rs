//! A command under way, for what does it: it tells what happens, and hears that it is to end.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{oneshot, watch};
use tokio::time::sleep;
use uuid::Uuid;

use crate::desk::DeskError;
use crate::desk::hub::Hub;
use crate::desk::notice::{Ending, JobKind, Notice, Observer};
use crate::desk::orderer::Orderer;
use crate::desk::stop::LAST_WORDS;
use crate::desk::ticket::{CancelError, Ticket, TicketId};
use crate::encoder::EncoderName;

/// How far a command has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Preparing,
    /// The journal is taking something, or refusing it: only then it is known whether it is too late.
    Committing,
    /// The journal says that a card is being written, and the card is there.
    Begun,
    Over(Ending),
}

/// What a command and those who cancel it share.
#[derive(Debug)]
pub(super) struct Control {
    pub(super) ticket: TicketId,
    pub(super) kind: JobKind,
    pub(super) orderer: Orderer,
    phase: watch::Sender<Phase>,
    cancel: watch::Sender<bool>,
    /// A card was begun, and then lost: from then on the command ends only with it, or leaves it unfinished.
    has_unfinished: AtomicBool,
}

impl Control {
    fn new(kind: JobKind, orderer: Orderer) -> Arc<Self> {
        Arc::new(Self {
            ticket: Uuid::now_v7(),
            kind,
            orderer,
            phase: watch::Sender::new(Phase::Preparing),
            cancel: watch::Sender::new(false),
            has_unfinished: AtomicBool::new(false),
        })
    }

    /// Whether something is being written, or was and is noted.
    pub(super) fn is_begun(&self) -> bool {
        *self.phase.borrow() == Phase::Begun
    }

    /// Whether only one card will do.
    pub(super) fn has_its_card(&self) -> bool {
        self.is_begun() || self.has_unfinished.load(Ordering::Relaxed)
    }

    /// Whether it has ended.
    pub(super) fn is_over(&self) -> bool {
        matches!(*self.phase.borrow(), Phase::Over(_))
    }

    /// Whether it ends at once when a person has something else in mind for its card.
    pub(super) fn makes_way(&self) -> bool {
        self.kind == JobKind::Serve && !self.is_begun()
    }

    /// How far what happens brings it.
    fn heed(&self, notice: &Notice) {
        let is_lost = matches!(
            notice,
            Notice::CardAwaited {
                card_uid: Some(_),
                ..
            }
        );
        if is_lost {
            self.has_unfinished.store(true, Ordering::Relaxed);
            // It was too late for what was asked before.
            self.cancel.send_replace(false);
        }
        self.phase.send_if_modified(|phase| {
            let next = match (notice, *phase) {
                // The journal says so already, and the first command comes next.
                (Notice::Claimed(_) | Notice::AskedSeam(_), _) => Phase::Begun,
                // Nothing is written while the card is away.
                (_, Phase::Begun) if is_lost => Phase::Preparing,
                (Notice::Committing(true), Phase::Preparing) => Phase::Committing,
                (Notice::Committing(false), Phase::Committing) => Phase::Preparing,
                (_, phase) => phase,
            };
            std::mem::replace(phase, next) != next
        });
    }

    /// Asks the command to end before it writes, or to leave the card that it has lost.
    pub(super) fn ask_to_end(&self) {
        self.cancel.send_replace(true);
    }

    /// The same, and waits for what comes of it.
    pub(super) async fn cancel(&self) -> Result<Ending, CancelError> {
        let mut phases = self.phase.subscribe();
        if self.is_begun() {
            return Err(CancelError::TooLate);
        }
        self.ask_to_end();
        let is_decided = |phase: &Phase| matches!(phase, Phase::Begun | Phase::Over(_));
        match phases.wait_for(is_decided).await {
            Ok(phase) => match *phase {
                Phase::Over(ending @ (Ending::Cancelled | Ending::Left)) => Ok(ending),
                Phase::Over(_) => Err(CancelError::Unknown),
                Phase::Preparing | Phase::Committing | Phase::Begun => Err(CancelError::TooLate),
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
    pub(super) fn new(
        kind: JobKind,
        orderer: Orderer,
        hub: &Arc<Hub>,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        Self {
            control: Control::new(kind, orderer),
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
        self.control.heed(&notice);
        self.hub.publish(Some(self.control.ticket), notice);
    }

    /// The same for work that takes an observer.
    #[must_use]
    pub fn observer(&self) -> Observer {
        let (control, hub) = (Arc::clone(&self.control), Arc::clone(&self.hub));
        Arc::new(move |notice| {
            control.heed(&notice);
            hub.publish(Some(control.ticket), notice);
        })
    }

    /// From now on it is too late to cancel.
    pub fn begin(&self) {
        if self.control.phase.send_replace(Phase::Begun) != Phase::Begun {
            let notice = Notice::JobCommitted;
            self.hub.publish(Some(self.control.ticket), notice);
        }
    }

    /// Ready when the desk is being stopped.
    pub fn stopped(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut stopping = self.stopping.clone();
        async move {
            // A desk that is gone has stopped.
            let _ = stopping.wait_for(|stopping| *stopping).await;
        }
    }

    /// Ready when it is to end.
    pub(super) fn cancelled(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut cancel = self.control.cancel.subscribe();
        async move {
            // A control that is gone cancels nothing.
            let _ = cancel.wait_for(|cancel| *cancel).await;
        }
    }

    /// Does `work` unless it is cancelled before it writes.
    ///
    /// # Errors
    /// [`DeskError::Cancelled`]; `work` was dropped.
    pub async fn unless_cancelled<T>(&self, work: impl Future<Output = T>) -> Result<T, DeskError> {
        let mut work = pin!(work);
        tokio::select! {
            biased;
            outcome = &mut work => return Ok(outcome),
            () = self.cancelled() => {}
        }
        let mut phases = self.control.phase.subscribe();
        tokio::select! {
            biased;
            outcome = &mut work => return Ok(outcome),
            _ = phases.wait_for(|phase| *phase != Phase::Committing) => {}
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

    /// Does what could leave something behind when it is stopped; stopping leaves it a little time.
    pub(super) async fn soon<T>(&self, work: impl Future<Output = T>) -> Result<T, DeskError> {
        let late = async {
            self.stopped().await;
            sleep(LAST_WORDS).await;
        };
        tokio::select! {
            biased;
            outcome = work => Ok(outcome),
            () = late => Err(DeskError::StoppedCreating),
        }
    }

    /// Says that it is about to begin.
    pub(super) fn began(&self, encoder: Option<EncoderName>) {
        let Control { kind, orderer, .. } = *self.control;
        self.tell(Notice::JobBegan {
            kind,
            orderer,
            encoder,
        });
    }

    /// The same for what the desk does by itself. Why it failed was said where that was found.
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
            Some(DeskError::Left { .. }) => Ending::Left,
            Some(_) => Ending::Failed,
        };
        let error = error.cloned();
        self.tell(Notice::JobEnded { ending, error });
        self.control.phase.send_replace(Phase::Over(ending));
    }
}

#[cfg(test)]
mod tests {
    use cardbridge_drivers::contract::Uid;
    use tokio::sync::oneshot;

    use super::*;
    use crate::desk::notice::nobody;

    /// Cancels a job while the journal is taking what it claims, and says whether the job came to its end.
    async fn cancelled_while_committing(is_taken: bool) -> (bool, Result<Ending, CancelError>) {
        let hub = Hub::new(nobody(), Arc::default());
        let (_stopping, stopping) = watch::channel(false);
        let job = Job::new(JobKind::Encode, Orderer::Program, &hub, stopping);
        let (cancel, cancelled) = oneshot::channel();
        let (answer, answered) = oneshot::channel();
        let work = async {
            job.control.heed(&Notice::Committing(true));
            cancel.send(()).unwrap();
            let mut asked = job.control.cancel.subscribe();
            asked.wait_for(|asked| *asked).await.unwrap();
            // On its way to the disk.
            for _ in 0..3 {
                tokio::task::yield_now().await;
            }
            if is_taken {
                job.begin();
            }
            job.control.heed(&Notice::Committing(false));
            let _ = answered.await;
        };
        let working = async {
            let outcome = job.unless_cancelled(work).await;
            let error = outcome.err().map(Arc::new);
            job.ended(error.as_ref());
            error.is_none()
        };
        let cancelling = async {
            cancelled.await.unwrap();
            let outcome = job.control.cancel().await;
            // Not there any more if the job was cancelled.
            let _ = answer.send(());
            outcome
        };
        tokio::join!(working, cancelling)
    }

    /// Otherwise it would leave the card unfinished as soon as that is pulled.
    #[test]
    fn what_was_asked_too_late_is_forgotten_when_the_card_is_lost() {
        let control = Control::new(JobKind::Encode, Orderer::Program);
        control.phase.send_replace(Phase::Committing);
        control.ask_to_end();
        control.phase.send_replace(Phase::Begun);
        control.heed(&Notice::CardAwaited {
            encoder: None,
            card_uid: Some(Uid::from([4, 1, 2, 3, 4, 5, 6])),
            because: None,
        });
        assert_eq!(*control.phase.borrow(), Phase::Preparing);
        assert!(control.has_its_card());
        assert!(!*control.cancel.borrow());
    }

    #[tokio::test]
    async fn what_the_journal_is_taking_is_cancelled_only_if_it_refuses() {
        let outcome = cancelled_while_committing(true).await;
        assert_eq!(outcome, (true, Err(CancelError::TooLate)));
        let outcome = cancelled_while_committing(false).await;
        assert_eq!(outcome, (false, Ok(Ending::Cancelled)));
    }
}
