//! What a page asks of the desk about its guests.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::list::GuestList;
use crate::desk::handle::Desk;
use crate::desk::{DeskError, IssueError};
use crate::issuance::journal::JournalReader;
use crate::queue::Watching;

/// How long the first list may take.
const PATIENCE: Duration = Duration::from_secs(10);

impl Desk {
    /// Looks at the guests for as long as the answer lives: without it their list is not kept. None without an API.
    #[must_use]
    pub fn look_on(&self) -> Option<Watching> {
        let agent = self.0.parts.agent.as_ref()?;
        let looks = agent.queue().look_on();
        self.0.show_cards();
        Some(looks)
    }

    /// The guests who wait for a card, and those who got one today, once that is known. A page looks
    /// [on](Self::look_on) meanwhile.
    ///
    /// # Errors
    /// [`DeskError::Lacks`] without an API; [`DeskError::Over`] once the desk is gone; when the journal fails.
    pub async fn guests(&self) -> Result<Arc<GuestList>, DeskError> {
        let agent = self.0.parts.agent()?;
        let _looks = self.look_on();
        let mut lists = self.0.guests.lists();
        let first = async {
            let list = lists.wait_for(Option::is_some).await;
            list.ok().and_then(|list| list.clone())
        };
        if let Ok(list) = timeout(PATIENCE, first).await {
            return list.ok_or(DeskError::Over);
        }
        // Nothing but the journal keeps a list from being made: its error is the reason, if it still fails.
        let asked = agent.journal().read(JournalReader::has_open).await;
        asked.map_err(IssueError::from)?;
        Err(DeskError::SearchTimedOut)
    }

    /// Ready when the list of the guests differs from this.
    pub async fn another_list(&self, before: &GuestList) {
        let mut lists = self.0.guests.lists();
        let is_another = |list: &Option<Arc<GuestList>>| {
            list.as_ref()
                .is_some_and(|list| list.revision != before.revision)
        };
        // The sender lives as long as this handle.
        let _ = lists.wait_for(is_another).await;
    }
}
