//! One credential onto the card: ask the API, claim or go on, write, and conclude from reading the card back.

use std::sync::Arc;
use std::time::Duration;

use cardbridge_drivers::contract::Progress;
use jiff::Timestamp;
use tokio::time::timeout;
use tracing::Instrument;

use super::card_job::{CardJob, overtaken_is_refused};
use crate::desk::IssueError;
use crate::desk::notice::{Committing, GivenUp, Notice};
use crate::issuance::entry::{Issuance, Kind};
use crate::issuance::journal::Lease;
use crate::issuance::key_versions;
use crate::issuance::policy::{Allowed, Overwrite, credential_may_be_issued, is_left_by};
use crate::issuance::refusal::Refusal;
use crate::issuance::state::Event;
use crate::issuance::write_verify::{WriteError, write_and_read_back};
use crate::queue::{Begun, Claim};
use crate::seam::{AcsCredential, SeamError};

/// How long the API may take to say what has become of the stay of a card that is good already.
const PATIENCE: Duration = Duration::from_secs(5);

impl CardJob<'_> {
    pub(super) async fn issue(&self, acs_credential_id: &str) -> Result<Issuance, IssueError> {
        self.tries(acs_credential_id);
        let claim = self
            .agent
            .queue
            .claim(acs_credential_id)
            .ok_or(Refusal::BeingIssued)?;
        let open = self
            .open()
            .await?
            .filter(|open| open.acs_credential_id == acs_credential_id);
        if let Some(open) = &open
            && self.is_whole(open)
        {
            // Only the last answer was lost. The card is good, whatever the API says by now, and is reported.
            let issuance = self.found_whole(open.clone()).await?;
            let asked = self.agent.queue.fetch(acs_credential_id);
            match timeout(PATIENCE, asked).await {
                Ok(Ok(credential)) => self.tell_of_another_end(&issuance, &credential),
                Ok(Err(error)) => {
                    tracing::debug!("it is not known whether the stay has changed: {error}");
                }
                Err(_) => tracing::debug!("it is not known whether the stay has changed"),
            }
            return Ok(issuance);
        }
        match (self.agent.queue.fetch(acs_credential_id).await, open) {
            (Ok(credential), open) => {
                if let Some(open) = open {
                    self.agent.journal.note_found(open.issuance_id).await?;
                }
                self.put(&claim, &credential).await
            }
            (Err(SeamError::Refused(refusal)), Some(open)) if refusal.is_not_found() => {
                Err(self.not_found(refusal, open).await?)
            }
            (Err(error), _) => Err(error.into()),
        }
    }

    pub(super) async fn put(
        &self,
        claim: &Claim,
        credential: &AcsCredential,
    ) -> Result<Issuance, IssueError> {
        let id = claim.acs_credential_id();
        self.tries(id);
        match self.open().await? {
            Some(open) if open.acs_credential_id == id => {
                let span = open.span();
                self.resume(open, credential).instrument(span).await
            }
            on_card => {
                let asked = id.to_owned();
                let of_credential = self
                    .agent
                    .journal
                    .read(move |journal| journal.open_of_credential(&asked))
                    .await?;
                let (superseded, leases) = self.supersede(on_card, of_credential)?;
                let (issuance, lease) = self.claim(credential, &superseded).await?;
                drop(leases);
                self.begin_for_all(&issuance, true).await?;
                let span = issuance.span();
                self.write(issuance, lease).instrument(span).await
            }
        }
    }

    /// Goes on with an issuance that stopped, with the bytes it began with.
    pub(super) async fn resume(
        &self,
        mut open: Issuance,
        credential: &AcsCredential,
    ) -> Result<Issuance, IssueError> {
        let now = self.agent.now(self.observer);
        let began = Allowed {
            reissue: self.allowed.reissue || open.kind == Kind::Again,
            overwrite: if self.may_overwrite() || open.overwrite || is_left_by(&open, &self.look) {
                Overwrite::Card(open.card_uid)
            } else {
                Overwrite::Never
            },
        };
        let id = open.acs_credential_id.clone();
        let known = self.agent.known_of(&id).await?;
        if let Err(refusal) = credential_may_be_issued(credential, &known.past, began, now) {
            if refusal.is_final() {
                self.give_up(open, GivenUp::Refused(refusal.to_string()))
                    .await?;
            }
            return Err(refusal.into());
        }
        let look = &self.look;
        key_versions::can_be_finished(
            &open,
            self.agent.setup.drivers.settings().site_keys.as_ref(),
        )?;
        self.card_may_be_written(Some(&open.acs_credential_id), began, now)
            .await?;
        look.card
            .check_fits(open.record.len())
            .map_err(|error| self.does_not_take(error))?;
        let version = look.card.key_version();
        let keys = key_versions::to_go_on(version, look.inspection().keys, &open);
        if keys.version != open.key_version || keys.earlier != open.earlier_keys {
            self.agent
                .journal
                .note_keys(&mut open, keys.version, keys.earlier)
                .await
                .map_err(overtaken_is_refused)?;
        }
        let lease = self.begin_again(&mut open).await?;
        self.begin_for_all(&open, false).await?;
        let issuance = self.write(open, lease).await?;
        self.tell_of_another_end(&issuance, credential);
        Ok(issuance)
    }

    /// Takes an issuance that stopped up again.
    async fn begin_again(&self, open: &mut Issuance) -> Result<Lease, IssueError> {
        let lease = self.lease(open)?;
        let _committing = Committing::begin(self.observer);
        self.agent
            .journal
            .advance(open, Event::WriteBegins, Timestamp::now())
            .await
            .map_err(overtaken_is_refused)?;
        (self.observer)(Notice::Claimed(open.clone()));
        Ok(lease)
    }

    /// Says to the other desks that the first write comes next. Where one of them has taken over, what was begun here is given up.
    async fn begin_for_all(&self, issuance: &Issuance, is_new: bool) -> Result<(), IssueError> {
        let refused = match self.agent.may_begin(issuance.issuance_id).await {
            Ok(Begun::Yes) => return Ok(()),
            Ok(Begun::TakenOver(desk)) => Refusal::TakenOver { desk }.into(),
            // Another try may do for what was begun before.
            Err(error) if !is_new => return Err(error),
            Err(error) => error,
        };
        self.give_up(issuance.clone(), GivenUp::Refused(refused.to_string()))
            .await?;
        Err(refused)
    }

    /// Writes what the journal says is being written.
    async fn write(&self, mut issuance: Issuance, lease: Lease) -> Result<Issuance, IssueError> {
        let journal = &self.agent.journal;
        tracing::info!(card_uid = %issuance.card_uid, "writing");
        // Held until the journal knows what came of it, and by the card's thread for as long as that is at it, whether or not
        // anybody still waits for it.
        let lease = Arc::new(lease);
        let record = issuance.record.clone();
        let setup = Arc::clone(&self.agent.setup);
        let progress = {
            let observer = Arc::clone(self.observer);
            let issuance_id = issuance.issuance_id;
            move |progress: Progress| {
                observer(Notice::Writing {
                    issuance_id,
                    progress,
                });
            }
        };
        let look = Arc::clone(&self.look);
        let held = Arc::clone(&lease);
        let outcome = self
            .card
            .run(move |channel| {
                let _held = held;
                write_and_read_back(channel, &look, &record, setup.keys.all(), progress)
            })
            .await;
        match outcome.unwrap_or_else(|lost| Err(WriteError::Stopped(lost.into()))) {
            Ok(()) => self.found_whole(issuance).await,
            Err(error) => {
                tracing::warn!(?error, "not written");
                let event = Event::Interrupted;
                // A card that is still `writing` in the journal is finished like one that is `torn`.
                let advanced = journal.advance(&mut issuance, event, Timestamp::now());
                if let Err(error) = advanced.await {
                    (self.observer)(Notice::JournalTrouble(Arc::new(error)));
                }
                let issuance = Box::new(issuance);
                Err(match error {
                    WriteError::Stopped(cause) => IssueError::Interrupted { cause, issuance },
                    WriteError::Differs => IssueError::NotVerified { issuance },
                })
            }
        }
    }
}
