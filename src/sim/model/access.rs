//! Access grants and the access methods that they led to.

use serde::Deserialize;
use uuid::Uuid;

use super::{Credential, Mode, new_id};
use crate::sim::table::Row;
use crate::sim::time::Time;

/// Access for a person, for a time, to some doors.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim) struct AccessGrant {
    #[serde(default = "new_id")]
    pub(in crate::sim) access_grant_id: Uuid,
    #[serde(default)]
    pub(in crate::sim) access_grant_key: Option<String>,
    #[serde(default)]
    pub(in crate::sim) reservation_key: Option<String>,
    pub(in crate::sim) user_identity_id: Uuid,
    #[serde(default)]
    pub(in crate::sim) name: Option<String>,
    #[serde(default = "Time::now")]
    pub(in crate::sim) created_at: Time,
    pub(in crate::sim) starts_at: Time,
    #[serde(default)]
    pub(in crate::sim) ends_at: Option<Time>,
    #[serde(default)]
    pub(in crate::sim) acs_entrance_ids: Vec<Uuid>,
}

impl Row for AccessGrant {
    const NOT_FOUND: &'static str = "access_grant_not_found";
    fn id(&self) -> Uuid {
        self.access_grant_id
    }
}

/// How a card comes to hold an access method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sim) enum CardStep {
    /// An encoder writes it (Visionline, Vostio).
    #[default]
    Encoding,
    /// A card that the system knows is assigned by its number.
    Assignment,
}

/// One way in, made by a grant.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim) struct AccessMethod {
    #[serde(default = "new_id")]
    pub(in crate::sim) access_method_id: Uuid,
    pub(in crate::sim) access_grant_id: Uuid,
    /// The credential that carries it, which the API shows through `get_related` only.
    #[serde(default)]
    pub(in crate::sim) acs_credential_id: Option<Uuid>,
    #[serde(default)]
    pub(in crate::sim) mode: Mode,
    #[serde(default)]
    pub(in crate::sim) card_step: CardStep,
    #[serde(default)]
    pub(in crate::sim) code: Option<String>,
    #[serde(default = "Time::now")]
    pub(in crate::sim) created_at: Time,
    #[serde(default)]
    pub(in crate::sim) issued_at: Option<Time>,
}

impl Row for AccessMethod {
    const NOT_FOUND: &'static str = "access_method_not_found";
    fn id(&self) -> Uuid {
        self.access_method_id
    }
}

impl AccessMethod {
    pub(in crate::sim) fn display_name(&self) -> &'static str {
        match self.mode {
            Mode::Code => "PIN Code Access",
            Mode::Card => "Card Access",
            Mode::MobileKey => "Mobile Key Access",
            Mode::CloudKey => "Cloud Key Access",
        }
    }

    /// Whether a card has still to be made for it.
    pub(in crate::sim) fn waits_for(
        &self,
        step: CardStep,
        credential: Option<&Credential>,
    ) -> bool {
        let reissue = credential
            .is_some_and(|credential| credential.warns(super::WarningCode::NeedsToBeReissued));
        self.mode == Mode::Card && self.card_step == step && (self.issued_at.is_none() || reissue)
    }
}
