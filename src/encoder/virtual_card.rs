//! A simulated card on a virtual reader of a real PC/SC service, its memory kept in a file.

use std::io;
use std::path::Path;
use std::time::Duration;

use cardbridge_drivers::cards;
use cardbridge_drivers::contract::{ReaderProfile, Signal, Uid};
use cardbridge_drivers::testing::SimulatedReader;
use thiserror::Error;

use super::memory_file::{MemoryError, MemoryFile};
use super::random_uid::{NoRandomUid, random_uid};
use super::vpcd::{Connection, Request};

/// How long to wait before a reader that is not there is tried again: doubled each time, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// A simulated card for a virtual reader.
#[derive(Debug)]
pub struct VirtualCard {
    reader: SimulatedReader,
    memory: Option<MemoryFile>,
}

/// What happens to a virtual card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VirtualCardEvent {
    /// It is on the reader.
    Inserted,
    /// No reader is there, or it went away with its service; the card waits for it.
    Waiting,
}

impl VirtualCard {
    /// A card of this model, such as `ntag215`: the one whose memory `file` holds, or one fresh from the factory. Without
    /// `uid` a fresh card gets a random one. From now on `file` holds the memory as it is after each command.
    ///
    /// # Errors
    /// See [`VirtualCardError`].
    pub fn open(
        model: &str,
        uid: Option<Uid>,
        file: Option<&Path>,
    ) -> Result<Self, VirtualCardError> {
        let Some((_, known)) = cards::model(model) else {
            return Err(VirtualCardError::UnknownModel(model.to_owned()));
        };
        let fresh_uid = match uid {
            Some(uid) => uid,
            None => random_uid()?,
        };
        let mut card = cards::simulate(known.name, fresh_uid).ok_or(VirtualCardError::Uid {
            uid: fresh_uid,
            model: known.title,
        })?;
        let memory = file
            .map(|path| MemoryFile::open(path, card.as_mut()))
            .transpose()?;
        if let (Some(wanted), Some(memory)) = (uid, &memory)
            && card.uid() != wanted
        {
            return Err(MemoryError::OtherUid {
                path: memory.path.clone(),
                found: card.uid(),
                wanted,
            }
            .into());
        }
        Ok(Self {
            reader: SimulatedReader::new(card, ReaderProfile::ACR122U),
            memory,
        })
    }

    /// The same card on a reader of this model, which answers as that model does. What a program takes the reader for goes by
    /// the name that the PC/SC service gives it.
    #[must_use]
    pub fn on_reader(self, profile: ReaderProfile) -> Self {
        Self {
            reader: self.reader.playing(profile),
            ..self
        }
    }

    /// The card's identifier.
    #[must_use]
    pub fn uid(&self) -> Uid {
        self.reader.card().uid()
    }

    /// Every signal that the virtual reader gave so far.
    #[must_use]
    pub fn signals(&self) -> &[Signal] {
        self.reader.signals()
    }

    /// Puts the card on the virtual reader that listens at `address` (see [`super::vpcd::DEFAULT_ADDRESS`]) and leaves it
    /// there until `stop` is ready. When the service goes away, the card waits and is placed again.
    ///
    /// # Errors
    /// [`VirtualCardError::Address`] when `address` names no host and port. [`VirtualCardError::Memory`] when a change of the
    /// memory could not be kept; the command that made it is then not answered.
    pub async fn run(
        &mut self,
        address: &str,
        stop: impl Future<Output = ()>,
        mut tell: impl FnMut(VirtualCardEvent),
    ) -> Result<(), VirtualCardError> {
        tokio::pin!(stop);
        if let Err(error) = tokio::net::lookup_host(address).await {
            return Err(VirtualCardError::Address {
                address: address.to_owned(),
                error,
            });
        }
        let mut pause = FIRST_PAUSE;
        let mut waits = false;
        loop {
            let lie = async {
                let Ok(connection) = Connection::open(address).await else {
                    return Ok(());
                };
                tell(VirtualCardEvent::Inserted);
                waits = false;
                pause = FIRST_PAUSE;
                self.lie_on(connection).await
            };
            tokio::select! {
                () = &mut stop => return Ok(()),
                ended = lie => ended?,
            }
            if !waits {
                waits = true;
                tell(VirtualCardEvent::Waiting);
            }
            tokio::select! {
                () = &mut stop => return Ok(()),
                () = tokio::time::sleep(pause) => {}
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Answers the reader until it closes the connection.
    async fn lie_on(&mut self, mut connection: Connection) -> Result<(), VirtualCardError> {
        // Placed is not selected: as on a real antenna, nothing is answered before the reader powers the card.
        let mut powered = false;
        // A connection that breaks and one that is closed are the same: the service went away.
        while let Ok(Some(request)) = connection.request().await {
            let answer = match request {
                Request::PowerOff => {
                    powered = false;
                    continue;
                }
                Request::PowerOn | Request::Reset => {
                    powered = true;
                    self.reader.reset();
                    continue;
                }
                Request::Command(_) if !powered => self.reader.no_card(),
                Request::Atr => self.reader.card().atr(),
                Request::Command(command) => self.carry_out(&command)?,
            };
            if connection.answer(&answer).await.is_err() {
                break;
            }
        }
        Ok(())
    }

    fn carry_out(&mut self, command: &[u8]) -> Result<Vec<u8>, VirtualCardError> {
        let answer = self.reader.answer(command);
        if let Some(memory) = &mut self.memory {
            memory.keep(self.reader.card().memory())?;
        }
        Ok(answer)
    }
}

/// Why a virtual card cannot be had or kept.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum VirtualCardError {
    /// No driver has this model.
    #[error("there is no simulated card \"{0}\"")]
    UnknownModel(String),
    /// The UID's length does not fit the model.
    #[error("{model} cannot have the UID {uid}")]
    Uid {
        /// What was wanted.
        uid: Uid,
        /// The model's name, as shown to people.
        model: &'static str,
    },
    /// The file cannot hold its memory.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// The virtual reader's address is none, so that waiting does not help.
    #[error("{address} is not an address: {error}")]
    Address {
        /// What was given.
        address: String,
        /// What the system says.
        error: io::Error,
    },
    /// There is no UID for it.
    #[error(transparent)]
    Random(#[from] NoRandomUid),
}

impl VirtualCardError {
    /// The word by which scripts know it. It never changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownModel(_) => "simulated_card_unknown",
            Self::Uid { .. } => "simulated_card_uid_unfit",
            Self::Memory(error) => error.code(),
            Self::Address { .. } => "simulated_card_address_unusable",
            Self::Random(error) => error.code(),
        }
    }
}
