//! Wiping the card, and trying to report that.

use std::sync::Arc;

use super::Reader;
use crate::desk::agent::tell;
use crate::desk::job::Job;
use crate::desk::notice::Notice;
use crate::desk::target::{WipeOrder, Wiped};
use crate::desk::wipe::{WipeError, Wiper};
use crate::desk::{DeskError, IssueError};
use crate::issuance::entry::Issuance;
use crate::report::{Settled, Urgency};

impl Reader {
    pub(super) async fn wipe_card(&self, order: WipeOrder, job: &Job) -> Result<Wiped, DeskError> {
        let card = self.take(order.patience, job).await?;
        let wiper = Wiper::new(self.parts.journal()?, Arc::clone(&self.parts.setup));
        let wipeable = job.unless_ended(wiper.look(&card.card)).await??;
        let found = wipeable.uid();
        if let Some(wanted) = order.card.filter(|wanted| *wanted != found) {
            return Err(DeskError::OtherCard { found, wanted });
        }
        if let Some(record) = wipeable.record_beside() {
            if !order.beside {
                let error = WipeError::Beside {
                    card_uid: found,
                    acs_credential_id: record.acs_credential_id.clone(),
                    others: wipeable.others().to_vec(),
                };
                return Err(error.into());
            }
        } else if !order.valid
            && let judged = wipeable.valid_record(self.parts.queue.as_deref())
            && let Some(record) = job.unless_ended(judged).await?
        {
            let acs_credential_id = record.acs_credential_id.clone();
            let error = WipeError::Valid {
                card_uid: found,
                acs_credential_id,
            };
            return Err(error.into());
        }
        job.begin();
        let observer = job.observer();
        let card_type = wipeable.card_type();
        let issuances = wiper.wipe(&card.card, wipeable, &observer).await?;
        let encoder = card.card.encoder().clone();
        job.tell(Notice::wiped(encoder, found, card_type));
        for issuance in &issuances {
            job.tell(Notice::Wiped(issuance.clone()));
        }
        if let Some(others) = &self.parts.others {
            others.wiped(found).await?;
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
        let journal = self.parts.journal()?;
        if let Some(reporter) = &self.parts.reporter {
            let observer = job.observer();
            let settled = |settled: &Settled| tell(settled, &observer);
            // One that does not get out in time stays to be sent.
            if let Ok(drained) = job
                .soon(reporter.drain(journal, Urgency::Now, &settled))
                .await
            {
                drained.map_err(IssueError::Journal)?;
            }
        }
        let now = journal.read(move |journal| {
            let now = |issuance: Issuance| {
                let now = journal.issuance(issuance.issuance_id)?;
                Ok(now.unwrap_or(issuance))
            };
            wiped.into_iter().map(now).collect()
        });
        Ok(now.await.map_err(IssueError::Journal)?)
    }
}
