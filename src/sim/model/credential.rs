//! Credentials.

use serde::Deserialize;
use uuid::Uuid;

use super::{
    CredentialError, Mode, VisionlineMetadata, VostioMetadata, Warning, WarningCode, new_id,
};
use crate::sim::table::Row;
use crate::sim::time::Time;

/// A credential.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim) struct Credential {
    #[serde(default = "new_id")]
    pub(in crate::sim) acs_credential_id: Uuid,
    pub(in crate::sim) acs_system_id: Uuid,
    #[serde(default)]
    pub(in crate::sim) acs_user_id: Option<Uuid>,
    #[serde(default)]
    pub(in crate::sim) access_method: Mode,
    #[serde(default)]
    pub(in crate::sim) display_name: Option<String>,
    #[serde(default = "Time::now")]
    pub(in crate::sim) created_at: Time,
    #[serde(default)]
    pub(in crate::sim) starts_at: Option<Time>,
    #[serde(default)]
    pub(in crate::sim) ends_at: Option<Time>,
    #[serde(default)]
    pub(in crate::sim) card_number: Option<String>,
    #[serde(default)]
    pub(in crate::sim) code: Option<String>,
    /// An issued credential is one that has this.
    #[serde(default)]
    pub(in crate::sim) issued_at: Option<Time>,
    #[serde(default)]
    pub(in crate::sim) allowed_acs_entrance_ids: Vec<Uuid>,
    #[serde(default)]
    pub(in crate::sim) is_multi_phone_sync_credential: bool,
    #[serde(default)]
    pub(in crate::sim) visionline_metadata: Option<VisionlineMetadata>,
    #[serde(default)]
    pub(in crate::sim) assa_abloy_vostio_metadata: Option<VostioMetadata>,
    #[serde(default)]
    pub(in crate::sim) errors: Vec<CredentialError>,
    #[serde(default)]
    pub(in crate::sim) warnings: Vec<Warning>,
}

impl Row for Credential {
    const NOT_FOUND: &'static str = "acs_credential_not_found";
    fn id(&self) -> Uuid {
        self.acs_credential_id
    }
}

impl Credential {
    /// A credential without anything that is optional.
    pub(in crate::sim) fn new(acs_system_id: Uuid, access_method: Mode, created_at: Time) -> Self {
        Self {
            acs_credential_id: new_id(),
            acs_system_id,
            acs_user_id: None,
            access_method,
            display_name: None,
            created_at,
            starts_at: None,
            ends_at: None,
            card_number: None,
            code: None,
            issued_at: None,
            allowed_acs_entrance_ids: Vec::new(),
            is_multi_phone_sync_credential: false,
            visionline_metadata: None,
            assa_abloy_vostio_metadata: None,
            errors: Vec::new(),
            warnings: Vec::new(),
        }
    }

    pub(in crate::sim) fn is_issued(&self) -> bool {
        self.issued_at.is_some()
    }

    pub(in crate::sim) fn warns(&self, code: WarningCode) -> bool {
        self.warnings.iter().any(|warning| warning.code == code)
    }
}
