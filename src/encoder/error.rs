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
    /// The word by which scripts know it. It never changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoService(_) => "no_pcsc_service",
            Self::NoEncoder { .. } => "no_encoder",
            Self::Ambiguous { .. } => "encoder_ambiguous",
            Self::InUse { .. } => "encoder_in_use",
            Self::Forbidden { .. } => "encoder_forbidden",
            Self::NoUid { .. } => "encoder_without_uid",
            Self::NoThread(_) => "no_thread",
            Self::Channel(error) => error.code(),
        }
    }
}
