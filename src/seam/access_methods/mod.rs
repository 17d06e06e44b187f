//! `/access_methods`: the ways in which access grants let their holders enter.

mod access_method;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use access_method::{
    AccessMethod, AccessMethodChange, AccessMethodErrorCode, AccessMethodIssue,
    AccessMethodMutation, AccessMethodMutationCode, AccessMethodWarning, AccessMethodWarningCode,
};

use super::action_attempts::{ActionAttempt, ActionType};
use super::call::Call;
use super::client::Client;
use super::credentials::AcsCredential;
use super::entrances::AcsEntrance;
use super::error::SeamError;
use super::page::Page;
use super::values::{Extra, open_enum};

/// The calls under `/access_methods`.
#[derive(Debug, Clone, Copy)]
pub struct AccessMethods<'a>(&'a Client);

/// Which access methods to list; the API may want at least one filter. It gives them all at once, without pages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ListAccessMethods {
    /// Of this access grant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_grant_id: Option<String>,
    /// Of the access grant with this key of the caller's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_grant_key: Option<String>,
    /// That open this entrance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acs_entrance_id: Option<String>,
    /// That open this device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_id: Option<String>,
    /// That open this space.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub space_id: Option<String>,
    /// Those of this access code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_code_id: Option<String>,
}

/// What is wanted of what belongs to some access methods.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RelatedToAccessMethods {
    /// The access methods.
    pub access_method_ids: Vec<String>,
    /// Only these kinds; all if none are given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<RelatedKind>,
    /// All but these kinds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<RelatedKind>,
}

open_enum! {
    /// A kind of thing that belongs to an access method.
    pub enum RelatedKind {
        Spaces = "spaces",
        Devices = "devices",
        AcsEntrances = "acs_entrances",
        AccessGrants = "access_grants",
        AccessMethods = "access_methods",
        InstantKeys = "instant_keys",
        ClientSessions = "client_sessions",
        AcsCredentials = "acs_credentials",
    }
}

/// What belongs to some access methods. This is the only way from an access method to its credential and card number.
///
/// Objects outside access control come as the API's own JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Related {
    /// The access methods themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_methods: Option<Vec<AccessMethod>>,
    /// Their credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acs_credentials: Option<Vec<AcsCredential>>,
    /// The entrances they open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acs_entrances: Option<Vec<AcsEntrance>>,
    /// The access grants they belong to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_grants: Option<Vec<Value>>,
    /// The devices they open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub devices: Option<Vec<Value>>,
    /// The spaces they open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spaces: Option<Vec<Value>>,
    /// The sessions of their holders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_sessions: Option<Vec<Value>>,
    /// Their instant keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instant_keys: Option<Vec<Value>>,
    /// Kinds that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Client {
    /// `/access_methods`
    #[must_use]
    pub fn access_methods(&self) -> AccessMethods<'_> {
        AccessMethods(self)
    }
}

impl AccessMethods<'_> {
    /// One access method.
    ///
    /// # Errors
    /// [`SeamError`]
    pub async fn get(&self, access_method_id: &str) -> Result<AccessMethod, SeamError> {
        #[derive(Serialize)]
        struct Request<'a> {
            access_method_id: &'a str,
        }
        self.0
            .call(
                Call::read("/access_methods/get"),
                &Request { access_method_id },
                "access_method",
            )
            .await
    }

    /// The access methods of the workspace.
    ///
    /// # Errors
    /// [`SeamError`]
    pub async fn list(&self, filters: &ListAccessMethods) -> Result<Page<AccessMethod>, SeamError> {
        self.0
            .list(
                Call::read("/access_methods/list"),
                filters,
                "access_methods",
            )
            .await
    }

    /// What belongs to some access methods.
    ///
    /// # Errors
    /// [`SeamError`]
    pub async fn get_related(
        &self,
        request: &RelatedToAccessMethods,
    ) -> Result<Related, SeamError> {
        self.0
            .call(Call::read("/access_methods/get_related"), request, "batch")
            .await
    }

    /// Has the access system's own encoder write the card of an access method. Sent once.
    ///
    /// # Errors
    /// [`SeamError`]; see [`SeamError::may_have_happened`].
    pub async fn encode(
        &self,
        access_method_id: &str,
        acs_encoder_id: &str,
    ) -> Result<ActionAttempt, SeamError> {
        const CALL: Call = Call::act("/access_methods/encode");
        #[derive(Serialize)]
        struct Request<'a> {
            access_method_id: &'a str,
            acs_encoder_id: &'a str,
        }
        let request = Request {
            access_method_id,
            acs_encoder_id,
        };
        let attempt: ActionAttempt = self.0.call(CALL, &request, "action_attempt").await?;
        attempt
            .expect(&ActionType::EncodeCredential)
            .map_err(|fault| SeamError::in_answer(CALL, fault))
    }

    /// Assigns a card that the access system knows to an access method. Sent once.
    ///
    /// # Errors
    /// [`SeamError`]; see [`SeamError::may_have_happened`].
    pub async fn assign_card(
        &self,
        access_method_id: &str,
        card_number: &str,
    ) -> Result<ActionAttempt, SeamError> {
        const CALL: Call = Call::act("/access_methods/assign_card");
        #[derive(Serialize)]
        struct Request<'a> {
            access_method_id: &'a str,
            card_number: &'a str,
        }
        let request = Request {
            access_method_id,
            card_number,
        };
        let attempt: ActionAttempt = self.0.call(CALL, &request, "action_attempt").await?;
        attempt
            .expect(&ActionType::AssignCredential)
            .map_err(|fault| SeamError::in_answer(CALL, fault))
    }
}
