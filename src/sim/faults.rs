//! What a test may make go wrong. Nothing does unless it is asked for.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::Method;
use jiff::SignedDuration;

use super::report::REPORT_PATH;

/// Which calls a fault is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Every call of the API; reports are none.
    Api,
    /// Calls of one path, for example `/acs/credentials/get`.
    Path(&'static str),
    /// Reports.
    Reports,
}

/// What happens to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It is answered with this status and is not acted on: 429, 500, 503.
    Refused {
        /// The HTTP status.
        status: u16,
        /// Sent as `Retry-After`, in whole seconds.
        retry_after: Option<Duration>,
    },
    /// The connection ends before the call is acted on.
    CallLost,
    /// The call is acted on, and the connection ends before the answer.
    AnswerLost,
    /// It is neither acted on nor answered; the connection stays open until the caller gives up.
    Unanswered,
    /// It is not acted on; this is answered instead, announced as JSON.
    Answered {
        /// The HTTP status.
        status: u16,
        /// The body.
        body: Vec<u8>,
    },
}

/// The handle by which a test makes calls fail, and sees which calls came.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<Plan>>);

#[derive(Debug, Default)]
struct Plan {
    pending: VecDeque<Planned>,
    clock: SignedDuration,
    calls: VecDeque<String>,
}

#[derive(Debug)]
struct Planned {
    target: Target,
    fault: Fault,
    /// `None` is until [`Faults::clear`].
    times: Option<usize>,
}

/// Calls that are remembered; older ones are forgotten.
const REMEMBERED_CALLS: usize = 10_000;

impl Faults {
    /// Makes the next `times` calls of `target` meet `fault`. Several wait their turn in the order in which they were asked for.
    pub fn next(&self, target: Target, times: usize, fault: Fault) {
        self.plan().pending.push_back(Planned {
            target,
            fault,
            times: Some(times),
        });
    }

    /// Makes every call of `target` meet `fault` until [`Self::clear`].
    pub fn every(&self, target: Target, fault: Fault) {
        self.plan().pending.push_back(Planned {
            target,
            fault,
            times: None,
        });
    }

    /// Nothing goes wrong any more.
    pub fn clear(&self) {
        self.plan().pending.clear();
    }

    /// Sets the API's clock by this much ahead of the machine's, or behind it: to a caller on this machine, its own is wrong.
    pub fn set_clock(&self, ahead: SignedDuration) {
        self.plan().clock = ahead;
    }

    /// How far the API's clock is ahead of the machine's.
    pub(super) fn clock(&self) -> SignedDuration {
        self.plan().clock
    }

    /// The calls that came, oldest first, each as `POST /acs/credentials/get`; failed ones too.
    #[must_use]
    pub fn calls(&self) -> Vec<String> {
        self.plan().calls.iter().cloned().collect()
    }

    /// Notes a call and says what goes wrong with it.
    pub(super) fn meet(&self, method: &Method, path: &str) -> Option<Fault> {
        let mut plan = self.plan();
        if plan.calls.len() >= REMEMBERED_CALLS {
            plan.calls.pop_front();
        }
        plan.calls.push_back(format!("{method} {path}"));
        plan.pending.retain(|planned| planned.times != Some(0));
        let planned = plan
            .pending
            .iter_mut()
            .find(|planned| match planned.target {
                Target::Api => path != REPORT_PATH,
                Target::Path(wanted) => path == wanted,
                Target::Reports => path == REPORT_PATH,
            })?;
        if let Some(times) = &mut planned.times {
            *times -= 1;
        }
        Some(planned.fault.clone())
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
