//! What is served: the desk, and the doors in front of it.

use std::sync::Arc;

use tokio::sync::{Semaphore, watch};

use super::doors::Doors;
use super::events;
use crate::desk::Desk;

/// What is served.
#[derive(Debug)]
pub struct Site {
    pub(super) desk: Desk,
    pub(super) doors: Arc<Doors>,
    /// True from the moment on at which streams are to end.
    pub(super) over: watch::Sender<bool>,
    /// Room for event streams.
    pub(super) streams: Arc<Semaphore>,
}

impl Site {
    /// This desk, behind these doors.
    #[must_use]
    pub fn new(desk: Desk, doors: Arc<Doors>) -> Self {
        Self {
            desk,
            doors,
            over: watch::Sender::new(false),
            streams: Arc::new(Semaphore::new(events::MOST)),
        }
    }
}
