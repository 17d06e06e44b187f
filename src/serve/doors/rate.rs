//! How many requests in a while: so many at once for each token, and so many a second from then on. All that come without a good one
//! share one allowance.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use uuid::Uuid;

/// Requests a second, and at once, with a token.
const KNOWN: (f64, f64) = (50.0, 500.0);

/// The same without one.
const UNKNOWN: (f64, f64) = (10.0, 100.0);

/// Past so many tokens, those that have not been used for long are forgotten.
const MANY: usize = 256;

#[derive(Debug, Default)]
pub(super) struct Rate(HashMap<Option<Uuid>, Bucket>);

#[derive(Debug)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl Rate {
    /// Counts one request.
    ///
    /// # Errors
    /// When there were too many: how long to wait.
    pub(super) fn count(&mut self, token: Option<Uuid>) -> Result<(), Duration> {
        let (each_second, at_once) = if token.is_some() { KNOWN } else { UNKNOWN };
        let now = Instant::now();
        if self.0.len() > MANY {
            let full = Duration::from_secs_f64(at_once / each_second);
            self.0
                .retain(|_, bucket| now.duration_since(bucket.at) < full);
        }
        let bucket = self.0.entry(token).or_insert(Bucket {
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
