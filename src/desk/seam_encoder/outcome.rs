//! What has come of an encode, as one look at Seam tells: at the attempt, or where that does not say, at the credential.

use jiff::{SignedDuration, Timestamp};

use super::error::failure_in;
use crate::desk::Agent;
use crate::issuance::seam_encode::{Outcome, SeamEncode};
use crate::seam::{
    AcsCredential, ActionAttempt, ActionAttemptErrorType, ActionAttemptStatus, ActionResult,
    SeamError,
};

/// After that long, an encode of which Seam knows nothing has not taken place: no encoder waits for a card for so long.
const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_mins(10);

impl Agent {
    /// What has come of it by now; none while that is not known.
    pub(super) async fn outcome_at_seam(
        &self,
        encode: &SeamEncode,
    ) -> Result<Option<Outcome>, SeamError> {
        if let Some(id) = &encode.action_attempt_id {
            match self.queue.attempt(id).await {
                Ok(attempt) => return self.outcome_of(encode, attempt).await,
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error),
            }
        }
        let seen = self.seen_issued(encode).await?;
        let is_forgotten = || {
            let end = encode.claimed_at.saturating_add(FORGOTTEN_AFTER);
            end.is_ok_and(|end| end <= Timestamp::now())
        };
        Ok(match seen {
            None if is_forgotten() => Some(Outcome::Failed {
                code: "encode_failed".to_owned(),
                message: "Seam knows of no card for the credential".to_owned(),
            }),
            seen => seen,
        })
    }

    /// What an attempt says has come of it.
    pub(super) async fn outcome_of(
        &self,
        encode: &SeamEncode,
        attempt: ActionAttempt,
    ) -> Result<Option<Outcome>, SeamError> {
        match attempt.status {
            ActionAttemptStatus::Success => {}
            ActionAttemptStatus::Error => {
                let (code, message) = match attempt.error {
                    Some(error) => (error.error_type.as_str().to_owned(), error.message),
                    None => (
                        "encode_failed".to_owned(),
                        "it failed without a reason".to_owned(),
                    ),
                };
                let seen = if is_unsure(&code) {
                    self.seen_issued(encode).await?
                } else {
                    None
                };
                return Ok(seen.or(Some(Outcome::Failed { code, message })));
            }
            ActionAttemptStatus::Pending | ActionAttemptStatus::Unknown(_) => return Ok(None),
        }
        let card_number = match attempt.result {
            Some(ActionResult::Credential(credential)) => credential.card_number.value().cloned(),
            _ => None,
        };
        Ok(Some(Outcome::Issued { card_number }))
    }

    /// What the credential says: that it was issued since Seam was asked, or nothing.
    async fn seen_issued(&self, encode: &SeamEncode) -> Result<Option<Outcome>, SeamError> {
        match self.queue.fetch(&encode.acs_credential_id).await {
            Ok(credential) if is_issued_since(&credential, encode) => Ok(Some(Outcome::Issued {
                card_number: credential.card_number.value().cloned(),
            })),
            Ok(_) => Ok(None),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Whether the encoder may still have written the card: it was not heard to the end.
fn is_unsure(word: &str) -> bool {
    matches!(
        failure_in(word),
        ActionAttemptErrorType::UncategorizedError
            | ActionAttemptErrorType::ActionAttemptExpired
            | ActionAttemptErrorType::EncoderCommunicationTimeout
            | ActionAttemptErrorType::BridgeDisconnected
            | ActionAttemptErrorType::Unknown(_)
    )
}

fn is_issued_since(credential: &AcsCredential, encode: &SeamEncode) -> bool {
    credential.is_known_issued()
        && (encode.issued_before.is_none()
            || credential.issued_at.value() != encode.issued_before.as_ref())
}
