//! `/acs/encoders`: the card encoders that access control systems know.

use serde::{Deserialize, Serialize};

use super::action_attempts::{ActionAttempt, ActionType};
use super::call::Call;
use super::client::Client;
use super::credentials::Holder;
use super::error::SeamError;
use super::pages::Pages;
use super::values::{Extra, open_enum};

/// The calls under `/acs/encoders`.
#[derive(Debug, Clone, Copy)]
pub struct Encoders<'a>(&'a Client);

/// Which encoders to list. The API requires a filter by systems or by encoders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListAcsEncoders {
    /// Which.
    #[serde(flatten)]
    pub of: EncodersOf,
    /// Rows per page; 500 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// The `next_page_cursor` of the page before; the first page by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_cursor: Option<String>,
}

/// Which encoders are meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum EncodersOf {
    /// Those of one access control system.
    #[serde(rename = "acs_system_id")]
    System(String),
    /// Those of several.
    #[serde(rename = "acs_system_ids")]
    Systems(Vec<String>),
    /// These.
    #[serde(rename = "acs_encoder_ids")]
    Encoders(Vec<String>),
}

/// What an encoder is to put onto a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum ToEncode {
    /// A credential.
    #[serde(rename = "acs_credential_id")]
    Credential(String),
    /// The credential behind an access method.
    #[serde(rename = "access_method_id")]
    AccessMethod(String),
}

/// What can be set on a Salto KS scan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct SaltoKsScanOptions {
    /// Whether tags that the site does not know are found too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detect_new_tags: Option<bool>,
}

impl Client {
    /// `/acs/encoders`
    #[must_use]
    pub fn encoders(&self) -> Encoders<'_> {
        Encoders(self)
    }
}

impl Encoders<'_> {
    /// One encoder.
    ///
    /// # Errors
    /// [`SeamError`]
    pub async fn get(&self, acs_encoder_id: &str) -> Result<AcsEncoder, SeamError> {
        #[derive(Serialize)]
        struct Request<'a> {
            acs_encoder_id: &'a str,
        }
        self.0
            .call(
                Call::read("/acs/encoders/get"),
                &Request { acs_encoder_id },
                "acs_encoder",
            )
            .await
    }

    /// The encoders of some systems.
    #[must_use]
    pub fn list(&self, filters: &ListAcsEncoders) -> Pages<AcsEncoder> {
        Pages::new(
            self.0,
            Call::read("/acs/encoders/list"),
            filters,
            "acs_encoders",
        )
    }

    /// Has the access system's own encoder write a card. Sent once.
    ///
    /// # Errors
    /// [`SeamError`]; see [`SeamError::may_have_happened`].
    pub async fn encode_credential(
        &self,
        acs_encoder_id: &str,
        what: &ToEncode,
    ) -> Result<ActionAttempt, SeamError> {
        const CALL: Call = Call::act("/acs/encoders/encode_credential");
        #[derive(Serialize)]
        struct Request<'a> {
            acs_encoder_id: &'a str,
            #[serde(flatten)]
            what: &'a ToEncode,
        }
        let request = Request {
            acs_encoder_id,
            what,
        };
        let attempt: ActionAttempt = self.0.call(CALL, &request, "action_attempt").await?;
        attempt
            .expect(&ActionType::EncodeCredential)
            .map_err(|fault| SeamError::in_answer(CALL, fault))
    }

    /// Has the access system's own encoder read a card. Sent once.
    ///
    /// # Errors
    /// [`SeamError`]; see [`SeamError::may_have_happened`].
    pub async fn scan_credential(
        &self,
        acs_encoder_id: &str,
        salto_ks_metadata: Option<SaltoKsScanOptions>,
    ) -> Result<ActionAttempt, SeamError> {
        const CALL: Call = Call::act("/acs/encoders/scan_credential");
        #[derive(Serialize)]
        struct Request<'a> {
            acs_encoder_id: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            salto_ks_metadata: Option<SaltoKsScanOptions>,
        }
        let request = Request {
            acs_encoder_id,
            salto_ks_metadata,
        };
        let attempt: ActionAttempt = self.0.call(CALL, &request, "action_attempt").await?;
        attempt
            .expect(&ActionType::ScanCredential)
            .map_err(|fault| SeamError::in_answer(CALL, fault))
    }

    /// Has the access system's own encoder read a card, and gives that card to a user. Sent once.
    ///
    /// # Errors
    /// [`SeamError`]; see [`SeamError::may_have_happened`].
    pub async fn scan_to_assign_credential(
        &self,
        acs_encoder_id: &str,
        holder: &Holder,
        salto_ks_metadata: Option<SaltoKsScanOptions>,
    ) -> Result<ActionAttempt, SeamError> {
        const CALL: Call = Call::act("/acs/encoders/scan_to_assign_credential");
        #[derive(Serialize)]
        struct Request<'a> {
            acs_encoder_id: &'a str,
            #[serde(flatten)]
            holder: &'a Holder,
            #[serde(skip_serializing_if = "Option::is_none")]
            salto_ks_metadata: Option<SaltoKsScanOptions>,
        }
        let request = Request {
            acs_encoder_id,
            holder,
            salto_ks_metadata,
        };
        let attempt: ActionAttempt = self.0.call(CALL, &request, "action_attempt").await?;
        attempt
            .expect(&ActionType::ScanToAssignCredential)
            .map_err(|fault| SeamError::in_answer(CALL, fault))
    }
}

/// A device that encodes cards, as an access control system knows it. The API gives it no state: it is there or it was removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcsEncoder {
    /// Id of the encoder, a UUID.
    pub acs_encoder_id: String,
    /// Id of the access control system, a UUID.
    pub acs_system_id: String,
    /// Id of the connected account through which Seam reaches that system, a UUID.
    pub connected_account_id: String,
    /// Id of the workspace, a UUID.
    pub workspace_id: String,
    /// Seam's name for it, to show to people.
    pub display_name: String,
    /// Why it cannot be used.
    pub errors: Vec<EncoderIssue>,
    /// When it was found, RFC 3339.
    pub created_at: String,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Why an encoder cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EncoderIssue {
    /// Which error.
    pub error_code: EncoderErrorCode,
    /// Seam's description of it, in English.
    pub message: String,
    /// When Seam noticed it, RFC 3339.
    pub created_at: String,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

open_enum! {
    /// Why an encoder cannot be used.
    pub enum EncoderErrorCode {
        AcsEncoderRemoved = "acs_encoder_removed",
    }
}
