//! What is called, and what a call does to the world: the one thing that decides whether it may be sent twice.

use std::fmt;

/// One endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    pub(super) path: &'static str,
    pub(super) effect: Effect,
}

impl Call {
    pub(super) const fn read(path: &'static str) -> Self {
        Self {
            path,
            effect: Effect::Read,
        }
    }

    pub(super) const fn create(path: &'static str) -> Self {
        Self {
            path,
            effect: Effect::Create,
        }
    }

    pub(super) const fn change(path: &'static str) -> Self {
        Self {
            path,
            effect: Effect::Change,
        }
    }

    pub(super) const fn act(path: &'static str) -> Self {
        Self {
            path,
            effect: Effect::Act,
        }
    }

    /// The path of the endpoint.
    #[must_use]
    pub fn path(&self) -> &'static str {
        self.path
    }

    /// What it does.
    #[must_use]
    pub fn effect(&self) -> Effect {
        self.effect
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.path)
    }
}

/// What a call does. The API has no idempotency key, so only a read is ever sent again by this client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    Read,
    /// Makes something new; twice makes two.
    Create,
    /// Changes or deletes something.
    Change,
    /// Starts an action in the real world, such as encoding a card.
    Act,
}
