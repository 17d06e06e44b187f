//! What one attempt at one sink came to.

use std::time::Duration;

/// What a sink made of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delivered {
    /// It knows.
    Yes,
    /// It has no place for this issuance. That is no report: another sink has to take it.
    DoesNotConcern,
}

/// Why one attempt at one sink did not succeed. It is tried again in any case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) what: String,
    /// The pause that the sink asked for.
    pub(super) asked: Option<Duration>,
    /// Whether the sink as a whole is in trouble, so that the next issuance need not be tried now.
    pub(super) whole_sink: bool,
}

impl Failure {
    pub(super) fn unreachable(what: String) -> Self {
        Self {
            what,
            asked: None,
            whole_sink: true,
        }
    }

    pub(super) fn busy(what: String, asked: Option<Duration>) -> Self {
        Self {
            what,
            asked,
            whole_sink: true,
        }
    }

    pub(super) fn refused(what: String) -> Self {
        Self {
            what,
            asked: None,
            whole_sink: false,
        }
    }
}
