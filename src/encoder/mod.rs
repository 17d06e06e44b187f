//! Readers, real and simulated, and the one door between async code and blocking card I/O.
//!
//! Each reader has one thread of its own, which alone touches its card. The agent sees [`EncoderEvent`]s and, for each card
//! that is put down, a [`CardSession`] through which it sends work to that thread.

use std::fmt;

use cardbridge_drivers::contract::{CardChannel, ChannelError};
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};

/// What happens at the encoders, in the order in which it happens.
#[derive(Debug)]
pub enum EncoderEvent {
    /// A reader is there.
    Added(EncoderName),
    /// A reader is gone.
    Removed(EncoderName),
    /// A card lies on a reader and is powered.
    CardPlaced(CardSession),
    /// The card was lifted; its session answers no more.
    CardLifted(EncoderName),
    /// A card lies there but could not be powered or connected to.
    CardUnreadable(EncoderName, ChannelError),
    /// A command has not come back in time; the reader's thread was given up and a new one is started.
    Stuck(EncoderName),
    /// The PC/SC service stopped answering; it is being looked for.
    ServiceLost,
    /// The PC/SC service is back; every reader is announced again.
    ServiceBack,
}

/// The name of a reader as PC/SC gives it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EncoderName(pub String);

impl fmt::Display for EncoderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Work for a card thread.
pub(crate) type Job = Box<dyn FnOnce(&mut dyn CardChannel) + Send>;

/// One card, from the moment it is put down until it is lifted. Work sent to it after that fails.
#[derive(Debug, Clone)]
pub struct CardSession {
    encoder: EncoderName,
    jobs: mpsc::UnboundedSender<Job>,
}

impl CardSession {
    /// A session whose work is carried out by whoever receives the jobs.
    pub(crate) fn new(encoder: EncoderName, jobs: mpsc::UnboundedSender<Job>) -> Self {
        Self { encoder, jobs }
    }

    /// The reader on which the card lies.
    #[must_use]
    pub fn encoder(&self) -> &EncoderName {
        &self.encoder
    }

    /// Runs `job` on the reader's thread, with the card held exclusively, and waits for its result.
    ///
    /// # Errors
    /// [`ChannelError::Removed`] when the card was lifted before the job began, [`ChannelError::Unresponsive`] when the
    /// watchdog gave the thread up while the job ran.
    pub async fn run<T, F>(&self, job: F) -> Result<T, ChannelError>
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn CardChannel) -> T + Send + 'static,
    {
        let (answer, result) = oneshot::channel();
        let job: Job = Box::new(move |card| {
            // The asker may have gone away; the work is done all the same.
            let _ = answer.send(job(card));
        });
        self.jobs.send(job).map_err(|_| ChannelError::Removed)?;
        result.await.map_err(|_| ChannelError::Removed)
    }
}

/// Why the encoders could not be reached.
#[derive(Debug, Error)]
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
}
