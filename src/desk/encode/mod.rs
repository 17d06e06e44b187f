//! One credential onto the card that is on an encoder: which one, and the card's job that brings it there.
//!
//! | file | holds |
//! |---|---|
//! | `card_job` | what every step with the card needs |
//! | `course` | one credential onto the card, from the API's answer to the card that was read back |
//! | `card` | may this card be written |
//! | `claim` | which unfinished issuances make way, and the entry in the journal that takes credential and card |
//! | `gone` | when an issuance that was begun is given up |
//! | `once` | all of it for a one-shot command, and the report |

mod card;
mod card_job;
mod claim;
mod course;
mod gone;
mod once;

use std::sync::Arc;

use self::card_job::CardJob;
use crate::desk::contents::Contents;
use crate::desk::notice::{Notice, Observer};
use crate::desk::{Agent, IssueError};
use crate::encoder::CardSession;
use crate::issuance::entry::Issuance;
use crate::issuance::inspect::{Holds, Look, Seen};
use crate::issuance::policy::Allowed;
use crate::issuance::refusal::Refusal;
use crate::issuance::superseded::recognise;
use crate::queue::Line;
use crate::seam::AcsCredential;

impl Agent {
    /// Puts one credential onto the card, and ends when the card was read back and found good. The report is another
    /// step: see [`Agent::report`](super::Agent::report).
    ///
    /// If this credential was begun on this card already, that issuance is finished with the bytes it began with.
    ///
    /// # Errors
    /// [`IssueError::Refused`] and those that say so have changed nothing.
    pub async fn issue(
        &self,
        card: &CardSession,
        acs_credential_id: &str,
        allowed: Allowed,
        observer: &Observer,
    ) -> Result<Issuance, IssueError> {
        let job = self.card_job(card, allowed, observer).await?;
        job.issue(acs_credential_id).await
    }

    /// The same with a credential that the API has just given.
    ///
    /// # Errors
    /// As [`issue`](Self::issue).
    pub async fn issue_fetched(
        &self,
        card: &CardSession,
        credential: &AcsCredential,
        allowed: Allowed,
        observer: &Observer,
    ) -> Result<Issuance, IssueError> {
        let job = self.card_job(card, allowed, observer).await?;
        let claim = self
            .queue
            .claim(&credential.acs_credential_id)
            .ok_or(Refusal::BeingIssued)?;
        job.put(&claim, credential).await
    }

    /// Puts the credential that has waited longest and can be issued onto the card; first finishes what was begun on this card.
    ///
    /// # Errors
    /// As [`issue`](Self::issue), and [`IssueError::NothingWaiting`]. When none of those that wait can be issued, what is
    /// wrong with the first.
    pub async fn issue_next(
        &self,
        card: &CardSession,
        allowed: Allowed,
        observer: &Observer,
    ) -> Result<Issuance, IssueError> {
        self.issue_next_onto(card, &mut Placement::default(), allowed, observer)
            .await
    }

    /// The same for a card that is tried again and again while it stays on the encoder: it is looked at once, and no
    /// credential that it was given is tried again unless Seam has changed it.
    pub(super) async fn issue_next_onto(
        &self,
        card: &CardSession,
        placement: &mut Placement,
        allowed: Allowed,
        observer: &Observer,
    ) -> Result<Issuance, IssueError> {
        let look = match &placement.look {
            Some(look) => Arc::clone(look),
            None => Arc::clone(placement.look.insert(self.inspect(card, observer).await?)),
        };
        let job = self.card_job_with(card, look, allowed, observer).await?;
        if let Some(open) = job.open().await? {
            return job.issue(&open.acs_credential_id).await;
        }
        // Before a credential is taken from the queue for a card that will not do.
        job.card_may_take_one().await?;
        let known = self.queue.ready(&self.journal).await;
        self.tell_left_out(observer);
        known?;
        let Placement {
            line, passed_over, ..
        } = placement;
        line.to_the_front();
        loop {
            let next = self.queue.next(&self.journal, line).await;
            self.tell_left_out(observer);
            let Some((claim, credential)) = next? else {
                break;
            };
            match job.put(&claim, &credential).await {
                // One that cannot be issued now, or not on this card, must not keep the others waiting.
                Err(IssueError::Refused(refusal)) if refusal.another_credential_may_do() => {
                    let id = claim.acs_credential_id();
                    tracing::info!(acs_credential_id = id, "passed over: {refusal}");
                    passed_over.retain(|one| one.acs_credential_id != id);
                    passed_over.push(PassedOver {
                        acs_credential_id: credential.acs_credential_id,
                        display_name: credential.display_name,
                        refusal: Arc::new(refusal),
                    });
                }
                Ok(issuance) => {
                    for PassedOver {
                        acs_credential_id,
                        display_name,
                        refusal,
                    } in passed_over.drain(..)
                    {
                        observer(Notice::PassedOver {
                            acs_credential_id,
                            display_name,
                            refusal,
                        });
                    }
                    return Ok(issuance);
                }
                outcome => return outcome,
            }
        }
        let Some(first) = passed_over.first() else {
            return Err(IssueError::NothingWaiting);
        };
        job.tries(&first.acs_credential_id);
        Err(IssueError::Refused(Refusal::clone(&first.refusal)))
    }

