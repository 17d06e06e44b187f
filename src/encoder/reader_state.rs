//! One reader as the dispatcher follows it: what is on it, and what is being done about that.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::EncoderError;
use super::message::TurnId;
use super::reader::{Presence, Reader};
use super::reader_thread::ReaderThread;

/// How often a card that does not power up is tried again before it is called unreadable: a hand is slow to place it.
const TRIES: u8 = 4;
/// How long to wait before a card is tried again: doubled each time, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// One reader.
pub(super) struct ReaderState {
    pub(super) reader: Arc<dyn Reader>,
    pub(super) thread: ReaderThread,
    seen: Presence,
    pub(super) phase: Phase,
    /// A card on this reader was announced and not yet taken back.
    pub(super) announced: bool,
    /// That card was announced as one that can be worked on.
    pub(super) placed: bool,
    /// It is wanted again, once its thread has released it.
    pub(super) wanted_again: bool,
    /// How often the card was tried in vain.
    tries: u8,
    /// How long the next wait for it is.
    pause: Duration,
}

/// What is being done about the card on a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing yet: a card that is there is to be taken.
    Open,
    /// All that can be done until it is removed: it was released, or could not be powered.
    Done,
    /// Another program has it, or it did not power up: it is tried again then, or when the reader says that it is free.
    Waiting(Instant),
    /// A thread has it, or is about to.
    Taken(TurnId),
    /// A thread had a card that is gone; once it is over, the next card can be taken.
    Leaving(TurnId),
    /// A thread that was given up may still have it.
    Stuck(TurnId),
}

impl ReaderState {
    pub(super) fn new(reader: Arc<dyn Reader>) -> Self {
        Self {
            reader,
            thread: ReaderThread::default(),
            seen: Presence::Empty { count: 0 },
            phase: Phase::Open,
            announced: false,
            placed: false,
            wanted_again: false,
            tries: 0,
            pause: FIRST_PAUSE,
        }
    }

    /// Notes what is on the reader now; gives whether that is another card than before, or none any more.
    pub(super) fn sees(&mut self, presence: Presence) -> bool {
        let same = self.seen.is_same(presence);
        self.seen = presence;
        !same
    }

    /// Starts afresh, since the card that was there is gone. Gives the thread that had it, and must be over before the next is taken.
    pub(super) fn begin_anew(&mut self) -> Option<TurnId> {
        self.tries = 0;
        self.pause = FIRST_PAUSE;
        self.placed = false;
        self.wanted_again = false;
        match self.phase {
            Phase::Taken(id) | Phase::Leaving(id) => {
                self.phase = Phase::Leaving(id);
                Some(id)
            }
            Phase::Open | Phase::Done | Phase::Waiting(_) => {
                self.phase = Phase::Open;
                None
            }
            // The thread that would take the next card waits for the call that hangs.
            Phase::Stuck(_) => None,
        }
    }

    /// Lets a card be taken once more that was released; whether that can be tried now.
    pub(super) fn take_again(&mut self) -> bool {
        match self.phase {
            Phase::Done => {
                self.phase = Phase::Open;
                self.wanted_again = true;
                self.tries = 0;
                self.pause = FIRST_PAUSE;
                true
            }
            // The thread may be about to release it.
            Phase::Taken(_) => {
                self.wanted_again = true;
                false
            }
            Phase::Open | Phase::Waiting(_) | Phase::Leaving(_) | Phase::Stuck(_) => false,
        }
    }

    /// Whether a card is there that is to be taken now.
    pub(super) fn wants_taking(&self) -> bool {
        match self.phase {
            Phase::Open => self.seen.is_card(),
            Phase::Waiting(until) => self.seen.is_free_card() || until <= Instant::now(),
            Phase::Done | Phase::Taken(_) | Phase::Leaving(_) | Phase::Stuck(_) => false,
        }
    }

    /// Puts the card off that could not be taken, or gives it up; whether that is worth telling.
    pub(super) fn put_off(&mut self, error: &EncoderError) -> bool {
        let (again, tell) = match error {
            EncoderError::InUse { .. } => (true, true),
            // Also when there is no card any more: the watcher may not have seen yet that it was removed, or swapped.
            EncoderError::Channel(_) if self.tries < TRIES => (true, false),
            _ => (false, true),
        };
        self.phase = if again {
            Phase::Waiting(Instant::now() + self.pause)
        } else {
            Phase::Done
        };
        self.tries = self.tries.saturating_add(1);
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        tell
    }
}
