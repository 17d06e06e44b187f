//! Whether the journal can be written, going by its latest change.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::error::JournalError;
use super::{Journal, writer};

/// Why the latest change could not be written; none where it was.
#[derive(Debug, Default)]
pub(super) struct Unwritten(Mutex<Option<JournalError>>);

impl Unwritten {
    pub(super) fn set(&self, why: Option<JournalError>) {
        *self.why() = why;
    }

    fn why(&self) -> MutexGuard<'_, Option<JournalError>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal {
    /// Why the journal cannot be written. Where the latest change could not be, that is tried again by one that changes nothing.
    pub async fn unwritten(&self) -> Option<JournalError> {
        self.unwritten.why().clone()?;
        let tried: writer::Outcome<()> = self.write(|_| Ok(Some(()))).await;
        tried.err()
    }
}
