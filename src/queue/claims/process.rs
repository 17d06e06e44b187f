//! No two encoders of this process are at one credential at once.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::queue::warm::News;

/// What this process's encoders are at.
#[derive(Debug)]
pub(in crate::queue) struct Claims {
    taken: Arc<Mutex<HashSet<String>>>,
    news: Arc<News>,
}

impl Claims {
    /// A credential that is given back is `news` for those that wait.
    pub(in crate::queue) fn new(news: Arc<News>) -> Self {
        Self {
            taken: Arc::default(),
            news,
        }
    }

    pub(in crate::queue) fn is_taken(&self, acs_credential_id: &str) -> bool {
        lock(&self.taken).contains(acs_credential_id)
    }

    /// Takes a credential for one encoder; `None` while another one has it.
    pub(in crate::queue) fn claim(&self, acs_credential_id: &str) -> Option<Claim> {
        let fresh = lock(&self.taken).insert(acs_credential_id.to_owned());
        fresh.then(|| Claim {
            acs_credential_id: acs_credential_id.to_owned(),
            taken: Arc::clone(&self.taken),
            news: Arc::clone(&self.news),
        })
    }
}

/// A credential that no other encoder of this process may take until this is dropped.
#[derive(Debug)]
pub struct Claim {
    acs_credential_id: String,
    taken: Arc<Mutex<HashSet<String>>>,
    news: Arc<News>,
}

impl Claim {
    /// The credential.
    #[must_use]
    pub fn acs_credential_id(&self) -> &str {
        &self.acs_credential_id
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        lock(&self.taken).remove(&self.acs_credential_id);
        self.news.changed();
    }
}

fn lock(taken: &Mutex<HashSet<String>>) -> MutexGuard<'_, HashSet<String>> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_taken_until_its_claim_is_dropped() {
        let claims = Claims::new(Arc::default());
        let first = claims.claim("a").unwrap();
        assert!(claims.claim("a").is_none());
        assert!(claims.claim("b").is_some());
        drop(first);
        assert!(claims.claim("a").is_some());
    }
}
