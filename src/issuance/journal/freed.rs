//! How far changes have come that can take a credential off its card; and that there was any change at all.

use tokio::sync::watch;

/// How far changes have come that can take a credential off its card. While two of these are equal, every credential that was on
/// a card still is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freed {
    by_us: u64,
    by_others: u64,
}

/// What the writing thread counts, for those who ask how far it is.
#[derive(Debug)]
pub(super) struct Freeing(watch::Sender<Counted>);

/// The changes that this process makes, one after the other.
#[derive(Debug)]
pub struct Changes(watch::Receiver<Counted>);

impl Changes {
    /// Waits for a change since the last call, or since this was asked for. It can be read then. Never ready once the journal is
    /// closed.
    pub async fn next(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

#[derive(Debug)]
struct Counted {
    /// How many times the journal was written to, as far as we know.
    generation: u64,
    /// Our changes that can have taken a credential off its card.
    by_us: u64,
    /// How many of those times it was another process.
    by_others: u64,
}

impl Freeing {
    pub(super) fn new(generation: u64) -> Self {
        Self(watch::Sender::new(Counted {
            generation,
            by_us: 0,
            by_others: 0,
        }))
    }

    /// Counts a commit of ours. Only once it is there to be read: what was counted before could be looked for too early.
    pub(super) fn committed(&self, generation: u64, frees: bool) {
        self.0.send_modify(|counted| {
            counted.by_others += generation.saturating_sub(counted.generation + 1);
            counted.generation = generation;
            counted.by_us += u64::from(frees);
        });
    }

    /// How far it is, going by a generation that was read in the journal.
    pub(super) fn at(&self, generation: u64) -> Freed {
        let counted = self.0.borrow();
        Freed {
            by_us: counted.by_us,
            // A commit of ours that is not counted yet looks like one of others for a moment, which costs one more look.
            by_others: counted.by_others + generation.saturating_sub(counted.generation),
        }
    }

    pub(super) fn changes(&self) -> Changes {
        Changes(self.0.subscribe())
    }
}
