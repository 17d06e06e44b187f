//! The file that a simulated card's memory is kept in.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use cardbridge_drivers::contract::SimulatedCard;

use crate::cli::{Exit, Failure};

/// A memory file: the card's bytes in the order of its addresses, and nothing else.
#[derive(Debug)]
pub(super) struct MemoryFile {
    path: PathBuf,
    kept: Vec<u8>,
}

impl MemoryFile {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path,
            kept: Vec::new(),
        }
    }

    /// Puts the file's memory into the card, if there is a file, and keeps the card's from now on.
    pub(super) fn load(&mut self, card: &mut dyn SimulatedCard) -> Result<(), Failure> {
        match fs::read(&self.path) {
            Ok(memory) if card.load(&memory) => self.kept = memory,
            Ok(memory) => {
                return Err(Failure::new(
                    Exit::Configuration,
                    format!(
                        "{} has {} bytes, but a {} has {}",
                        self.path.display(),
                        memory.len(),
                        card.model(),
                        card.memory().len()
                    ),
                    "choose the card's own --type, or another file",
                ));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(self.failure("read", &error)),
        }
        self.keep(card)
    }

    /// Writes the card's memory down if it has changed.
    pub(super) fn keep(&mut self, card: &dyn SimulatedCard) -> Result<(), Failure> {
        let memory = card.memory();
        if memory == self.kept {
            return Ok(());
        }
        // By rename, so that whoever looks at the file sees a card before or after a command, never between.
        let beside = self.path.with_extension("new");
        fs::write(&beside, &memory)
            .and_then(|()| fs::rename(&beside, &self.path))
            .map_err(|error| self.failure("write", &error))?;
        self.kept = memory;
        Ok(())
    }

    fn failure(&self, verb: &str, error: &io::Error) -> Failure {
        let path: &Path = &self.path;
        Failure::new(
            Exit::Configuration,
            format!("cannot {verb} {}: {error}", path.display()),
            "name another memory file",
        )
    }
}
