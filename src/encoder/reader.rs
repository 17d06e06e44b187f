//! The seam between the dispatcher and whatever has readers: PC/SC, the simulated tray, a test's mock.

use std::fmt::Debug;

use cardbridge_drivers::contract::CardChannel;

use super::{EncoderError, EncoderName};

/// One reader. It is called from the thread of the card on it, and may block as long as it must.
pub(super) trait Reader: Send + Sync {
    /// The name that no other reader has.
    fn name(&self) -> EncoderName;

    /// Powers the card and takes it exclusively, until the channel is dropped.
    fn connect(&self) -> Result<Box<dyn CardChannel>, EncoderError>;
}

/// Where readers come from. It watches them and reports to the dispatcher, by [`Message`](super::message::Message)s, what it sees.
pub(super) trait Source: Debug + Send + Sync {
    /// The encoders that are there now.
    fn list(&self) -> Result<Vec<EncoderName>, EncoderError>;

    /// Stops watching: no notice comes after this returns.
    fn stop(&mut self);
}

/// What a watcher sees on a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    /// No card.
    Empty {
        /// Insertions and removals so far, so that a quick swap shows.
        count: u32,
    },
    /// A card.
    Card {
        /// Insertions and removals so far, so that a quick swap shows.
        count: u32,
        /// Some program is connected to it; ours counts too.
        in_use: bool,
    },
}

impl Presence {
    pub(super) fn is_card(self) -> bool {
        matches!(self, Self::Card { .. })
    }

    pub(super) fn is_free_card(self) -> bool {
        matches!(self, Self::Card { in_use: false, .. })
    }

    /// Whether the same card (or the same emptiness) lasts from the one sight to the other.
    pub(super) fn is_same(self, other: Self) -> bool {
        let count = |presence| match presence {
            Self::Empty { count } | Self::Card { count, .. } => count,
        };
        self.is_card() == other.is_card() && count(self) == count(other)
    }
}
