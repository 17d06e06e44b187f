//! The second sink: `POST /access_methods/assign_card`, for Access Grants whose access system knows its cards beforehand.
//!
//! Seam documents no idempotency for it, so nothing is sent before Seam was asked whether it is still needed.

use std::time::Duration;

use super::{Delivered, Failure};
use crate::agent::issuance::Issuance;
use crate::seam::{
    AccessMethod, AttemptError, Client, ListAccessMethods, RelatedKind, RelatedToAccessMethods,
    SeamError, Wait,
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
        let Some(method) = self
            .access_method(&issuance.acs_credential_id)
            .await
            .map_err(|error| failure(&error))?
        else {
            return Ok(Delivered::DoesNotConcern);
        };
        if method.is_issued {
            return Ok(Delivered::Yes);
        }
        if method.is_ready_for_assignment != Some(true) {
            return Err(Failure::refused(format!(
                "access method {} is not ready for a card to be assigned",
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
        self.client
            .action_attempts()
            .wait(attempt, &wait, |_| {})
            .await
            .map_err(|error| failure(&error))?;
        Ok(Delivered::Yes)
    }

    /// The access method behind a credential. The API leads only the other way, so this goes by way of the doors.
    async fn access_method(
        &self,
        acs_credential_id: &str,
    ) -> Result<Option<AccessMethod>, SeamError> {
        let entrances = self
            .client
            .credentials()
            .list_accessible_entrances(acs_credential_id)
            .await?;
        let mut asked = std::collections::HashSet::new();
        for entrance in entrances {
            let filter = ListAccessMethods {
                acs_entrance_id: Some(entrance.acs_entrance_id),
                ..ListAccessMethods::default()
            };
            for method in self.client.access_methods().list(&filter).await? {
                if !asked.insert(method.access_method_id.clone()) {
                    continue;
                }
                let related = RelatedToAccessMethods {
                    access_method_ids: vec![method.access_method_id.clone()],
                    include: vec![RelatedKind::AcsCredentials],
                    ..RelatedToAccessMethods::default()
                };
                let related = self.client.access_methods().get_related(&related).await?;
                let credentials = related.acs_credentials.unwrap_or_default();
                if credentials
                    .iter()
                    .any(|credential| credential.acs_credential_id == acs_credential_id)
                {
                    return Ok(Some(method));
                }
            }
        }
        Ok(None)
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
