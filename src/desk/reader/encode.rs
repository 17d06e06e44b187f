//! Encoding on the card: waits for it, and for the same card again when it was removed too early.

use std::time::Duration;

use cardbridge_drivers::contract::{ChannelError, DriverError, Uid};
use tokio::time::Instant;

use super::Reader;
use crate::desk::job::Job;
use crate::desk::local::Held;
use crate::desk::notice::{Notice, Observer};
use crate::desk::problem::Problem;
use crate::desk::stop::{Stopped, until_stopped};
use crate::desk::target::{EncodeOrder, Selection};
use crate::desk::{Agent, DeskError, IssueError, Wanted};
use crate::issuance::entry::Issuance;
use crate::issuance::inspect::Seen;
use crate::issuance::policy::Allowed;

/// What goes onto the card of one order.
struct Encoding<'a> {
    agent: &'a Agent,
    allowed: Allowed,
    patience: Duration,
    observer: Observer,
    job: &'a Job,
}

impl Reader {
    pub(super) async fn encode_on_card(
        &self,
        order: EncodeOrder,
        job: &Job,
    ) -> Result<Issuance, DeskError> {
        let agent = self.parts.agent()?;
        let encoding = Encoding {
            agent,
            allowed: order.allowed,
            patience: order.patience,
            observer: job.observer(),
            job,
        };
        let behind;
        let wanted = match &order.selection {
            Selection::Create(request) => {
                let card = self.take(order.patience, job).await?;
                let (allowed, observer) = (order.allowed, &encoding.observer);
                let obtained = agent.obtain(&card.card, request, allowed, observer);
                let new = job.soon(obtained).await??;
                let issued = self.onto(card, new.wanted(), &encoding).await;
                let settled = job.soon(agent.settle(request, &new, observer)).await;
                return match issued {
                    Err(DeskError::Stopped | DeskError::Cancelled) => {
                        settled?.map_err(IssueError::Journal)?;
                        issued
                    }
                    // The card comes first: what could not be settled is found by the next try.
                    issued => issued,
                };
            }
            Selection::Credential(id) => Wanted::Credential(id),
            Selection::Fetched(credential) => Wanted::Fetched(credential),
            Selection::AccessMethod(id) => {
                behind = job.unless_ended(agent.credential_behind(id)).await??;
                Wanted::Fetched(&behind)
            }
            Selection::Next => Wanted::Next,
        };
        // Before anybody waits for a card in vain.
        let checked = agent.check(wanted, order.allowed, &encoding.observer);
        job.unless_ended(checked).await??;
        let card = self.take(order.patience, job).await?;
        self.onto(card, wanted, &encoding).await
    }

    /// Encodes on the card; when that is lost while it is written, waits for it and goes on.
    async fn onto(
        &self,
        mut card: Held,
        wanted: Wanted<'_>,
        encoding: &Encoding<'_>,
    ) -> Result<Issuance, DeskError> {
        let mut outcome = self.once(&card, wanted, encoding.allowed, encoding).await;
        loop {
            let Err(DeskError::Issue(error)) = &outcome else {
                return outcome;
            };
            let Some((uid, id)) = lost(error) else {
                return outcome;
            };
            let because = Some(Problem::from(error));
            encoding.job.tell(Notice::CardAwaited {
                encoder: self.readers.known(self.which.as_ref()),
                card_uid: Some(uid),
                because,
            });
            let back = tokio::select! {
                back = self.back(uid, card, encoding) => back,
                () = encoding.job.stopped() => return outcome,
            };
            // What happened to the card says more than that it did not come back.
            let Some(back) = back else {
                return outcome;
            };
            card = back;
            // The issuance remembers what was allowed for it. While the card was away it may have been given up for
            // another one: a further card on top of that was not asked for.
            let wanted = Wanted::Credential(&id);
            outcome = self.once(&card, wanted, Allowed::default(), encoding).await;
        }
    }

    async fn once(
        &self,
        card: &Held,
        wanted: Wanted<'_>,
        allowed: Allowed,
        encoding: &Encoding<'_>,
    ) -> Result<Issuance, DeskError> {
        let (agent, card) = (encoding.agent, &card.card);
        let stop = encoding.job.stopped();
        let work = Box::pin(until_stopped(
            stop,
            &encoding.observer,
            |observer| async move {
                agent
                    .issue_and_report(card, wanted, allowed, &observer)
                    .await
            },
        ));
        match encoding.job.unless_cancelled(work).await? {
            Stopped::Ended(issued) => Ok(issued?),
            Stopped::BeforeWriting => Err(DeskError::Stopped),
            Stopped::BeforeReport(issuance) => Ok(*issuance),
            Stopped::BeforeNoted(error) => Err(DeskError::NotNoted(error)),
        }
    }

    /// Waits, as long as for the first card, until the one with this UID is placed again. Any other is named and not touched; neither is
    /// the card that was `lost`, until its reader has seen that it is gone.
    async fn back(&self, uid: Uid, lost: Held, encoding: &Encoding<'_>) -> Option<Held> {
        let until = Instant::now() + encoding.patience;
        let mut others = vec![lost];
        loop {
            let left = until.saturating_duration_since(Instant::now());
            // The reader may have been unplugged, and come back.
            let encoder = self.readers.choose(self.which.as_ref()).ok()?;
            let taken = self
                .readers
                .take(encoder.as_ref(), left, &others, encoding.job);
            let card = taken.await.ok()?;
            let found = match encoding.agent.look(&card.card).await {
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
            encoding.job.tell(Notice::OtherCard {
                encoder: card.card.encoder().clone(),
                card_uid: found,
                awaited: uid,
            });
            others.push(card);
        }
    }
}

/// The card and the credential, if placing the card again is what helps, and can help at once.
fn lost(error: &IssueError) -> Option<(Uid, String)> {
    let IssueError::Interrupted { cause, issuance } = error else {
        return None;
    };
    let helps = match cause {
        DriverError::Channel(cause) => *cause != ChannelError::ReaderGone,
        DriverError::Refused { .. } | DriverError::Malformed { .. } => true,
        _ => false,
    };
    helps.then(|| (issuance.card_uid, issuance.acs_credential_id.clone()))
}
