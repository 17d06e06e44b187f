//! The one thread that writes. What waits to be written is written together: one commit, which is durable before anybody is
//! answered.
//!
//! Each part has a savepoint of its own, so that one which is refused or fails leaves the others as they are. Nothing is waited
//! for to have more of them: whatever has come while the last commit was on its way to the disk is the next one.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::oneshot;

use super::error::JournalError;
use super::freed::Freeing;
use super::unwritten::Unwritten;
use super::witness::Witness;

/// The most that one commit takes.
pub(super) const MOST: usize = 64;

/// What one part is written with.
#[derive(Debug)]
pub(super) struct Write<'a> {
    connection: &'a Connection,
    frees: bool,
}

impl Write<'_> {
    /// Says that this can take a credential off its card.
    pub(super) fn frees(&mut self) {
        self.frees = true;
    }
}

impl Deref for Write<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}

/// What came of one part; `None` when it was refused and nothing is to be written.
pub(super) type Outcome<T> = Result<Option<T>, JournalError>;

/// One change that waits to be written.
pub(super) trait Part: Send {
    /// Does it, in a savepoint. What it did before no longer counts.
    fn attempt(&mut self, transaction: &mut Transaction<'_>) -> Attempt;
    /// Nothing of it was written, or it is not known to be durable.
    fn fail(&mut self, error: &JournalError);
    /// Answers the one who waits with what came of it.
    fn answer(self: Box<Self>);
}

/// What a part has done.
#[derive(Debug)]
pub(super) enum Attempt {
    /// Something, which perhaps takes a credential off its card.
    Wrote { frees: bool },
    /// Nothing.
    Nothing,
    /// It failed.
    Failed(JournalError),
}

/// A part, and who waits for it.
pub(super) struct Asked<T, W> {
    work: W,
    outcome: Outcome<T>,
    answer: oneshot::Sender<Outcome<T>>,
}

impl<T, W> Asked<T, W>
where
    W: FnMut(&mut Write<'_>) -> Outcome<T>,
{
    pub(super) fn new(work: W, answer: oneshot::Sender<Outcome<T>>) -> Self {
        Self {
            work,
            outcome: Ok(None),
            answer,
        }
    }

    fn in_savepoint(&mut self, transaction: &mut Transaction<'_>) -> Result<Attempt, JournalError> {
        let savepoint = transaction.savepoint()?;
        let mut write = Write {
            connection: &savepoint,
            frees: false,
        };
        // What was refused or failed is rolled back where the savepoint is dropped.
        let Some(written) = (self.work)(&mut write)? else {
            return Ok(Attempt::Nothing);
        };
        let frees = write.frees;
        savepoint.commit()?;
        self.outcome = Ok(Some(written));
        Ok(Attempt::Wrote { frees })
    }
}

impl<T, W> Part for Asked<T, W>
where
    T: Send,
    W: FnMut(&mut Write<'_>) -> Outcome<T> + Send,
{
    fn attempt(&mut self, transaction: &mut Transaction<'_>) -> Attempt {
        self.outcome = Ok(None);
        self.in_savepoint(transaction).unwrap_or_else(|error| {
            self.outcome = Err(error.clone());
            Attempt::Failed(error)
        })
    }

    fn fail(&mut self, error: &JournalError) {
        self.outcome = Err(error.clone());
    }

    fn answer(self: Box<Self>) {
        // The one who asked may have been stopped since.
        let _ = self.answer.send(self.outcome);
    }
}

/// Why several parts were not written together.
struct Failed {
    error: JournalError,
    /// Whether one of them may have spoilt it for the others.
    one_may_be_at_fault: bool,
}

impl Failed {
    fn all(error: impl Into<JournalError>) -> Self {
        Self {
            error: error.into(),
            one_may_be_at_fault: false,
        }
    }

    fn one(error: impl Into<JournalError>) -> Self {
        Self {
            error: error.into(),
            one_may_be_at_fault: true,
        }
    }
}

/// What the writing thread has.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) connection: Connection,
    pub(super) witness: Witness,
    pub(super) freeing: Arc<Freeing>,
    pub(super) unwritten: Arc<Unwritten>,
}

impl Writer {
    /// Writes until no more can be asked for and all that was asked is done.
    pub(super) fn run(mut self, parts: &Receiver<Box<dyn Part>>) {
        while let Ok(first) = parts.recv() {
            let mut batch = vec![first];
            batch.extend(parts.try_iter().take(MOST - 1));
            self.write(batch);
        }
    }

    /// Writes some parts, and answers each.
    pub(super) fn write(&mut self, mut batch: Vec<Box<dyn Part>>) {
        match self.write_together(&mut batch) {
            Ok(()) => {}
            Err(failed) if failed.one_may_be_at_fault && batch.len() > 1 => {
                tracing::warn!("written one by one: {}", failed.error);
                for part in batch {
                    self.write(vec![part]);
                }
                return;
            }
            Err(failed) => {
                for part in &mut batch {
                    part.fail(&failed.error);
                }
                self.unwritten.set(Some(failed.error));
            }
        }
        batch.into_iter().for_each(Part::answer);
    }

    /// One commit, durable in the journal and in the file beside it before this returns; none when no part wrote anything.
    fn write_together(&mut self, batch: &mut [Box<dyn Part>]) -> Result<(), Failed> {
        self.witness.check().map_err(Failed::all)?;
        let mut transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(Failed::all)?;
        let next = self.witness.next(&transaction).map_err(Failed::all)?;
        let (mut wrote, mut frees) = (false, false);
        for part in batch {
            match part.attempt(&mut transaction) {
                Attempt::Wrote { frees: one_does } => {
                    wrote = true;
                    frees |= one_does;
                }
                // A full disk, for one, ends the whole transaction, and what the others did with it.
                Attempt::Failed(error) if transaction.is_autocommit() => {
                    return Err(Failed::one(error));
                }
                Attempt::Nothing | Attempt::Failed(_) => {}
            }
        }
        if !wrote {
            return Ok(());
        }
        transaction.commit().map_err(Failed::one)?;
        self.freeing.committed(next.generation, frees);
        self.witness.wrote(next).map_err(Failed::all)?;
        self.unwritten.set(None);
        Ok(())
    }
}
