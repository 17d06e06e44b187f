//! The credential that carries an access method: what goes onto a card for it.

use crate::desk::{Agent, IssueError};
use crate::issuance::refusal::Refusal;
use crate::seam::{AccessMode, AcsCredential};

impl Agent {
    /// Asks Seam for the credential behind an access method. Without one there is nothing that a card could hold.
    ///
    /// # Errors
    /// When there is none, or the API does not answer.
    pub(super) async fn credential_behind(
        &self,
        access_method_id: &str,
    ) -> Result<AcsCredential, IssueError> {
        let (method, credential) = self.queue.behind(access_method_id).await?;
        if method.mode != AccessMode::Card {
            let access_method = method.mode.as_str().to_owned();
            return Err(Refusal::NotACard { access_method }.into());
        }
        let access_method_id = method.access_method_id;
        Ok(credential.ok_or(Refusal::NothingBehind { access_method_id })?)
    }
}