    /// Finishes what was begun on this card; `None` when the journal holds nothing open for it.
    ///
    /// # Errors
    /// As [`issue`](Self::issue).
    pub async fn finish(
        &self,
        card: &CardSession,
        observer: &Observer,
    ) -> Result<Option<Issuance>, IssueError> {
        let job = self.card_job(card, Allowed::default(), observer).await?;
        if let Some(open) = job.open().await? {
            return job.issue(&open.acs_credential_id).await.map(Some);
        }
        job.is_not_superseded(None, job.allowed)?;
        Ok(None)
    }

    /// Says whether a credential that does not exist yet could go onto this card.
    ///
    /// # Errors
    /// As [`issue`](Self::issue) would answer.
    pub async fn check_card(
        &self,
        card: &CardSession,
        allowed: Allowed,
        observer: &Observer,
    ) -> Result<(), IssueError> {
        let job = self.card_job(card, allowed, observer).await?;
        job.supersede(job.open().await?, None)?;
        job.card_may_take_one().await
    }

    /// The credential of a card that is whole, and no longer its card.
    async fn recognise_superseded(&self, look: &Look) -> Result<Option<String>, IssueError> {
        let here = recognise(&self.journal, look).await?;
        let superseded = match (here, &self.others, &look.holds) {
            (Some(issuance), ..) => Some(issuance.acs_credential_id.clone()),
            (None, Some(others), Holds::Verified(record))
                if Box::pin(others.is_superseded(look)).await? =>
            {
                Some(record.acs_credential_id.clone())
            }
            _ => None,
        };
        if superseded.is_some() {
            self.something_to_report();
        }
        Ok(superseded)
    }

    async fn card_job<'a>(
        &'a self,
        card: &'a CardSession,
        allowed: Allowed,
        observer: &'a Observer,
    ) -> Result<CardJob<'a>, IssueError> {
        let look = self.inspect(card, observer).await?;
        self.card_job_with(card, look, allowed, observer).await
    }

    /// Looks at the card, after it was wiped if that was begun.
    async fn inspect(
        &self,
        card: &CardSession,
        observer: &Observer,
    ) -> Result<Arc<Look>, IssueError> {
        let mut seen = self.look(card).await.map_err(IssueError::Unreadable)?;
        if let Seen::Known(look) = &seen
            && self.finish_wipe(card, look, observer).await?
        {
            seen = self.look(card).await.map_err(IssueError::Unreadable)?;
        }
        let contents = Contents::of(&seen, Some(&self.journal)).await;
        observer(Notice::looked(card.encoder(), &seen, contents));
        match seen {
            Seen::Known(look) => Ok(Arc::new(*look)),
            Seen::Unknown(_) => Err(Refusal::UnknownCard.into()),
        }
    }

    /// The job of a card that was looked at. What the journal says of it may have changed since.
    async fn card_job_with<'a>(
        &'a self,
        card: &'a CardSession,
        look: Arc<Look>,
        allowed: Allowed,
        observer: &'a Observer,
    ) -> Result<CardJob<'a>, IssueError> {
        Ok(CardJob {
            agent: self,
            card,
            superseded: self.recognise_superseded(&look).await?,
            look,
            allowed,
            observer,
        })
    }
}

/// One card from being placed until it is removed.
#[derive(Debug, Default)]
pub(super) struct Placement {
    look: Option<Arc<Look>>,
    line: Line,
    passed_over: Vec<PassedOver>,
}

/// A credential that could not go onto this card.
#[derive(Debug)]
struct PassedOver {
    acs_credential_id: String,
    display_name: String,
    refusal: Arc<Refusal>,
}
