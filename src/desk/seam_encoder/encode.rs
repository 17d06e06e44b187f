//! An order for an encoder of Seam's: which credential, and everything that can be refused before Seam is asked.

use std::time::Duration;

use jiff::Timestamp;

use super::SeamEncoder;
use crate::desk::job::Job;
use crate::desk::notice::{Committing, GivenUp, Notice, Observer};
use crate::desk::target::{EncodeOrder, Selection};
use crate::desk::{DeskError, IssueError, Wanted};
use crate::issuance::entry::{Issuance, new_id};
use crate::issuance::journal::{JournalError, Lease};
use crate::issuance::policy::{
    Allowed, credential_may_be_issued, kind_after, reissue_warnings, seam_allows,
};
use crate::issuance::refusal::Refusal;
use crate::issuance::seam_encode::SeamEncode;
use crate::issuance::state::State;
use crate::queue::{Claim, Line};
use crate::seam::{AcsCredential, CreateAcsCredential};

/// What Seam can be asked, once the journal has it.
struct Prepared {
    encode: SeamEncode,
    /// The card of ours that the credential was on last.
    last_written: Option<Issuance>,
    /// What is unfinished here, and given up for this.
    superseded: Vec<Issuance>,
    /// Held until that is done.
    leases: Vec<Lease>,
    /// What Seam was asked before, and is given up for this.
    asked_before: Option<SeamEncode>,
}

impl SeamEncoder {
    pub(super) async fn encode_by_seam(
        &self,
        order: EncodeOrder,
        job: &Job,
    ) -> Result<SeamEncode, DeskError> {
        let EncodeOrder {
            selection,
            allowed,
            patience,
        } = order;
        let (claim, credential) = match selection {
            Selection::Create(request) => {
                let created = self.create(&request, allowed, patience, job);
                return Box::pin(created).await;
            }
            Selection::Credential(id) => self.fetched(&id, job).await?,
            Selection::Fetched(credential) => {
                let claim = self.claimed(&credential.acs_credential_id)?;
                (claim, *credential)
            }
            Selection::AccessMethod(id) => {
                let behind = self.agent.credential_behind(&id);
                let credential = job.unless_ended(behind).await??;
                (self.claimed(&credential.acs_credential_id)?, credential)
            }
            Selection::Next => job.unless_ended(self.next(allowed, job)).await??,
        };
        self.put(&claim, &credential, allowed, patience, job).await
    }

    fn claimed(&self, acs_credential_id: &str) -> Result<Claim, IssueError> {
        let claim = self.agent.queue.claim(acs_credential_id);
        Ok(claim.ok_or(Refusal::BeingIssued)?)
    }

    async fn fetched(&self, id: &str, job: &Job) -> Result<(Claim, AcsCredential), DeskError> {
        let claim = self.claimed(id)?;
        let credential = job.unless_ended(self.agent.queue.fetch(id)).await?;
        Ok((claim, credential.map_err(IssueError::from)?))
    }

    /// The credential of this encoder's access system that has waited longest and can be issued.
    async fn next(
        &self,
        allowed: Allowed,
        job: &Job,
    ) -> Result<(Claim, AcsCredential), IssueError> {
        let agent = &self.agent;
        let observer = job.observer();
        agent.check(Wanted::Next, allowed, &observer).await?;
        let known = agent.queue.ready(&agent.journal).await;
        agent.tell_left_out(&observer);
        known?;
        let system = self.info.acs_system_id.as_deref().unwrap_or_default();
        let mut line = Line::of_system(system);
        while let Some((claim, credential)) = agent.queue.next(&agent.journal, &mut line).await? {
            let now = agent.now(&observer);
            if self.is_of_this_system(&credential)
                && credential_may_be_issued(&credential, &[], allowed, now).is_ok()
            {
                return Ok((claim, credential));
            }
        }
        Err(IssueError::NothingWaiting)
    }

    async fn create(
        &self,
        request: &CreateAcsCredential,
        allowed: Allowed,
        patience: Duration,
        job: &Job,
    ) -> Result<SeamEncode, DeskError> {
        let agent = &self.agent;
        let observer = job.observer();
        let obtained = agent.obtain_without_card(request, &observer);
        let new = job.soon(obtained).await??;
        let encoded = match new.wanted() {
            Wanted::Fetched(credential) => match self.claimed(&credential.acs_credential_id) {
                Ok(claim) => self.put(&claim, credential, allowed, patience, job).await,
                Err(error) => Err(error.into()),
            },
            Wanted::Credential(id) => match self.fetched(id, job).await {
                Ok((claim, credential)) => {
                    self.put(&claim, &credential, allowed, patience, job).await
                }
                Err(error) => Err(error),
            },
            Wanted::Next => Err(IssueError::NothingWaiting.into()),
        };
        let settled = job.soon(agent.settle(request, &new, &observer)).await;
        match encoded {
            Err(DeskError::Stopped | DeskError::Cancelled) => {
                settled?.map_err(IssueError::Journal)?;
                encoded
            }
            // The card comes first: what could not be settled is found by the next try.
            encoded => encoded,
        }
    }

