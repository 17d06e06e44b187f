//! Whose turn it is: of the orders with the same words, one at a time creates a credential and brings it onto a card.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The words of the orders that are under way.
#[derive(Debug, Default)]
pub(super) struct Turns(Arc<Mutex<HashSet<String>>>);

/// The turn of one order, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    words: String,
    taken: Arc<Mutex<HashSet<String>>>,
}

impl Turns {
    /// None while another order with these words has it.
    pub(super) fn take(&self, words: &str) -> Option<Turn> {
        let is_free = lock(&self.0).insert(words.to_owned());
        is_free.then(|| Turn {
            words: words.to_owned(),
            taken: Arc::clone(&self.0),
        })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        lock(&self.taken).remove(&self.words);
    }
}

fn lock(taken: &Mutex<HashSet<String>>) -> MutexGuard<'_, HashSet<String>> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}
