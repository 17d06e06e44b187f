//! One-time links that give a browser its cookie.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::scope::Scope;
use super::tokens::{Hash, random};

/// How long a link is good for.
const LIFE: Duration = Duration::from_secs(60);

/// Links at a time; an older one gives way.
const MOST: usize = 16;

/// The links that were not used yet.
#[derive(Debug, Default)]
pub(super) struct Links(Mutex<Vec<Link>>);

#[derive(Debug)]
struct Link {
    code: Hash,
    scope: Scope,
    until: Instant,
}

impl Links {
    /// The code of a new link.
    pub(super) fn make(&self, scope: Scope) -> String {
        let code = random();
        let mut links = self.links();
        if links.len() >= MOST {
            links.remove(0);
        }
        links.push(Link {
            code: Hash::of(&code),
            scope,
            until: Instant::now() + LIFE,
        });
        code
    }

    /// Uses a link up.
    pub(super) fn take(&self, code: &str) -> Option<Scope> {
        let code = Hash::of(code);
        let mut links = self.links();
        let now = Instant::now();
        links.retain(|link| link.until > now);
        let at = links.iter().position(|link| link.code.is(&code))?;
        Some(links.remove(at).scope)
    }

    fn links(&self) -> MutexGuard<'_, Vec<Link>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
