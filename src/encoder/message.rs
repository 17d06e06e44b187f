//! What the dispatcher hears from the watcher and the reader threads.

use std::sync::Arc;

use super::reader::{Presence, Reader};
use super::{EncoderError, EncoderName};

/// What the dispatcher hears.
pub(super) enum Message {
    /// A reader is there, so far without a card.
    Appeared(Arc<dyn Reader>),
    /// A reader is gone.
    Vanished(EncoderName),
    /// What is on a reader now.
    Seen(EncoderName, Presence),
    /// The service behind all readers is gone, and they with it.
    ServiceLost,
    /// The service is back; its readers will appear.
    ServiceBack,
    /// The card that was released and is still on this reader is wanted again.
    TakeAgain(EncoderName),
    /// A turn has taken its card.
    Taken(TurnId),
    /// A turn could not take its card.
    Refused(TurnId, EncoderError),
    /// A turn has begun a job: from now on its calls are timed.
    Working,
    /// A turn is over; it holds no card any more.
    Ended(TurnId),
    /// No more.
    Stop,
}

/// Names a turn, one card's time on its reader thread; never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TurnId(pub(super) u64);
