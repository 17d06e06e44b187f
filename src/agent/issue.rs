//! One credential onto the card that lies on an encoder: decide, claim, write, read back.

use std::sync::Arc;

use cardbridge_drivers::contract::{DriverError, Progress};
use cardbridge_drivers::profiles::record_for;
use cardbridge_drivers::record::RecordError;
use jiff::Timestamp;
use thiserror::Error;
use uuid::Uuid;

use super::Agent;
use super::convert::card_credential;
use super::decide::{Allowed, card_may_be_written, credential_may_be_issued};
use super::intake::{IntakeError, Reservation};
use super::issuance::{Event, Issuance, Kind, Origin, State};
use super::journal::JournalError;
use super::look::{Look, Seen};
use super::notice::{Notice, Watcher};
use super::refusal::Refusal;
use super::write::{WriteError, holds, write_and_read_back};
use crate::encoder::CardSession;
use crate::seam::{AcsCredential, SeamError};

/// Why a card did not become a good one.
#[derive(Debug, Error)]
pub enum IssueError {
    /// Refused; nothing has changed.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The API refused or is unreachable; nothing has changed.
    #[error(transparent)]
    Api(#[from] SeamError),
    /// No credential waits for a card; nothing has changed.
    #[error("no credential is waiting for a card")]
    NothingWaiting,
    /// The journal failed. The card may be half-way; presenting it again finishes it.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The card could not be looked at; nothing has changed.
    #[error(transparent)]
    Unreadable(DriverError),
    /// Writing stopped. The journal knows; presenting the card again finishes it.
    #[error("the card was not finished: {cause}")]
    Interrupted {
        /// What stopped it.
        cause: DriverError,
        /// The issuance as it stands in the journal.
        issuance: Box<Issuance>,
    },
    /// Every command succeeded, yet the card does not hold what was written.
    #[error("the card was written but does not hold what was written")]
    NotVerified {
        /// The issuance as it stands in the journal.
        issuance: Box<Issuance>,
    },
}

impl IssueError {
    /// What the person at the desk should do now.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Refused(refusal) => refusal.hint(),
            Self::Api(error) => error.hint().to_owned(),
            Self::NothingWaiting => {
                "create a card credential in Seam, or name one with --credential".to_owned()
            }
            Self::Journal(error) => error.hint().to_owned(),
            Self::Unreadable(error) => error.hint(),
            Self::Interrupted { cause, issuance } => {
                format!(
                    "put card {} back: it will be finished. ({})",
                    issuance.card_uid,
                    cause.hint()
                )
            }
            Self::NotVerified { issuance } => format!(
                "put card {} back to try again; if it happens again the card is worn out: take another one with --reissue",
                issuance.card_uid
            ),
        }
    }
}

impl From<IntakeError> for IssueError {
    fn from(error: IntakeError) -> Self {
        match error {
            IntakeError::Api(error) => Self::Api(error),
            IntakeError::Journal(error) => Self::Journal(error),
        }
    }
}

impl Agent {
    /// Puts one credential onto the card, and ends when the card was read back and found good. The report is another
    /// step: see [`Agent::report`](super::Agent::report).
    ///
    /// If this card is half-way to this credential already, that issuance is finished with the bytes it began with.
    ///
    /// # Errors
    /// [`IssueError::Refused`] and those that say so have changed nothing.
    pub async fn issue(
        &self,
        card: &CardSession,
        acs_credential_id: &str,
        allowed: Allowed,
        watcher: &Watcher,
    ) -> Result<Issuance, IssueError> {
        let look = self.look_known(card).await?;
        self.issue_onto(card, look, acs_credential_id, allowed, watcher)
            .await
    }

    /// Puts the credential that has waited longest onto the card; first finishes what this card is half-way to.
    ///
    /// # Errors
    /// As [`issue`](Self::issue), and [`IssueError::NothingWaiting`].
    pub async fn issue_next(
        &self,
        card: &CardSession,
        allowed: Allowed,
        watcher: &Watcher,
    ) -> Result<Issuance, IssueError> {
        let look = self.look_known(card).await?;
        if let Some(open) = self.journal.open_on_card(&look.inspection.uid)? {
            return self
                .issue_onto(card, look, &open.acs_credential_id, allowed, watcher)
                .await;
        }
        // Before a credential is taken from the queue for a card that will not do.
        card_may_be_written(&look, "", allowed, Timestamp::now())?;
        let (reservation, credential) = self
            .intake
            .next(&self.journal)
            .await?
            .ok_or(IssueError::NothingWaiting)?;
        self.onto(card, look, &reservation, &credential, allowed, watcher)
            .await
    }

