//! The API's clock, as the header `Date` of its answers tells it: a desk's own may be wrong, and expiry must not hang on it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use reqwest::header::{AGE, HeaderMap};

use super::retry::answered_at;

/// Two clocks that are no further apart than this agree: a `Date` is given to the second, and an answer takes its time.
const AGREEMENT: SignedDuration = SignedDuration::from_secs(60);

/// What is known of the API's clock. Between answers the monotonic clock measures how far it has gone on.
#[derive(Debug, Default)]
pub(super) struct ApiClock(Mutex<Readings>);

#[derive(Debug, Default)]
struct Readings {
    last: Option<Reading>,
    /// One that would set the clock back, until a second one says the same.
    doubted: Option<Reading>,
}

/// One time that the API sent.
#[derive(Debug, Clone, Copy)]
struct Reading {
    told: Timestamp,
    /// When, by a clock that only goes forward.
    at: Instant,
    /// When, by this machine's clock.
    here: Timestamp,
}

/// Now, by both of this machine's clocks.
#[derive(Debug, Clone, Copy)]
struct Here {
    at: Instant,
    time: Timestamp,
}

impl Here {
    fn now() -> Self {
        Self {
            at: Instant::now(),
            time: Timestamp::now(),
        }
    }
}

impl Reading {
    /// What the API's clock shows now, going by this reading.
    fn shows(&self, now: Here) -> Timestamp {
        let passed = now.at.saturating_duration_since(self.at);
        self.told.saturating_add(passed).unwrap_or(self.told)
    }

    /// Whether this machine's clock has gone on with the other: it has not when the machine was asleep, or its clock was put
    /// forward, and only the next answer tells which.
    fn holds(&self, now: Here) -> bool {
        let passed = now.at.saturating_duration_since(self.at);
        let passed = SignedDuration::try_from(passed).unwrap_or(SignedDuration::MAX);
        now.time.duration_since(self.here) <= passed.saturating_add(AGREEMENT)
    }
}

impl ApiClock {
    /// Takes note of what a good answer says. A cache's answer tells the time of another day.
    pub(super) fn note(&self, headers: &HeaderMap) {
        let is_cached = headers
            .get(AGE)
            .is_some_and(|age| age.as_bytes().trim_ascii() != b"0");
        if let (false, Some(told)) = (is_cached, answered_at(headers)) {
            self.set(told, Here::now());
        }
    }

    /// An answer from a cache that does not say so is older than what is known, so an earlier time is taken only when the next
    /// answer, with another `Date`, agrees.
    fn set(&self, told: Timestamp, now: Here) {
        let new = Reading {
            told,
            at: now.at,
            here: now.time,
        };
        let mut readings = self.lock();
        let is_earlier = readings.last.is_some_and(|last| {
            last.holds(now) && last.shows(now).duration_since(told) > AGREEMENT
        });
        let is_confirmed = readings.doubted.is_some_and(|doubted| {
            doubted.told < told && doubted.shows(now).duration_since(told).abs() <= AGREEMENT
        });
        if is_earlier && !is_confirmed {
            readings.doubted = Some(new);
        } else {
            *readings = Readings {
                last: Some(new),
                doubted: None,
            };
        }
    }

    /// What the API's clock shows now; `None` before the first answer with a time, or when it cannot be computed any more.
    pub(super) fn now(&self) -> Option<Timestamp> {
        self.at(Here::now())
    }

    fn at(&self, now: Here) -> Option<Timestamp> {
        let last = self.lock().last.filter(|last| last.holds(now))?;
        Some(last.shows(now))
    }

    /// How far this machine's clock is ahead of the API's, if the two do not agree.
    pub(super) fn disagreement(&self) -> Option<SignedDuration> {
        let now = Here::now();
        let ahead = now.time.duration_since(self.at(now)?);
        (ahead.abs() > AGREEMENT).then_some(ahead)
    }

    fn lock(&self) -> MutexGuard<'_, Readings> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// After so many seconds by the clock that only goes forward, `jumped` of which the other one has made besides.
    fn later(begin: Here, seconds: u64, jumped: i64) -> Here {
        let passed = Duration::from_secs(seconds);
        Here {
            at: begin.at + passed,
            time: begin.time + passed + SignedDuration::from_secs(jumped),
        }
    }

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_time_goes_on_between_answers() {
        let (clock, begin) = (ApiClock::default(), Here::now());
        assert_eq!(clock.at(begin), None);
        clock.set(time("2026-07-20T10:00:00Z"), begin);
        let shown = clock.at(later(begin, 90, 0));
        assert_eq!(shown, Some(time("2026-07-20T10:01:30Z")));
        // This machine's clock was put back: the API's is as it was.
        let shown = clock.at(later(begin, 90, -3_600));
        assert_eq!(shown, Some(time("2026-07-20T10:01:30Z")));
        // It was put forward, or the machine was asleep.
        assert_eq!(clock.at(later(begin, 90, 3_600)), None);
    }

    #[test]
    fn an_old_answer_does_not_set_it_back() {
        let (clock, begin) = (ApiClock::default(), Here::now());
        let old = time("2026-07-20T07:00:00Z");
        clock.set(time("2026-07-20T10:00:00Z"), begin);
        for _ in 0..3 {
            clock.set(old, begin);
        }
        assert_eq!(clock.at(begin), Some(time("2026-07-20T10:00:00Z")));
    }

    #[test]
    fn a_time_that_was_too_late_is_corrected_when_two_answers_say_so() {
        let (clock, begin) = (ApiClock::default(), Here::now());
        clock.set(time("2099-01-01T00:00:00Z"), begin);
        clock.set(time("2026-07-20T10:00:00Z"), begin);
        assert_eq!(clock.at(begin), Some(time("2099-01-01T00:00:00Z")));
        let next = later(begin, 5, 0);
        clock.set(time("2026-07-20T10:00:05Z"), next);
        assert_eq!(clock.at(next), Some(time("2026-07-20T10:00:05Z")));
    }

    #[test]
    fn what_tells_no_time_is_passed_over() {
        let clock = ApiClock::default();
        let note = |headers: &[(&'static str, &'static str)]| {
            let headers = headers
                .iter()
                .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
            clock.note(&headers.collect());
        };
        note(&[]);
        note(&[("date", "yesterday")]);
        note(&[("date", "")]);
        note(&[("date", "Tue, 01 Feb 2011 10:00:00 GMT"), ("age", "30")]);
        note(&[("date", "Tue, 01 Feb 2011 10:00:00 GMT"), ("age", "old")]);
        assert_eq!(clock.now(), None);
        note(&[("date", "Tue, 01 Feb 2011 10:00:00 GMT"), ("age", "0")]);
        let shown = clock.now().unwrap();
        let begin = time("2011-02-01T10:00:00Z");
        assert!(shown >= begin && shown < begin + SignedDuration::from_mins(5));
        let ahead = clock.disagreement().unwrap();
        assert!(ahead > SignedDuration::from_hours(24 * 365));
    }
}
