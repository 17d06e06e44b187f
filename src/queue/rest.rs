//! The pause that the API has asked for.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::seam::SeamError;

/// The longest pause that one answer of the API can ask for.
const LONGEST: Duration = Duration::from_secs(3600);

/// The end of the rest that the API has asked for, if it has.
#[derive(Debug, Default)]
pub(super) struct Rest(Mutex<Option<Instant>>);

impl Rest {
    /// What is left of the pause.
    pub(super) fn left(&self) -> Duration {
        let until = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        until.map_or(Duration::ZERO, |until| {
            until.saturating_duration_since(Instant::now())
        })
    }

    /// Notes the pause that the API asks for.
    pub(super) fn heed(&self, error: &SeamError) {
        if let Some(asked) = error.retry_after() {
            let until = Instant::now() + asked.min(LONGEST);
            let mut rest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            *rest = Some(rest.map_or(until, |earlier| earlier.max(until)));
        }
    }
}
