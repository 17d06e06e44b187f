//! Has an encoder of Seam's read a card.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::SeamEncoder;
use super::error::failure_in;
use crate::desk::contents::{Contents, ContentsKind};
use crate::desk::job::Job;
use crate::desk::target::{OnRecord, Scan};
use crate::desk::{DeskError, IssueError};
use crate::seam::{
    ActionAttemptErrorType, ActionAttemptStatus, ActionResult, AttemptError, ScanResult,
    ScanWarning, ScanWarningCode, SeamError,
};

/// The pause before Seam is asked how far it is.
const PAUSE: Duration = Duration::from_millis(500);

impl SeamEncoder {
    /// Has the encoder read a card. That changes nothing, so it may be stopped at any time.
    pub(super) async fn scan_by_seam(
        &self,
        patience: Duration,
        job: &Job,
    ) -> Result<Scan, DeskError> {
        let found = job.unless_ended(self.found(patience)).await?;
        let found = found.map_err(|error| {
            if is_without_card(&error) {
                DeskError::NoCard {
                    waited: patience,
                    encoder: Some(self.info.name.clone()),
                    trouble: None,
                }
            } else {
                IssueError::from(error).into()
            }
        })?;
        Ok(Scan {
            encoder: self.info.name.to_string(),
            contents: Some(contents(&found)),
            sight: None,
            reading: None,
            by_seam: Some(found),
            on_record: OnRecord::default(),
            journal_trouble: None,
        })
    }

    async fn found(&self, patience: Duration) -> Result<ScanResult, SeamError> {
        let begin = Instant::now();
        let mut attempt = self.agent.queue.scan_on(&self.acs_encoder_id).await?;
        loop {
            match attempt.status {
                ActionAttemptStatus::Success => {
                    return match attempt.result {
                        Some(ActionResult::Scan(found)) => Ok(*found),
                        _ => Err(AttemptError::of_failed(attempt).into()),
                    };
                }
                ActionAttemptStatus::Error => return Err(AttemptError::of_failed(attempt).into()),
                ActionAttemptStatus::Pending | ActionAttemptStatus::Unknown(_) => {}
            }
            if begin.elapsed() >= patience {
                return Err(AttemptError::not_ended(attempt, patience).into());
            }
            sleep(PAUSE.max(self.agent.queue.rest())).await;
            attempt = self.agent.queue.attempt(&attempt.action_attempt_id).await?;
        }
    }
}

/// Whether no card came in time, as far as Seam says.
fn is_without_card(error: &SeamError) -> bool {
    match error {
        SeamError::Attempt(AttemptError::Failed { failure, .. }) => {
            let failure = failure_in(failure.error_type.as_str());
            failure == ActionAttemptErrorType::NoCredentialOnEncoder
        }
        SeamError::Attempt(AttemptError::NotEnded { .. }) => true,
        _ => false,
    }
}

/// What is on the card, in short. A card of the access system counts as good where Seam finds its credential, and both agree.
fn contents(found: &ScanResult) -> Contents {
    let Some(card) = &found.acs_credential_on_encoder else {
        return Contents::without_record(ContentsKind::Blank);
    };
    let on_seam = found.acs_credential_on_seam.as_ref();
    let is_out = |warning: &ScanWarning| {
        warning.warning_code == ScanWarningCode::AcsCredentialOnEncoderOutOfSync
    };
    Contents {
        contents: ContentsKind::VendorCard,
        verified: on_seam.is_some() && !found.warnings.iter().any(is_out),
        superseded: false,
        acs_credential_id: on_seam.map(|credential| credential.acs_credential_id.clone()),
        ends_at: card.ends_at.clone(),
        card_number: card.card_number.clone(),
    }
}
