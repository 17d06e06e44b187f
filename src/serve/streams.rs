//! Room for event streams: so many at a time, and so many for one token, so that one does not shut out the others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use super::admission::{Caller, Scope};

/// Streams at a time.
const MOST: usize = 96;

/// Streams at a time of one token that may change things.
const MOST_OF_DESK: usize = 64;

/// The same of any other.
const MOST_OF_OTHERS: usize = 8;

/// The streams that are open, by their tokens.
#[derive(Debug, Default)]
pub(super) struct Streams(Arc<Mutex<HashMap<Uuid, usize>>>);

/// Room for one stream, until it is dropped.
#[derive(Debug)]
pub(super) struct Room {
    token: Uuid,
    open: Arc<Mutex<HashMap<Uuid, usize>>>,
}

impl Streams {
    /// Room for one more.
    ///
    /// # Errors
    /// How many are open at most, where that many are.
    pub(super) fn room_for(&self, caller: &Caller) -> Result<Room, usize> {
        let mut open = lock(&self.0);
        if open.values().sum::<usize>() >= MOST {
            return Err(MOST);
        }
        let most = match caller.scope {
            Scope::Desk => MOST_OF_DESK,
            Scope::Kiosk | Scope::ReadOnly => MOST_OF_OTHERS,
        };
        let of_token = open.entry(caller.token).or_default();
        if *of_token >= most {
            return Err(most);
        }
        *of_token += 1;
        Ok(Room {
            token: caller.token,
            open: Arc::clone(&self.0),
        })
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let mut open = lock(&self.open);
        if let Some(of_token) = open.get_mut(&self.token) {
            *of_token -= 1;
            if *of_token == 0 {
                open.remove(&self.token);
            }
        }
    }
}

fn lock(open: &Mutex<HashMap<Uuid, usize>>) -> MutexGuard<'_, HashMap<Uuid, usize>> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}
