//! A card session: the handle through which async code has work done on one card, and the life they share.

use std::any::Any;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;

use cardbridge_drivers::contract::{CardChannel, ChannelError, Signal, signal};
use tokio::sync::{oneshot, watch};
use tracing::Span;

use super::EncoderName;

/// One card, from the moment it is placed until it is removed. Work sent to it after that fails.
///
/// The card is held exclusively as long as any clone of its session lives: drop them all, and the encoder is free for
/// other programs.
#[derive(Debug, Clone)]
pub struct CardSession {
    hold: Arc<Hold>,
}

impl CardSession {
    /// The reader that the card is on.
    #[must_use]
    pub fn encoder(&self) -> &EncoderName {
        &self.hold.encoder
    }

    /// Whether the card can still be worked on: not removed, not given up, its reader there.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.hold.life.ended().is_none()
    }

    /// Whether both are the same session of the same card.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.hold, &other.hold)
    }

    /// Waits until the session is over and says why: [`ChannelError::Removed`] when the card was removed.
    pub async fn ended(&self) -> ChannelError {
        self.hold.life.ended_as(|_| true).await
    }

    /// Runs `job` on the card's thread, with the card held exclusively, and waits for its result. Jobs of one session
    /// run one after another; a job that has begun runs to its end even when its caller no longer waits.
    ///
    /// # Errors
    /// [`ChannelError::Removed`] when the card was removed (or swapped for another) before the job began,
    /// [`ChannelError::ReaderGone`] when its reader or the PC/SC service went away before that, and
    /// [`ChannelError::Unresponsive`] when the watchdog gave the card up while the job ran. A job that panics ends the
    /// session with [`ChannelError::Communication`].
    pub async fn run<T, F>(&self, job: F) -> Result<T, ChannelError>
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn CardChannel) -> T + Send + 'static,
    {
        Ok(self.run_numbered(job).await?.1)
    }

    /// The same; also gives how many jobs there have been with this one.
    async fn run_numbered<T, F>(&self, job: F) -> Result<(u64, T), ChannelError>
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn CardChannel) -> T + Send + 'static,
    {
        let life = &self.hold.life;
        let number = self.hold.jobs.fetch_add(1, Ordering::SeqCst) + 1;
        let (answer, result) = oneshot::channel();
        let panics = EndsOnPanic(life.clone());
        // What is logged on the card's thread belongs to what the caller is at.
        let span = Span::current();
        let job: Job = Box::new(move |card| {
            let _panics = panics;
            let _entered = span.enter();
            let result = job(card);
            // The asker may have gone away; the work is done all the same.
            let _ = answer.send(result);
        });
        // Without a reason of its own the session was released: the encoders are being stopped.
        let over = || life.ended().unwrap_or(ChannelError::ReaderGone);
        self.hold.work.send(Work::Job(job)).map_err(|_| over())?;
        tokio::select! {
            biased;
            result = result => result.map(|result| (number, result)).map_err(|_| over()),
            // A job that hangs keeps its answer for ever; any other end of the session reaches the job by itself.
            given_up = life.ended_as(|why| why == ChannelError::Unresponsive) => Err(given_up),
        }
    }

    /// Runs `job` like [`run`](Self::run), and keeps what it has found out about the card if `is_worth_it`: until another job
    /// is run on the card.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn learn<T, F>(
        &self,
        job: F,
        is_worth_it: impl FnOnce(&T) -> bool,
    ) -> Result<Arc<T>, ChannelError>
    where
        T: Send + Sync + 'static,
        F: FnOnce(&mut dyn CardChannel) -> T + Send + 'static,
    {
        let (number, found) = self.run_numbered(job).await?;
        let found = Arc::new(found);
        if is_worth_it(&found) {
            let known: Arc<dyn Any + Send + Sync> = Arc::clone(&found) as _;
            *self.hold.memory() = Some((number, known));
        }
        Ok(found)
    }

    /// What [`learn`](Self::learn) kept, if no other job was run on the card since and the card is still held.
    #[must_use]
    pub fn learnt<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        let memory = self.hold.memory();
        let (number, known) = memory.as_ref().filter(|_| self.is_live())?;
        if *number != self.hold.jobs.load(Ordering::SeqCst) {
            return None;
        }
        Arc::clone(known).downcast().ok()
    }

    /// Lets the reader beep or light up, as well as it can, when the work that it has is done. There is no waiting for it, and
    /// whether it did is not reported.
    pub fn signal(&self, given: Signal) {
        let job: Job = Box::new(move |card| signal(card, given));
        // A card that is gone takes its signal with it.
        let _ = self.hold.work.send(Work::Job(job));
    }
}