    /// Refuses what can be refused, notes what Seam is asked, and asks.
    async fn put(
        &self,
        claim: &Claim,
        credential: &AcsCredential,
        allowed: Allowed,
        patience: Duration,
        job: &Job,
    ) -> Result<SeamEncode, DeskError> {
        let observer = job.observer();
        job.tell(Notice::tried(&self.info.name, claim.acs_credential_id()));
        let prepared = Box::pin(self.prepare(credential, allowed, &observer));
        let prepared = job.unless_ended(prepared).await??;
        let begun = self.begin(prepared, &observer);
        let encode = job.unless_cancelled(begun).await??;
        Box::pin(self.ask(encode, patience, job)).await
    }

    async fn prepare(
        &self,
        credential: &AcsCredential,
        allowed: Allowed,
        observer: &Observer,
    ) -> Result<Prepared, IssueError> {
        let agent = &self.agent;
        if !self.is_of_this_system(credential) {
            let encoder = self.info.name.to_string();
            return Err(Refusal::EncoderOfAnotherSystem { encoder }.into());
        }
        let id = &credential.acs_credential_id;
        let mut by_seam = agent.by_seam(id).await?;
        if let Some(open) = by_seam.as_mut().filter(|encode| encode.is_open()) {
            agent.settle_at_seam(open).await?;
        }
        let by_seam = by_seam.filter(|encode| encode.is_open() || encode.is_issued());
        seam_allows(by_seam.as_ref(), credential, allowed)?;
        let written = agent.written(id).await?;
        let now = agent.now(observer);
        let kind = credential_may_be_issued(credential, &written, allowed, now)?;
        let (mut superseded, mut leases) = (Vec::new(), Vec::new());
        if let Some(open) = agent.open_of_credential(id).await? {
            let card_uid = open.card_uid;
            // Nothing was written for one that is only claimed: it can go without asking.
            if open.state() != State::Claiming {
                let lease = agent.journal.lease(open.issuance_id)?;
                leases.push(lease.ok_or(Refusal::BeingWritten { card_uid })?);
                if !allowed.reissue {
                    return Err(Refusal::OpenOnAnotherCard { card_uid }.into());
                }
            }
            superseded.push(open);
        }
        let claimed_at = Timestamp::now();
        let encode = SeamEncode {
            issuance_id: new_id(claimed_at),
            acs_credential_id: id.clone(),
            acs_encoder_id: self.info.acs_encoder_id,
            encoder: self.info.name.to_string(),
            display_name: Some(credential.display_name.clone())
                .filter(|name| !name.trim().is_empty()),
            kind: kind_after(by_seam.as_ref(), kind),
            answers: reissue_warnings(credential).map(str::to_owned).collect(),
            issued_before: credential.issued_at.value().cloned(),
            claimed_at,
            action_attempt_id: None,
            outcome: None,
            ended_at: None,
        };
        Ok(Prepared {
            encode,
            last_written: written.into_iter().next(),
            superseded,
            leases,
            asked_before: by_seam.filter(SeamEncode::is_open),
        })
    }

    /// Notes that Seam is about to be asked.
    async fn begin(
        &self,
        prepared: Prepared,
        observer: &Observer,
    ) -> Result<SeamEncode, IssueError> {
        let Prepared {
            encode,
            last_written,
            superseded,
            leases,
            asked_before,
        } = prepared;
        let _committing = Committing::begin(observer);
        if let Some(earlier) = asked_before {
            self.agent.give_up_at_seam(earlier, observer).await?;
        }
        let journal = &self.agent.journal;
        let begun = journal.begin_at_seam(&encode, last_written.as_ref(), &superseded);
        let is_begun = match begun.await {
            Err(JournalError::Overtaken { .. }) => false,
            begun => begun?,
        };
        if !is_begun {
            return Err(Refusal::BeingIssued.into());
        }
        drop(leases);
        for issuance in superseded {
            let why = GivenUp::Superseded;
            observer(Notice::GivenUp { issuance, why });
        }
        observer(Notice::AskedSeam(encode.clone()));
        Ok(encode)
    }

    fn is_of_this_system(&self, credential: &AcsCredential) -> bool {
        let system = self.info.acs_system_id.as_deref();
        system.is_some_and(|system| system.eq_ignore_ascii_case(&credential.acs_system_id))
    }
}
