//! The other desks of the property: what they are asked before a credential goes onto a card here, and what they are told of it.
//!
//! Without a property, all of it says yes at once.

use std::sync::Arc;
use std::time::Duration;

use cardbridge_drivers::contract::Uid;
use jiff::Timestamp;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::desk::{Agent, IssueError};
use crate::issuance::elsewhere::{Elsewhere, Fence};
use crate::issuance::encoded::Encoded;
use crate::issuance::entry::{Issuance, Kind};
use crate::issuance::journal::{JournalError, JournalReader, Told, Untold};
use crate::issuance::past::Past;
use crate::issuance::policy::{Allowed, make_way, may_be_issued};
use crate::issuance::seam_encode::SeamEncode;
use crate::issuance::state::{Event, State};
use crate::queue::{Asked, Begun, Known, Property, PropertyError};
use crate::seam::AcsCredential;

/// How long a person waits for the other desks to hear of a card that is good.
const PATIENCE: Duration = Duration::from_secs(2);

/// After how long it is looked again whether there is something to be told.
const AGAIN: Duration = Duration::from_secs(5);

/// How much is told at once.
const MOST: usize = 100;

/// What the journal knows of a credential's cards.
#[derive(Debug)]
pub(super) struct OfJournal {
    /// The issuances that put it onto a card, the newest first.
    pub(super) written: Vec<Issuance>,
    /// What an encoder of Seam's has done with it since.
    pub(super) by_seam: Option<SeamEncode>,
    /// The same for the policy.
    pub(super) past: Past,
    fences: Vec<Option<Fence>>,
}

/// What was taken for an issuance.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taken {
    /// The number that it has in the property's database, where there is one.
    pub(super) fence: Option<Fence>,
    /// First card or another one.
    pub(super) kind: Kind,
}

impl OfJournal {
    fn with(&self, elsewhere: &[Elsewhere]) -> Past {
        self.past.clone().with(&self.fences, elsewhere)
    }
}

impl Agent {
    /// What the journal knows of a credential's cards.
    pub(super) async fn known_of(
        &self,
        acs_credential_id: &str,
    ) -> Result<OfJournal, JournalError> {
        let id = acs_credential_id.to_owned();
        self.journal
            .read(move |journal| {
                let (written, by_seam) = (journal.written(&id)?, journal.by_seam(&id)?);
                let ids = by_seam.iter().map(|encode| encode.issuance_id);
                let ids = ids.chain(written.iter().map(|one| one.issuance_id));
                let fence = |id| Ok(journal.told(id)?.map(|(fence, _)| fence));
                Ok(OfJournal {
                    past: Past::of_journal(&written, by_seam.as_ref()),
                    fences: ids.map(fence).collect::<Result<_, JournalError>>()?,
                    written,
                    by_seam,
                })
            })
            .await
    }

    /// Whether the other desks leave the credential to this one, going by what they have done so far.
    pub(super) async fn property_allows(
        &self,
        credential: &AcsCredential,
        known: OfJournal,
        allowed: Allowed,
        now: Timestamp,
    ) -> Result<(), IssueError> {
        let Some(property) = &self.property else {
            return Ok(());
        };
        let id = &credential.acs_credential_id;
        let elsewhere = property.elsewhere(id).await?;
        make_way(&elsewhere, id, allowed)?;
        may_be_issued(credential, &known.with(&elsewhere), allowed, now)?;
        Ok(())
    }

    /// Takes a credential, and a card where it goes onto one of ours, from all desks: the policy decides by what they have done.
    pub(super) async fn take(
        &self,
        asked: &Asked,
        credential: &AcsCredential,
        known: &OfJournal,
        allowed: Allowed,
        now: Timestamp,
    ) -> Result<Taken, IssueError> {
        let Some(property) = &self.property else {
            let kind = may_be_issued(credential, &known.past, allowed, now)?;
            return Ok(Taken { fence: None, kind });
        };
        let id = &credential.acs_credential_id;
        self.tell_property_of(id, asked.card_uid).await?;
        let decide = |elsewhere: &[Elsewhere]| {
            let given_up = make_way(elsewhere, id, allowed)?;
            let given_up = given_up.iter().map(|one| one.issuance_id).collect();
            let kind = may_be_issued(credential, &known.with(elsewhere), allowed, now)?;
            Ok((kind, given_up))
        };
        let taken = property.claim(asked, &decide).await??;
        Ok(Taken {
            fence: Some(taken.fence),
            kind: taken.decided,
        })
    }

    /// Gives back what the journal could not take.
    pub(super) async fn release(&self, issuance_id: Uuid, taken: Taken) {
        if let (Some(property), Some(fence)) = (&self.property, taken.fence) {
            property.release(issuance_id, fence).await;
        }
    }