/// Work for a card's thread.
pub(super) type Job = Box<dyn FnOnce(&mut dyn CardChannel) + Send>;

/// Ends a session when its job panics, before the asker learns that there is no answer.
struct EndsOnPanic(Life);

impl Drop for EndsOnPanic {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.end(ChannelError::Communication);
        }
    }
}

/// What a card's thread waits for.
pub(super) enum Work {
    /// Something to do with the card.
    Job(Job),
    /// Release the card: it was removed, or its session was dropped.
    End,
}

/// A session, the receiving end of its work, and the life to end it by.
pub(super) fn session(encoder: EncoderName) -> (CardSession, mpsc::Receiver<Work>, Control) {
    let (work, receiver) = mpsc::channel();
    let life = Life::default();
    let control = Control {
        work: work.clone(),
        life: life.clone(),
    };
    let hold = Arc::new(Hold {
        encoder,
        work,
        life,
        jobs: AtomicU64::new(0),
        memory: Mutex::new(None),
    });
    (CardSession { hold }, receiver, control)
}

/// How the dispatcher ends a session that it gave away.
#[derive(Debug)]
pub(super) struct Control {
    work: mpsc::Sender<Work>,
    life: Life,
}

impl Control {
    /// Ends the session: queued work is dropped, the thread releases the card.
    pub(super) fn end(&self, why: ChannelError) {
        self.life.end(why);
        self.release();
    }

    /// Asks the thread to release the card once the work it has is done.
    pub(super) fn release(&self) {
        // A thread that is gone holds no card.
        let _ = self.work.send(Work::End);
    }

    pub(super) fn life(&self) -> &Life {
        &self.life
    }
}

/// Lives as long as anyone holds the session.
struct Hold {
    encoder: EncoderName,
    work: mpsc::Sender<Work>,
    life: Life,
    /// How many jobs were run so far.
    jobs: AtomicU64,
    /// What is known of the card.
    memory: Mutex<Option<Memory>>,
}

/// What a job has found out, and how many jobs there had been with it.
type Memory = (u64, Arc<dyn Any + Send + Sync>);

impl Hold {
    fn memory(&self) -> MutexGuard<'_, Option<Memory>> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let _ = self.work.send(Work::End);
    }
}

impl fmt::Debug for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hold")
            .field("encoder", &self.encoder)
            .field("ended", &self.life.ended())
            .finish_non_exhaustive()
    }
}

/// Whether a session lives, seen from every thread. It ends once, and the first reason stays; only the watchdog has the
/// last word, because the caller of a job that hangs must learn of it.
#[derive(Debug, Clone)]
pub(super) struct Life(Arc<watch::Sender<Option<ChannelError>>>);

impl Life {
    pub(super) fn end(&self, why: ChannelError) {
        self.0.send_if_modified(|ended| {
            let news = ended.is_none() || why == ChannelError::Unresponsive;
            if news {
                *ended = Some(why);
            }
            news
        });
    }

    pub(super) fn ended(&self) -> Option<ChannelError> {
        *self.0.borrow()
    }

    /// Waits for an end of the kind that `which` accepts.
    async fn ended_as(&self, which: impl Fn(ChannelError) -> bool) -> ChannelError {
        let mut ends = self.0.subscribe();
        match ends.wait_for(|ended| ended.is_some_and(&which)).await {
            Ok(ended) => (*ended).unwrap_or(ChannelError::Removed),
            // The sender lives in `self`, so this cannot happen.
            Err(_) => ChannelError::Removed,
        }
    }
}

impl Default for Life {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_job_that_hangs_over_a_removed_card_is_answered_by_the_watchdog() {
        let (session, work, control) = session(EncoderName("a reader".to_owned()));
        let asked = tokio::spawn({
            let session = session.clone();
            async move { session.run(|_| ()).await }
        });
        // The job is taken and never comes to its end.
        let hanging = tokio::task::spawn_blocking(move || (work.recv(), work))
            .await
            .unwrap();
        control.end(ChannelError::Removed);
        assert!(!session.is_live());
        control.end(ChannelError::Unresponsive);
        assert_eq!(asked.await.unwrap(), Err(ChannelError::Unresponsive));
        drop(hanging);
    }
}
