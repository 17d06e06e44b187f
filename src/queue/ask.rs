//! What is asked of the API about one credential or one holder, past the queue.

use std::pin::pin;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::time::timeout;

use super::CredentialQueue;
use crate::seam::{
    AcsCredential, Client, CreateAcsCredential, CredentialHolder, ListAcsCredentials, SeamError,
};

/// How long the API may take to tell the time.
const PATIENCE: Duration = Duration::from_secs(5);

impl CredentialQueue {
    /// Asks the API for its time, unless an answer has carried it. Without an answer soon, this machine's clock is used.
    pub async fn ask_the_time(&self) {
        if !self.client.knows_the_time() {
            let workspaces = self.client.workspaces();
            if !matches!(timeout(PATIENCE, workspaces.get()).await, Ok(Ok(_))) {
                tracing::debug!("the API's answers carry no time");
            }
        }
    }

    /// Asks the API for one credential, and for nothing else.
    ///
    /// # Errors
    /// As the API answers.
    pub async fn fetch(&self, acs_credential_id: &str) -> Result<AcsCredential, SeamError> {
        let answer = self.client.credentials().get(acs_credential_id).await;
        self.heed(answer)
    }

    /// The client by which the queue asks. What comes of each call goes through [`heed`](Self::heed).
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Notes whether an answer asks for a pause.
    ///
    /// # Errors
    /// The answer's own.
    pub fn heed<T>(&self, answer: Result<T, SeamError>) -> Result<T, SeamError> {
        if let Err(error) = &answer {
            self.rest.heed(error);
        }
        answer
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

    /// Whether the API, asked in other ways, does not have a credential either: it knows the credential's access system, and
    /// lists the whole of it without the credential. Where it cannot be asked, it does not say so.
    pub async fn is_gone(&self, acs_credential_id: &str, acs_system_id: &str) -> bool {
        match self.lists(acs_credential_id, acs_system_id).await {
            Ok(listed) => !listed,
            Err(error) => {
                tracing::debug!(
                    acs_credential_id,
                    "it is not known whether it is gone: {error}"
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
