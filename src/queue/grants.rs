//! What access grants mean for the queue: the credential behind an access method, and one that waits for another card.

use std::collections::HashSet;

use jiff::Timestamp;

use super::CredentialQueue;
use crate::issuance::journal::{Journal, JournalError, JournalReader};
use crate::issuance::policy::{is_waiting, waits_again};
use crate::seam::{
    AccessMethod, AccessMode, AcsCredential, RelatedKind, RelatedToAccessMethods, SeamError,
};

impl CredentialQueue {
    /// An access method, and the credential that carries it; none where it has none yet, or not exactly one.
    ///
    /// # Errors
    /// As the API answers.
    pub async fn behind(
        &self,
        access_method_id: &str,
    ) -> Result<(AccessMethod, Option<AcsCredential>), SeamError> {
        let methods = self.client.access_methods();
        let heed = |error: &SeamError| self.rest.heed(error);
        // A list of what belongs to an unknown one is empty, and does not say that it is unknown.
        let method = methods.get(access_method_id).await.inspect_err(heed)?;
        let request = RelatedToAccessMethods {
            access_method_ids: vec![access_method_id.to_owned()],
            include: vec![RelatedKind::AcsCredentials],
            exclude: Vec::new(),
        };
        let related = methods.get_related(&request).await.inspect_err(heed)?;
        let mut cards = related.acs_credentials.unwrap_or_default();
        cards.retain(|credential| credential.access_method == AccessMode::Card);
        let card = cards.pop().filter(|_| cards.is_empty());
        Ok((method, card))
    }

    /// Takes up what the journal knows of access methods.
    pub(super) async fn load_methods(&self, journal: &Journal) -> Result<(), JournalError> {
        if self.methods().is_loaded {
            return Ok(());
        }
        let known =
            |journal: &JournalReader| Ok((journal.card_methods()?, journal.events_read_until()?));
        let (known, until) = journal.read(known).await?;
        let mut methods = self.methods();
        if !methods.is_loaded {
            for method in known {
                methods.set(method);
            }
            methods.is_loaded = true;
            methods.until = until;
            methods.noted_until = until;
        }
        Ok(())
    }

    /// Whether a credential waits for a card: its first, or another one after its access grant was changed.
    pub(super) fn waits(&self, credential: &AcsCredential, now: Timestamp) -> bool {
        if is_waiting(credential, now) {
            return true;
        }
        let mut methods = self.methods();
        methods.heed(credential);
        let method = methods.of(&credential.acs_credential_id);
        method.is_some_and(|method| method.is_again) && waits_again(credential, now)
    }

    /// Those of these credentials that are on a card which does, whole or half.
    pub(super) async fn on_cards(
        &self,
        journal: &Journal,
        ids: Vec<String>,
    ) -> Result<HashSet<String>, JournalError> {
        let again = self.methods().again(ids.iter());
        if again.is_empty() {
            return journal.on_cards(ids).await;
        }
        let on_cards = move |journal: &JournalReader| {
            let mut found = journal.on_cards(ids.iter().map(String::as_str))?;
            for (id, warned) in &again {
                if found.contains(id) && journal.wants_another(id, warned)? {
                    found.remove(id);
                }
            }
            Ok(found)
        };
        journal.read(on_cards).await
    }
}