    /// Finishes what this card is half-way to; `None` when the journal holds nothing open for it.
    ///
    /// # Errors
    /// As [`issue`](Self::issue).
    pub async fn finish(
        &self,
        card: &CardSession,
        watcher: &Watcher,
    ) -> Result<Option<Issuance>, IssueError> {
        let look = self.look_known(card).await?;
        let Some(open) = self.journal.open_on_card(&look.inspection.uid)? else {
            return Ok(None);
        };
        self.issue_onto(
            card,
            look,
            &open.acs_credential_id,
            Allowed::default(),
            watcher,
        )
        .await
        .map(Some)
    }

    async fn issue_onto(
        &self,
        card: &CardSession,
        look: Look,
        acs_credential_id: &str,
        allowed: Allowed,
        watcher: &Watcher,
    ) -> Result<Issuance, IssueError> {
        let reservation = self
            .intake
            .reserve(acs_credential_id)
            .ok_or(Refusal::BeingIssued)?;
        let open = self
            .journal
            .open_on_card(&look.inspection.uid)?
            .filter(|open| open.acs_credential_id == acs_credential_id);
        if let Some(open) = &open
            && open.state != State::Claiming
            && holds(&look.inspection.contents, &open.record)
        {
            // Only the last answer was lost. The card is good, whatever the API says by now, and is reported.
            return self.found_whole(open.clone(), watcher);
        }
        match (self.intake.fetch(acs_credential_id).await, open) {
            (Ok(credential), _) => {
                self.onto(card, look, &reservation, &credential, allowed, watcher)
                    .await
            }
            (Err(error), Some(mut open)) if error.is_not_found() => {
                // Deleted while it was half-way: the card holds no valid record and never will hold this one.
                self.journal
                    .advance(&mut open, Event::GivenUp, Timestamp::now())?;
                Err(error.into())
            }
            (Err(error), _) => Err(error.into()),
        }
    }

    fn found_whole(&self, mut open: Issuance, watcher: &Watcher) -> Result<Issuance, IssueError> {
        self.journal
            .advance(&mut open, Event::Verified, Timestamp::now())?;
        watcher(Notice::Written(open.clone()));
        Ok(open)
    }

    async fn look_known(&self, card: &CardSession) -> Result<Look, IssueError> {
        match self.look(card).await.map_err(IssueError::Unreadable)? {
            Seen::Known(look) => Ok(*look),
            Seen::Unknown(_) => Err(Refusal::UnknownCard.into()),
        }
    }

    async fn onto(
        &self,
        card: &CardSession,
        look: Look,
        reservation: &Reservation,
        credential: &AcsCredential,
        allowed: Allowed,
        watcher: &Watcher,
    ) -> Result<Issuance, IssueError> {
        let uid = look.inspection.uid;
        let id = reservation.acs_credential_id();
        let on_card = self.journal.open_on_card(&uid)?;
        let of_credential = self.journal.open_of_credential(id)?;
        match (on_card, of_credential) {
            (Some(open), _) if open.acs_credential_id == id => {
                self.resume(card, look, open, credential, allowed, watcher)
                    .await
            }
            (on_card, of_credential) => {
                let superseded = supersede(on_card, of_credential, allowed)?;
                let issuance = self.claim(card, &look, credential, allowed, &superseded)?;
                self.write(card, look, issuance, watcher).await
            }
        }
    }

    /// Everything that can be refused is refused here; then the credential is taken and its bytes are fixed.
    fn claim(
        &self,
        card: &CardSession,
        look: &Look,
        credential: &AcsCredential,
        allowed: Allowed,
        superseded: &[Issuance],
    ) -> Result<Issuance, IssueError> {
        let now = Timestamp::now();
        let id = &credential.acs_credential_id;
        let kind = credential_may_be_issued(
            credential,
            self.journal.last_written(id)?.as_ref(),
            allowed,
            now,
        )?;
        card_may_be_written(look, id, allowed, now)?;
        let uid = look.inspection.uid;
        let card_number = credential
            .card_number
            .value()
            .cloned()
            .unwrap_or_else(|| uid.to_string());
        let content = card_credential(credential, card_number.clone())?;
        let record = record_for(&content, now.as_second())
            .map_err(Refusal::Contradictory)?
            .seal(self.keys.sealing(), &uid)
            .map_err(|error| unsealable(error, look))?;
        look.driver
            .admits(&look.inspection, record.len())
            .map_err(Refusal::Card)?;
        let new = Issuance {
            issuance_id: Uuid::now_v7(),
            acs_credential_id: id.clone(),
            card_uid: uid,
            card_number,
            card_type: look.inspection.model.name.to_owned(),
            driver: look.driver_name.to_owned(),
            state: State::Claiming,
            written_at: None,
            reported_at: None,
            encoder: card.encoder().to_string(),
            claimed_at: now,
            record,
            kind,
            overwrite: allowed.overwrite,
            origin: Origin {
                workspace_id: credential.workspace_id.clone(),
                acs_system_id: credential.acs_system_id.clone(),
                connected_account_id: credential.connected_account_id.clone(),
            },
        };
        // Another process may have taken the credential, or begun with this card, since the journal was looked at.
        let claimed = self.journal.claim(new, superseded)?;
        Ok(claimed.ok_or(Refusal::BeingIssued)?)
    }

