//! A running process notices when its journal is taken away: before each write it looks whether the files are still the ones
//! that it opened, and whether the journal has gone on from where it was.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use super::error::{JournalError, Lost};
use super::identity::{Companion, Identity};

/// The name of the file in the state directory.
pub(super) const FILE: &str = "journal.sqlite3";

/// What the writer knows.
#[derive(Debug)]
pub(super) struct Witness {
    companion: Companion,
    latest: Identity,
    files: SharedFiles,
}

/// The files, for the writer and the reader: what one of them has seen, the other one misses too.
pub(super) type SharedFiles = Arc<Mutex<Files>>;

/// The files of a journal, as they were when they were last looked at.
#[derive(Debug)]
pub(super) struct Files {
    directory: PathBuf,
    journal: Watched,
    log: Watched,
}

/// One file as it was when it was last looked at. While it is in use, SQLite neither replaces nor shortens it.
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

impl Files {
    fn new(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
            journal: Watched::new(directory.join(FILE)),
            log: Watched::new(directory.join(format!("{FILE}-wal"))),
        }
    }

    pub(super) fn shared(directory: &Path) -> SharedFiles {
        Arc::new(Mutex::new(Self::new(directory)))
    }

    fn lost(&self, lost: Lost) -> JournalError {
        JournalError::Lost {
            lost,
            directory: self.directory.clone(),
        }
    }

    /// Says whether they are still the ones that were opened.
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
}

/// Says whether the files are still the ones that were opened.
pub(super) fn check(files: &SharedFiles) -> Result<(), JournalError> {
    lock(files).check()
}

fn lock(files: &SharedFiles) -> MutexGuard<'_, Files> {
    files.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Witness {
    pub(super) fn new(files: SharedFiles, companion: Companion, latest: Identity) -> Self {
        Self {
            companion,
            latest,
            files,
        }
    }

    pub(super) fn check(&self) -> Result<(), JournalError> {
        check(&self.files)
    }

    fn lost(&self, lost: Lost) -> JournalError {
        lock(&self.files).lost(lost)
    }

    /// What the journal says of itself after one more write, if it has gone on from where it was.
    pub(super) fn next(&self, connection: &Connection) -> Result<Identity, JournalError> {
        let next = Identity::next(connection)?;
        if next.id != self.latest.id {
            return Err(self.lost(Lost::Replaced));
        }
        if next.generation <= self.latest.generation {
            return Err(self.lost(Lost::Older));
        }
        Ok(next)
    }

    /// After a commit: has the file beside the journal remember it.
    pub(super) fn wrote(&mut self, latest: Identity) -> Result<(), JournalError> {
        self.latest = latest;
        // What went into files that were taken away in between is written nowhere.
        self.check()?;
        self.companion
            .keep(latest)
            .map_err(|source| JournalError::unusable(self.companion.path(), source))
    }
}
