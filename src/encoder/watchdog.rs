//! What the watchdog looks at: whether a reader's thread is inside a call to its reader, and since when.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The calls of one reader thread.
#[derive(Debug, Default)]
pub(super) struct CallTimer(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    busy: bool,
    call_since: Option<Instant>,
}

impl CallTimer {
    /// The thread has something to do.
    pub(super) fn set_busy(&self, busy: bool) {
        self.lock().busy = busy;
    }

    /// Times a call to the reader until the returned value is dropped.
    pub(super) fn call(&self) -> Call<'_> {
        self.lock().call_since = Some(Instant::now());
        Call(self)
    }

    /// When this thread must be looked at again: `None` while it has nothing to do, [`Duration::ZERO`] when a call has
    /// taken longer than `patience`.
    pub(super) fn due_in(&self, patience: Duration) -> Option<Duration> {
        let state = self.lock();
        state.busy.then(|| {
            let spent = state
                .call_since
                .map_or(Duration::ZERO, |since| since.elapsed());
            patience.saturating_sub(spent)
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call in progress.
#[must_use]
pub(super) struct Call<'a>(&'a CallTimer);

impl Drop for Call<'_> {
    fn drop(&mut self) {
        self.0.lock().call_since = None;
    }
}
