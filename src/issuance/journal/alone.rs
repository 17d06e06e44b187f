//! Which process is the agent of a state directory: a lock of the operating system, held for as long as it runs, which ends with it
//! whatever becomes of that.
//!
//! Commands that do one thing work beside an agent: leases and the journal keep them apart. Two agents would take each other's work
//! for what an earlier run has left.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

use super::files::make_private_file;
use super::{Journal, JournalError};

/// The file in the state directory. It stays there: to remove it would let two hold it.
const FILE: &str = "agent.lock";

/// Held by the agent of a state directory for as long as it runs.
#[derive(Debug)]
pub struct Alone {
    _locked: File,
}

impl Journal {
    /// Makes this process the agent of the state directory; `None` while another one is.
    ///
    /// # Errors
    /// When the state directory cannot be used.
    pub fn alone(&self) -> Result<Option<Alone>, JournalError> {
        lock(&self.directory.join(FILE))
            .map_err(|source| JournalError::unusable(&self.directory, source))
    }
}

fn lock(path: &Path) -> io::Result<Option<Alone>> {
    make_private_file(path)?;
    let locked = File::options().write(true).open(path)?;
    match locked.try_lock() {
        Ok(()) => Ok(Some(Alone { _locked: locked })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}
