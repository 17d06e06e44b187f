//! `/acs/entrances`: the places that access control systems guard.

mod entrance;
mod metadata;

use serde::Serialize;

pub use entrance::{AcsEntrance, EntranceIssue, EntranceWarning, EntranceWarningCode};
pub use metadata::{
    AvigilonAltaEntranceMetadata, BrivoEntranceMetadata, DormakabaAmbianceEntranceMetadata,
    DormakabaCommunityEntranceMetadata, HotekEntranceMetadata, LatchEntranceMetadata,
    SaltoKsEntranceMetadata, SaltoSpaceEntranceMetadata, VisionlineDoorCategory,
    VisionlineDoorProfile, VisionlineDoorProfileType, VisionlineEntranceMetadata, VostioDoorType,
    VostioEntranceMetadata,
};

use super::call::Call;
use super::client::Client;
use super::error::SeamError;
use super::pages::Pages;

/// The calls under `/acs/entrances`.
#[derive(Debug, Clone, Copy)]
pub struct Entrances<'a>(&'a Client);

/// Which entrances to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ListAcsEntrances {
    /// Of this access control system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acs_system_id: Option<String>,
    /// That this credential opens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acs_credential_id: Option<String>,
    /// These entrances.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub acs_entrance_ids: Vec<String>,
    /// Of this space.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub space_id: Option<String>,
    /// Of this location. Deprecated by Seam.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location_id: Option<String>,
    /// Of this connected account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connected_account_id: Option<String>,
    /// Of this customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_key: Option<String>,
    /// With this text in the name or an id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
    /// Rows per page; 900 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// The `next_page_cursor` of the page before; the first page by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_cursor: Option<String>,
}

impl Client {
    /// `/acs/entrances`
    #[must_use]
    pub fn entrances(&self) -> Entrances<'_> {
        Entrances(self)
    }
}

impl Entrances<'_> {
    /// One entrance.
    ///
    /// # Errors
    /// [`SeamError`]
    pub async fn get(&self, acs_entrance_id: &str) -> Result<AcsEntrance, SeamError> {
        #[derive(Serialize)]
        struct Request<'a> {
            acs_entrance_id: &'a str,
        }
        self.0
            .call(
                Call::read("/acs/entrances/get"),
                &Request { acs_entrance_id },
                "acs_entrance",
            )
            .await
    }

    /// The entrances of the workspace.
    #[must_use]
    pub fn list(&self, filters: &ListAcsEntrances) -> Pages<AcsEntrance> {
        Pages::new(
            self.0,
            Call::read("/acs/entrances/list"),
            filters,
            "acs_entrances",
        )
    }
}