    /// Whether an issuance that was taken may be written. What other desks have heard of as begun may be finished while they cannot be
    /// asked; nobody takes it over without a person.
    pub(super) async fn may_begin(&self, id: Uuid) -> Result<Begun, IssueError> {
        let Some(property) = &self.property else {
            return Ok(Begun::Yes);
        };
        let mut told = self.journal.read(move |journal| journal.told(id)).await?;
        if told.is_none() {
            // It was begun before this was a desk of a property.
            let untold = self.issuance(id).await?.map(|issuance| Untold {
                encoded: Encoded::Here(issuance),
                fence: None,
            });
            self.tell_property(untold.into_iter().collect()).await?;
            told = self.journal.read(move |journal| journal.told(id)).await?;
        }
        let Some((fence, told)) = told else {
            return Ok(Begun::TakenOver(String::new()));
        };
        match property.begin(id, fence).await {
            Ok(Begun::Yes) => {
                let state = State::Writing;
                self.note_told(id, fence, state).await?;
                Ok(Begun::Yes)
            }
            Ok(taken_over) => Ok(taken_over),
            Err(PropertyError::Unreachable(_)) if told.is_some_and(is_begun) => Ok(Begun::Yes),
            Err(error) => Err(error.into()),
        }
    }

    /// Tells the property what it does not know yet, for as long as the process lives: at once when the journal has changed, and again
    /// after a while, when it could not be told, or another process has changed the journal.
    pub(super) async fn keep_property_told(self: Arc<Self>) {
        let Some(property) = &self.property else {
            return;
        };
        let mut journal = self.journal.changes();
        let mut has_begun = false;
        loop {
            let told = self.tell_all(property, &mut has_begun).await;
            if let Err(error) = &told {
                tracing::warn!("the property hears of it later: {error}");
            }
            tokio::select! {
                () = sleep(AGAIN) => {}
                () = journal.next(), if told.is_ok() => {}
            }
        }
    }

    async fn tell_all(&self, property: &Property, has_begun: &mut bool) -> Result<(), IssueError> {
        self.journal.join(property.id().await?).await?;
        if !*has_begun {
            // A process may have been killed between its claim there and the one in the journal.
            self.tell_property(self.journal.read(JournalReader::begun).await?)
                .await?;
            *has_begun = true;
        }
        loop {
            let untold = self.journal.read(|journal| journal.untold(MOST)).await?;
            if untold.is_empty() {
                return Ok(());
            }
            self.tell_property(untold).await?;
        }
    }

    async fn note_told(
        &self,
        issuance_id: Uuid,
        fence: Fence,
        state: State,
    ) -> Result<(), JournalError> {
        let told = Told {
            issuance_id,
            fence,
            state,
        };
        self.journal.note_told(vec![told]).await
    }

    async fn tell_property_of(
        &self,
        acs_credential_id: &str,
        card_uid: Option<Uid>,
    ) -> Result<(), IssueError> {
        let id = acs_credential_id.to_owned();
        let untold = self
            .journal
            .read(move |journal| journal.untold_of(&id, card_uid.as_ref()));
        self.tell_property(untold.await?).await
    }

    async fn tell_property(&self, untold: Vec<Untold>) -> Result<(), IssueError> {
        let Some(property) = &self.property else {
            return Ok(());
        };
        let mut noted = Vec::new();
        for mut one in untold {
            let fence = match property.tell(&one).await? {
                Known::AsTold(fence) => fence,
                Known::EndedElsewhere { fence, state, desk } => {
                    self.take_over(&mut one.encoded, state, &desk).await?;
                    fence
                }
            };
            noted.push(Told {
                issuance_id: one.encoded.issuance_id(),
                fence,
                state: one.encoded.state(),
            });
        }
        self.journal.note_told(noted).await?;
        Ok(())
    }

    /// Another desk has ended what was begun or written here: the journal follows. A card of ours that is good, though its credential was
    /// issued again elsewhere, is superseded: it is reported as no longer good, and has to be wiped.
    async fn take_over(
        &self,
        encoded: &mut Encoded,
        ended: State,
        desk: &str,
    ) -> Result<(), JournalError> {
        let Encoded::Here(issuance) = encoded else {
            return Ok(());
        };
        let event = match (issuance.state(), ended) {
            (State::Writing | State::Torn | State::Claiming, _) => Event::GivenUp,
            (_, State::Wiped) => Event::Wiped,
            _ => Event::Superseded,
        };
        if issuance.state().next(event).is_err() {
            return Ok(());
        }
        tracing::warn!(issuance_id = %issuance.issuance_id, "ended at {desk}");
        self.journal
            .advance(issuance, event, Timestamp::now())
            .await
    }

    /// Tells the property of a card that is good; false where its credential was issued again elsewhere meanwhile, so that the card must not
    /// be given out. It is not waited for long: what cannot be told now is told later.
    pub(super) async fn is_still_ours(&self, issuance: &mut Issuance) -> Result<bool, IssueError> {
        if self.property.is_none() {
            return Ok(true);
        }
        let id = issuance.issuance_id;
        let told = self.journal.read(move |journal| journal.told(id)).await?;
        let untold = Untold {
            encoded: Encoded::Here(issuance.clone()),
            fence: told.map(|(fence, _)| fence),
        };
        match timeout(PATIENCE, self.tell_property(vec![untold])).await {
            Ok(Ok(())) => {}
            Ok(Err(IssueError::Property(error))) => {
                tracing::warn!("the property hears of it later: {error}");
            }
            Ok(Err(error)) => return Err(error),
            Err(_) => {
                tracing::warn!("the property hears of it later: its database is slow");
            }
        }
        if let Some(now) = self.issuance(id).await? {
            *issuance = now;
        }
        Ok(issuance.state() != State::Superseded)
    }
}

/// Whether the other desks take it for begun, so that none of them takes it over by itself.
fn is_begun(state: State) -> bool {
    state != State::Claiming
}
