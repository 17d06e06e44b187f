//! Waiting for an action attempt to end.

use std::time::{Duration, Instant};

use super::attempt::{ActionAttempt, ActionAttemptStatus};
use crate::seam::client::Client;
use crate::seam::error::{AttemptError, SeamError};

/// How to wait for an action attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// The time between two looks.
    pub poll_interval: Duration,
    /// The longest time in all. A person who has to fetch a card needs a minute.
    pub timeout: Duration,
}

impl Default for Wait {
    fn default() -> Self {
        Self {
            poll_interval: Duration::from_millis(500),
            timeout: Duration::from_secs(60),
        }
    }
}

/// Looks until the attempt has ended or the time is over. The time is the sum of what the looks took and of the waits between
/// them, so that a client whose waits cost nothing still comes to an end.
pub(super) async fn until_ended(
    client: &Client,
    mut attempt: ActionAttempt,
    wait: &Wait,
    progress: &mut impl FnMut(&ActionAttempt),
) -> Result<ActionAttempt, SeamError> {
    let mut spent = Duration::ZERO;
    loop {
        progress(&attempt);
        match attempt.status {
            ActionAttemptStatus::Success => return Ok(attempt),
            ActionAttemptStatus::Error => return Err(AttemptError::of_failed(attempt).into()),
            ActionAttemptStatus::Pending | ActionAttemptStatus::Unknown(_) => {}
        }
        if spent >= wait.timeout {
            return Err(AttemptError::not_ended(attempt, spent).into());
        }
        // Without a floor an interval of nothing would be a loop without end.
        let pause = wait
            .poll_interval
            .min(wait.timeout.saturating_sub(spent))
            .max(Duration::from_millis(1));
        client.sleep(pause).await;
        let begin = Instant::now();
        attempt = client
            .action_attempts()
            .get(&attempt.action_attempt_id)
            .await?;
        spent += pause + begin.elapsed();
    }
}
