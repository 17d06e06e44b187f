//! An order for an encoder of Seam's: which credential, and everything that can be refused before Seam is asked.

use std::time::Duration;

use jiff::Timestamp;

use super::SeamEncoder;
use crate::desk::job::Job;
use crate::desk::notice::{Committing, GivenUp, Notice, Observer};
use crate::desk::other_desks::OfJournal;
use crate::desk::target::{EncodeOrder, Selection};
use crate::desk::{DeskError, IssueError, Wanted};
use crate::issuance::elsewhere::Fence;
use crate::issuance::entry::{Issuance, new_id};
use crate::issuance::journal::{JournalError, Lease};
use crate::issuance::past::Past;
use crate::issuance::policy::{Allowed, credential_may_be_issued, may_be_issued, reissue_warnings};
use crate::issuance::refusal::Refusal;
use crate::issuance::seam_encode::{Outcome, SeamEncode};
use crate::issuance::state::State;
use crate::queue::{Asked, Begun, Claim, Line};
use crate::seam::{AcsCredential, CreateAcsCredential};

/// What Seam can be asked, once the journal has it.
struct Prepared {
    encode: SeamEncode,
    /// What the journal knew of the credential.
    known: OfJournal,
    /// What is unfinished here, and given up for this.
    superseded: Vec<Issuance>,
    /// Held until that is done.
    leases: Vec<Lease>,
    allowed: Allowed,
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
                && credential_may_be_issued(&credential, &Past::default(), allowed, now).is_ok()
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
        let begun = self.begin(prepared, credential, &observer);
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
        if let Some(mut open) = agent.by_seam(id).await?.filter(SeamEncode::is_open) {
            agent.settle_at_seam(&mut open).await?;
        }
        let known = agent.known_of(id).await?;
        let now = agent.now(observer);
        let kind = may_be_issued(credential, &known.past, allowed, now)?;
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
            kind,
            answers: reissue_warnings(credential).map(str::to_owned).collect(),
            issued_before: credential.issued_at.value().cloned(),
            claimed_at,
            action_attempt_id: None,
            outcome: None,
            ended_at: None,
        };
        Ok(Prepared {
            encode,
            known,
            superseded,
            leases,
            allowed,
        })
    }

    /// Notes that Seam is about to be asked.
    async fn begin(
        &self,
        prepared: Prepared,
        credential: &AcsCredential,
        observer: &Observer,
    ) -> Result<SeamEncode, IssueError> {
        let Prepared {
            mut encode,
            known,
            superseded,
            leases,
            allowed,
        } = prepared;
        let agent = &self.agent;
        let _committing = Committing::begin(observer);
        let asked = Asked {
            issuance_id: encode.issuance_id,
            acs_credential_id: encode.acs_credential_id.clone(),
            card_uid: None,
            encoder: encode.encoder.clone(),
            superseded: superseded
                .iter()
                .map(|open| (open.issuance_id, State::Abandoned))
                .collect(),
        };
        let now = agent.now(observer);
        let taken = agent.take(&asked, credential, &known, allowed, now).await?;
        encode.kind = taken.kind;
        let begun = self.note_in_journal(&encode, taken.fence, known, &superseded, observer);
        let is_begun = match begun.await {
            Err(JournalError::Overtaken { .. }) => Ok(false),
            begun => begun,
        };
        if !matches!(is_begun, Ok(true)) {
            agent.release(&asked, taken).await;
        }
        if !is_begun? {
            return Err(Refusal::BeingIssued.into());
        }
        drop(leases);
        self.begin_for_all(&mut encode).await?;
        for issuance in superseded {
            let why = GivenUp::Superseded;
            observer(Notice::GivenUp { issuance, why });
        }
        observer(Notice::AskedSeam(encode.clone()));
        Ok(encode)
    }

    async fn note_in_journal(
        &self,
        encode: &SeamEncode,
        fence: Option<Fence>,
        known: OfJournal,
        superseded: &[Issuance],
        observer: &Observer,
    ) -> Result<bool, JournalError> {
        if let Some(earlier) = known.by_seam.filter(SeamEncode::is_open) {
            self.agent.give_up_at_seam(earlier, observer).await?;
        }
        let last_written = known.written.first();
        self.agent
            .journal
            .begin_at_seam(encode, last_written, superseded, fence)
            .await
    }

    /// Says to the other desks that Seam is asked next. Where one of them has taken over, or they cannot be asked, Seam is not.
    async fn begin_for_all(&self, encode: &mut SeamEncode) -> Result<(), IssueError> {
        let refused: IssueError = match self.agent.may_begin(encode.issuance_id).await {
            Ok(Begun::Yes) => return Ok(()),
            Ok(Begun::TakenOver(desk)) => Refusal::TakenOver { desk }.into(),
            Err(error) => error,
        };
        let outcome = Outcome::Failed {
            code: "given_up".to_owned(),
            message: refused.to_string(),
        };
        self.agent.end_at_seam(encode, outcome).await?;
        Err(refused)
    }

    fn is_of_this_system(&self, credential: &AcsCredential) -> bool {
        let system = self.info.acs_system_id.as_deref();
        system.is_some_and(|system| system.eq_ignore_ascii_case(&credential.acs_system_id))
    }
}
