//! From the entry in the journal to what came of it: Seam is asked once, and then followed.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, sleep, timeout};

use super::{AtSeamError, SeamEncoder};
use crate::desk::job::Job;
use crate::desk::notice::Notice;
use crate::desk::stop::LAST_WORDS;
use crate::desk::{Agent, DeskError, IssueError};
use crate::issuance::journal::JournalError;
use crate::issuance::seam_encode::{Outcome, SeamEncode};
use crate::seam::SeamError;

/// The pause before Seam is asked how far it is, doubled each time up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

impl SeamEncoder {
    /// Asks Seam for what the journal says that it is asked for, and follows it for as long as it is waited for.
    pub(super) async fn ask(
        &self,
        mut encode: SeamEncode,
        patience: Duration,
        job: &Job,
    ) -> Result<SeamEncode, DeskError> {
        let until = Instant::now() + patience;
        let asked = self
            .agent
            .queue
            .encode_on(&self.acs_encoder_id, &encode.acs_credential_id);
        let late = async {
            job.stopped().await;
            sleep(LAST_WORDS).await;
        };
        let asked = tokio::select! {
            biased;
            asked = asked => asked,
            () = late => return Err(stopped(encode)),
        };
        let in_doubt = match asked {
            Ok(attempt) => {
                let id = &attempt.action_attempt_id;
                if let Err(error) = self.agent.journal.note_taken_on(&mut encode, id).await {
                    // It is followed all the same; only a later start has to go by the credential.
                    encode.action_attempt_id = Some(id.clone());
                    job.tell(Notice::JournalTrouble(Arc::new(error)));
                }
                job.tell(Notice::AskedSeam(encode.clone()));
                None
            }
            Err(error) if error.may_have_happened() => Some(Arc::new(error)),
            Err(error) => {
                let outcome = Outcome::Failed {
                    code: error.code().to_owned(),
                    message: error.to_string(),
                };
                self.end(&mut encode, outcome, job).await?;
                return Err(IssueError::from(error).into());
            }
        };
        self.follow(encode, in_doubt, until, patience, job).await
    }

    async fn follow(
        &self,
        mut encode: SeamEncode,
        in_doubt: Option<Arc<SeamError>>,
        until: Instant,
        patience: Duration,
        job: &Job,
    ) -> Result<SeamEncode, DeskError> {
        let mut pause = FIRST_PAUSE;
        loop {
            tokio::select! {
                () = sleep(pause.max(self.agent.queue.rest())) => {}
                () = job.stopped() => return Err(stopped(encode)),
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
            let left = until.saturating_duration_since(Instant::now());
            match timeout(left.max(LONGEST_PAUSE), self.agent.outcome_at_seam(&encode)).await {
                Ok(Ok(Some(outcome))) => {
                    self.end(&mut encode, outcome, job).await?;
                    return if encode.is_issued() {
                        Ok(encode)
                    } else {
                        let encode = Box::new(encode);
                        Err(IssueError::AtSeam(AtSeamError::Failed { encode }).into())
                    };
                }
                Ok(Ok(None)) | Err(_) => {}
                Ok(Err(error)) => tracing::debug!("not known how far it is: {error}"),
            }
            if Instant::now() >= until {
                self.agent.unsettled.notify_one();
                let encode = Box::new(encode);
                let after = patience;
                return Err(IssueError::AtSeam(match in_doubt {
                    Some(cause) => AtSeamError::InDoubt { encode, cause },
                    None => AtSeamError::NotEnded { encode, after },
                })
                .into());
            }
        }
    }

    async fn end(
        &self,
        encode: &mut SeamEncode,
        outcome: Outcome,
        job: &Job,
    ) -> Result<(), IssueError> {
        let noted = self.agent.end_at_seam(encode, outcome).await;
        if noted.is_err() {
            self.agent.unsettled.notify_one();
        }
        noted?;
        job.tell(Notice::SeamHasEncoded(encode.clone()));
        Ok(())
    }
}

impl Agent {
    /// Notes what has come of it.
    pub(super) async fn end_at_seam(
        &self,
        encode: &mut SeamEncode,
        outcome: Outcome,
    ) -> Result<(), JournalError> {
        let at = Timestamp::now();
        self.journal.end_at_seam(encode, outcome, at).await
    }

    /// Looks once whether it is known by now what came of it, and notes that.
    pub(super) async fn settle_at_seam(&self, encode: &mut SeamEncode) -> Result<(), IssueError> {
        if let Some(outcome) = self.outcome_at_seam(encode).await? {
            self.end_at_seam(encode, outcome).await?;
        }
        Ok(())
    }
}

fn stopped(encode: SeamEncode) -> DeskError {
    let encode = Box::new(encode);
    IssueError::AtSeam(AtSeamError::Stopped { encode }).into()
}
