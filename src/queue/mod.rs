//! Where credentials come from, and the claim that no two encoders of this process are at the same one.
//!
//! A broker between many desks would stand behind [`Intake`]; nothing else would change.

use std::collections::HashSet;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use jiff::{SignedDuration, Timestamp};
use tokio::time::timeout;

use crate::issuance::journal::{Journal, JournalError};
use crate::issuance::policy::is_waiting;
use crate::seam::{
    AcsCredential, Client, CreateAcsCredential, CredentialHolder, ListAcsCredentials, Odd,
    SeamError,
};

/// How long the API may take to tell the time.
const PATIENCE: Duration = Duration::from_secs(5);

/// The longest that the API is left alone for one answer of its.
const LONGEST_REST: Duration = Duration::from_secs(3600);

/// The queue of one workspace, or of some of its systems.
#[derive(Debug)]
pub struct Intake {
    client: Client,
    acs_system_ids: Vec<String>,
    taken: Arc<Mutex<HashSet<String>>>,
    unread: Mutex<Unread>,
    /// Until when the API has asked to be left alone.
    rest: Mutex<Option<Instant>>,
}

/// Objects that are not as the API describes them: each is told once in the life of this process.
#[derive(Debug, Default)]
struct Unread {
    known: HashSet<String>,
    untold: Vec<Odd>,
}

/// A credential that no other encoder of this process may take until this is dropped.
#[derive(Debug)]
pub struct Reservation {
    acs_credential_id: String,
    taken: Arc<Mutex<HashSet<String>>>,
}

impl Reservation {
    /// The credential.
    #[must_use]
    pub fn acs_credential_id(&self) -> &str {
        &self.acs_credential_id
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.taken
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.acs_credential_id);
    }
}

