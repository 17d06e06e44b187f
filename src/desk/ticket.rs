//! A command under way, for the front end that gave it: its outcome, and why it may not be cancelled.

use std::sync::Arc;

use thiserror::Error;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::desk::DeskError;

/// Names a command. Time-ordered, and never used twice.
pub type TicketId = Uuid;

/// A command that was taken. Dropping it does not cancel the command.
#[derive(Debug)]
pub struct Ticket<T> {
    pub(super) id: TicketId,
    pub(super) outcome: oneshot::Receiver<Result<T, Arc<DeskError>>>,
}

impl<T> Ticket<T> {
    /// What names it in events, and cancels it.
    #[must_use]
    pub fn id(&self) -> TicketId {
        self.id
    }

    /// Waits for the end. Every event of the command was sent before.
    ///
    /// # Errors
    /// What went wrong.
    pub async fn outcome(&mut self) -> Result<T, Arc<DeskError>> {
        let outcome = (&mut self.outcome).await;
        outcome.unwrap_or_else(|_| Err(Arc::new(DeskError::Over)))
    }
}

/// Why a command was not cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CancelError {
    /// The card is being written, or was.
    #[error("the card is being written")]
    TooLate,
    /// Another desk, or a program, has given the command.
    #[error("another has given this command")]
    OrderedByAnother,
    /// No such command is under way.
    #[error("no such command is under way")]
    Unknown,
}
