//! What is ordered for a guest beside a card: another credential, another end of the stay.

use super::another::{Another, like};
use crate::desk::handle::Desk;
use crate::desk::target::Selection;
use crate::desk::{DeskError, IssueError};
use crate::queue::{CredentialQueue, Opens};
use crate::seam::{AcsCredential, SeamError, Time, UpdateAcsCredential};

impl Desk {
    /// What to encode for another key of the guest who holds this credential: a new credential, created once there is a card.
    ///
    /// # Errors
    /// As the API answers; a refusal where it says nothing of its holder.
    pub async fn another_key(
        &self,
        acs_credential_id: &str,
        another: Another,
    ) -> Result<Selection, DeskError> {
        let agent = self.0.parts.agent()?;
        let queue = agent.queue();
        let first = queue.fetch(acs_credential_id).await.map_err(of_seam)?;
        let entrances = entrances(queue, &first).await.map_err(of_seam)?;
        let starts_at = first.starts_at.as_deref();
        let starts_at: Option<Time> = starts_at.and_then(|at| at.parse().ok());
        let is_yet_to_begin = starts_at.is_some_and(|at| at > queue.now().into());
        let request = like(&first, entrances, another, is_yet_to_begin);
        let request = request.ok_or_else(|| DeskError::NoHolder {
            acs_credential_id: first.acs_credential_id.clone(),
        })?;
        Ok(Selection::Create(Box::new(request)))
    }

    /// Gives the stay another end at Seam. The card that the guest has still holds the old one.
    ///
    /// # Errors
    /// As the API answers.
    pub async fn extend(
        &self,
        acs_credential_id: &str,
        ends_at: &str,
    ) -> Result<AcsCredential, DeskError> {
        let agent = self.0.parts.agent()?;
        let queue = agent.queue();
        let request = UpdateAcsCredential {
            acs_credential_id: acs_credential_id.to_owned(),
            code: None,
            ends_at: Some(ends_at.to_owned()),
        };
        let updated = queue.client().credentials().update(&request).await;
        queue.heed(updated).map_err(of_seam)?;
        let credential = queue.fetch(acs_credential_id).await.map_err(of_seam)?;
        let noted = queue.note(agent.journal(), &credential).await;
        noted.map_err(IssueError::from)?;
        Ok(credential)
    }
}

/// What a credential opens, by the ids of its entrances.
async fn entrances(
    queue: &CredentialQueue,
    credential: &AcsCredential,
) -> Result<Vec<String>, SeamError> {
    let opens = Opens::of(credential);
    if !opens.room_ids.is_empty() || !opens.door_ids.is_empty() {
        return Ok(opens.room_ids.into_iter().chain(opens.door_ids).collect());
    }
    let credentials = queue.client().credentials();
    let id = &credential.acs_credential_id;
    let page = queue.heed(credentials.list_accessible_entrances(id).await)?;
    let ids = page.items.into_iter().map(|one| one.acs_entrance_id);
    Ok(ids.collect())
}

pub(super) fn of_seam(error: SeamError) -> DeskError {
    IssueError::from(error).into()
}
