//! How a desk behaves: what it does with cards by itself, and how long it keeps them.

use std::sync::Arc;

use crate::desk::notice::{Observer, nobody};
use crate::desk::target::EncodeTarget;

/// What the loop does with a card that nothing is open for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cards {
    /// Leaves it alone, and does not even look at it unless some issuance waits for its card.
    FinishOnly,
    /// Takes the credential that has waited longest; while none waits, the card may stay there until one does.
    IssueWaiting,
}

/// When a card that was worked on is released.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Keep {
    /// When nothing is done with it: other programs can have it. It is taken again, and read again, when a command asks for it.
    #[default]
    WhileAtWork,
    /// When it is removed. It is read once, until it is written.
    UntilRemoved,
}

/// How a desk behaves.
pub struct Manner {
    /// What is done with a card that no command waits for; none: nothing, and reports are sent for commands only.
    pub cards: Option<Cards>,
    /// When cards are released.
    pub keep: Keep,
    /// Called in step with what happens: the next thing happens after it returns.
    pub observer: Observer,
    /// Encoders of other kinds that are there from the start.
    pub targets: Vec<Arc<dyn EncodeTarget>>,
    /// Whether the encoders that Seam drives are listed, for as long as the desk is there. They are then all there are of other kinds.
    pub seam_encoders: bool,
}

impl Default for Manner {
    fn default() -> Self {
        Self {
            cards: None,
            keep: Keep::default(),
            observer: nobody(),
            targets: Vec::new(),
            seam_encoders: false,
        }
    }
}
