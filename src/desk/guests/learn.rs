//! Asks Seam for what the list shows and is not known yet, or not of late: a little at a time, and nothing twice.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::Guests;
use super::people::REFRESH;
use crate::desk::Agent;
use crate::queue::{CredentialQueue, Shown};
use crate::seam::{
    AcsUser, AcsUserKey, ListAcsEntrances, ListAcsSystems, ListAcsUsers, Pages, SeamError,
};

/// So many are asked for one by one before a list is the better way.
const FEW: usize = 10;

/// How long after a failure it is tried again, at first and at most.
const PAUSES: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(60));

/// What is being listed.
#[derive(Debug, Default)]
struct Listing {
    /// The users of each system, as far as they were listed: those who are not known yet may be on the next page.
    users: HashMap<String, Pages<AcsUser>>,
}

/// What one step has led to.
pub(super) enum Step {
    /// There is more to be shown.
    Learnt,
    /// Nothing is unknown.
    Done,
}

impl Guests {
    /// Learns for as long as this is not dropped.
    pub(super) async fn learn(&self, agent: &Agent) {
        let mut listing = Listing::default();
        let mut began = Instant::now();
        let mut failures = 0_u32;
        loop {
            // What was on the pages that were read is asked for again from now on.
            if began.elapsed() >= REFRESH {
                listing = Listing::default();
                began = Instant::now();
            }
            let rest = agent.queue().rest();
            if !rest.is_zero() {
                sleep(rest).await;
            }
            match self.step(agent, &mut listing).await {
                Ok(Step::Learnt) => {
                    failures = 0;
                    self.touch();
                }
                Ok(Step::Done) => {
                    failures = 0;
                    tokio::select! {
                        () = self.wanted.notified() => {}
                        () = sleep(REFRESH) => {}
                    }
                }
                Err(error) => {
                    tracing::debug!("names are not known yet: {error}");
                    listing = Listing::default();
                    let (first, most) = PAUSES;
                    let pause = first.saturating_mul(2_u32.saturating_pow(failures));
                    failures = failures.saturating_add(1);
                    sleep(pause.min(most)).await;
                }
            }
        }
    }

    /// One thing that is not known yet: one call, or a few small ones.
    async fn step(&self, agent: &Agent, listing: &mut Listing) -> Result<Step, SeamError> {
        let queue = agent.queue();
        let mut shown = queue.shown().1;
        if self
            .places()
            .wants_systems(shown.iter().map(|one| one.acs_system_id.as_str()))
        {
            return self.learn_systems(queue).await;
        }
        let without = self.without_waiting();
        let unknown = {
            let people = self.people();
            people.unknown_credentials(without.iter().map(String::as_str))
        };
        if !unknown.is_empty() {
            let few = unknown.len().min(FEW);
            self.learn_credentials(queue, &unknown[..few]).await?;
            return Ok(Step::Learnt);
        }
        {
            let people = self.people();
            let known = without.iter().filter_map(|id| people.credential(id));
            shown.extend(known);
        }
        if let Some(step) = self.learn_users(queue, &shown, listing).await? {
            return Ok(step);
        }
        let system = self.places().wants_entrances(&shown);
        if let Some(system) = system {
            return self.learn_entrances(queue, system).await;
        }
        let asked = self.places().wants_accessible(&shown, FEW);
        if asked.is_empty() {
            return Ok(Step::Done);
        }
        for one in asked {
            let id = &one.acs_credential_id;
            let credentials = queue.client().credentials();
            let listed = credentials.list_accessible_entrances(id).await;
            let found = match queue.heed(listed) {
                Ok(page) => page.items,
                Err(error) if error.is_not_found() => Vec::new(),
                Err(error) => return Err(error),
            };
            self.places().learn_accessible(one, found);
        }
        Ok(Step::Learnt)
    }

