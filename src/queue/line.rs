//! The way of one card through the queue: pop, one question to the API, take.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::warm::{Place, SystemMark};
use super::{Claim, CredentialQueue, QueueError};
use crate::issuance::journal::Journal;
use crate::seam::AcsCredential;

/// How many candidates are compared with the journal at once.
const FEW: usize = 16;

/// How far one card has come in the queue.
#[derive(Debug, Default)]
pub struct Line {
    behind: Option<Place>,
    /// What this card was given already, as the API had it then: it is not given that again.
    given: HashMap<String, u64>,
    /// The access system that the card is for, where it is for one only.
    system: Option<SystemMark>,
}

impl Line {
    /// For a card that only takes credentials of this access system.
    #[must_use]
    pub fn of_system(acs_system_id: &str) -> Self {
        Self {
            system: Some(SystemMark::of(acs_system_id)),
            ..Self::default()
        }
    }

    /// Begins at the front again, for what has come there meanwhile.
    pub fn to_the_front(&mut self) {
        self.behind = None;
    }
}

/// Whether a credential of the queue can be taken.
enum Taken {
    Yes(Claim, Box<AcsCredential>),
    /// Another encoder of this process has it.
    Reserved,
    /// It waits no more.
    Gone,
}

impl CredentialQueue {
    /// Waits until the queue is known, or lists it where it is not kept.
    ///
    /// # Errors
    /// When it cannot be known now.
    pub async fn ready(&self, journal: &Journal) -> Result<(), QueueError> {
        if !self.news.state().is_kept {
            if !self.is_listed.swap(false, Ordering::AcqRel) {
                self.list_into_kept(journal).await?;
            }
            return Ok(());
        }
        let mut states = self.news.subscribe();
        loop {
            let state = states.borrow_and_update().clone();
            if state.is_complete {
                return Ok(());
            }
            let silence = state.silence();
            if state.has_failed {
                self.why_not(state.failure)?;
                // Or else it is the journal.
                journal.on_cards(vec![String::new()]).await?;
            }
            // The list is waited for in the background, and longer than a person waits.
            self.why_not(silence)?;
            // The sender lives in `self`.
            let _ = states.changed().await;
        }
    }

    /// Takes the next credential that this card was not given yet. Whether it still waits is asked of the API: another desk may
    /// have issued it, or it was deleted.
    ///
    /// # Errors
    /// When the API or the journal fails, also when nothing waits as far as is known, and the API has not answered of late.
    pub async fn next(
        &self,
        journal: &Journal,
        line: &mut Line,
    ) -> Result<Option<(Claim, AcsCredential)>, QueueError> {
        self.notice_freed(journal).await?;
        while let Some(candidates) = self.candidates(journal, line).await? {
            for (place, version) in candidates {
                let id = place.acs_credential_id();
                let taken = self.try_to_take(journal, id).await?;
                match taken {
                    Taken::Yes(claim, credential) => {
                        line.given.insert(id.to_owned(), version);
                        line.behind = Some(place);
                        return Ok(Some((claim, *credential)));
                    }
                    Taken::Reserved => {}
                    Taken::Gone => self.kept().remove(&place),
                }
                line.behind = Some(place);
            }
        }
        let state = self.news.state();
        if state.is_kept && state.has_failed {
            self.why_not(state.failure)?;
        }
        Ok(None)
    }

    /// The next few that may be taken; `None` at the end of the queue.
    async fn candidates(
        &self,
        journal: &Journal,
        line: &mut Line,
    ) -> Result<Option<Vec<(Place, u64)>>, QueueError> {
        let (asked_at, mut candidates) = {
            let mut kept = self.kept();
            let few = kept.some_behind(line.behind.as_ref(), FEW, self.now());
            (kept.asked_at(), few)
        };
        let Some(last) = candidates.last() else {
            return Ok(None);
        };
        let last = last.place.clone();
        let was_given = |place: &Place| line.given.get(place.acs_credential_id()).copied();
        candidates.retain(|one| {
            was_given(&one.place) != Some(one.version)
                && line.system.is_none_or(|system| system == one.system)
        });
        if candidates.is_empty() {
            line.behind = Some(last);
            return Ok(Some(Vec::new()));
        }
        let ids = candidates.iter().map(|one| one.place.acs_credential_id());
        let ids = ids.map(str::to_owned).collect();
        let on_cards = self.on_cards(journal, ids).await?;
        let (on_cards, free): (Vec<_>, Vec<_>) = candidates
            .into_iter()
            .partition(|one| on_cards.contains(one.place.acs_credential_id()));
        let mut kept = self.kept();
        for one in on_cards {
            kept.note_on_card(&one.place, asked_at);
        }
        drop(kept);
        if free.is_empty() {
            line.behind = Some(last);
        }
        let free = free.into_iter().map(|one| (one.place, one.version));
        Ok(Some(free.collect()))
    }

    /// Takes a credential of the queue for one encoder; `None` when it waits no more, or another encoder has it.
    ///
    /// # Errors
    /// When the API or the journal fails.
    pub async fn take(
        &self,
        journal: &Journal,
        acs_credential_id: &str,
    ) -> Result<Option<(Claim, AcsCredential)>, QueueError> {
        match self.try_to_take(journal, acs_credential_id).await? {
            Taken::Yes(claim, credential) => Ok(Some((claim, *credential))),
            Taken::Reserved | Taken::Gone => Ok(None),
        }
    }

    async fn try_to_take(
        &self,
        journal: &Journal,
        acs_credential_id: &str,
    ) -> Result<Taken, QueueError> {
        let Some(claim) = self.claim(acs_credential_id) else {
            return Ok(Taken::Reserved);
        };
        // Now that no other encoder is at it, what the journal says stays true.
        let on_cards = self.on_cards(journal, vec![acs_credential_id.to_owned()]);
        if !on_cards.await?.is_empty() {
            return Ok(Taken::Reserved);
        }
        let rest = self.rest.left();
        if !rest.is_zero() {
            return Err(QueueError::Resting(rest));
        }
        match self.fetch(acs_credential_id).await {
            Ok(credential) if self.waits(&credential, self.now()) && self.is_ours(&credential) => {
                Ok(Taken::Yes(claim, Box::new(credential)))
            }
            Ok(_) => Ok(Taken::Gone),
            Err(error) if error.is_not_found() => Ok(Taken::Gone),
            Err(error) => match error.odd() {
                Some(odd) => {
                    self.leave_out(odd.clone());
                    Ok(Taken::Gone)
                }
                None => Err(error.into()),
            },
        }
    }

    /// Why the API was not asked with success the last time.
    fn why_not(&self, failure: Option<Arc<crate::seam::SeamError>>) -> Result<(), QueueError> {
        let rest = self.rest.left();
        if !rest.is_zero() {
            return Err(QueueError::Resting(rest));
        }
        failure.map_or(Ok(()), |failure| Err(QueueError::Api(failure)))
    }
}
