//! Why the journal cannot be used.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::ErrorCode;
use thiserror::Error;
use uuid::Uuid;

use super::files::{can_be_written, owner_of};
use crate::issuance::state::Impossible;

/// What shows that a state directory had another journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// The file is not there, or is empty.
    Gone,
    /// Its write-ahead log was removed or cut while it was in use.
    Log,
    /// It is a journal with another identity.
    Replaced,
    /// It does not know what this desk has done since.
    Older,
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gone => "this desk's journal, journal.sqlite3, is gone or empty",
            Self::Log => "the end of this desk's journal, journal.sqlite3-wal, was removed or cut",
            Self::Replaced => "journal.sqlite3 is not this desk's journal but another one",
            Self::Older => "this desk's journal, journal.sqlite3, has lost its latest entries",
        })
    }
}

/// Why the journal could not be used. Several that wait for one commit may get the same.
#[derive(Debug, Clone, Error)]
pub enum JournalError {
    /// The state directory, or a file in it, cannot be made or used.
    #[error("{} cannot be used: {source}{}", .path.display(), .owner.as_ref().map_or_else(String::new, |owner| format!("; it belongs to {owner}")))]
    Directory {
        /// The directory or file.
        path: PathBuf,
        /// Whose it is, if that is known.
        owner: Option<String>,
        /// What the system said.
        source: Arc<std::io::Error>,
    },
    /// The state directory had a journal, and it is not the one that is there now.
    #[error("{lost}, in {}", .directory.display())]
    Lost {
        /// What shows it.
        lost: Lost,
        /// The state directory.
        directory: PathBuf,
    },
    /// An earlier program made this file, and it may only be read here.
    #[error(
        "the journal was made by an earlier cardbridge (version {found}, this program knows {known})"
    )]
    Earlier {
        /// Version in the file.
        found: i64,
        /// Version of this program.
        known: i64,
    },
    /// SQLite refused.
    #[error("the journal cannot be read or written: {0}")]
    Sqlite(#[source] Arc<rusqlite::Error>),
    /// A later program made this file.
    #[error(
        "the journal was made by a newer cardbridge (version {found}, this program knows {known})"
    )]
    Newer {
        /// Version in the file.
        found: i64,
        /// Version of this program.
        known: i64,
    },
    /// A row that no cardbridge writes.
    #[error("the journal holds something that cannot be right: {what} of issuance {issuance_id}")]
    Corrupt {
        /// The row.
        issuance_id: String,
        /// The column.
        what: &'static str,
    },
    /// The same of an action attempt.
    #[error(
        "the journal holds something that cannot be right: {what} of action attempt {action_attempt_id}"
    )]
    CorruptAttempt {
        /// The row.
        action_attempt_id: String,
        /// The column.
        what: &'static str,
    },
    /// Another process moved the issuance on in between.
    #[error("another cardbridge has taken issuance {issuance_id} over")]
    Overtaken {
        /// The row.
        issuance_id: Uuid,
    },
    /// Its thread has ended, which it does only by a fault in this program. What was asked for may have been written.
    #[error("the journal has stopped")]
    Stopped,
    /// A fault in this program.
    #[error(transparent)]
    Impossible(#[from] Impossible),
}

impl From<rusqlite::Error> for JournalError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(Arc::new(error))
    }
}

impl JournalError {
    /// Whether another program holds the journal just now.
    pub(crate) fn is_busy(&self) -> bool {
        matches!(
            self,
            Self::Sqlite(error) if matches!(
                error.sqlite_error_code(),
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
            )
        )
    }

    /// The word by which scripts know it. It never changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Directory { .. } => "state_directory_unusable",
            Self::Sqlite(_) if self.is_busy() => "journal_busy",
            Self::Sqlite(_) => "journal_unusable",
            Self::Lost { .. } => "journal_lost",
            Self::Newer { .. } => "journal_newer",
            Self::Earlier { .. } => "journal_earlier",
            Self::Corrupt { .. } | Self::CorruptAttempt { .. } => "journal_corrupt",
            Self::Overtaken { .. } => "journal_overtaken",
            Self::Stopped => "journal_stopped",
            Self::Impossible(error) => error.code(),
        }
    }

    /// Whether the file is no journal, or is one no longer.
    pub(crate) fn is_damaged(&self) -> bool {
        matches!(
            self,
            Self::Sqlite(error) if matches!(
                error.sqlite_error_code(),
                Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt)
            )
        )
    }

    /// Whether it may be gone in a moment, without anybody doing anything about the journal: another program holds it, the disk is
    /// full or does not answer.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Directory { .. } => true,
            Self::Sqlite(error) => !matches!(
                error.sqlite_error_code(),
                Some(
                    ErrorCode::NotADatabase
                        | ErrorCode::DatabaseCorrupt
                        | ErrorCode::ConstraintViolation
                ) | None
            ),
            Self::Lost { .. }
            | Self::Newer { .. }
            | Self::Earlier { .. }
            | Self::Corrupt { .. }
            | Self::CorruptAttempt { .. }
            | Self::Overtaken { .. }
            | Self::Stopped
            | Self::Impossible(_) => false,
        }
    }

    /// Whether the file or its directory may only be read, by this user or by anyone.
    pub(super) fn is_of_reading_only(&self) -> bool {
        match self {
            Self::Directory { source, .. } => matches!(
                source.kind(),
                std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem
            ),
            Self::Sqlite(error) => is_of_reading_only(error),
            _ => false,
        }
    }

    /// The directory or file at `path` cannot be used.
    pub(super) fn unusable(path: &Path, source: std::io::Error) -> Self {
        Self::Directory {
            path: path.to_owned(),
            owner: owner_of(path),
            source: Arc::new(source),
        }
    }

    /// What SQLite says of the file at `path`, in better words where this user may not write it.
    pub(super) fn of_file(path: &Path, error: rusqlite::Error) -> Self {
        if is_of_reading_only(&error) {
            // SQLite does not say which of the two it is.
            let tried = path.parent().map(can_be_written);
            let kind = match tried {
                Some(Err(source)) if source.kind() == std::io::ErrorKind::ReadOnlyFilesystem => {
                    source.kind()
                }
                _ => std::io::ErrorKind::PermissionDenied,
            };
            return Self::unusable(path, std::io::Error::new(kind, error));
        }
        error.into()
    }
}

fn is_of_reading_only(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen)
    )
}
