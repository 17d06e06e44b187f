//! What is served, and who is admitted to it.

use std::sync::Arc;

use tokio::sync::watch;

use super::admission::Admission;
use super::feed::Feed;
use super::metrics::Meters;
use super::seam::LocalApi;
use super::streams::Streams;
use crate::desk::Desk;
use crate::encoder::Tray;

/// What is served.
#[derive(Debug)]
pub struct Site {
    pub(super) desk: Desk,
    pub(super) feed: Arc<Feed>,
    pub(super) admission: Arc<Admission>,
    /// Seam's calls.
    pub(super) local_api: Option<Arc<LocalApi>>,
    pub(super) meters: Meters,
    /// The cards, where the encoders are simulated.
    pub(super) tray: Option<Tray>,
    /// True from the moment on at which streams are to end.
    pub(super) over: watch::Sender<bool>,
    /// Room for event streams.
    pub(super) streams: Streams,
}

impl Site {
    /// This desk, for those whom `admission` lets in.
    #[must_use]
    pub fn new(desk: Desk, admission: Arc<Admission>) -> Self {
        Self {
            feed: Feed::new(desk.clone()),
            desk,
            admission,
            local_api: None,
            meters: Meters::default(),
            tray: None,
            over: watch::Sender::new(false),
            streams: Streams::default(),
        }
    }

    /// With simulated encoders, and this tray of cards.
    #[must_use]
    pub fn with_tray(self, tray: Option<Tray>) -> Self {
        Self { tray, ..self }
    }

    /// With Seam's own calls.
    #[must_use]
    pub fn with_local_api(self, api: Arc<LocalApi>) -> Self {
        Self {
            local_api: Some(api),
            ..self
        }
    }

    /// The same with what has counted what happens there.
    #[must_use]
    pub fn with_meters(self, meters: Meters) -> Self {
        Self { meters, ..self }
    }
}
