//! How long to wait before a report is tried again.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

const FIRST: SignedDuration = SignedDuration::from_secs(1);
const LONGEST: SignedDuration = SignedDuration::from_mins(10);
/// A receiver may ask for a longer pause than ours, but not for one that makes us forget.
const LONGEST_ASKED: SignedDuration = SignedDuration::from_hours(24);

/// When to try again after `attempts` failures: doubling from a second to ten minutes, spread by a fifth so that the desks
/// of a hotel do not all come back at once, and never before the receiver asked.
pub(super) fn next_attempt(
    now: Timestamp,
    attempts: u32,
    asked: Option<Duration>,
    spread: u16,
) -> Timestamp {
    let doubled = FIRST
        .checked_mul(1 << attempts.saturating_sub(1).min(16))
        .map_or(LONGEST, |wait| wait.min(LONGEST));
    let fifth = doubled / 5;
    let wait = doubled - fifth / 2 + fifth * i32::from(spread) / i32::from(u16::MAX);
    let wait = asked.map_or(wait, |asked| {
        let asked = SignedDuration::try_from(asked).unwrap_or(SignedDuration::MAX);
        wait.max(asked.min(LONGEST_ASKED))
    });
    now.checked_add(wait).unwrap_or(now)
}

/// Whether a pause is over. One that ends later than any pause we take was written down by a clock that was wrong.
pub(super) fn is_over(due_at: Timestamp, now: Timestamp) -> bool {
    due_at <= now || now.duration_until(due_at) > LONGEST_ASKED
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn wait(attempts: u32, asked: Option<u64>, spread: u16) -> i64 {
        (next_attempt(NOW, attempts, asked.map(Duration::from_secs), spread) - NOW).get_seconds()
    }

    #[test]
    fn doubles_up_to_ten_minutes_and_stays_there() {
        let middle = u16::MAX / 2;
        assert_eq!(
            (2..=5).map(|n| wait(n, None, middle)).collect::<Vec<_>>(),
            [1, 3, 7, 15]
        );
        for attempts in [11, 40, u32::MAX] {
            assert!((539..=661).contains(&wait(attempts, None, 0)), "{attempts}");
            assert!(
                (539..=661).contains(&wait(attempts, None, u16::MAX)),
                "{attempts}"
            );
        }
    }

    #[test]
    fn a_pause_that_nobody_took_is_over() {
        let day = SignedDuration::from_hours(24);
        assert!(!is_over(NOW + day, NOW));
        assert!(is_over(NOW, NOW));
        assert!(
            is_over(NOW + day * 2, NOW),
            "a clock was wrong then, or is now"
        );
    }

    #[test]
    fn waits_at_least_as_long_as_asked_but_not_for_ever() {
        assert_eq!(wait(1, Some(120), 0), 120);
        assert_eq!(wait(20, Some(1), 0), wait(20, None, 0));
        assert_eq!(wait(1, Some(u64::MAX), 0), 24 * 3600);
    }
}
