//! Encoding on the card: waits for it, and goes on with the same card when it was removed too early.

use std::time::Duration;

use cardbridge_drivers::contract::{ChannelError, DriverError};

use super::Reader;
use super::same_card::SameCard;
use crate::desk::job::Job;
use crate::desk::local::Held;
use crate::desk::notice::{Notice, Observer};
use crate::desk::problem::Problem;
use crate::desk::stop::{Stopped, until_stopped};
use crate::desk::target::{EncodeOrder, Selection};
use crate::desk::{Agent, DeskError, IssueError, Wanted};
use crate::issuance::entry::Issuance;
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
            let Some(issuance) = lost(error).cloned() else {
                return outcome;
            };
            encoding.job.tell(Notice::CardAwaited {
                encoder: self.readers.known(self.which.as_ref()),
                card_uid: Some(issuance.card_uid),
                because: Some(Problem::from(error)),
            });
            let Encoding {
                agent,
                patience,
                job,
                ..
            } = *encoding;
            card = match self.same_card(&issuance, card, agent, patience, job).await {
                SameCard::Back(card) => card,
                SameCard::Finished(issuance) => {
                    job.tell(Notice::FinishedElsewhere(Issuance::clone(&issuance)));
                    let reported =
                        agent.report_card(Issuance::clone(&issuance), &encoding.observer);
                    let reported = job.soon(reported).await;
                    return Ok(reported.unwrap_or(*issuance));
                }
                SameCard::NotAwaited => {
                    let card_uid = issuance.card_uid;
                    return Err(DeskError::NotAwaited { card_uid });
                }
                SameCard::Left => {
                    let issuance = Box::new(issuance);
                    return Err(DeskError::Left { issuance });
                }
                // What happened to the card says more than that it did not come back.
                SameCard::Away => return outcome,
            };
            // The issuance remembers what was allowed for it. While the card was away it may have been given up for
            // another one: a further card on top of that was not asked for.
            let wanted = Wanted::Credential(&issuance.acs_credential_id);
            outcome = self.once(&card, wanted, Allowed::default(), encoding).await;
            if let Err(DeskError::Cancelled) = outcome {
                let issuance = Box::new(issuance);
                return Err(DeskError::Left { issuance });
            }
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
}

/// The issuance, if placing its card again is what helps, and can help at once.
fn lost(error: &IssueError) -> Option<&Issuance> {
    let IssueError::Interrupted { cause, issuance } = error else {
        return None;
    };
    let helps = match cause {
        DriverError::Channel(cause) => *cause != ChannelError::ReaderGone,
        DriverError::Refused { .. } | DriverError::Malformed { .. } => true,
        _ => false,
    };
    helps.then_some(issuance)
}
