//! Objects that are not as the API describes them: each is left out, and named once in the life of this process.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::seam::Odd;

/// What was left out.
#[derive(Debug, Default)]
pub(super) struct LeftOut(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    ids: HashSet<String>,
    unnamed: Vec<Odd>,
}

impl LeftOut {
    /// Leaves an object out; says whether it was not left out before.
    pub(super) fn add(&self, odd: Odd) -> bool {
        let mut known = self.known();
        let is_new = known
            .ids
            .insert(odd.id.clone().unwrap_or_else(|| odd.to_string()));
        if is_new {
            tracing::warn!("left out of the queue: {odd}");
            known.unnamed.push(odd);
        }
        is_new
    }

    /// What was left out and not yet named.
    pub(super) fn take(&self) -> Vec<Odd> {
        std::mem::take(&mut self.known().unnamed)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
