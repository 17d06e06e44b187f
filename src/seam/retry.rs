//! When a read is sent again, and how long to wait before.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// How reads are repeated. Nothing else ever is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often a read is sent at most; 1 means no repetition.
    pub attempts: u32,
    /// The wait before the second attempt, doubled for each further one.
    pub first_wait: Duration,
    /// The longest wait. If the API asks for a longer one (`Retry-After`), the error is returned instead of keeping the caller waiting.
    pub longest_wait: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 3,
            first_wait: Duration::from_millis(250),
            longest_wait: Duration::from_secs(20),
        }
    }
}

impl RetryPolicy {
    /// The wait after attempt number `attempt` (from 1), or `None` when that was the last. `chance` is evenly spread over all
    /// of its range; it draws the wait from between half and all of the doubled one, so that desks that failed together do
    /// not come back together.
    pub(super) fn wait_after(
        &self,
        attempt: u32,
        retry_after: Option<Duration>,
        chance: u32,
    ) -> Option<Duration> {
        if attempt >= self.attempts {
            return None;
        }
        if let Some(asked) = retry_after {
            return (asked <= self.longest_wait).then_some(asked);
        }
        let doubled = self
            .first_wait
            .saturating_mul(1_u32.checked_shl(attempt - 1).unwrap_or(u32::MAX))
            .min(self.longest_wait);
        let share = 0.5 + 0.5 * f64::from(chance) / f64::from(u32::MAX);
        Some(doubled.mul_f64(share))
    }
}

/// Whether such an answer may be better next time.
pub(super) fn is_worth_repeating(status: u16) -> bool {
    status == 429 || status >= 500
}

/// What `Retry-After` asks for: seconds, or an HTTP date. The date is measured against the server's own `Date`, so that a
/// wrong clock on this machine does no harm.
#[must_use]
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let then = http_date(value)?;
    let now = answered_at(headers).unwrap_or_else(Timestamp::now);
    Some(Duration::try_from(then.duration_since(now)).unwrap_or(Duration::ZERO))
}

/// What the server's clock said, to the second.
pub(super) fn answered_at(headers: &HeaderMap) -> Option<Timestamp> {
    http_date(headers.get(DATE)?.to_str().ok()?)
}

/// Reads an HTTP date (RFC 9110, 5.6.7).
fn http_date(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_spread_and_stay_below_the_longest() {
        let policy = RetryPolicy {
            attempts: 100,
            ..RetryPolicy::default()
        };
        let wait = |attempt, chance| policy.wait_after(attempt, None, chance).unwrap();
        assert_eq!(wait(1, u32::MAX), Duration::from_millis(250));
        assert_eq!(wait(1, 0), Duration::from_millis(125));
        assert_eq!(wait(3, u32::MAX), Duration::from_secs(1));
        assert_eq!(wait(99, u32::MAX), policy.longest_wait);
        assert_eq!(policy.wait_after(100, None, 0), None);
    }

    #[test]
    fn a_wait_is_asked_for_in_seconds_or_until_a_date_by_the_servers_clock() {
        let asked = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, value.parse().unwrap());
            headers.insert(DATE, "Tue, 01 Feb 2011 10:00:00 GMT".parse().unwrap());
            retry_after(&headers)
        };
        assert_eq!(asked("120"), Some(Duration::from_secs(120)));
        let later = asked("Tue, 01 Feb 2011 10:00:30 GMT");
        assert_eq!(later, Some(Duration::from_secs(30)));
        let past = asked("Tue, 01 Feb 2011 09:00:00 GMT");
        assert_eq!(past, Some(Duration::ZERO));
        for nonsense in ["soon", "", "-1", "99999999999999999999999"] {
            assert_eq!(asked(nonsense), None, "{nonsense}");
        }
    }
}
