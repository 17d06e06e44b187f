//! Searching at Seam for a guest whom the list does not show.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::time::timeout;

use super::Guests;
use super::day::Day;
use super::guest::{Guest, Mark};
use super::newcomer::Newcomer;
use super::orders::of_seam;
use crate::desk::handle::Desk;
use crate::desk::{Agent, DeskError};
use crate::queue::{CredentialQueue, Shown};
use crate::seam::{
    AccessMode, AcsCredential, AcsUser, ListAcsCredentials, ListAcsUsers, SeamError,
};

/// How long Seam may take for all of it.
const PATIENCE: Duration = Duration::from_secs(10);

/// The most that is asked for of each kind: a search that finds more is to be made narrower.
const MOST: u32 = 20;

/// The users whose credentials are asked for.
const MOST_USERS: usize = 8;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    /// The card credentials.
    pub guests: Vec<Found>,
    /// The users who have none.
    pub newcomers: Vec<Newcomer>,
}

/// One who was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Found {
    /// The guest.
    #[serde(flatten)]
    pub guest: Guest,
    /// Whether Seam says that the credential is on a card.
    pub is_issued: bool,
}

impl Desk {
    /// The card credentials at Seam that this text is found in, or in the name of their holder, and the users of that name who have
    /// none.
    ///
    /// # Errors
    /// As the API answers; [`DeskError::SearchTimedOut`] when it takes too long.
    pub async fn search(&self, text: &str) -> Result<Search, DeskError> {
        let agent = self.0.parts.agent()?;
        let search = self.0.guests.search(agent, text);
        match timeout(PATIENCE, search).await {
            Ok(found) => found.map_err(of_seam),
            Err(_) => Err(DeskError::SearchTimedOut),
        }
    }
}

impl Guests {
    async fn search(&self, agent: &Agent, text: &str) -> Result<Search, SeamError> {
        let queue = agent.queue();
        let mut found = BTreeMap::new();
        let mut without = Vec::new();
        for credential in with_text(queue, text).await? {
            found.insert(credential.acs_credential_id.clone(), credential);
        }
        for user in self.users_with(queue, text).await? {
            let held = of_user(queue, &user.acs_user_id).await?;
            if !held.iter().any(is_card) && is_ours(queue, &user.acs_system_id) {
                without.push(user);
            }
            for credential in held {
                found.insert(credential.acs_credential_id.clone(), credential);
            }
        }
        let cards: Vec<_> = found.into_values().filter(is_card).collect();
        let holders = cards.iter().filter_map(|one| one.acs_user_id.as_deref());
        let unknown = self.people().unknown(holders);
        for id in unknown.iter().take(MOST_USERS) {
            self.learn_user(queue, id, &unknown).await?;
        }
        let systems = without.iter().map(|user| user.acs_system_id.as_str());
        if self.places().wants_systems(systems) {
            self.learn_systems(queue).await?;
        }
        let property = self.places().property(queue.acs_system_ids());
        let day = Day::at(queue.now(), property.time_zone.as_deref());
        let rows = cards.iter().map(|credential| {
            let shown = Arc::new(Shown::of(credential, queue.now()));
            self.people()
                .learn_credential(&credential.acs_credential_id, Some(Arc::clone(&shown)));
            let mark = shown.attention.as_ref().map(Mark::of_seam);
            Found {
                guest: self.guest(&shown, mark, &day),
                is_issued: credential.is_known_issued(),
            }
        });
        Ok(Search {
            guests: rows.collect(),
            newcomers: without.iter().map(|user| self.newcomer(user)).collect(),
        })
    }

    /// The first few users in whose name this text is found.
    pub(super) async fn users_with(
        &self,
        queue: &CredentialQueue,
        text: &str,
    ) -> Result<Vec<AcsUser>, SeamError> {
        let request = ListAcsUsers {
            search: Some(text.to_owned()),
            limit: Some(MOST),
            ..ListAcsUsers::default()
        };
        let page = queue.client().users().list(&request).next_page().await;
        let Some(page) = page else {
            return Ok(Vec::new());
        };
        let page = queue.heed(page)?;
        let mut users = page.items;
        let wanted = users.iter().map(|user| user.acs_user_id.clone());
        let wanted = wanted.collect::<HashSet<_>>();
        self.people().learn(users.clone(), &wanted);
        users.truncate(MOST_USERS);
        Ok(users)
    }
}

fn is_card(credential: &AcsCredential) -> bool {
    credential.access_method == AccessMode::Card
}

/// Whether this desk takes credentials of an access system.
fn is_ours(queue: &CredentialQueue, acs_system_id: &str) -> bool {
    let ours = queue.acs_system_ids();
    let is_it = |id: &String| id.eq_ignore_ascii_case(acs_system_id);
    ours.is_empty() || ours.iter().any(is_it)
}

async fn with_text(queue: &CredentialQueue, text: &str) -> Result<Vec<AcsCredential>, SeamError> {
    let request = ListAcsCredentials {
        search: Some(text.to_owned()),
        ..ListAcsCredentials::default()
    };
    first_page(queue, request).await
}

/// What a user holds.
pub(super) async fn of_user(
    queue: &CredentialQueue,
    acs_user_id: &str,
) -> Result<Vec<AcsCredential>, SeamError> {
    let request = ListAcsCredentials {
        acs_user_id: Some(acs_user_id.to_owned()),
        ..ListAcsCredentials::default()
    };
    first_page(queue, request).await
}

async fn first_page(
    queue: &CredentialQueue,
    request: ListAcsCredentials,
) -> Result<Vec<AcsCredential>, SeamError> {
    let request = ListAcsCredentials {
        limit: Some(MOST),
        ..request
    };
    let page = queue
        .client()
        .credentials()
        .list(&request)
        .next_page()
        .await;
    let page = page.map(|page| queue.heed(page)).transpose()?;
    Ok(page.map(|page| page.items).unwrap_or_default())
}
