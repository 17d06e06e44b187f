//! One thing that was looked at, and what to do about it.

use serde::Serialize;

use crate::cli::Failure;

/// How it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verdict {
    /// As it should be.
    Ok,
    /// Works, or is not needed by everybody; worth a look.
    Warn,
    /// Keeps cardbridge from its work.
    Fail,
}

/// One thing that was looked at.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Finding {
    pub(super) check: &'static str,
    pub(super) verdict: Verdict,
    pub(super) what: String,
    pub(super) hint: Option<String>,
}

impl Finding {
    pub(super) fn ok(check: &'static str, what: impl Into<String>) -> Self {
        Self {
            check,
            verdict: Verdict::Ok,
            what: what.into(),
            hint: None,
        }
    }

    pub(super) fn warn(
        check: &'static str,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self {
            check,
            verdict: Verdict::Warn,
            what: what.into(),
            hint: Some(hint.into()),
        }
    }

    pub(super) fn fail(
        check: &'static str,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self {
            check,
            verdict: Verdict::Fail,
            what: what.into(),
            hint: Some(hint.into()),
        }
    }

    /// What stopped a command would stop it here too, in the same words.
    pub(super) fn failure(check: &'static str, failure: &Failure) -> Self {
        Self {
            check,
            verdict: Verdict::Fail,
            what: failure.what().to_owned(),
            hint: failure.hint().map(str::to_owned),
        }
    }
}
