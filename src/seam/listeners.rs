//! What those who use a client can hear of its calls: that one takes long, whether one was answered, how long each attempt took.

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use super::call::{Call, Effect};
use super::error::SeamError;

/// A call that has not been answered for some seconds. It goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silence {
    /// What was called.
    pub call: Call,
    /// Where.
    pub endpoint: String,
}

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { call, endpoint } = self;
        write!(f, "waiting for the Seam API at {endpoint} to answer {call}")
    }
}

/// One attempt at a call that was answered, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempted {
    /// What was called.
    pub call: Call,
    /// The HTTP status of the answer; none where there was none.
    pub status: Option<u16>,
    /// How long that took.
    pub took: Duration,
}

type OnSilence = Box<dyn Fn(&Silence) + Send + Sync>;
type OnAnswer = Box<dyn Fn(Option<&SeamError>) + Send + Sync>;
type OnAttempt = Box<dyn Fn(Attempted) + Send + Sync>;

/// One listener of each kind. The first one stays: a second one is a fault of the caller's that harms nothing.
#[derive(Default)]
pub(super) struct Listeners {
    silence: OnceLock<OnSilence>,
    answer: OnceLock<OnAnswer>,
    attempt: OnceLock<OnAttempt>,
}

impl Listeners {
    pub(super) fn on_silence(&self, listener: OnSilence) {
        let _ = self.silence.set(listener);
    }

    pub(super) fn on_answer(&self, listener: OnAnswer) {
        let _ = self.answer.set(listener);
    }

    pub(super) fn on_attempt(&self, listener: OnAttempt) {
        let _ = self.attempt.set(listener);
    }

    /// A call is not answered. Only of a read is that known to be a fault: what changes something takes as long as an access system does.
    pub(super) fn silent(&self, call: Call, endpoint: &str, after: Duration) {
        if let Some(listener) = self.silence.get() {
            let endpoint = endpoint.to_owned();
            listener(&Silence { call, endpoint });
        }
        if call.effect == Effect::Read {
            self.answered(Some(&SeamError::TimedOut { call, after }));
        }
    }

    /// What came of a call. A refusal is an answer.
    pub(super) fn answered(&self, error: Option<&SeamError>) {
        if let Some(listener) = self.answer.get() {
            let is_answer = |error: &SeamError| matches!(error, SeamError::Refused(refused) if refused.status < 500);
            listener(error.filter(|error| !is_answer(error)));
        }
    }

    pub(super) fn attempted(&self, attempted: Attempted) {
        if let Some(listener) = self.attempt.get() {
            listener(attempted);
        }
    }
}
