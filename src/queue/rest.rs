//! Until when the API has asked to be left alone.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::seam::SeamError;

/// The longest that the API is left alone for one answer of its.
const LONGEST: Duration = Duration::from_secs(3600);

/// The end of the rest that the API has asked for, if it has.
#[derive(Debug, Default)]
pub(super) struct Rest(Mutex<Option<Instant>>);

impl Rest {
    /// For how long the API is still to be left alone.
    pub(super) fn left(&self) -> Duration {
        let until = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        until.map_or(Duration::ZERO, |until| {
            until.saturating_duration_since(Instant::now())
        })
    }

    /// Keeps in mind how long the API asks to be left alone.
    pub(super) fn heed(&self, error: &SeamError) {
        if let Some(asked) = error.retry_after() {
            let until = Instant::now() + asked.min(LONGEST);
            let mut rest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            *rest = Some(rest.map_or(until, |earlier| earlier.max(until)));
        }
    }
}
