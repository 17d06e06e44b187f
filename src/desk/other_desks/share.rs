//! What becomes of cards here is shared with the other desks until they know it: by what the journal says that they know, not by messages
//! that could be lost.

use std::sync::Arc;
use std::time::Duration;

use cardbridge_drivers::contract::Uid;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::OtherDesks;
use crate::desk::notice::{Notice, Observer};
use crate::desk::{Agent, IssueError};
use crate::issuance::elsewhere::Fence;
use crate::issuance::entry::Issuance;
use crate::issuance::journal::{JournalError, JournalReader, SharedState, Unshared};
use crate::issuance::state::State;
use crate::queue::Known;

/// How long a person waits for the other desks to hear of a card that is good.
const PATIENCE: Duration = Duration::from_secs(2);

/// After how long it is looked again whether there is something to share, or to hear.
const AGAIN: Duration = Duration::from_secs(5);

/// How much is shared at once.
const MOST: usize = 100;

impl Agent {
    /// Shares with the other desks what they do not know yet, and hears what they have ended here, for as long as the process lives: at once when
    /// the journal has changed, and again after a while, when they could not be reached, or another process has changed it.
    pub(in crate::desk) async fn keep_sharing(self: Arc<Self>, observer: Observer) {
        let Some(others) = &self.others else {
            return;
        };
        let mut journal = self.journal.changes();
        let mut has_begun = false;
        loop {
            let exchanged = others.exchange(&mut has_begun).await;
            match &exchanged {
                Ok(ended) => {
                    for notice in ended {
                        observer(notice.clone());
                    }
                    self.something_to_report();
                }
                Err(error) => tracing::warn!("the property hears of it later: {error}"),
            }
            tokio::select! {
                () = sleep(AGAIN) => {}
                () = journal.next(), if exchanged.is_ok() => {}
            }
        }
    }

    /// Lets the other desks know of a card that is good; false where its credential was issued again elsewhere meanwhile, so that the card must
    /// not be given out. It is not waited for long: what cannot be shared now is shared later.
    pub(in crate::desk) async fn is_still_ours(
        &self,
        issuance: &mut Issuance,
    ) -> Result<bool, IssueError> {
        let Some(others) = &self.others else {
            return Ok(true);
        };
        let sharing = Box::pin(others.share_again(issuance.issuance_id));
        others.soon(sharing).await?;
        if let Some(now) = self.issuance(issuance.issuance_id).await? {
            *issuance = now;
        }
        Ok(issuance.state() != State::Superseded)
    }
}

impl OtherDesks {
    /// Shares everything that is not known, and hears everything that is not noticed; what was ended elsewhere.
    pub(in crate::desk) async fn exchange(
        &self,
        has_begun: &mut bool,
    ) -> Result<Vec<Notice>, IssueError> {
        self.join().await?;
        let mut ended = self.hear().await?;
        if !*has_begun {
            // A process may have been killed between its claim there and the one in the journal.
            let begun = self.journal.read(JournalReader::begun).await?;
            ended.extend(self.share(begun).await?);
            *has_begun = true;
        }
        loop {
            let unshared = self.journal.read(|journal| journal.unshared(MOST)).await?;
            if unshared.is_empty() {
                return Ok(ended);
            }
            ended.extend(self.share(unshared).await?);
        }
    }

    /// Waits for the database only as long as a person does.
    pub(super) async fn soon(
        &self,
        sharing: impl Future<Output = Result<(), IssueError>>,
    ) -> Result<(), IssueError> {
        match timeout(PATIENCE, sharing).await {
            Ok(Err(IssueError::Property(error))) => {
                tracing::warn!("the property hears of it later: {error}");
                Ok(())
            }
            Ok(shared) => shared,
            Err(_) => {
                tracing::warn!("the property hears of it later: its database is slow");
                Ok(())
            }
        }
    }

    /// What is not known of a credential and of a card.
    pub(super) async fn share_of(
        &self,
        acs_credential_id: &str,
        card_uid: Option<Uid>,
    ) -> Result<(), IssueError> {
        let id = acs_credential_id.to_owned();
        let unshared = self
            .journal
            .read(move |journal| journal.unshared_of(&id, card_uid.as_ref()));
        self.share(unshared.await?).await?;
        Ok(())
    }

    /// Shares these; what of them was ended elsewhere.
    pub(super) async fn share(&self, unshared: Vec<Unshared>) -> Result<Vec<Notice>, IssueError> {
        let mut noted = Vec::new();
        let mut ended = Vec::new();
        for mut one in unshared {
            let fence = match self.property.share(&one).await? {
                Known::AsShared(fence) => fence,
                Known::EndedElsewhere { fence, state, desk } => {
                    ended.extend(self.follow(&mut one.encoded, state, desk).await?);
                    fence
                }
            };
            noted.push(SharedState {
                issuance_id: one.encoded.issuance_id(),
                fence,
                state: one.encoded.state(),
            });
        }
        self.journal.note_shared(noted).await?;
        Ok(ended)
    }

    pub(super) async fn note_shared(
        &self,
        issuance_id: Uuid,
        fence: Fence,
        state: State,
    ) -> Result<(), JournalError> {
        let shared = SharedState {
            issuance_id,
            fence,
            state,
        };
        self.journal.note_shared(vec![shared]).await
    }
}
