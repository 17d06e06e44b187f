//! Errors and warnings of a credential.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::sim::time::Time;

/// An entry of a credential's `errors`; the code is a free string in the API.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim) struct CredentialError {
    pub(in crate::sim) error_code: String,
    pub(in crate::sim) message: String,
    #[serde(default = "Time::now")]
    pub(in crate::sim) created_at: Time,
}

/// A credential's warnings that are facts of their own. `waiting_to_be_issued` is not: it follows from the credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sim) enum WarningCode {
    ScheduleExternallyModified,
    ScheduleModified,
    BeingDeleted,
    UnknownIssueWithAcsCredential,
    NeedsToBeReissued,
}

/// An entry of a credential's `warnings`. A seed gives the code alone: such a warning is as old as its credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(from = "WarningCode")]
pub(in crate::sim) struct Warning {
    pub(in crate::sim) code: WarningCode,
    created_at: Option<Time>,
}

impl From<WarningCode> for Warning {
    fn from(code: WarningCode) -> Self {
        Self {
            code,
            created_at: None,
        }
    }
}

impl Warning {
    pub(in crate::sim) fn new(code: WarningCode, created_at: Time) -> Self {
        Self {
            code,
            created_at: Some(created_at),
        }
    }

    pub(in crate::sim) fn view(self, credential_created_at: Time) -> Value {
        json!({
            "warning_code": self.code,
            "message": self.code.message(),
            "created_at": self.created_at.unwrap_or(credential_created_at),
        })
    }
}

impl WarningCode {
    fn message(self) -> &'static str {
        match self {
            Self::ScheduleExternallyModified => "The schedule was changed in the access system.",
            Self::ScheduleModified => {
                "The schedule was adapted to what the access system can hold."
            }
            Self::BeingDeleted => "The credential is being deleted.",
            Self::UnknownIssueWithAcsCredential => "Something is wrong with the credential.",
            Self::NeedsToBeReissued => {
                "The card must be encoded again for the latest changes to take effect."
            }
        }
    }
}
