//! The sinks that are in trouble as a whole, and the pause of each, whatever there is to report.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::issuance::journal::SinkName;

/// By the monotonic clock.
#[derive(Debug, Default)]
pub(super) struct Rests(Mutex<HashMap<SinkName, Rest>>);

#[derive(Debug)]
struct Rest {
    /// Failures in a row.
    failures: u32,
    begun: Instant,
    until: Instant,
}

impl Rests {
    /// When a sink may be asked again; `None` when it may be asked now.
    pub(super) fn ends_at(&self, sink: SinkName, now: Timestamp) -> Option<Timestamp> {
        let rests = self.lock();
        let left = rests
            .get(&sink)?
            .until
            .saturating_duration_since(Instant::now());
        (!left.is_zero()).then(|| now.saturating_add(left).unwrap_or(now))
    }

    /// A sink that was asked at `asked_at` is in trouble. It rests for what `pause` gives for so many failures in a row. Attempts that
    /// were under way together fail together: they count as one.
    pub(super) fn failed(
        &self,
        sink: SinkName,
        asked_at: Instant,
        pause: impl FnOnce(u32) -> Duration,
    ) {
        let mut rests = self.lock();
        let now = Instant::now();
        let earlier = rests.get(&sink);
        let is_known = earlier.is_some_and(|rest| rest.begun >= asked_at);
        let failures = earlier.map_or(0, |rest| rest.failures);
        let failures = if is_known {
            failures
        } else {
            failures.saturating_add(1)
        };
        let until = now + pause(failures);
        let until = earlier
            .filter(|_| is_known)
            .map_or(until, |rest| rest.until.max(until));
        rests.insert(
            sink,
            Rest {
                failures,
                begun: now,
                until,
            },
        );
    }

    /// A sink gave an answer of its own: it is not in trouble.
    pub(super) fn answered(&self, sink: SinkName) {
        self.lock().remove(&sink);
    }

    /// Every sink may be asked now; how often it failed is not forgotten.
    pub(super) fn end_all(&self) {
        let now = Instant::now();
        self.lock().values_mut().for_each(|rest| rest.until = now);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SinkName, Rest>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_that_fail_together_count_as_one() {
        let rests = Rests::default();
        let asked_at = Instant::now();
        let mut counted = Vec::new();
        for _ in 0..8 {
            rests.failed(SinkName::Event, asked_at, |failures| {
                counted.push(failures);
                Duration::from_secs(60)
            });
        }
        assert_eq!(counted, [1; 8]);
        rests.end_all();
        assert_eq!(rests.ends_at(SinkName::Event, Timestamp::now()), None);
        rests.failed(SinkName::Event, Instant::now(), |failures| {
            counted.push(failures);
            Duration::from_secs(60)
        });
        assert_eq!(counted.last(), Some(&2));
        assert!(rests.ends_at(SinkName::Event, Timestamp::now()).is_some());
        rests.answered(SinkName::Event);
        assert_eq!(rests.ends_at(SinkName::Event, Timestamp::now()), None);
    }
}
