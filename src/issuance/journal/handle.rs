//! The journal, for those who ask it and change it: a thread that writes and one that reads, and what is sent to them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};

use tokio::sync::oneshot;
use uuid::Uuid;

use super::error::JournalError;
use super::freed::{Changes, Freeing};
use super::reader::JournalReader;
use super::unwritten::Unwritten;
use super::writer::{Asked, Outcome, Part, Write, Writer};

/// One question to the reading thread.
type Question = Box<dyn FnOnce(&JournalReader) + Send>;

/// The journal of one state directory.
#[derive(Debug)]
pub struct Journal {
    pub(super) directory: PathBuf,
    id: Uuid,
    pub(super) freeing: Arc<Freeing>,
    pub(super) unwritten: Arc<Unwritten>,
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
    pub(super) fn start(
        directory: &Path,
        id: Uuid,
        writer: Writer,
        reader: JournalReader,
    ) -> Result<Self, JournalError> {
        let freeing = Arc::clone(&writer.freeing);
        let unwritten = Arc::clone(&writer.unwritten);
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
            id,
            freeing,
            unwritten,
            threads: Some(Threads {
                parts,
                questions,
                writing: spawned(writing)?,
                reading: spawned(reading)?,
            }),
        })
    }

    /// Which journal it is. A desk is known by it to the others of its property.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.id
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
            // The one who asked may have been stopped since.
            let _ = answer.send(question(journal));
        });
        let threads = self.threads.as_ref().ok_or(JournalError::Stopped)?;
        threads
            .questions
            .send(question)
            .map_err(|_| JournalError::Stopped)?;
        answered.await.map_err(|_| JournalError::Stopped)?
    }

    /// The changes that this process makes from now on. Those of another process are to be looked for.
    #[must_use]
    pub fn changes(&self) -> Changes {
        self.freeing.changes()
    }

    /// Why the journal cannot be written. Where the latest change could not be, that is tried again by one that changes nothing.
    pub async fn unwritten(&self) -> Option<JournalError> {
        self.unwritten.why().clone()?;
        let tried: Outcome<()> = self.write(|_| Ok(Some(()))).await;
        tried.err()
    }

    /// Has a change written. It is durable before this returns; nothing is written when `work` gives `None`. It may be done more
    /// than once, of which the last counts.
    pub(super) async fn write<T: Send + 'static>(
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
    /// What was asked for is still done: then the file can be opened again as it is.
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
