//! Whether the journal can be written, going by its latest change.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::error::JournalError;

/// Why the latest change could not be written; none where it was.
#[derive(Debug, Default)]
pub(super) struct Unwritten(Mutex<Option<JournalError>>);

impl Unwritten {
    pub(super) fn set(&self, why: Option<JournalError>) {
        *self.why() = why;
    }

    pub(super) fn why(&self) -> MutexGuard<'_, Option<JournalError>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
