//! What is asked of the API about the encoders that it drives itself: which there are, and what they are to do.

use super::{CredentialQueue, QueueError};
use crate::seam::{
    AcsEncoder, ActionAttempt, EncodersOf, ListAcsEncoders, ListAcsSystems, SeamError, ToEncode,
};

/// An encoder that Seam drives, and its access system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundEncoder {
    /// The encoder.
    pub encoder: AcsEncoder,
    /// How its access system is named to people.
    pub system: String,
}

impl CredentialQueue {
    /// The encoders of the access systems of this queue.
    ///
    /// # Errors
    /// When the API cannot be asked.
    pub async fn encoders(&self) -> Result<Vec<FoundEncoder>, QueueError> {
        let rest = self.rest.left();
        if !rest.is_zero() {
            return Err(QueueError::Resting(rest));
        }
        let listed = self.list_encoders().await;
        Ok(listed.inspect_err(|error| self.rest.heed(error))?)
    }

    /// Ready when an encoder came or went, as an event says. Events are read while the queue is kept.
    pub async fn encoders_changed(&self) {
        self.encoders.notified().await;
    }

    async fn list_encoders(&self) -> Result<Vec<FoundEncoder>, SeamError> {
        let all = ListAcsSystems::default();
        let systems = self.client.systems().list(&all).await?;
        let ours: Vec<_> = systems
            .items
            .into_iter()
            .filter(|system| self.is_of_ours(&system.acs_system_id))
            .collect();
        // The API refuses to list those of no system.
        if ours.is_empty() {
            return Ok(Vec::new());
        }
        let ids = ours.iter().map(|system| system.acs_system_id.clone());
        let mut pages = self.client.encoders().list(&ListAcsEncoders {
            of: EncodersOf::Systems(ids.collect()),
            limit: None,
            page_cursor: None,
        });
        let mut found = Vec::new();
        while let Some(page) = pages.next_page().await {
            let page = page?;
            page.odd.into_iter().for_each(|odd| self.leave_out(odd));
            for encoder in page.items {
                let mut systems = ours.iter();
                let system = systems.find(|one| one.acs_system_id == encoder.acs_system_id);
                let system = system.map(|one| one.name.clone()).unwrap_or_default();
                found.push(FoundEncoder { encoder, system });
            }
        }
        Ok(found)
    }

    /// Has an encoder encode a credential. Sent once: see [`SeamError::may_have_happened`].
    ///
    /// # Errors
    /// As the API answers.
    pub async fn encode_on(
        &self,
        acs_encoder_id: &str,
        acs_credential_id: &str,
    ) -> Result<ActionAttempt, SeamError> {
        let what = ToEncode::Credential(acs_credential_id.to_owned());
        let encoders = self.client.encoders();
        let answer = encoders.encode_credential(acs_encoder_id, &what).await;
        answer.inspect_err(|error| self.rest.heed(error))
    }

    /// Has an encoder read a card.
    ///
    /// # Errors
    /// As the API answers.
    pub async fn scan_on(&self, acs_encoder_id: &str) -> Result<ActionAttempt, SeamError> {
        let encoders = self.client.encoders();
        let answer = encoders.scan_credential(acs_encoder_id, None).await;
        answer.inspect_err(|error| self.rest.heed(error))
    }

    /// How far an encoder is.
    ///
    /// # Errors
    /// As the API answers.
    pub async fn attempt(&self, action_attempt_id: &str) -> Result<ActionAttempt, SeamError> {
        let answer = self.client.action_attempts().get(action_attempt_id).await;
        answer.inspect_err(|error| self.rest.heed(error))
    }
}
