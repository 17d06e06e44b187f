//! A credential, and a card, are taken from all desks: the one policy decides by what they have done. Without a property it decides by the
//! journal alone.

use jiff::Timestamp;
use uuid::Uuid;

use super::OtherDesks;
use crate::desk::{Agent, IssueError};
use crate::issuance::elsewhere::{Elsewhere, Fence};
use crate::issuance::encoded::Encoded;
use crate::issuance::entry::{Issuance, Kind};
use crate::issuance::journal::{JournalError, Unshared};
use crate::issuance::past::Past;
use crate::issuance::policy::{Allowed, make_way, may_be_issued};
use crate::issuance::seam_encode::SeamEncode;
use crate::issuance::state::State;
use crate::queue::{Asked, Begun, PropertyError};
use crate::seam::AcsCredential;

/// What the journal knows of a credential's cards.
#[derive(Debug)]
pub(in crate::desk) struct OfJournal {
    /// The issuances that put it onto a card, the newest first.
    pub(in crate::desk) written: Vec<Issuance>,
    /// What an encoder of Seam's has done with it since.
    pub(in crate::desk) by_seam: Option<SeamEncode>,
    /// The same for the policy.
    pub(in crate::desk) past: Past,
    fences: Vec<Option<Fence>>,
}

/// What an issuance has taken.
#[derive(Debug, Clone, Copy)]
pub(in crate::desk) struct Taken {
    /// The number that it has in the property's database, where there is one.
    pub(in crate::desk) fence: Option<Fence>,
    /// First card or another one.
    pub(in crate::desk) kind: Kind,
}

impl OfJournal {
    fn with(&self, elsewhere: &[Elsewhere]) -> Past {
        self.past.clone().with(&self.fences, elsewhere)
    }
}

impl Agent {
    /// What the journal knows of a credential's cards.
    pub(in crate::desk) async fn known_of(
        &self,
        acs_credential_id: &str,
    ) -> Result<OfJournal, JournalError> {
        let id = acs_credential_id.to_owned();
        self.journal
            .read(move |journal| {
                let (written, by_seam) = (journal.written(&id)?, journal.by_seam(&id)?);
                let ids = by_seam.iter().map(|encode| encode.issuance_id);
                let ids = ids.chain(written.iter().map(|one| one.issuance_id));
                let fence = |id| Ok(journal.shared(id)?.map(|(fence, _)| fence));
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
    pub(in crate::desk) async fn others_allow(
        &self,
        credential: &AcsCredential,
        known: OfJournal,
        allowed: Allowed,
        now: Timestamp,
    ) -> Result<(), IssueError> {
        let Some(others) = &self.others else {
            return Ok(());
        };
        let id = &credential.acs_credential_id;
        let elsewhere = others.property.elsewhere(id).await?;
        make_way(&elsewhere, id, allowed)?;
        may_be_issued(credential, &known.with(&elsewhere), allowed, now)?;
        Ok(())
    }

    /// Takes a credential, and a card where it goes onto one of ours.
    pub(in crate::desk) async fn take(
        &self,
        asked: &Asked,
        credential: &AcsCredential,
        known: &OfJournal,
        allowed: Allowed,
        now: Timestamp,
    ) -> Result<Taken, IssueError> {
        let Some(others) = &self.others else {
            let kind = may_be_issued(credential, &known.past, allowed, now)?;
            return Ok(Taken { fence: None, kind });
        };
        let id = &credential.acs_credential_id;
        Box::pin(async {
            others.join().await?;
            others.share_of(id, asked.card_uid).await
        })
        .await?;
        let decide = |elsewhere: &[Elsewhere]| {
            let given_up = make_way(elsewhere, id, allowed)?;
            let given_up = given_up.iter().map(|one| one.issuance_id).collect();
            let kind = may_be_issued(credential, &known.with(elsewhere), allowed, now)?;
            Ok((kind, given_up))
        };
        let taken = others.property.claim(asked, &decide).await??;
        Ok(Taken {
            fence: Some(taken.fence),
            kind: taken.decided,
        })
    }

    /// Gives back what the journal could not take. What was to make way stays as it was.
    pub(in crate::desk) async fn release(&self, asked: &Asked, taken: Taken) {
        let (Some(others), Some(fence)) = (&self.others, taken.fence) else {
            return;
        };
        others.property.release(asked.issuance_id, fence).await;
        for (id, _) in &asked.superseded {
            if let Err(error) = Box::pin(others.share_again(*id)).await {
                tracing::warn!("the property hears of it after the next start: {error}");
            }
        }
    }

    /// Whether an issuance that was taken may be written. Without other desks it may.
    pub(in crate::desk) async fn may_begin(&self, id: Uuid) -> Result<Begun, IssueError> {
        match &self.others {
            Some(others) => Box::pin(others.may_begin(id)).await,
            None => Ok(Begun::Yes),
        }
    }
}

impl OtherDesks {
    /// What other desks have heard of as begun may be finished while they cannot be asked: only a person gives it up.
    async fn may_begin(&self, id: Uuid) -> Result<Begun, IssueError> {
        let mut shared = self.shared(id).await?;
        if shared.is_none() {
            // It was begun before this was a desk of a property.
            self.share_again(id).await?;
            shared = self.shared(id).await?;
        }
        let Some((fence, state)) = shared else {
            return Err(JournalError::Overtaken { issuance_id: id }.into());
        };
        match self.property.begin(id, fence).await {
            Ok(Begun::Yes) => {
                self.note_shared(id, fence, State::Writing).await?;
                Ok(Begun::Yes)
            }
            Ok(taken_over) => Ok(taken_over),
            Err(PropertyError::Unreachable(_)) if state.is_some_and(is_begun) => Ok(Begun::Yes),
            Err(error) => Err(error.into()),
        }
    }

    async fn shared(&self, id: Uuid) -> Result<Option<(Fence, Option<State>)>, JournalError> {
        self.journal.read(move |journal| journal.shared(id)).await
    }

    /// Shares how an issuance is now, whatever was shared of it before.
    pub(super) async fn share_again(&self, id: Uuid) -> Result<(), IssueError> {
        let found = self.journal.read(move |journal| {
            let encoded = match journal.issuance(id)? {
                Some(issuance) => Some(Encoded::Here(issuance)),
                None => journal.seam_encode(id)?.map(Encoded::BySeam),
            };
            let fence = journal.shared(id)?.map(|(fence, _)| fence);
            Ok(encoded.map(|encoded| Unshared { encoded, fence }))
        });
        let found = found.await?;
        self.share(found.into_iter().collect()).await?;
        Ok(())
    }
}

fn is_begun(state: State) -> bool {
    state != State::Claiming
}