    /// Goes on with an issuance that stopped, with the bytes it began with.
    async fn resume(
        &self,
        card: &CardSession,
        look: Look,
        mut open: Issuance,
        credential: &AcsCredential,
        allowed: Allowed,
        watcher: &Watcher,
    ) -> Result<Issuance, IssueError> {
        let now = Timestamp::now();
        let began = Allowed {
            reissue: allowed.reissue || open.kind == Kind::Again,
            overwrite: allowed.overwrite || open.overwrite,
        };
        if let Err(refusal) = credential_may_be_issued(
            credential,
            self.journal.last_written(&open.acs_credential_id)?.as_ref(),
            began,
            now,
        ) {
            if refusal.is_final() {
                // The card holds no valid record and never will hold this one: it is free again.
                self.journal.advance(&mut open, Event::GivenUp, now)?;
            }
            return Err(refusal.into());
        }
        card_may_be_written(&look, &open.acs_credential_id, began, now)?;
        look.driver
            .admits(&look.inspection, open.record.len())
            .map_err(Refusal::Card)?;
        self.write(card, look, open, watcher).await
    }

    async fn write(
        &self,
        card: &CardSession,
        look: Look,
        mut issuance: Issuance,
        watcher: &Watcher,
    ) -> Result<Issuance, IssueError> {
        self.journal
            .advance(&mut issuance, Event::WriteBegins, Timestamp::now())?;
        watcher(Notice::Claimed(issuance.clone()));
        let record = issuance.record.clone();
        let keys = Arc::clone(&self.keys);
        let progress = {
            let watcher = Arc::clone(watcher);
            let issuance_id = issuance.issuance_id;
            move |progress: Progress| {
                watcher(Notice::Writing {
                    issuance_id,
                    progress,
                });
            }
        };
        let outcome = card
            .run(move |channel| write_and_read_back(channel, &look, &record, keys.all(), progress))
            .await;
        let result = match outcome {
            Ok(result) => result,
            Err(lost) => Err(WriteError::Stopped(lost.into())),
        };
        let now = Timestamp::now();
        match result {
            Ok(()) => {
                self.journal.advance(&mut issuance, Event::Verified, now)?;
                watcher(Notice::Written(issuance.clone()));
                Ok(issuance)
            }
            Err(error) => {
                self.journal
                    .advance(&mut issuance, Event::Interrupted, now)?;
                let issuance = Box::new(issuance);
                Err(match error {
                    WriteError::Stopped(cause) => IssueError::Interrupted { cause, issuance },
                    WriteError::Differs => IssueError::NotVerified { issuance },
                })
            }
        }
    }
}

/// Which open issuances make way for a new one.
fn supersede(
    on_card: Option<Issuance>,
    of_credential: Option<Issuance>,
    allowed: Allowed,
) -> Result<Vec<Issuance>, Refusal> {
    let mut superseded = Vec::new();
    if let Some(open) = on_card {
        // Nothing was written for one that is only claimed: it can go without asking.
        if open.state != State::Claiming && !allowed.overwrite {
            return Err(Refusal::OpenForAnotherCredential {
                acs_credential_id: open.acs_credential_id,
            });
        }
        superseded.push(open);
    }
    if let Some(open) = of_credential {
        if open.state != State::Claiming && !allowed.reissue {
            return Err(Refusal::OpenOnAnotherCard {
                card_uid: open.card_uid,
            });
        }
        superseded.push(open);
    }
    Ok(superseded)
}

fn unsealable(error: RecordError, look: &Look) -> Refusal {
    match error {
        RecordError::RandomUid => Refusal::RandomUid(look.inspection.uid),
        RecordError::TooLong { bytes } => Refusal::Card(DriverError::TooSmall {
            needed: bytes,
            available: look.inspection.capacity,
            card: look.inspection.model.title,
            smallest: None,
        }),
        error => Refusal::Unsealable(error),
    }
}
