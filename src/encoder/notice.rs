//! What the dispatcher hears from the watcher and the card threads.

use std::sync::Arc;

use super::reader::{Presence, Reader};
use super::{EncoderError, EncoderName};

/// What the dispatcher hears.
pub(super) enum Notice {
    /// A reader is there, so far without a card.
    Appeared(Arc<dyn Reader>),
    /// A reader is gone.
    Vanished(EncoderName),
    /// How things stand on a reader now.
    Seen(EncoderName, Presence),
    /// The service behind all readers is gone, and they with it.
    ServiceLost,
    /// The service is back; its readers will appear.
    ServiceBack,
    /// The card that was let go and is still on this reader is wanted again.
    TakeAgain(EncoderName),
    /// A card thread has taken its card.
    Taken(ThreadId),
    /// A card thread could not take its card.
    Refused(ThreadId, EncoderError),
    /// A card thread has begun a job: from now on it must be looked after.
    Working,
    /// A card thread is over; it holds no card any more.
    Ended(ThreadId),
    /// No more.
    Stop,
}

/// Names a card thread; never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ThreadId(pub(super) u64);
