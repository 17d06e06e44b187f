//! Waits for the same card again, which was removed while it was written: until it is back, is not needed here any more, or is left.

use std::time::Duration;

use cardbridge_drivers::contract::Uid;
use tokio::time::{Instant, timeout};

use super::Reader;
use crate::desk::Agent;
use crate::desk::job::Job;
use crate::desk::local::Held;
use crate::desk::notice::Notice;
use crate::issuance::entry::Issuance;
use crate::issuance::inspect::Seen;
use crate::issuance::state::State;

/// How often the journal is asked in any case: another process may have finished the card.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// What came of waiting for a card that was lost.
pub(super) enum SameCard {
    /// It is there again.
    Back(Held),
    /// Another job, or another process, has finished it.
    Finished(Box<Issuance>),
    /// It was wiped, or its credential was given to another card.
    NotAwaited,
    /// A person has decided to leave it unfinished.
    Left,
    /// It did not come back in time, or cannot.
    Away,
}

impl Reader {
    /// Waits for the card of an issuance, as long as for the first card.
    pub(super) async fn same_card(
        &self,
        issuance: &Issuance,
        lost: Held,
        agent: &Agent,
        patience: Duration,
        job: &Job,
    ) -> SameCard {
        let back = async {
            let back = self
                .back(issuance.card_uid, lost, agent, patience, job)
                .await;
            // What was finished elsewhere meanwhile needs no other card, wherever this one is now.
            match ended(agent, issuance).await {
                Some(ended) => ended,
                None => back.map_or(SameCard::Away, SameCard::Back),
            }
        };
        tokio::select! {
            biased;
            () = job.cancelled() => SameCard::Left,
            ended = ended_elsewhere(agent, issuance) => ended,
            same_card = back => same_card,
            () = job.stopped() => SameCard::Away,
        }
    }

    /// Waits until the card with this UID is placed again. Any other is named and not touched; neither is the card that was
    /// `lost`, until its reader has seen that it is gone.
    async fn back(
        &self,
        uid: Uid,
        lost: Held,
        agent: &Agent,
        patience: Duration,
        job: &Job,
    ) -> Option<Held> {
        let until = Instant::now() + patience;
        let mut others = vec![lost];
        loop {
            let left = until.saturating_duration_since(Instant::now());
            // The reader may have been unplugged, and come back.
            let encoder = self.readers.choose(self.which.as_ref()).ok()?;
            let taken = self.readers.take(encoder.as_ref(), left, &others, job);
            let card = taken.await.ok()?;
            let found = match agent.look(&card.card).await {
                Ok(Seen::Known(look)) => look.inspection().uid,
                Ok(Seen::Unknown(card_type)) => card_type.uid,
                // It is not placed well yet, or is gone again.
                Err(_) => {
                    others.push(card);
                    continue;
                }
            };
            if found == uid {
                return Some(card);
            }
            job.tell(Notice::OtherCard {
                encoder: card.card.encoder().clone(),
                card_uid: found,
                awaited: uid,
            });
            others.push(card);
        }
    }
}

/// Waits until the journal says that the issuance is not open any more.
async fn ended_elsewhere(agent: &Agent, issuance: &Issuance) -> SameCard {
    let mut changes = agent.journal().changes();
    loop {
        if let Some(ended) = ended(agent, issuance).await {
            return ended;
        }
        // However it comes: it is looked at again.
        let _ = timeout(LOOK_AGAIN, changes.next()).await;
    }
}

/// What the journal says of an issuance that is not open any more. One that cannot be asked says nothing.
async fn ended(agent: &Agent, issuance: &Issuance) -> Option<SameCard> {
    let issuance = agent.issuance(issuance.issuance_id).await.ok()??;
    match issuance.state() {
        State::Claiming | State::Writing | State::Torn => None,
        State::Reporting | State::Closed => Some(SameCard::Finished(Box::new(issuance))),
        State::Abandoned | State::Wiping | State::Wiped | State::Superseded => {
            Some(SameCard::NotAwaited)
        }
    }
}