/// Why the queue gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The API refused or is unreachable.
    #[error(transparent)]
    Api(#[from] SeamError),
    /// The API has asked to be left alone, for so long.
    #[error("the API has asked to be left alone for another {} s", .0.as_secs().max(1))]
    Resting(Duration),
    /// The journal failed.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl Intake {
    /// The credentials of these systems; of the whole workspace when none is named.
    #[must_use]
    pub fn new(client: Client, acs_system_ids: Vec<String>) -> Self {
        Self {
            client,
            acs_system_ids,
            taken: Arc::default(),
            unread: Mutex::default(),
            rest: Mutex::default(),
        }
    }

    /// What could not be read and was left out since this was last asked, but for what was told before.
    #[must_use]
    pub fn left_out(&self) -> Vec<Odd> {
        std::mem::take(&mut self.unread().untold)
    }

    fn leave_out(&self, odd: Odd) {
        let mut unread = self.unread();
        if unread
            .known
            .insert(odd.id.clone().unwrap_or_else(|| odd.to_string()))
        {
            tracing::warn!("left out of the queue: {odd}");
            unread.untold.push(odd);
        }
    }

    fn unread(&self) -> MutexGuard<'_, Unread> {
        self.unread.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a credential for one encoder; `None` while another one has it.
    #[must_use]
    pub fn reserve(&self, acs_credential_id: &str) -> Option<Reservation> {
        let fresh = self
            .taken
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(acs_credential_id.to_owned());
        fresh.then(|| Reservation {
            acs_credential_id: acs_credential_id.to_owned(),
            taken: Arc::clone(&self.taken),
        })
    }

    /// The time that decides what has ended: see [`Client::now`].
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.client.now()
    }

    /// How far this machine's clock is ahead of Seam's, if they do not agree.
    #[must_use]
    pub fn clock_ahead(&self) -> Option<SignedDuration> {
        self.client.clock_ahead()
    }

    /// Asks the API for its time, unless an answer has told it. If it does not tell soon, this machine's clock has to do.
    pub async fn ask_the_time(&self) {
        if !self.client.knows_the_time() {
            let workspaces = self.client.workspaces();
            if !matches!(timeout(PATIENCE, workspaces.get()).await, Ok(Ok(_))) {
                tracing::debug!("the API does not tell the time");
            }
        }
    }

    /// Asks the API for one credential, and for nothing else.
    ///
    /// # Errors
    /// As the API answers.
    pub async fn fetch(&self, acs_credential_id: &str) -> Result<AcsCredential, SeamError> {
        let answer = self.client.credentials().get(acs_credential_id).await;
        answer.inspect_err(|error| self.heed(error))
    }

    /// Creates a credential, once: see [`SeamError::may_have_happened`].
    ///
    /// # Errors
    /// As the API answers.
    pub async fn create(&self, request: &CreateAcsCredential) -> Result<AcsCredential, SeamError> {
        self.client.credentials().create(request).await
    }

    /// Deletes a credential; one that is not there any more is deleted.
    ///
    /// # Errors
    /// As the API answers.
    pub async fn delete(&self, acs_credential_id: &str) -> Result<(), SeamError> {
        match self.client.credentials().delete(acs_credential_id).await {
            Err(error) if error.is_not_found() => Ok(()),
            outcome => outcome,
        }
    }

    /// The ids of what a user holds.
    ///
    /// # Errors
    /// As the API answers.
    pub async fn held_by(&self, holder: &CredentialHolder) -> Result<Vec<String>, SeamError> {
        let mut pages = self.client.credentials().list(&of_holder(holder));
        let mut ids = Vec::new();
        while let Some(page) = pages.next_page().await {
            let page = page?;
            ids.extend(page.items.into_iter().map(|one| one.acs_credential_id));
            ids.extend(page.odd.into_iter().filter_map(|odd| odd.id));
        }
        Ok(ids)
    }

    /// What a user holds besides what he held before.
    ///
    /// # Errors
    /// As the API answers, also when one that is new cannot be read.
    pub async fn held_since(
        &self,
        before: &[String],
        holder: &CredentialHolder,
    ) -> Result<Vec<AcsCredential>, SeamError> {
        let mut items = pin!(
            self.client
                .credentials()
                .list(&of_holder(holder))
                .into_items()
        );
        let mut new = Vec::new();
        while let Some(item) = items.next().await {
            let is_old = |id: &String| before.contains(id);
            match item {
                Ok(credential) if is_old(&credential.acs_credential_id) => {}
                Ok(credential) => new.push(credential),
                Err(error) => match error.odd().and_then(|odd| odd.id.as_ref()) {
                    Some(id) if is_old(id) => {}
                    _ => return Err(error),
                },
            }
        }
        Ok(new)
    }

    /// Whether our journal has a credential on a card, whole or half.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn is_on_a_card(
        &self,
        journal: &Journal,
        acs_credential_id: &str,
    ) -> Result<bool, JournalError> {
        known(journal, acs_credential_id)
    }

    /// For how long the API has asked to be left alone.
    #[must_use]
    pub fn rest(&self) -> Duration {
        let until = *self.rest.lock().unwrap_or_else(PoisonError::into_inner);
        until.map_or(Duration::ZERO, |until| {
            until.saturating_duration_since(Instant::now())
        })
    }

    /// Keeps in mind how long the API asks to be left alone.
    fn heed(&self, error: &SeamError) {
        if let Some(asked) = error.retry_after() {
            let until = Instant::now() + asked.min(LONGEST_REST);
            let mut rest = self.rest.lock().unwrap_or_else(PoisonError::into_inner);
            *rest = Some(rest.map_or(until, |earlier| earlier.max(until)));
        }
    }

    /// Whether the API, asked in other ways, does not have a credential either: it knows the credential's access system, and
    /// lists the whole of it without the credential. Where it cannot be asked, it does not say so.
    pub async fn is_gone(&self, acs_credential_id: &str, acs_system_id: &str) -> bool {
        match self.lists(acs_credential_id, acs_system_id).await {
            Ok(listed) => !listed,
            Err(error) => {
                tracing::debug!(
                    acs_credential_id,
                    "whether it is gone is not known: {error}"
                );
                false
            }
        }
    }

    async fn lists(&self, acs_credential_id: &str, acs_system_id: &str) -> Result<bool, SeamError> {
        // A key of another workspace sees an empty list as well.
        self.client.systems().get(acs_system_id).await?;
        let mut pages = self.client.credentials().list(&ListAcsCredentials {
            acs_system_id: Some(acs_system_id.to_owned()),
            ..ListAcsCredentials::default()
        });
        while let Some(page) = pages.next_page().await {
            let page = page?;
            let is_it = |id: &str| id.eq_ignore_ascii_case(acs_credential_id);
            // One without a readable id may be this one.
            if page.items.iter().any(|one| is_it(&one.acs_credential_id))
                || page
                    .odd
                    .iter()
                    .any(|odd| odd.id.as_deref().is_none_or(is_it))
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The credentials that wait, the one that has waited longest first.
    ///
    /// # Errors
    /// When the API or the journal fails.
    pub async fn queue(&self, journal: &Journal) -> Result<Vec<String>, IntakeError> {
        let mut queue = Vec::new();
        self.each_waiting(journal, |credential| {
            queue.push((credential.created_at, credential.acs_credential_id));
        })
        .await?;
        queue.sort();
        Ok(queue.into_iter().map(|(_, id)| id).collect())
    }

    /// Takes a credential of the queue for one encoder; `None` when it waits no more. Listing a long queue takes its time:
    /// another desk may have issued it, or somebody deleted it.
    ///
    /// # Errors
    /// When the API or the journal fails.
    pub async fn take(
        &self,
        journal: &Journal,
        acs_credential_id: &str,
    ) -> Result<Option<(Reservation, AcsCredential)>, IntakeError> {
        let Some(reservation) = self.reserve(acs_credential_id) else {
            return Ok(None);
        };
        if known(journal, acs_credential_id)? {
            return Ok(None);
        }
        match self.fetch(acs_credential_id).await {
            Ok(credential)
                if is_waiting(&credential, self.client.now()) && self.is_ours(&credential) =>
            {
                Ok(Some((reservation, credential)))
            }
            Ok(_) => Ok(None),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => match error.odd() {
                Some(odd) => {
                    self.leave_out(odd.clone());
                    Ok(None)
                }
                None => Err(error.into()),
            },
        }
    }

    fn is_ours(&self, credential: &AcsCredential) -> bool {
        self.acs_system_ids.is_empty()
            || self
                .acs_system_ids
                .iter()
                .any(|id| id.eq_ignore_ascii_case(&credential.acs_system_id))
    }

    /// Every credential that waits for its first card and is on none of ours, whole or half.
    ///
    /// # Errors
    /// When the API or the journal fails.
    pub async fn waiting(&self, journal: &Journal) -> Result<Vec<AcsCredential>, IntakeError> {
        let mut waiting = Vec::new();
        self.each_waiting(journal, |credential| waiting.push(credential))
            .await?;
        Ok(waiting)
    }

    async fn each_waiting(
        &self,
        journal: &Journal,
        mut take: impl FnMut(AcsCredential),
    ) -> Result<(), IntakeError> {
        let filters: Vec<ListAcsCredentials> = if self.acs_system_ids.is_empty() {
            vec![ListAcsCredentials::default()]
        } else {
            let system = |id: &String| ListAcsCredentials {
                acs_system_id: Some(id.clone()),
                ..ListAcsCredentials::default()
            };
            self.acs_system_ids.iter().map(system).collect()
        };
        let rest = self.rest();
        if !rest.is_zero() {
            return Err(IntakeError::Resting(rest));
        }
        for filter in &filters {
            let mut pages = self.client.credentials().list(filter);
            while let Some(page) = pages.next_page().await {
                let page = page.inspect_err(|error| self.heed(error))?;
                let now = self.client.now();
                page.odd.into_iter().for_each(|odd| self.leave_out(odd));
                for credential in page.items {
                    if is_waiting(&credential, now)
                        && !known(journal, &credential.acs_credential_id)?
                    {
                        take(credential);
                    }
                }
            }
        }
        Ok(())
    }
}

fn of_holder(holder: &CredentialHolder) -> ListAcsCredentials {
    match holder {
        CredentialHolder::AcsUser { acs_user_id } => ListAcsCredentials {
            acs_user_id: Some(acs_user_id.clone()),
            ..ListAcsCredentials::default()
        },
        CredentialHolder::UserIdentity {
            user_identity_id, ..
        } => ListAcsCredentials {
            user_identity_id: Some(user_identity_id.clone()),
            ..ListAcsCredentials::default()
        },
    }
}

/// Whether our journal has this credential on a card, whole or half. On a card that was wiped it is no more.
fn known(journal: &Journal, acs_credential_id: &str) -> Result<bool, JournalError> {
    let last = journal.last_written(acs_credential_id)?;
    Ok(last.is_some_and(|last| !last.is_wiped())
        || journal.open_of_credential(acs_credential_id)?.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seam::{Auth, Settings};

    #[test]
    fn a_credential_is_taken_until_its_reservation_is_dropped() {
        let auth = Auth::ApiKey("seam_test_key".to_owned().into());
        let intake = Intake::new(Client::new(Settings::new(auth)).unwrap(), Vec::new());
        let first = intake.reserve("a").unwrap();
        assert!(intake.reserve("a").is_none());
        assert!(intake.reserve("b").is_some());
        drop(first);
        assert!(intake.reserve("a").is_some());
    }
}
