//! How long to wait before a report is tried again.

use std::time::Duration;

use jiff::Timestamp;

use crate::issuance::journal::Delivery;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(10 * 60);
/// A receiver may ask for a longer pause than ours, but not for one that makes us forget.
const LONGEST_ASKED: Duration = Duration::from_secs(24 * 3600);

/// How long to wait after `attempts` failures: doubling from a second to ten minutes, spread by a fifth so that the desks of a
/// hotel do not all come back at once, and never shorter than the receiver asked.
pub(super) fn pause(attempts: u32, asked: Option<Duration>, spread: u32) -> Duration {
    let doubled = FIRST
        .checked_mul(1 << attempts.saturating_sub(1).min(16))
        .map_or(LONGEST, |wait| wait.min(LONGEST));
    let fifth = doubled / 5;
    let wait = doubled.saturating_sub(fifth / 2) + fifth * spread / u32::MAX;
    asked.map_or(wait, |asked| wait.max(asked.min(LONGEST_ASKED)))
}

/// Whether a delivery may be tried. A time that the clock has not come to again, or that is further ahead than any pause we
/// take, was written down by a clock that was wrong.
pub(super) fn is_due(delivery: &Delivery, now: Timestamp) -> bool {
    let was_wrong = |due_at: Timestamp| {
        delivery.tried_at.is_some_and(|tried_at| tried_at > now)
            || now.duration_until(due_at).unsigned_abs() > LONGEST_ASKED
    };
    delivery
        .due_at
        .is_none_or(|due_at| due_at <= now || was_wrong(due_at))
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn wait(attempts: u32, asked: Option<u64>, spread: u32) -> u64 {
        pause(attempts, asked.map(Duration::from_secs), spread).as_secs()
    }

    #[test]
    fn doubles_up_to_ten_minutes_and_stays_there() {
        let middle = u32::MAX / 2;
        assert_eq!(
            (2..=5).map(|n| wait(n, None, middle)).collect::<Vec<_>>(),
            [1, 3, 7, 15]
        );
        for attempts in [11, 40, u32::MAX] {
            assert!((539..=661).contains(&wait(attempts, None, 0)), "{attempts}");
            assert!(
                (539..=661).contains(&wait(attempts, None, u32::MAX)),
                "{attempts}"
            );
        }
    }

    #[test]
    fn a_pause_by_a_wrong_clock_is_over() {
        let hours = SignedDuration::from_hours;
        let is_due = |tried_at: i64, due_at: i64| {
            let delivery = Delivery {
                tried_at: Some(NOW + hours(tried_at)),
                due_at: Some(NOW + hours(due_at)),
                ..Delivery::default()
            };
            is_due(&delivery, NOW)
        };
        assert!(!is_due(0, 24));
        assert!(is_due(-1, 0));
        assert!(is_due(-1, 48), "a clock was wrong then, or is now");
        assert!(is_due(19, 20), "the clock was ahead then");
    }

    #[test]
    fn waits_at_least_as_long_as_asked_but_not_for_ever() {
        assert_eq!(wait(1, Some(120), 0), 120);
        assert_eq!(wait(20, Some(1), 0), wait(20, None, 0));
        assert_eq!(wait(1, Some(u64::MAX), 0), 24 * 3600);
    }
}
