//! One who has no credential for a card yet, and which entrances there are to choose from for one.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::time::timeout;

use super::Guests;
use super::name::GuestName;
use super::orders::of_seam;
use super::places::is_room;
use crate::desk::DeskError;
use crate::desk::handle::Desk;
use crate::queue::CredentialQueue;
use crate::seam::{AcsEntrance, AcsUser, ListAcsEntrances, SeamError, SystemExternalType};

/// How long Seam may take to list all entrances.
const PATIENCE: Duration = Duration::from_secs(10);

/// A user of an access system without a credential for a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Newcomer {
    /// The user.
    pub acs_user_id: String,
    /// The user's name.
    pub name: Option<GuestName>,
    /// The access system.
    pub acs_system_id: String,
    /// Its name.
    pub system: Option<Arc<str>>,
    /// Its kind, in Seam's words: what a new credential is created with depends on it.
    pub external_type: Option<SystemExternalType>,
}

/// An entrance that a new credential may open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// The entrance.
    pub acs_entrance_id: String,
    /// Its name.
    pub name: String,
    /// Whether it is a guest's room, and no door for everyone.
    pub is_room: bool,
}

impl Desk {
    /// The entrances of an access system.
    ///
    /// # Errors
    /// As the API answers; [`DeskError::SearchTimedOut`] when it takes too long.
    pub async fn entrances(&self, acs_system_id: &str) -> Result<Vec<Choice>, DeskError> {
        let queue = self.0.parts.agent()?.queue();
        let listed = timeout(PATIENCE, list(queue, acs_system_id)).await;
        let listed = listed.map_err(|_| DeskError::SearchTimedOut)?;
        let choices = listed.map_err(of_seam)?.into_iter().map(|entrance| Choice {
            is_room: is_room(&entrance),
            acs_entrance_id: entrance.acs_entrance_id,
            name: entrance.display_name,
        });
        Ok(choices.collect())
    }
}

async fn list(queue: &CredentialQueue, acs_system_id: &str) -> Result<Vec<AcsEntrance>, SeamError> {
    let filters = ListAcsEntrances {
        acs_system_id: Some(acs_system_id.to_owned()),
        ..ListAcsEntrances::default()
    };
    let mut pages = queue.client().entrances().list(&filters);
    let mut entrances = Vec::new();
    while let Some(page) = pages.next_page().await {
        entrances.extend(queue.heed(page)?.items);
    }
    Ok(entrances)
}

impl Guests {
    pub(super) fn newcomer(&self, user: &AcsUser) -> Newcomer {
        let name = self.people().name_of(&user.acs_user_id);
        let places = self.places();
        Newcomer {
            acs_user_id: user.acs_user_id.clone(),
            name,
            system: places.system(&user.acs_system_id),
            external_type: places.kind_of(&user.acs_system_id),
            acs_system_id: user.acs_system_id.clone(),
        }
    }
}
