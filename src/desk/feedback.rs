//! What the encoder itself signals to those at the desk, who may look at the card and not at a screen.
//!
//! Only when the journal knows how it ended: a beep before that could be for a card that is not good.

use cardbridge_drivers::contract::Signal;

use crate::desk::IssueError;
use crate::encoder::CardSession;

/// The card was read back and is good, or `error` is why it is not.
pub(super) fn tell(card: &CardSession, error: Option<&IssueError>) {
    match error {
        None => card.signal(Signal::Done),
        // The card may stay there until there is something for it.
        Some(IssueError::NothingWaiting) => {}
        Some(_) => card.signal(Signal::Refused),
    }
}
