//! After errors of the journal.

use std::io;

use super::{Advice, Front, Hint, UPKEEP};
use crate::issuance::journal::JournalError;

impl Hint for JournalError {
    fn advice(&self, at: Front) -> Advice {
        if at == Front::Page {
            return match self {
                Self::Overtaken { .. } => "place the card again if it is not finished".into(),
                _ => UPKEEP.into(),
            };
        }
        let hint = match self {
            Self::Directory { source, .. }
                if source.kind() == io::ErrorKind::ReadOnlyFilesystem =>
            {
                "the disk of the state directory is read-only, which a loss of power can cause: see `dmesg`, check the disk and mount it for writing; `cardbridge history` and `cardbridge read` still work"
            }
            Self::Directory { .. } => {
                "run cardbridge as the owner of the state directory, or name one that this user can write to with CARDBRIDGE_STATE_DIR or `state_dir`"
            }
            Self::Lost { .. } => {
                "stop cardbridge and put this desk's journal back, journal.sqlite3 and journal.sqlite3-wal: without it a credential may get a second card. Only if it is lost for good, delete journal.id beside it: cardbridge then goes on with what is there, or starts a new one"
            }
            Self::Earlier { .. } => {
                "run `cardbridge history` as the owner of the state directory: that brings it up to date"
            }
            Self::Sqlite(_) if self.is_busy() => {
                "another program holds journal.sqlite3 open for writing (a database browser, a backup): close it, then try again with the same card"
            }
            Self::Sqlite(_) if self.is_damaged() => {
                "journal.sqlite3 in the state directory was overwritten or damaged: keep it as it is and put a backup in its place; without this desk's journal a credential may get a second card"
            }
            Self::Sqlite(_) => {
                "see that the disk is not full and that this user owns the state directory, then try again with the same card"
            }
            Self::Newer { .. } => "use the newer cardbridge, or another state directory",
            Self::Corrupt { .. } | Self::CorruptAttempt { .. } => {
                "keep a copy of journal.sqlite3 for the maintainers; do not delete it, it is the record of which cards were issued"
            }
            Self::Overtaken { .. } => {
                "look at `cardbridge history`, then place the card again if it is not closed"
            }
            Self::Stopped | Self::Impossible(_) => {
                "this is a bug in cardbridge: please report it with the output of `cardbridge history`"
            }
        };
        hint.into()
    }
}
