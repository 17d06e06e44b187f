//! Rate limits: a token bucket for each token. All requests without a valid one share a bucket.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use uuid::Uuid;

/// With a token: requests a second, and at once.
const KNOWN: (f64, f64) = (50.0, 500.0);

/// The same without one.
const UNKNOWN: (f64, f64) = (10.0, 100.0);

/// Above this many buckets, those that are full again are dropped.
const MANY: usize = 256;

/// The requests that are left to each token.
#[derive(Debug, Default)]
pub(super) struct Rates(Mutex<HashMap<Option<Uuid>, Bucket>>);

#[derive(Debug)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl Rates {
    /// Counts one request.
    ///
    /// # Errors
    /// When there were too many: how long to wait.
    pub(super) fn count(&self, token: Option<Uuid>) -> Result<(), Duration> {
        let (each_second, at_once) = if token.is_some() { KNOWN } else { UNKNOWN };
        let now = Instant::now();
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() > MANY {
            let full = Duration::from_secs_f64(at_once / each_second);
            buckets.retain(|_, bucket| now.duration_since(bucket.at) < full);
        }
        let bucket = buckets.entry(token).or_insert(Bucket {
            left: at_once,
            at: now,
        });
        let since = now.duration_since(bucket.at).as_secs_f64();
        bucket.left = (bucket.left + since * each_second).min(at_once);
        bucket.at = now;
        if bucket.left < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - bucket.left) / each_second));
        }
        bucket.left -= 1.0;
        Ok(())
    }
}
