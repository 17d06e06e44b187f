//! That a journal is the one its state directory had before: it says who it is and how far it is, and so does a small file
//! beside it.
//!
//! The file is written after the journal and before anything is done about what was written there. So it is never ahead of the
//! journal, and a journal that is behind it has lost something that was acted on. What was written in the journal alone, when the
//! power went in between, was not acted on.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use uuid::Uuid;

use super::files::make_private_file;

/// The name of the file beside the journal.
const FILE: &str = "journal.id";

/// One line of it. It has two, written in turn: when one is cut short by a loss of power, the other still says enough.
const LINE: usize = 58;

/// Which journal it is, and how many times it was written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) id: Uuid,
    pub(super) generation: u64,
}

impl Identity {
    /// What the journal says of itself.
    pub(super) fn of(connection: &Connection) -> rusqlite::Result<Self> {
        connection.query_row("SELECT id, generation FROM identity", [], Self::from_row)
    }

    /// Counts one more write.
    pub(super) fn next(connection: &Connection) -> rusqlite::Result<Self> {
        connection.query_row(
            "UPDATE identity SET generation = generation + 1 RETURNING id, generation",
            [],
            Self::from_row,
        )
    }

    fn from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        let id: String = row.get(0)?;
        let id = Uuid::parse_str(&id).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, error.into())
        })?;
        let generation: i64 = row.get(1)?;
        Ok(Self {
            id,
            generation: u64::try_from(generation)
                .map_err(|_| rusqlite::Error::IntegralValueOutOfRange(1, generation))?,
        })
    }

    fn line(self) -> String {
        format!("{} {:020}\n", self.id, self.generation)
    }

    fn from_line(line: &[u8]) -> Option<Self> {
        let (id, generation) = std::str::from_utf8(line)
            .ok()?
            .strip_suffix('\n')?
            .split_once(' ')?;
        let identity = Self {
            id: Uuid::parse_str(id).ok()?,
            generation: generation.parse().ok()?,
        };
        (identity.line().as_bytes() == line).then_some(identity)
    }
}

/// What a state directory says of its journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remembered {
    /// Nothing: it had none, or one from before there were identities.
    Nothing,
    /// That there was one. The file was cut short when it was made.
    Something,
    /// This one.
    Journal(Identity),
}

/// The file beside the journal.
#[derive(Debug, Clone)]
pub(super) struct Companion {
    path: PathBuf,
}

impl Companion {
    pub(super) fn of(directory: &Path) -> Self {
        Self {
            path: directory.join(FILE),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn read(&self) -> io::Result<Remembered> {
        match File::open(&self.path) {
            Ok(mut file) => {
                Ok(latest(&mut file)?.map_or(Remembered::Something, Remembered::Journal))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Remembered::Nothing),
            Err(error) => Err(error),
        }
    }

    /// Remembers a journal, durably, unless more is known of it already.
    pub(super) fn keep(&self, identity: Identity) -> io::Result<()> {
        make_private_file(&self.path)?;
        let mut file = OpenOptions::new().read(true).write(true).open(&self.path)?;
        // Two processes, each after its own write to the journal. Closing the file gives the lock back.
        file.lock()?;
        let known = latest(&mut file)?;
        if known
            .is_some_and(|known| known.id == identity.id && known.generation >= identity.generation)
        {
            return Ok(());
        }
        if known.is_none_or(|known| known.id != identity.id) {
            file.set_len(0)?;
        }
        let line = (identity.generation % 2) * LINE as u64;
        file.seek(SeekFrom::Start(line))?;
        file.write_all(identity.line().as_bytes())?;
        file.sync_all()
    }
}

/// The newer of the lines that are whole.
fn latest(file: &mut File) -> io::Result<Option<Identity>> {
    let mut content = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.take(2 * LINE as u64).read_to_end(&mut content)?;
    let lines = content.chunks(LINE).filter_map(Identity::from_line);
    Ok(lines.max_by_key(|identity| identity.generation))
}
