//! One reader as the dispatcher follows it: what lies on it, and what is being done about that.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::EncoderError;
use super::notice::ThreadId;
use super::reader::{Presence, Reader};

/// How often a card that does not power up is tried again before it is called unreadable: a hand is slow to lay it down.
const TRIES: u8 = 4;
/// How long to wait before a card is tried again: doubled each time, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// One reader.
pub(super) struct Lane {
    pub(super) reader: Arc<dyn Reader>,
    seen: Presence,
    pub(super) hold: Hold,
    /// A card on this reader was announced and not yet taken back.
    pub(super) announced: bool,
    /// That card was announced as one that can be worked on.
    pub(super) placed: bool,
    /// It is wanted again, once its thread has let go of it.
    pub(super) wanted_again: bool,
    /// How often the card was tried in vain.
    tries: u8,
    /// How long the next wait for it is.
    pause: Duration,
}

/// What is being done about the card on a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    /// Nothing yet: a card that lies there is to be taken.
    Open,
    /// All that can be done until it is lifted: it was let go, or could not be powered.
    Done,
    /// Another program has it, or it did not power up: it is tried again then, or when the reader says that it is free.
    Waiting(Instant),
    /// A thread has it, or is about to.
    Taken(ThreadId),
    /// A thread had a card that is gone; once it is over, the next card can be taken.
    Leaving(ThreadId),
    /// A thread that was given up may still have it.
    Stuck(ThreadId),
}

impl Lane {
    pub(super) fn new(reader: Arc<dyn Reader>) -> Self {
        Self {
            reader,
            seen: Presence::Empty { count: 0 },
            hold: Hold::Open,
            announced: false,
            placed: false,
            wanted_again: false,
            tries: 0,
            pause: FIRST_PAUSE,
        }
    }

    /// Notes how things stand on the reader now; whether another card lies there than before, or none any more.
    pub(super) fn sees(&mut self, presence: Presence) -> bool {
        let same = self.seen.is_same(presence);
        self.seen = presence;
        !same
    }

    /// Begins anew, for the card there was is gone. Gives the thread that had it, and must be over before the next is taken.
    pub(super) fn begin_anew(&mut self) -> Option<ThreadId> {
        self.tries = 0;
        self.pause = FIRST_PAUSE;
        self.placed = false;
        self.wanted_again = false;
        match self.hold {
            Hold::Taken(id) | Hold::Leaving(id) => {
                self.hold = Hold::Leaving(id);
                Some(id)
            }
            Hold::Open | Hold::Done | Hold::Waiting(_) | Hold::Stuck(_) => {
                self.hold = Hold::Open;
                None
            }
        }
    }

    /// Lets a card be taken once more that was let go; whether that can be tried now.
    pub(super) fn take_again(&mut self) -> bool {
        match self.hold {
            Hold::Done => {
                self.hold = Hold::Open;
                self.wanted_again = true;
                self.tries = 0;
                self.pause = FIRST_PAUSE;
                true
            }
            // The thread may be about to let go of it.
            Hold::Taken(_) => {
                self.wanted_again = true;
                false
            }
            Hold::Open | Hold::Waiting(_) | Hold::Leaving(_) | Hold::Stuck(_) => false,
        }
    }

    /// Whether a card lies there that is to be taken now.
    pub(super) fn wants_taking(&self) -> bool {
        match self.hold {
            Hold::Open => self.seen.is_card(),
            Hold::Waiting(until) => self.seen.is_free_card() || until <= Instant::now(),
            Hold::Done | Hold::Taken(_) | Hold::Leaving(_) | Hold::Stuck(_) => false,
        }
    }

    /// Puts the card off that could not be taken, or gives it up; whether that is worth telling.
    pub(super) fn put_off(&mut self, error: &EncoderError) -> bool {
        let (again, tell) = match error {
            EncoderError::InUse { .. } => (true, true),
            // Also when there is no card any more: the watcher may not have seen yet that it was lifted, or swapped.
            EncoderError::Channel(_) if self.tries < TRIES => (true, false),
            _ => (false, true),
        };
        self.hold = if again {
            Hold::Waiting(Instant::now() + self.pause)
        } else {
            Hold::Done
        };
        self.tries = self.tries.saturating_add(1);
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        tell
    }
}
