//! A running process notices when its journal is taken away: before each write it looks whether the files are still the ones
//! that it opened, and whether the journal has gone on from where it was.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use rusqlite::{Transaction, TransactionBehavior};

use super::identity::{Companion, Identity};
use super::{FILE, Journal, JournalError, Lost};

/// What is known of the files.
#[derive(Debug)]
pub(super) struct Witness {
    directory: PathBuf,
    companion: Companion,
    latest: Identity,
    journal: Watched,
    log: Watched,
}

/// One file as it was when it was last looked at. While it is in use, SQLite makes it neither anew nor shorter.
#[derive(Debug)]
struct Watched {
    path: PathBuf,
    seen: Option<Seen>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    /// The file itself, whatever its name: device and inode, where there are such.
    file: (u64, u64),
    len: u64,
}

impl Watched {
    fn new(path: PathBuf) -> Self {
        let seen = seen(&path);
        Self { path, seen }
    }

    /// Whether it is still the same file, and not shorter.
    fn is_still_there(&mut self) -> bool {
        let now = seen(&self.path);
        let still = match (self.seen, now) {
            (None, _) => true,
            (Some(before), Some(now)) => before.file == now.file && before.len <= now.len,
            (Some(_), None) => false,
        };
        if still {
            self.seen = now;
        }
        still
    }
}

fn seen(path: &Path) -> Option<Seen> {
    let data = fs::metadata(path).ok()?;
    #[cfg(unix)]
    let file = {
        use std::os::unix::fs::MetadataExt;
        (data.dev(), data.ino())
    };
    #[cfg(not(unix))]
    let file = (0, 0);
    let len = data.len();
    Some(Seen { file, len })
}

impl Witness {
    pub(super) fn new(directory: &Path, companion: Companion, latest: Identity) -> Self {
        Self {
            directory: directory.to_owned(),
            companion,
            latest,
            journal: Watched::new(directory.join(FILE)),
            log: Watched::new(directory.join(format!("{FILE}-wal"))),
        }
    }

    fn lost(&self, lost: Lost) -> JournalError {
        JournalError::Lost {
            lost,
            directory: self.directory.clone(),
        }
    }

    fn check(&mut self) -> Result<(), JournalError> {
        if !self.journal.is_still_there() {
            return Err(self.lost(match seen(&self.journal.path) {
                Some(Seen { len: 1.., .. }) => Lost::Replaced,
                _ => Lost::Gone,
            }));
        }
        if !self.log.is_still_there() {
            return Err(self.lost(Lost::Log));
        }
        Ok(())
    }

    /// What the journal says of itself after one more write, if it has gone on from where it was.
    fn next(&self, transaction: &Transaction<'_>) -> Result<Identity, JournalError> {
        let next = Identity::next(transaction)?;
        if next.id != self.latest.id {
            return Err(self.lost(Lost::Replaced));
        }
        if next.generation <= self.latest.generation {
            return Err(self.lost(Lost::Older));
        }
        Ok(next)
    }
}

impl Journal {
    /// Says whether the journal is still the one that was opened.
    ///
    /// # Errors
    /// [`JournalError::Lost`] when it is not.
    pub fn check(&self) -> Result<(), JournalError> {
        let _connection = self.lock();
        self.witness().check()
    }

    /// One write, durable in the journal and in the file beside it before this returns; nothing is written when `work` gives
    /// `None`.
    pub(super) fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<Option<T>, JournalError>,
    ) -> Result<Option<T>, JournalError> {
        let mut connection = self.lock();
        let mut witness = self.witness();
        witness.check()?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let next = witness.next(&transaction)?;
        let Some(outcome) = work(&transaction)? else {
            return Ok(None);
        };
        transaction.commit()?;
        witness.latest = next;
        // What went into files that were taken away in between is written nowhere.
        witness.check()?;
        witness
            .companion
            .keep(next)
            .map_err(|source| JournalError::unusable(witness.companion.path(), source))?;
        Ok(Some(outcome))
    }

    fn witness(&self) -> std::sync::MutexGuard<'_, Witness> {
        self.witness.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
