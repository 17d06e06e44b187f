//! The thread of one card: takes it, does the work of its session, lets it go.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::thread;

use cardbridge_drivers::contract::{CardChannel, is_contactless};

use super::EncoderError;
use super::guard::GuardedChannel;
use super::notice::{Notice, ThreadId};
use super::pulse::Pulse;
use super::reader::Reader;
use super::session::{Life, Work};

/// All that a card's thread needs.
pub(super) struct CardThread {
    pub(super) id: ThreadId,
    pub(super) reader: Arc<dyn Reader>,
    pub(super) work: Receiver<Work>,
    pub(super) life: Life,
    pub(super) pulse: Arc<Pulse>,
    pub(super) notices: Sender<Notice>,
}

impl CardThread {
    /// Starts the thread. It is detached: a thread that hangs in a reader's driver cannot be joined, so its end is told
    /// by [`Notice::Ended`].
    pub(super) fn start(self) -> Result<(), EncoderError> {
        self.pulse.set_busy(true);
        thread::Builder::new()
            .name("card".to_owned())
            .spawn(move || self.run())?;
        Ok(())
    }

    fn run(self) {
        let farewell = Farewell {
            id: self.id,
            notices: self.notices.clone(),
        };
        let taken = {
            let _timed = self.pulse.call();
            self.take()
        };
        match taken {
            Ok(card) => {
                self.tell(Notice::Taken(self.id));
                let mut card =
                    GuardedChannel::new(card, self.life.clone(), Arc::clone(&self.pulse));
                self.work(&mut card);
                self.pulse.set_busy(true);
                let _timed = self.pulse.call();
                drop(card);
            }
            Err(error) => self.tell(Notice::Refused(self.id, error)),
        }
        drop(farewell);
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
            self.pulse.set_busy(false);
            let Ok(Work::Job(job)) = self.work.recv() else {
                return;
            };
            if self.life.ended().is_some() {
                return;
            }
            self.pulse.set_busy(true);
            self.tell(Notice::Working);
            job(card);
        }
    }

    fn tell(&self, notice: Notice) {
        // A dispatcher that has stopped wants to hear no more.
        let _ = self.notices.send(notice);
    }
}

/// Tells that the thread is over and the card let go, even when a job panicked.
struct Farewell {
    id: ThreadId,
    notices: Sender<Notice>,
}

impl Drop for Farewell {
    fn drop(&mut self) {
        let _ = self.notices.send(Notice::Ended(self.id));
    }
}
