//! What was done at this desk, with the names of the guests: they are not in the journal, so they are put beside it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use uuid::Uuid;

use super::Guests;
use super::guest::Done;
use super::search::of_user;
use crate::desk::handle::Desk;
use crate::desk::{Agent, DeskError, IssueError};
use crate::issuance::encoded::Encoded;
use crate::issuance::journal::Search;
use crate::queue::Shown;
use crate::seam::SeamError;

/// How long Seam may take to say whom an entry was for. Without an answer the entry is shown without a name.
const PATIENCE: Duration = Duration::from_secs(3);

/// The most entries of a page whose guests are asked for.
const MOST: usize = 20;

/// One page of the history.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The newest first.
    pub entries: Vec<Done>,
    /// Whether Seam did not say which guests a text is found in, so that there may be more.
    pub names_are_missing: bool,
}

impl Desk {
    /// The issuances in which this text is found, or in whose guest's name; newest first, those before an issuance.
    ///
    /// # Errors
    /// When the journal fails.
    pub async fn history(
        &self,
        text: Option<&str>,
        before: Option<Uuid>,
        limit: u32,
    ) -> Result<Page, DeskError> {
        let mut search = Search {
            text: text.map(str::to_owned),
            before,
            limit,
            ..Search::default()
        };
        let mut page = Page::default();
        if let (Some(text), Ok(agent)) = (text, self.0.parts.agent()) {
            search.acs_credential_ids = self.0.guests.held_by_names(text);
            let at_seam = self.ask_for_names(agent, text);
            match timeout(PATIENCE, at_seam).await {
                Ok(Ok(ids)) => search.acs_credential_ids.extend(ids),
                Ok(Err(_)) | Err(_) => page.names_are_missing = true,
            }
        }
        let journal = self.0.parts.journal()?;
        let found = journal.read(move |journal| journal.search(&search)).await;
        let found = found.map_err(IssueError::from)?;
        if let Ok(agent) = self.0.parts.agent() {
            // What does not come in time is shown without.
            let _ = timeout(PATIENCE, self.learn_guests(agent, &found)).await;
        }
        let entries = found.into_iter();
        page.entries = entries.map(|one| self.0.guests.done(one, None)).collect();
        Ok(page)
    }

    /// The credentials of the users in whose name Seam finds a text.
    async fn ask_for_names(
        &self,
        agent: &Agent,
        text: &str,
    ) -> Result<BTreeSet<String>, SeamError> {
        let queue = agent.queue();
        let mut ids = BTreeSet::new();
        for user in self.0.guests.users_with(queue, text).await? {
            for credential in of_user(queue, &user.acs_user_id).await? {
                let id = credential.acs_credential_id.clone();
                let shown = Arc::new(Shown::of(&credential, queue.now()));
                self.0.guests.people().learn_credential(&id, Some(shown));
                ids.insert(id);
            }
        }
        Ok(ids)
    }

    /// Asks Seam for the guests of these entries, as far as they are not known.
    async fn learn_guests(&self, agent: &Agent, entries: &[Encoded]) -> Result<(), SeamError> {
        let (queue, guests) = (agent.queue(), &self.0.guests);
        let ids = || entries.iter().map(Encoded::acs_credential_id);
        let mut unknown = guests.people().unknown_credentials(ids());
        unknown.dedup();
        unknown.truncate(MOST);
        guests.learn_credentials(queue, &unknown).await?;
        let shown: Vec<_> = {
            let people = guests.people();
            ids().filter_map(|id| people.credential(id)).collect()
        };
        let users = shown.iter().filter_map(|one| one.acs_user_id.as_deref());
        let unknown = guests.people().unknown(users);
        for id in unknown.iter().take(MOST) {
            guests.learn_user(queue, id, &unknown).await?;
        }
        Ok(())
    }
}

impl Guests {
    /// The credentials that are known of users in whose name a text is found.
    fn held_by_names(&self, text: &str) -> BTreeSet<String> {
        let people = self.people();
        people.held_by_names(text).map(str::to_owned).collect()
    }
}
