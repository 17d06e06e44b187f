//! The memory of a simulated card in a file.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use cardbridge_drivers::contract::{SimulatedCard, Uid};
use thiserror::Error;

/// The file that holds a card's memory.
#[derive(Debug)]
pub(super) struct MemoryFile {
    pub(super) path: PathBuf,
    kept: Vec<u8>,
}

impl MemoryFile {
    /// Loads the file into the card, or makes it from the card when there is none.
    pub(super) fn open(path: &Path, card: &mut dyn SimulatedCard) -> Result<Self, MemoryError> {
        let fresh = card.memory();
        let mut file = Self {
            path: path.to_owned(),
            kept: Vec::new(),
        };
        match fs::read(path) {
            Ok(memory) if card.load(&memory) => file.kept = memory,
            Ok(memory) => {
                return Err(MemoryError::Size {
                    path: path.to_owned(),
                    found: memory.len(),
                    expected: fresh.len(),
                });
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => file.keep(fresh)?,
            Err(error) => return Err(file.error(error)),
        }
        Ok(file)
    }

    /// Replaces the file's content in one step when the memory has changed.
    pub(super) fn keep(&mut self, memory: Vec<u8>) -> Result<(), MemoryError> {
        if memory == self.kept {
            return Ok(());
        }
        replace(&self.path, &memory).map_err(|error| self.error(error))?;
        self.kept = memory;
        Ok(())
    }

    fn error(&self, error: io::Error) -> MemoryError {
        MemoryError::File {
            path: self.path.clone(),
            error,
        }
    }
}

/// Puts a file in place of another, so that there is always a whole one.
pub(super) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut name = path.to_owned().into_os_string();
    name.push(".new");
    let new = PathBuf::from(name);
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    // The keys of the card are there too, made from those of the site.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&new)?;
    file.write_all(content)?;
    // Not synced: the end of this program loses nothing so, and a power cut a simulated card only.
    fs::rename(&new, path)
}

/// Why a file cannot hold a card's memory.
#[derive(Debug, Error)]
pub enum MemoryError {
    /// The file is not the memory of such a card.
    #[error("{} has {found} bytes, the memory of this card has {expected}", .path.display())]
    Size {
        /// The file.
        path: PathBuf,
        /// Its bytes.
        found: usize,
        /// The card's bytes.
        expected: usize,
    },
    /// The file is the memory of another card than the wanted one.
    #[error("{} is the memory of card {found}, not {wanted}", .path.display())]
    OtherUid {
        /// The file.
        path: PathBuf,
        /// The UID that is in it.
        found: Uid,
        /// The UID that was asked for.
        wanted: Uid,
    },
    /// The file could not be read or written.
    #[error("{}: {error}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

impl MemoryError {
    /// The word by which scripts know it. It never changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "simulated_card_memory_unusable"
    }
}
