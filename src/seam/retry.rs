//! When a read is sent again, and how long to wait before.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

/// How reads are repeated. Nothing else ever is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often a read is sent at most; 1 means no repetition.
    pub attempts: u32,
    /// The wait before the second attempt, doubled for each further one.
    pub first_wait: Duration,
    /// The longest wait. If the API asks for a longer one (`Retry-After`), the caller is told instead of being kept waiting.
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

/// Reads `Retry-After`: seconds, or an HTTP date. The date is measured against the server's own `Date`, so that a wrong clock
/// on this machine does no harm.
pub(super) fn retry_after(value: &str, date: Option<&str>) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let then = http_date(value)?;
    let now = date.and_then(http_date).unwrap_or_else(Timestamp::now);
    Some(Duration::try_from(then.duration_since(now)).unwrap_or(Duration::ZERO))
}

/// Reads an HTTP date (RFC 9110, 5.6.7).
pub(super) fn http_date(text: &str) -> Option<Timestamp> {
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
    fn a_date_that_is_past_is_no_wait_and_nonsense_is_no_date() {
        let date = Some("Tue, 01 Feb 2011 10:00:00 GMT");
        let past = retry_after("Tue, 01 Feb 2011 09:00:00 GMT", date);
        assert_eq!(past, Some(Duration::ZERO));
        assert_eq!(retry_after("soon", date), None);
        assert_eq!(retry_after("-1", date), None);
        assert_eq!(retry_after("99999999999999999999999", date), None);
    }
}
