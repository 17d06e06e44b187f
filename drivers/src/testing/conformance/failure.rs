//! A broken promise, described so that it can be found.

use std::fmt;

use super::Subject;
use crate::testing::{Exchange, Loss};

/// A promise that a driver broke.
#[derive(Debug)]
pub struct Failure {
    /// The [`Case`](super::Case)'s name.
    pub case: &'static str,
    /// What was tried.
    pub subject: Box<Subject>,
    /// What went wrong.
    pub wrong: Wrong,
}

impl std::error::Error for Failure {}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Subject {
            registration,
            model,
            profile,
            setup,
        } = &*self.subject;
        writeln!(
            f,
            "{}, {} on {}, {}: {}",
            registration.name, model.name, profile.name, setup.name, self.case
        )?;
        writeln!(f, "  {}", self.wrong.what)?;
        if let Some(tear) = self.wrong.tear {
            writeln!(
                f,
                "  pulled at command {}, the {} lost",
                tear.command,
                tear.lost()
            )?;
        }
        for exchange in &self.wrong.last_exchanges {
            writeln!(f, "  {exchange:?}")?;
        }
        Ok(())
    }
}

/// What went wrong, and around which command.
#[derive(Debug)]
pub struct Wrong {
    /// What was seen instead of what was promised.
    pub what: String,
    /// When the card was pulled, if it was.
    pub tear: Option<Tear>,
    /// What went over the channel last.
    pub last_exchanges: Vec<Exchange>,
}

impl Wrong {
    pub(super) fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            tear: None,
            last_exchanges: vec![],
        }
    }

    pub(super) fn torn_at(self, tear: Tear) -> Self {
        Self {
            tear: Some(tear),
            ..self
        }
    }
}

/// The moment at which a card was pulled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tear {
    /// Index of the command, the operation's first being 0.
    pub command: usize,
    /// What was lost of it.
    pub loss: Loss,
}

impl Tear {
    fn lost(self) -> &'static str {
        match self.loss {
            Loss::Command => "command",
            Loss::Answer => "answer",
            Loss::Rest { .. } => "rest of a write",
        }
    }
}
