//! The durable log of issuances: SQLite, one file, every state written before it is acted on.
//!
//! Several processes may use one file (an agent that runs and a one-shot command beside it). What must not happen twice
//! is held by unique indexes and by transitions that name the state they start from, not by a lock somebody could forget.
//!
//! One thread writes and one reads. Whoever asks for a change is answered once it is durable: nothing may go on before it. A future
//! that is dropped after it was polled does not take back what it asked for.
//!
//! | file | holds |
//! |---|---|
//! | `writer` | the thread that writes, several changes at once |
//! | `reader` | what can be asked |
//! | `claim`, `steps`, `keys`, `deliveries`, `creations`, `missing` | what can be changed |
//! | `history` | what it holds, a page at a time |
//! | `on_cards` | which credentials are on a card |
//! | `lease` | who is writing a card now |
//! | `open`, `schema`, `rows` | the file, its tables, its rows |
//! | `identity`, `witness`, `files` | that it is the journal that was there before |

mod claim;
mod creations;
mod deliveries;
mod error;
mod files;
mod history;
mod identity;
mod keys;
mod lease;
mod missing;
mod on_cards;
mod open;
mod reader;
mod rows;
mod schema;
mod steps;
mod witness;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::oneshot;

pub use self::creations::Creation;
pub use self::deliveries::{Delivery, SinkName};
pub use self::error::{JournalError, Lost};
pub use self::files::{can_be_written, is_open_to_others, owner_of};
pub use self::history::Filter;
pub use self::keys::CardsOfKey;
pub use self::lease::Lease;
pub use self::on_cards::Freed;
use self::on_cards::Freeing;
pub use self::reader::JournalReader;
use self::writer::{Asked, Outcome, Part, Write, Writer};

/// The name of the file in the state directory.
const FILE: &str = "journal.sqlite3";

/// How long to wait for another process that is writing.
const BUSY: Duration = Duration::from_secs(5);

/// The credential and the card are taken, and the card is not yet known to be good.
const OPEN: &str = "state IN ('claiming', 'writing', 'torn')";

/// One question to the reading thread.
type Question = Box<dyn FnOnce(&JournalReader) + Send>;

/// The journal of one state directory.
#[derive(Debug)]
pub struct Journal {
    directory: PathBuf,
    freeing: Arc<Freeing>,
    /// There until this is dropped.
    threads: Option<Threads>,
}

#[derive(Debug)]
struct Threads {
    parts: Sender<Box<dyn Part>>,
    questions: Sender<Question>,
    writing: JoinHandle<()>,
    reading: JoinHandle<()>,
}

impl Journal {
    fn start(
        directory: &Path,
        writer: Writer,
        reader: JournalReader,
    ) -> Result<Self, JournalError> {
        let freeing = Arc::clone(&writer.freeing);
        let (parts, asked_to_write) = channel::<Box<dyn Part>>();
        let (questions, asked) = channel::<Question>();
        let named = |name: &str| thread::Builder::new().name(name.to_owned());
        let spawned = |handle: std::io::Result<JoinHandle<()>>| {
            handle.map_err(|source| JournalError::unusable(directory, source))
        };
        let writing = named("journal").spawn(move || writer.run(&asked_to_write));
        let reading = named("journal-reader").spawn(move || {
            for question in asked {
                question(&reader);
            }
        });
        Ok(Self {
            directory: directory.to_owned(),
            freeing,
            threads: Some(Threads {
                parts,
                questions,
                writing: spawned(writing)?,
                reading: spawned(reading)?,
            }),
        })
    }

    /// Asks the journal something. It sees whatever was answered to be written before.
    ///
    /// # Errors
    /// As `question`, and [`JournalError::Stopped`].
    pub async fn read<T: Send + 'static>(
        &self,
        question: impl FnOnce(&JournalReader) -> Result<T, JournalError> + Send + 'static,
    ) -> Result<T, JournalError> {
        let (answer, answered) = oneshot::channel();
        let question: Question = Box::new(move |journal| {
            // Whoever asked may have been stopped since.
            let _ = answer.send(question(journal));
        });
        let threads = self.threads.as_ref().ok_or(JournalError::Stopped)?;
        threads
            .questions
            .send(question)
            .map_err(|_| JournalError::Stopped)?;
        answered.await.map_err(|_| JournalError::Stopped)?
    }

    /// Has a change written. It is durable before this returns; nothing is written when `work` gives `None`. It may be done more
    /// than once, of which the last counts.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Write<'_>) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        let (answer, answered) = oneshot::channel();
        let threads = self.threads.as_ref().ok_or(JournalError::Stopped)?;
        threads
            .parts
            .send(Box::new(Asked::new(work, answer)))
            .map_err(|_| JournalError::Stopped)?;
        answered.await.map_err(|_| JournalError::Stopped)?
    }
}

impl Drop for Journal {
    /// What was asked for is still done: then the file can be opened anew as it is.
    fn drop(&mut self) {
        let Some(Threads {
            parts,
            questions,
            writing,
            reading,
        }) = self.threads.take()
        else {
            return;
        };
        // A thread that panicked has said so already. The one that writes ends last: it can leave all in one file.
        drop(questions);
        let _ = reading.join();
        drop(parts);
        let _ = writing.join();
    }
}

#[cfg(test)]
mod tests;
