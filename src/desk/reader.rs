//! A reader of this machine as a place to encode: waits for the card, and for the same card again when it was removed too early.

use std::sync::Arc;
use std::time::Duration;

use cardbridge_drivers::contract::{ChannelError, DriverError, Uid};
use futures_util::future::BoxFuture;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::desk::local::{Held, Readers};
use crate::desk::notice::{Contents, Notice, Problem, Watcher};
use crate::desk::snapshot::encoder_id;
use crate::desk::stop::{LAST_WORDS, Stopped, until_stopped};
use crate::desk::target::{EncodeOrder, EncodeTarget, Scan, Selection, Which, WipeOrder, Wiped};
use crate::desk::ticket::Job;
use crate::desk::wipe::{WipeError, Wiper};
use crate::desk::{Agent, DeskError, IssueError, Wanted, known};
use crate::encoder::EncoderName;
use crate::issuance::entry::Issuance;
use crate::issuance::inspect::Seen;
use crate::issuance::policy::Allowed;
use crate::report::Urgency;

/// One reader, or whichever has a card first.
#[derive(Debug)]
pub(super) struct Reader {
    agent: Arc<Agent>,
    readers: Arc<Readers>,
    which: Option<Which>,
}

impl EncodeTarget for Reader {
    fn id(&self) -> Uuid {
        match &self.which {
            None => Uuid::nil(),
            Some(Which::Id(id)) => *id,
            Some(Which::Name(name)) => encoder_id(&EncoderName(name.clone())),
        }
    }

    fn name(&self) -> String {
        match &self.which {
            None => "any reader".to_owned(),
            Some(Which::Id(id)) => id.to_string(),
            Some(Which::Name(name)) => name.clone(),
        }
    }

    fn encode<'a>(
        &'a self,
        order: EncodeOrder,
        job: &'a Job,
    ) -> BoxFuture<'a, Result<Issuance, DeskError>> {
        Box::pin(self.encode_on_card(order, job))
    }

    fn scan<'a>(
        &'a self,
        patience: Duration,
        job: &'a Job,
    ) -> BoxFuture<'a, Result<Scan, DeskError>> {
        Box::pin(self.scan_card(patience, job))
    }

    fn wipe<'a>(
        &'a self,
        order: WipeOrder,
        job: &'a Job,
    ) -> BoxFuture<'a, Result<Wiped, DeskError>> {
        Box::pin(self.wipe_card(order, job))
    }
}

/// What goes onto the card of one order.
struct Encoding<'a> {
    allowed: Allowed,
    patience: Duration,
    watcher: Watcher,
    job: &'a Job,
}

impl Reader {
    pub(super) fn new(agent: Arc<Agent>, readers: Arc<Readers>, which: Option<Which>) -> Self {
        Self {
            agent,
            readers,
            which,
        }
    }

    async fn take(&self, patience: Duration, job: &Job) -> Result<Held, DeskError> {
        let encoder = self.readers.choose(self.which.as_ref())?;
        let taken = self.readers.take(encoder.as_ref(), patience, &[], job);
        job.unless_ended(taken).await?
    }

