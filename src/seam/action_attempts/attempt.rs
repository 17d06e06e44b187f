//! `action_attempt`, as the API describes it.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::scan::ScanResult;
use crate::seam::access_methods::AccessMethod;
use crate::seam::credentials::AcsCredential;
use crate::seam::error::{InvalidResponse, OfAnother};
use crate::seam::values::{Extra, open_enum};

/// Something that Seam was asked to do in the real world, and how far it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActionAttempt {
    /// Id of the action attempt, a UUID.
    pub action_attempt_id: String,
    /// What is attempted.
    pub action_type: ActionType,
    /// How far it is.
    pub status: ActionAttemptStatus,
    /// What came of it; none while it is pending and when it failed.
    pub result: Option<ActionResult>,
    /// Why it failed; none unless it did.
    pub error: Option<ActionAttemptFailure>,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// What came of an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum ActionResult {
    /// The credential that was encoded, or assigned after a scan. It may be one that Seam only observes.
    Credential(Box<AcsCredential>),
    /// What the card says, and what Seam says.
    Scan(Box<ScanResult>),
    /// The access method that a card was assigned to.
    AccessMethod(Box<AccessMethod>),
    /// The result of an action that this client does not know, as it came.
    Unknown(Value),
}

/// Why an action attempt failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionAttemptFailure {
    /// Which error.
    #[serde(rename = "type")]
    pub error_type: ActionAttemptErrorType,
    /// Seam's description of it, in English.
    pub message: String,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The fields before the type of the result is known.
#[derive(Deserialize)]
struct Untyped {
    action_attempt_id: String,
    action_type: ActionType,
    status: ActionAttemptStatus,
    result: Option<Value>,
    error: Option<ActionAttemptFailure>,
    #[serde(flatten)]
    extra: Extra,
}

impl<'de> Deserialize<'de> for ActionAttempt {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let attempt = Untyped::deserialize(deserializer)?;
        let result = attempt
            .result
            .map(|result| ActionResult::of(&attempt.action_type, result))
            .transpose()
            .map_err(|error| {
                D::Error::custom(format_args!(
                    "in result.{}: {}",
                    error.path(),
                    error.inner()
                ))
            })?;
        Ok(Self {
            action_attempt_id: attempt.action_attempt_id,
            action_type: attempt.action_type,
            status: attempt.status,
            result,
            error: attempt.error,
            extra: attempt.extra,
        })
    }
}

impl ActionAttempt {
    /// This attempt, if it attempts what was asked for. An action that this client does not know may be that under a newer name.
    pub(in crate::seam) fn expect(self, action: &ActionType) -> Result<Self, InvalidResponse> {
        match self.action_type {
            ActionType::Unknown(_) => Ok(self),
            ref found if found == action => Ok(self),
            found => Err(InvalidResponse::OfAnother(Box::new(OfAnother {
                name: "action_type",
                asked: Some(action.to_string()),
                answered: found.to_string(),
            }))),
        }
    }
}

impl ActionResult {
    /// Reads a result. The API does not tag it: what it is follows from the action.
    fn of(
        action: &ActionType,
        result: Value,
    ) -> Result<Self, serde_path_to_error::Error<serde_json::Error>> {
        match action {
            ActionType::EncodeCredential | ActionType::ScanToAssignCredential => {
                serde_path_to_error::deserialize(result).map(Self::Credential)
            }
            ActionType::ScanCredential => serde_path_to_error::deserialize(result).map(Self::Scan),
            ActionType::AssignCredential => {
                serde_path_to_error::deserialize(result).map(Self::AccessMethod)
            }
            ActionType::UnlockDoor | ActionType::Unknown(_) => Ok(Self::Unknown(result)),
        }
    }
}

open_enum! {
    /// What an action attempt does. Actions outside access control come as unknown values.
    pub enum ActionType {
        ScanCredential = "SCAN_CREDENTIAL",
        EncodeCredential = "ENCODE_CREDENTIAL",
        ScanToAssignCredential = "SCAN_TO_ASSIGN_CREDENTIAL",
        AssignCredential = "ASSIGN_CREDENTIAL",
        UnlockDoor = "UNLOCK_DOOR",
    }
}

open_enum! {
    /// How far an action attempt is.
    pub enum ActionAttemptStatus {
        Pending = "pending",
        Success = "success",
        Error = "error",
    }
}

open_enum! {
    /// Why an action attempt failed.
    pub enum ActionAttemptErrorType {
        UncategorizedError = "uncategorized_error",
        ActionAttemptExpired = "action_attempt_expired",
        NoCredentialOnEncoder = "no_credential_on_encoder",
        IncompatibleCardFormat = "incompatible_card_format",
        CredentialCannotBeReissued = "credential_cannot_be_reissued",
        EncoderNotOnline = "encoder_not_online",
        EncoderCommunicationTimeout = "encoder_communication_timeout",
        BridgeDisconnected = "bridge_disconnected",
        EncodingInterrupted = "encoding_interrupted",
        CredentialDeleted = "credential_deleted",
        CredentialNotFound = "credential_not_found",
    }
}
