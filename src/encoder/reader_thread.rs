//! The thread of one reader: takes each card that is placed on it, does the work of that card's session, releases the card.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use cardbridge_drivers::contract::{CardChannel, is_contactless};

use super::guard::GuardedChannel;
use super::message::{Message, TurnId};
use super::reader::Reader;
use super::session::{Life, Work};
use super::watchdog::CallTimer;
use super::{EncoderError, ExchangeMeter};

/// The thread that alone uses one reader, as long as the reader is there.
///
/// It starts with the first card, and is detached: a thread that hangs in a reader's driver cannot be joined, so the end of
/// each turn is reported by [`Message::Ended`].
#[derive(Debug, Default)]
pub(super) struct ReaderThread(Option<Sender<Turn>>);

impl ReaderThread {
    /// Gives the card on the reader its turn, once the turn before it is over.
    pub(super) fn begin(&mut self, turn: Turn) -> Result<(), EncoderError> {
        turn.timer.set_busy(true);
        let turns = match &self.0 {
            Some(turns) => turns,
            None => self.0.insert(start()?),
        };
        // The thread ends with its sender, and not before.
        turns
            .send(turn)
            .map_err(|_| EncoderError::NoThread(io::ErrorKind::BrokenPipe))
    }
}

fn start() -> Result<Sender<Turn>, EncoderError> {
    let (sender, turns) = channel::<Turn>();
    thread::Builder::new()
        .name("reader".to_owned())
        .spawn(move || {
            for turn in turns {
                // The job's session has ended with the panic, which was printed; the next card has nothing to do with it.
                let _ = catch_unwind(AssertUnwindSafe(|| turn.run()));
            }
        })?;
    Ok(sender)
}

/// One card's turn on the thread of its reader.
pub(super) struct Turn {
    pub(super) id: TurnId,
    pub(super) reader: Arc<dyn Reader>,
    pub(super) work: Receiver<Work>,
    pub(super) life: Life,
    pub(super) timer: Arc<CallTimer>,
    pub(super) meter: ExchangeMeter,
    pub(super) messages: Sender<Message>,
}

impl Turn {
    fn run(self) {
        let _end = ReportsEnd {
            id: self.id,
            messages: self.messages.clone(),
        };
        let taken = {
            let _timed = self.timer.call();
            self.take()
        };
        match taken {
            Ok(card) => {
                self.report(Message::Taken(self.id));
                let mut card =
                    GuardedChannel::new(card, self.life.clone(), Arc::clone(&self.timer))
                        .measured(self.meter.clone());
                self.work(&mut card);
                self.timer.set_busy(true);
                let _timed = self.timer.call();
                drop(card);
            }
            Err(error) => self.report(Message::Refused(self.id, error)),
        }
    }

    /// The card, unless it is one that no encoder could work on.
    fn take(&self) -> Result<Box<dyn CardChannel>, EncoderError> {
        let mut card = self.reader.connect()?;
        if is_contactless(&mut *card)? {
            return Ok(card);
        }
        Err(EncoderError::NoUid {
            encoder: self.reader.name().0,
        })
    }

    fn work(&self, card: &mut GuardedChannel) {
        loop {
            self.timer.set_busy(false);
            let Ok(Work::Job(job)) = self.work.recv() else {
                return;
            };
            if self.life.ended().is_some() {
                return;
            }
            self.timer.set_busy(true);
            self.report(Message::Working);
            job(card);
            // Another card had answered, which only this thread knows: it must not wait for what still holds the session.
            if self.life.ended().is_some() {
                return;
            }
        }
    }

    fn report(&self, message: Message) {
        // A dispatcher that has stopped wants to hear no more.
        let _ = self.messages.send(message);
    }
}

/// Reports that the turn is over and the card released, even when a job panicked.
struct ReportsEnd {
    id: TurnId,
    messages: Sender<Message>,
}

impl Drop for ReportsEnd {
    fn drop(&mut self) {
        let _ = self.messages.send(Message::Ended(self.id));
    }
}
