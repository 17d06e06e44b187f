//! How long the answer to a read is waited for, over all attempts: a person at a desk needs an answer soon, work in the
//! background can wait.

use std::time::Duration;

/// How long the answer to a read is waited for. What changes something is sent once, and has
/// [`Settings::request_timeout`](super::Settings::request_timeout).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// The longest time for one attempt, until its answer is whole.
    pub attempt: Duration,
    /// The same for all attempts and the waits between them.
    pub in_all: Duration,
}

impl Patience {
    /// For a person who waits: one that is not answered, as on a connection that the network has dropped, can be made once more.
    pub const OF_A_PERSON: Self = Self {
        attempt: Duration::from_secs(5),
        in_all: Duration::from_secs(10),
    };

    /// For what no person waits for, such as the page of a long list.
    pub const IN_THE_BACKGROUND: Self = Self {
        attempt: Duration::from_secs(15),
        in_all: Duration::from_secs(30),
    };

    /// What is left for one more attempt after some time, if it is enough to be worth one.
    pub(super) fn left_after(self, spent: Duration) -> Option<Duration> {
        let left = self.in_all.saturating_sub(spent).min(self.attempt);
        (left * 2 >= self.attempt).then_some(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_attempts_end_in_time_and_the_last_has_time_for_an_answer() {
        let patience = Patience::OF_A_PERSON;
        let left = |spent| patience.left_after(Duration::from_millis(spent));
        assert_eq!(left(0), Some(Duration::from_secs(5)));
        assert_eq!(left(5_250), Some(Duration::from_millis(4_750)));
        assert_eq!(left(7_500), Some(Duration::from_millis(2_500)));
        assert_eq!(left(7_501), None);
        assert_eq!(left(60_000), None);
    }
}
