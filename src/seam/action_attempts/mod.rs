//! `/action_attempts`: what Seam was asked to do in the real world, and waiting for it to end.

mod attempt;
mod scan;
mod wait;

use serde::Serialize;

pub use attempt::{
    ActionAttempt, ActionAttemptErrorType, ActionAttemptFailure, ActionAttemptStatus, ActionResult,
    ActionType,
};
pub use scan::{
    CredentialOnEncoder, ScanResult, ScanWarning, ScanWarningCode, VisionlineCardMetadata,
};
pub use wait::Wait;

use super::call::Call;
use super::client::Client;
use super::error::SeamError;
use super::pages::Pages;

/// The calls under `/action_attempts`.
#[derive(Debug, Clone, Copy)]
pub struct ActionAttempts<'a>(&'a Client);

/// Which action attempts to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ListActionAttempts {
    /// These attempts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub action_attempt_ids: Vec<String>,
    /// Attempts on this device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_id: Option<String>,
    /// Rows per page; 500 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// The `next_page_cursor` of the page before; the first page by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_cursor: Option<String>,
}

impl Client {
    /// `/action_attempts`
    #[must_use]
    pub fn action_attempts(&self) -> ActionAttempts<'_> {
        ActionAttempts(self)
    }
}

impl ActionAttempts<'_> {
    /// One attempt in its present state.
    ///
    /// # Errors
    /// [`SeamError`]
    pub async fn get(&self, action_attempt_id: &str) -> Result<ActionAttempt, SeamError> {
        #[derive(Serialize)]
        struct Request<'a> {
            action_attempt_id: &'a str,
        }
        const CALL: Call = Call::read("/action_attempts/get");
        self.0
            .call(CALL, &Request { action_attempt_id }, "action_attempt")
            .await
    }

    /// The attempts of the workspace.
    #[must_use]
    pub fn list(&self, filters: &ListActionAttempts) -> Pages<ActionAttempt> {
        Pages::new(
            self.0,
            Call::read("/action_attempts/list"),
            filters,
            "action_attempts",
        )
    }

    /// Asks until the attempt has ended, and gives it if it ended well. `progress` sees the attempt after every look.
    ///
    /// A status that this client does not know counts as not ended: the attempt is looked at until the time is over.
    ///
    /// # Errors
    /// [`SeamError::Attempt`] when the attempt failed or the time is over; the attempt itself goes on at the API. Any other
    /// [`SeamError`] from looking.
    pub async fn wait(
        &self,
        attempt: ActionAttempt,
        wait: &Wait,
        mut progress: impl FnMut(&ActionAttempt),
    ) -> Result<ActionAttempt, SeamError> {
        wait::until_ended(self.0, attempt, wait, &mut progress).await
    }
}
