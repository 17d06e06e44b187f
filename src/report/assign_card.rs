//! The second sink: `POST /access_methods/assign_card`, for Access Grants whose access system knows its cards beforehand.
//!
//! Seam documents no idempotency for it, so nothing is sent before Seam was asked whether it is still needed.

use std::collections::HashSet;
use std::time::Duration;

use super::attempt::{Delivered, Failure};
use crate::issuance::entry::Issuance;
use crate::seam::{
    AccessMethod, ActionResult, AttemptError, Client, ListAccessMethods, RelatedKind,
    RelatedToAccessMethods, SeamError, Wait,
};

/// How long an attempt may be pending before this try counts as failed; the next one asks what became of it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Tells Seam which card an access method got.
#[derive(Debug)]
pub struct AssignCardSink {
    client: Client,
}

impl AssignCardSink {
    /// A sink that speaks to the API the credentials come from.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// Tells Seam of one issuance, unless it knows.
    pub(super) async fn deliver(&self, issuance: &Issuance) -> Result<Delivered, Failure> {
        let Some(method) = self.access_method(&issuance.acs_credential_id).await? else {
            return Ok(Delivered::DoesNotConcern);
        };
        // One whose grant was changed is issued, and wants another card all the same.
        let is_ready = method.is_ready_for_assignment == Some(true);
        if method.is_issued && !is_ready {
            return Ok(Delivered::Yes);
        }
        if !is_ready {
            return Err(Failure::refused(format!(
                "access method {} is not ready to have a card assigned",
                method.access_method_id
            )));
        }
        let attempt = self
            .client
            .access_methods()
            .assign_card(&method.access_method_id, &issuance.card_number)
            .await
            .map_err(|error| failure(&error))?;
        let wait = Wait {
            timeout: PATIENCE,
            ..Wait::default()
        };
        let ended = self
            .client
            .action_attempts()
            .wait(attempt, &wait, |_| {})
            .await
            .map_err(|error| failure(&error))?;
        match ended.result {
            Some(ActionResult::AccessMethod(assigned))
                if assigned.access_method_id != method.access_method_id =>
            {
                Err(Failure::refused(format!(
                    "action attempt {} was to assign the card to access method {}, but its result is about {}",
                    ended.action_attempt_id, method.access_method_id, assigned.access_method_id
                )))
            }
            _ => Ok(Delivered::Yes),
        }
    }

    /// The access method behind a credential. The API leads only the other way, so this goes by way of the doors.
    async fn access_method(
        &self,
        acs_credential_id: &str,
    ) -> Result<Option<AccessMethod>, Failure> {
        let entrances = self
            .client
            .credentials()
            .list_accessible_entrances(acs_credential_id)
            .await
            .map_err(|error| failure(&error))?;
        // What cannot be read may be what is looked for: without it an empty result proves nothing.
        let mut unread = entrances.odd;
        let mut asked = HashSet::new();
        for entrance in entrances.items {
            let filter = ListAccessMethods {
                acs_entrance_id: Some(entrance.acs_entrance_id),
                ..ListAccessMethods::default()
            };
            let methods = self.client.access_methods().list(&filter).await;
            let methods = methods.map_err(|error| failure(&error))?;
            unread.extend(methods.odd);
            for method in methods.items {
                if !asked.insert(method.access_method_id.clone()) {
                    continue;
                }
                match self.leads_to(&method, acs_credential_id).await {
                    Ok(true) => return Ok(Some(method)),
                    Ok(false) => {}
                    Err(error) => unread.push(error.odd().cloned().ok_or_else(|| failure(&error))?),
                }
            }
        }
        match unread.first() {
            None => Ok(None),
            Some(odd) => Err(Failure::refused(format!(
                "it is not clear whether this credential belongs to an access grant: {odd}"
            ))),
        }
    }

    async fn leads_to(
        &self,
        method: &AccessMethod,
        acs_credential_id: &str,
    ) -> Result<bool, SeamError> {
        let request = RelatedToAccessMethods {
            access_method_ids: vec![method.access_method_id.clone()],
            include: vec![RelatedKind::AcsCredentials],
            ..RelatedToAccessMethods::default()
        };
        let related = self.client.access_methods().get_related(&request).await?;
        Ok(related
            .acs_credentials
            .unwrap_or_default()
            .iter()
            .any(|credential| credential.acs_credential_id == acs_credential_id))
    }
}

fn failure(error: &SeamError) -> Failure {
    let what = error.to_string();
    if let SeamError::Attempt(AttemptError::Failed { .. } | AttemptError::FailedSilently { .. }) =
        error
    {
        return Failure::refused(what);
    }
    match error.status() {
        Some(status) if (400..500).contains(&status) && status != 429 => Failure::refused(what),
        _ => Failure::busy(what, error.retry_after()),
    }
}
