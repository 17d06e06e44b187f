//! How often the API is asked: what is new quickly while a card waits for it, everything only as often as a full list is cheap.

use std::time::Duration;

/// How often the API is asked.
///
/// A full list takes a share of the time that does not grow with the hotel: the longer it takes, the rarer it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Between two looks at what is new, while a card waits.
    pub while_waited_for: Duration,
    /// The same while none waits, and a page shows the queue.
    pub while_watched: Duration,
    /// The same while none does.
    pub idle: Duration,
    /// The least between two looks, however many cards begin to wait.
    pub least: Duration,
    /// The least between two full lists, while a card waits.
    pub full_while_waited_for: Duration,
    /// The same while none waits.
    pub full_idle: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            while_waited_for: Duration::from_secs(5),
            while_watched: Duration::from_secs(10),
            idle: Duration::from_secs(60),
            least: Duration::from_secs(1),
            full_while_waited_for: Duration::from_secs(60),
            full_idle: Duration::from_secs(600),
        }
    }
}

/// How much longer than a full list takes the API is left without another, while a card waits: 5 % of the time go into lists.
const PAUSE_WHILE_WAITED_FOR: u32 = 19;

/// The same while none waits: half a percent.
const PAUSE_IDLE: u32 = 199;

impl Pace {
    /// How long after a look the next one comes.
    pub(super) fn look(&self, is_waited_for: bool, is_watched: bool) -> Duration {
        match (is_waited_for, is_watched) {
            (true, _) => self.while_waited_for,
            (false, true) => self.while_watched,
            (false, false) => self.idle,
        }
    }

    /// How long after a full list the next one comes. `ends_known`: whether what is new can be seen without one.
    pub(super) fn full(&self, took: Duration, is_waited_for: bool, ends_known: bool) -> Duration {
        let (least, pause) = match (is_waited_for, ends_known) {
            (true, true) => (self.full_while_waited_for, PAUSE_WHILE_WAITED_FOR),
            (true, false) => (self.while_waited_for, PAUSE_WHILE_WAITED_FOR),
            (false, true) => (self.full_idle, PAUSE_IDLE),
            (false, false) => (self.idle, PAUSE_IDLE),
        };
        least.max(took.saturating_mul(pause))
    }

    /// How long to wait after so many failures in a row.
    pub(super) fn after_failure(&self, failures: u32, is_waited_for: bool) -> Duration {
        if is_waited_for {
            return self.while_waited_for;
        }
        let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
        self.while_waited_for
            .saturating_mul(doubled)
            .min(self.idle.max(self.while_waited_for))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_list_is_rarer_the_longer_it_takes() {
        let pace = Pace::default();
        let seconds = |took: u64, waited, known| {
            let took = Duration::from_secs(took);
            pace.full(took, waited, known).as_secs()
        };
        assert_eq!(seconds(0, true, true), 60);
        assert_eq!(seconds(7, true, true), 133);
        assert_eq!(seconds(0, true, false), 5);
        assert_eq!(seconds(7, true, false), 133);
        assert_eq!(seconds(0, false, true), 600);
        assert_eq!(seconds(7, false, true), 1393);
    }

    #[test]
    fn an_api_that_fails_is_asked_more_rarely_unless_a_card_waits() {
        let pace = Pace::default();
        let pauses = [1, 2, 3, 4, 5, 99].map(|failures| pace.after_failure(failures, false));
        assert_eq!(pauses.map(|pause| pause.as_secs()), [5, 10, 20, 40, 60, 60]);
        assert_eq!(pace.after_failure(99, true).as_secs(), 5);
    }
}
