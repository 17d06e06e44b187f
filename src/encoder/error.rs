//! Why an encoder, or the card on it, could not be had.

use std::io;

use cardbridge_drivers::contract::ChannelError;
use thiserror::Error;

/// Why an encoder, or the card on it, could not be had.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EncoderError {
    /// No PC/SC service answers.
    #[error("the PC/SC service does not answer: {0}")]
    NoService(String),
    /// No contactless reader is there, or none with the wanted name.
    #[error("no encoder{}", .wanted.as_ref().map_or_else(String::new, |name| format!(" whose name contains \"{name}\"")))]
    NoEncoder {
        /// The part of a name that was asked for.
        wanted: Option<String>,
        /// The encoders that are there.
        present: Vec<String>,
    },
    /// The name part fits more than one reader.
    #[error("\"{wanted}\" fits {} encoders: {}", .matching.len(), .matching.join(", "))]
    Ambiguous {
        /// The part of a name that was asked for.
        wanted: String,
        /// The readers it fits.
        matching: Vec<String>,
    },
    /// Another program holds the reader.
    #[error("another program is using {encoder}")]
    InUse {
        /// The reader.
        encoder: String,
    },
    /// The PC/SC service keeps this user out.
    #[error("the PC/SC service refuses this user access to {encoder}")]
    Forbidden {
        /// The reader.
        encoder: String,
    },
    /// What is in the slot is no card without contacts.
    #[error("it gives no UID, so it is no encoder: a slot with contacts, or for a security module")]
    NoUid {
        /// The slot.
        encoder: String,
    },
    /// The operating system gave no thread to work with.
    #[error("no thread could be started: {0}")]
    NoThread(io::ErrorKind),
    /// The card could not be powered, or the reader could not be reached.
    #[error(transparent)]
    Channel(#[from] ChannelError),
}

impl From<io::Error> for EncoderError {
    /// For the one thing that the operating system is asked for here: a thread.
    fn from(error: io::Error) -> Self {
        Self::NoThread(error.kind())
    }
}

impl EncoderError {
    /// What the person at the desk should do now.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NoService(_) => {
                "start the service with `sudo systemctl start pcscd.socket`, then run `cardbridge doctor`".to_owned()
            }
            Self::NoEncoder { present, .. } if present.is_empty() => {
                "plug in a contactless encoder; if one is plugged in, run `cardbridge doctor`".to_owned()
            }
            Self::NoEncoder { present, .. } => format!("these are there: {}", present.join(", ")),
            Self::Ambiguous { .. } => {
                "give more of the name, until only one encoder fits".to_owned()
            }
            Self::InUse { .. } => {
                "close the other program that uses the encoder (a running `cardbridge run`, a browser, a card tool), or let \
                 it finish; the card is taken as soon as it is free"
                    .to_owned()
            }
            Self::Forbidden { .. } => {
                "install the polkit rule from the project's udev folder, or run as a user that is logged in at the desk"
                    .to_owned()
            }
            Self::NoUid { .. } => {
                "place cards on the antenna, which is a slot of its own: `cardbridge readers` lists them".to_owned()
            }
            Self::NoThread(_) => {
                "end other programs, or raise the process limit of this user, and start again".to_owned()
            }
            Self::Channel(error) => error.hint().to_owned(),
        }
    }
}