    async fn encode_on_card(&self, order: EncodeOrder, job: &Job) -> Result<Issuance, DeskError> {
        let encoding = Encoding {
            allowed: order.allowed,
            patience: order.patience,
            watcher: job.watcher(),
            job,
        };
        let wanted = match &order.selection {
            Selection::Create(request) => {
                let card = self.take(order.patience, job).await?;
                let (allowed, watcher) = (order.allowed, &encoding.watcher);
                let obtained = self.agent.obtain(&card.card, request, allowed, watcher);
                let new = soon(job, obtained).await??;
                let issued = self.onto(card, new.wanted(), &encoding).await;
                let settled = soon(job, self.agent.settle(request, &new, watcher)).await;
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
            Selection::Next => Wanted::Next,
        };
        // Before anybody waits for a card in vain.
        let checked = self.agent.check(wanted, order.allowed, &encoding.watcher);
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
            // The issuance remembers what was allowed for it. While the card was away somebody may have given it up for
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
        let (agent, card) = (&self.agent, &card.card);
        let stop = encoding.job.stopped();
        let work = Box::pin(until_stopped(
            stop,
            &encoding.watcher,
            |watcher| async move {
                agent
                    .issue_and_report(card, wanted, allowed, &watcher)
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

    /// Waits, as long as for the first card, until the one with this UID is placed again. Any other is named and left alone; so is
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
            let found = match self.agent.look(&card.card).await {
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

    async fn scan_card(&self, patience: Duration, job: &Job) -> Result<Scan, DeskError> {
        let card = self.take(patience, job).await?;
        let known = job
            .unless_ended(known(&card.card, &self.agent.setup))
            .await??;
        let encoder = card.card.encoder();
        if let Ok(seen) = &known.sight.seen {
            job.tell(Notice::looked(encoder, seen));
        }
        Ok(Scan {
            encoder: encoder.to_string(),
            contents: known.sight.seen.as_ref().ok().map(Contents::of),
            sight: Some(known.sight.clone()),
        })
    }

    async fn wipe_card(&self, order: WipeOrder, job: &Job) -> Result<Wiped, DeskError> {
        let card = self.take(order.patience, job).await?;
        let wiper = Wiper::new(&self.agent.journal, Arc::clone(&self.agent.setup));
        let wipeable = job.unless_ended(wiper.look(&card.card)).await??;
        let found = wipeable.uid();
        if let Some(wanted) = order.card.filter(|wanted| *wanted != found) {
            return Err(DeskError::OtherCard { found, wanted });
        }
        if let Some(record) = wipeable.record_beside() {
            if !order.beside {
                let error = WipeError::Beside {
                    acs_credential_id: record.acs_credential_id.clone(),
                    others: wipeable.others().to_vec(),
                };
                return Err(error.into());
            }
        } else if !order.valid
            && let judged = wipeable.valid_record(Some(&self.agent.queue))
            && let Some(record) = job.unless_ended(judged).await?
        {
            let acs_credential_id = record.acs_credential_id.clone();
            return Err(WipeError::Valid { acs_credential_id }.into());
        }
        job.begin();
        let watcher = job.watcher();
        let issuances = wiper.wipe(&card.card, wipeable, &watcher).await?;
        for issuance in &issuances {
            job.tell(Notice::Wiped(issuance.clone()));
        }
        let issuances = self.reported(issuances, job).await?;
        Ok(Wiped {
            card_uid: found,
            issuances,
        })
    }

    /// Tries the reports at once, and gives the issuances as they are then.
    async fn reported(&self, wiped: Vec<Issuance>, job: &Job) -> Result<Vec<Issuance>, DeskError> {
        let is_told = |issuance: &Issuance| issuance.due_reports().next().is_none();
        if wiped.iter().all(is_told) {
            return Ok(wiped);
        }
        let watcher = job.watcher();
        let drained = soon(job, self.agent.report(Urgency::Now, &watcher)).await;
        if let Ok(drained) = drained {
            drained.map_err(IssueError::Journal)?;
        }
        let now = |issuance: Issuance| {
            let now = self.agent.journal.issuance(issuance.issuance_id)?;
            Ok(now.unwrap_or(issuance))
        };
        let noted: Result<_, IssueError> = wiped.into_iter().map(now).collect();
        Ok(noted?)
    }
}

/// Does what could leave something behind when it is stopped; stopping leaves it a little time.
async fn soon<T>(job: &Job, work: impl Future<Output = T>) -> Result<T, DeskError> {
    let late = async {
        job.stopped().await;
        sleep(LAST_WORDS).await;
    };
    tokio::select! {
        biased;
        outcome = work => Ok(outcome),
        () = late => Err(DeskError::StoppedCreating),
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