    /// The credentials on the list that do not wait: Seam's list of those that do says nothing of them.
    fn without_waiting(&self) -> Vec<String> {
        let cards = self.latest_cards();
        let Some(list) = self.list() else {
            return cards;
        };
        let done = list
            .done_today
            .iter()
            .map(|done| done.encoded.acs_credential_id());
        let marked = list
            .guests
            .iter()
            .filter(|guest| guest.waiting_since.is_none());
        let marked = marked.map(|guest| guest.acs_credential_id.as_str());
        let shown = done.chain(marked).map(str::to_owned);
        shown.chain(cards).collect()
    }

    pub(super) async fn learn_systems(&self, queue: &CredentialQueue) -> Result<Step, SeamError> {
        let client = queue.client();
        let listed = client.systems().list(&ListAcsSystems::default()).await;
        let systems = queue.heed(listed)?.items;
        // A token that may not see it sees the systems all the same.
        let workspace = client.workspaces().get().await.ok();
        let workspace = workspace.as_ref().map(|workspace| workspace.name.as_str());
        self.places().learn_systems(systems, workspace);
        Ok(Step::Learnt)
    }

    pub(super) async fn learn_credentials(
        &self,
        queue: &CredentialQueue,
        unknown: &[String],
    ) -> Result<(), SeamError> {
        for id in unknown {
            let shown = match queue.fetch(id).await {
                Ok(credential) => Some(Arc::new(Shown::of(&credential, queue.now()))),
                Err(error) if error.is_not_found() || error.odd().is_some() => None,
                Err(error) => return Err(error),
            };
            self.people().learn_credential(id, shown);
        }
        Ok(())
    }

    async fn learn_users(
        &self,
        queue: &CredentialQueue,
        shown: &[Arc<Shown>],
        listing: &mut Listing,
    ) -> Result<Option<Step>, SeamError> {
        let users = shown.iter().filter_map(|one| one.acs_user_id.as_deref());
        let unknown = self.people().unknown(users);
        if unknown.is_empty() {
            return Ok(None);
        }
        if unknown.len() <= FEW {
            for id in &unknown {
                self.learn_user(queue, id, &unknown).await?;
            }
            return Ok(Some(Step::Learnt));
        }
        let of_unknown = |one: &&Arc<Shown>| {
            let user = one.acs_user_id.as_ref();
            user.is_some_and(|user| unknown.contains(user))
        };
        let Some(one) = shown.iter().find(of_unknown) else {
            return Ok(None);
        };
        let system = &one.acs_system_id;
        let pages = listing.users.entry(system.clone()).or_insert_with(|| {
            let client = queue.client().in_the_background();
            client.users().list(&ListAcsUsers {
                acs_system_id: Some(system.clone()),
                ..ListAcsUsers::default()
            })
        });
        if let Some(page) = pages.next_page().await {
            let page = queue.heed(page)?;
            self.people().learn(page.items, &unknown);
        } else {
            listing.users.remove(system);
            let theirs = shown.iter().filter(|one| one.acs_system_id == *system);
            let missing = theirs.filter_map(|one| one.acs_user_id.clone());
            let missing = missing.filter(|user| unknown.contains(user));
            self.people().learn_missing(missing);
        }
        Ok(Some(Step::Learnt))
    }

    pub(super) async fn learn_user(
        &self,
        queue: &CredentialQueue,
        acs_user_id: &str,
        wanted: &HashSet<String>,
    ) -> Result<(), SeamError> {
        let key = AcsUserKey::AcsUser {
            acs_user_id: acs_user_id.to_owned(),
        };
        match queue.heed(queue.client().users().get(&key).await) {
            Ok(user) => self.people().learn(vec![user], wanted),
            Err(error) if error.is_not_found() || error.odd().is_some() => {
                self.people().learn_missing([acs_user_id.to_owned()]);
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    async fn learn_entrances(
        &self,
        queue: &CredentialQueue,
        system: String,
    ) -> Result<Step, SeamError> {
        let filters = ListAcsEntrances {
            acs_system_id: Some(system.clone()),
            ..ListAcsEntrances::default()
        };
        let client = queue.client().in_the_background();
        let mut pages = client.entrances().list(&filters);
        while let Some(page) = pages.next_page().await {
            let page = queue.heed(page)?;
            self.places().learn_entrances(page.items);
        }
        self.places().listed(system);
        Ok(Step::Learnt)
    }
}
