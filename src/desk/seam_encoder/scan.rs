//! Has an encoder of Seam's read a card.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::SeamEncoder;
use super::error::failure_in;
use crate::desk::job::Job;
use crate::desk::notice::Contents;
use crate::desk::target::{OnRecord, Scan};
use crate::desk::{DeskError, IssueError};
use crate::seam::{
    ActionAttempt, ActionAttemptErrorType, ActionAttemptStatus, ActionResult, AttemptError,
    ScanResult, ScanWarningCode, SeamError,
};

/// The pause before Seam is asked how far it is.
const PAUSE: Duration = Duration::from_millis(500);

impl SeamEncoder {
    /// It changes nothing, so it may end at any time.
    pub(super) async fn scan_by_seam(
        &self,
        patience: Duration,
        job: &Job,
    ) -> Result<Scan, DeskError> {
        let found = self.found(patience);
        let found = job
            .unless_ended(found)
            .await?
            .map_err(|error| match &error {
                SeamError::Attempt(AttemptError::Failed { failure, .. })
                    if failure_in(failure.error_type.as_str())
                        == ActionAttemptErrorType::NoCredentialOnEncoder =>
                {
                    DeskError::NoCard {
                        waited: patience,
                        encoder: Some(self.info.name.clone()),
                        trouble: None,
                    }
                }
                SeamError::Attempt(AttemptError::NotEnded { .. }) => DeskError::NoCard {
                    waited: patience,
                    encoder: Some(self.info.name.clone()),
                    trouble: None,
                },
                _ => IssueError::from(error).into(),
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
            let ActionAttempt {
                action_attempt_id,
                status,
                result,
                error,
                ..
            } = attempt;
            match (status, result, error) {
                (ActionAttemptStatus::Success, Some(ActionResult::Scan(found)), _) => {
                    return Ok(*found);
                }
                (ActionAttemptStatus::Error, _, Some(failure)) => {
                    return Err(SeamError::Attempt(AttemptError::Failed {
                        action_attempt_id,
                        failure,
                    }));
                }
                (ActionAttemptStatus::Success | ActionAttemptStatus::Error, ..) => {
                    return Err(SeamError::Attempt(AttemptError::FailedSilently {
                        action_attempt_id,
                    }));
                }
                (status, ..) if begin.elapsed() >= patience => {
                    return Err(SeamError::Attempt(AttemptError::NotEnded {
                        action_attempt_id,
                        status,
                        after: patience,
                    }));
                }
                _ => {}
            }
            sleep(PAUSE.max(self.agent.queue.rest())).await;
            attempt = self.agent.queue.attempt(&action_attempt_id).await?;
        }
    }
}

/// What is on the card, in short. A card of the access system counts as good where Seam finds its credential, and both agree.
fn contents(found: &ScanResult) -> Contents {
    let Some(card) = &found.acs_credential_on_encoder else {
        return Contents::without_record("blank");
    };
    let on_seam = found.acs_credential_on_seam.as_ref();
    let is_out = |warning: &crate::seam::ScanWarning| {
        warning.warning_code == ScanWarningCode::AcsCredentialOnEncoderOutOfSync
    };
    Contents {
        contents: "vendor_card",
        verified: on_seam.is_some() && !found.warnings.iter().any(is_out),
        acs_credential_id: on_seam.map(|credential| credential.acs_credential_id.clone()),
        ends_at: card.ends_at.clone(),
        card_number: card.card_number.clone(),
    }
}
