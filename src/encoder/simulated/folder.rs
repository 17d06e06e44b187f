//! The folder that keeps the cards of a tray from one process to the next: a file for each card, named by its model and UID, with its
//! memory as [`Tray::memory`](super::Tray::memory) gives it, and a file that says which card is on which encoder.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use cardbridge_drivers::cards;
use cardbridge_drivers::contract::{SimulatedCard, Uid};

use super::TrayError;
use super::watched::WatchedCard;
use crate::encoder::memory_file::{MemoryError, MemoryFile, replace};

/// How the names of the files with memories end.
const CARD: &str = ".card";
/// Which card is on which encoder: an object of UIDs, by the encoders' names.
const PLACED: &str = "placed.json";
/// Held by the process that has the cards.
const LOCK: &str = "lock";

/// An open folder, which is this process's alone until it is dropped.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    placed: Placed,
    _locked: File,
}

/// Which card is on which encoder.
type Placed = BTreeMap<String, String>;

impl Folder {
    /// Makes the folder where there is none.
    pub(super) fn open(path: &Path) -> Result<Self, TrayError> {
        let unusable = |error| TrayError::Folder {
            path: path.to_owned(),
            error,
        };
        make_private(path).map_err(unusable)?;
        let locked = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path.join(LOCK))
            .map_err(unusable)?;
        match locked.try_lock() {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                placed: placed(path).map_err(unusable)?,
                _locked: locked,
            }),
            Err(TryLockError::WouldBlock) => Err(TrayError::InUse(path.to_owned())),
            Err(TryLockError::Error(error)) => Err(unusable(error)),
        }
    }

    /// The cards that it keeps.
    pub(super) fn cards(&self) -> Result<Vec<Box<dyn SimulatedCard>>, TrayError> {
        let unusable = |error| TrayError::Folder {
            path: self.path.clone(),
            error,
        };
        let mut kept = Vec::new();
        for file in fs::read_dir(&self.path).map_err(unusable)? {
            let name = file.map_err(unusable)?.file_name();
            let Some(name) = name.to_str().and_then(|name| name.strip_suffix(CARD)) else {
                continue;
            };
            // What another version made, or another program, is none of ours.
            let Some(card) = card_named(name) else {
                tracing::warn!("{name} in {} is no card known here", self.path.display());
                continue;
            };
            kept.push(self.keep(card)?);
        }
        Ok(kept)
    }

    /// The card as its file has it, or the file as the card is; from now on the file follows the card.
    pub(super) fn keep(
        &self,
        mut card: Box<dyn SimulatedCard>,
    ) -> Result<Box<dyn SimulatedCard>, MemoryError> {
        let uid = card.uid();
        let path = self.path.join(format!("{}-{uid}{CARD}", card.model()));
        let mut file = MemoryFile::open(&path, card.as_mut())?;
        if card.uid() != uid {
            return Err(MemoryError::OtherUid {
                path,
                found: card.uid(),
                wanted: uid,
            });
        }
        let follow = Box::new(move |memory| {
            file.keep(memory)
                .inspect_err(|error| tracing::error!("a simulated card is not kept: {error}"))
                .is_ok()
        });
        Ok(Box::new(WatchedCard::new(card, follow)))
    }

    /// The card that an encoder had when it was last used.
    pub(super) fn on(&self, encoder: &str) -> Option<Uid> {
        self.placed.get(encoder)?.parse().ok()
    }

    /// Notes which card is on an encoder now. Where that cannot be kept, the card is on no encoder next time.
    pub(super) fn note(&mut self, encoder: &str, card: Option<Uid>) {
        let now = card.map(|uid| uid.to_string());
        if self.placed.get(encoder) == now.as_ref() {
            return;
        }
        self.placed
            .retain(|other, uid| other != encoder && Some(&*uid) != now.as_ref());
        if let Some(uid) = now {
            self.placed.insert(encoder.to_owned(), uid);
        }
        let noted = serde_json::to_vec(&self.placed).map_err(io::Error::from);
        let noted = noted.and_then(|text| replace(&self.path.join(PLACED), &text));
        if let Err(error) = noted {
            tracing::warn!("where the simulated cards are is not kept: {error}");
        }
    }
}

fn make_private(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn placed(folder: &Path) -> io::Result<Placed> {
    match fs::read(folder.join(PLACED)) {
        // One that was cut off means that the cards are beside the encoders.
        Ok(text) => Ok(serde_json::from_slice(&text).unwrap_or_default()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Placed::new()),
        Err(error) => Err(error),
    }
}

/// The blank card of the file's name, such as `ntag215-04a1b2c3d4e580`.
fn card_named(name: &str) -> Option<Box<dyn SimulatedCard>> {
    let (model, digits) = name.rsplit_once('-')?;
    cards::simulate(model, digits.parse().ok()?)
}
