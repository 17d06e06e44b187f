//! Action attempts from the moment they are asked for until they have ended.
//!
//! An attempt is in the journal before the desk is given its work, and what comes of it before a caller sees that.

use std::collections::HashSet;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;
use serde_json::{Value, json};
use uuid::Uuid;

use super::api::{LocalApi, journal_failed};
use super::attempt_view::{name_card, view};
use super::failure::{Kind, of_desk};
use super::stage::Next;
use crate::desk::snapshot::EncoderView;
use crate::desk::target::{Encoded, Scan, Selection, Target, Which};
use crate::desk::ticket::Ticket;
use crate::desk::{DeskError, IssueError};
use crate::issuance::attempt::{Action, Attempt, AttemptFailure, Ended};
use crate::issuance::entry::Issuance;
use crate::issuance::journal::{Begun, JournalError};
use crate::issuance::policy::Allowed;
use crate::issuance::refusal::Refusal;
use crate::issuance::seam_encode::Outcome as AtSeam;
use crate::rpc;

/// How long an encode that has succeeded is given again: a client that lost the answer asks again at once.
const REPEATED_FOR: SignedDuration = SignedDuration::from_secs(10);

/// How long a staged attempt waits: time enough to take a card that is there.
const SOON: Duration = Duration::from_secs(2);

/// How long attempts are kept once they have ended.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What an attempt of this desk led to.
pub(super) type Outcome = Result<Value, AttemptFailure>;

impl LocalApi {
    /// An attempt as it is shown, begun now unless the same is under way.
    pub(super) async fn begin(self: &Arc<Self>, new: Attempt) -> Result<Value, rpc::Refusal> {
        // Before the journal has it, so that a caller who asks for the same at this moment does not take it for left over.
        let id = new.action_attempt_id;
        self.at_work().insert(id);
        let begun = match self.noted(&new).await {
            Ok(begun) => begun,
            Err(error) => {
                // It may be in the journal all the same, and nothing works at it.
                self.end_later(&new);
                return Err(journal_failed(&error));
            }
        };
        if !matches!(begun, Begun::New(_)) {
            self.at_work().remove(&id);
        }
        match begun {
            Begun::New(attempt) => self.work(attempt).await,
            // Of an earlier run of the program: the desk is given it again.
            Begun::Repeated(attempt)
                if attempt.ended.is_none() && self.at_work().insert(attempt.action_attempt_id) =>
            {
                self.work(attempt).await
            }
            Begun::Repeated(attempt) => Ok(view(&attempt)),
            Begun::Elsewhere => self.refuse_elsewhere(new).await,
        }
    }

    async fn noted(&self, new: &Attempt) -> Result<Begun, JournalError> {
        let now = new.begun_at;
        let before = |span: SignedDuration| now.saturating_sub(span).unwrap_or(now);
        let noted_since = |since| {
            self.journal()
                .begin_attempt(new.clone(), since, before(KEPT_FOR))
        };
        match noted_since(before(REPEATED_FOR)).await? {
            Begun::Repeated(earlier) if !self.still_holds(&earlier, new).await? => {
                noted_since(now).await
            }
            begun => Ok(begun),
        }
    }

    /// Two encoders do not wait with one credential.
    async fn refuse_elsewhere(&self, new: Attempt) -> Result<Value, rpc::Refusal> {
        let message = "the credential is being encoded on another encoder at this moment";
        let ended = Ended {
            at: new.begun_at,
            outcome: Err(Kind::Uncategorized.of(new.action.action_type(), message)),
        };
        let attempt = Attempt {
            credential: None,
            ended: Some(ended),
            ..new
        };
        let noted = self.journal().note_attempt(attempt.clone()).await;
        noted.map_err(|error| journal_failed(&error))?;
        Ok(view(&attempt))
    }

    /// Gives the desk an attempt, and gives it as it is then.
    async fn work(self: &Arc<Self>, attempt: Attempt) -> Result<Value, rpc::Refusal> {
        let staged = self.stage.as_ref().and_then(|stage| stage.take(&attempt));
        if let Some(Next::Fails(kind, _)) = staged {
            let failure = kind.of(attempt.action.action_type(), "this failure was simulated");
            let ended = self.end(attempt, Err(failure)).await;
            return ended
                .map(|attempt| view(&attempt))
                .map_err(|error| journal_failed(&error));
        }
        let target = Target {
            encoder: Some(Which::Id(attempt.acs_encoder_id)),
            patience: match staged {
                Some(Next::Soon) => SOON,
                _ => self.patience,
            },
        };
        let given = match &attempt.action {
            Action::Encode { acs_credential_id } => {
                let selection = Selection::Credential(acs_credential_id.clone());
                let ticket = self.desk.encode(selection, &target, Allowed::default());
                ticket.map(Given::Encode)
            }
            Action::Scan | Action::ScanToAssign { .. } => self.desk.scan(&target).map(Given::Scan),
        };
        let api = Arc::clone(self);
        match given {
            Ok(given) => {
                let pending = view(&attempt);
                tokio::spawn(async move { api.follow(attempt, given).await });
                Ok(pending)
            }
            Err(error) => {
                let failure = self.explain(&attempt, &error);
                let ended = self.end(attempt, Err(failure)).await;
                ended
                    .map(|attempt| view(&attempt))
                    .map_err(|error| journal_failed(&error))
            }
        }
    }

    /// Waits until the desk is done, and notes what came of it.
    async fn follow(self: &Arc<Self>, attempt: Attempt, given: Given) {
        let outcome = match given {
            Given::Encode(mut ticket) => match ticket.outcome().await {
                Ok(encoded) => Ok(self.encoded(&attempt, &encoded).await),
                Err(error) => match self.on_the_card_there(&attempt, &error).await {
                    Some(issuance) => {
                        let encoded = Encoded::Here(issuance);
                        Ok(self.encoded(&attempt, &encoded).await)
                    }
                    None => Err(self.explain(&attempt, &error)),
                },
            },
            Given::Scan(mut ticket) => match ticket.outcome().await {
                Ok(scan) => self.scanned(&attempt, &scan).await,
                Err(error) => Err(self.explain(&attempt, &error)),
            },
        };
        // What cannot be noted now is noted later.
        let _ = self.end(attempt, outcome).await;
    }

    /// The issuance that has put the credential onto the very card that is on the encoder, where the desk refuses another for that:
    /// what was asked for is so. The desk finishes by itself a card that is placed again, and a program may ask later.
    async fn on_the_card_there(&self, attempt: &Attempt, error: &DeskError) -> Option<Issuance> {
        let DeskError::Issue(IssueError::Refused(
            Refusal::AlreadyWritten { .. } | Refusal::AlreadyIssued { .. },
        )) = error
        else {
            return None;
        };
        self.on_encoder(attempt).await.ok()?
    }

    /// The encoder of an attempt, as it is now.
    pub(super) fn view_of(&self, attempt: &Attempt) -> Option<EncoderView> {
        let mut encoders = self.desk.snapshot().encoders.into_iter();
        encoders.find(|view| view.acs_encoder_id == attempt.acs_encoder_id)
    }

    /// The error of the desk, with what is known of the encoder by now.
    fn explain(&self, attempt: &Attempt, error: &DeskError) -> AttemptFailure {
        if matches!(error, DeskError::NoCard { trouble: None, .. }) {
            match self.view_of(attempt) {
                None => {
                    let message = "the encoder was unplugged";
                    return Kind::NotOnline.of(attempt.action.action_type(), message);
                }
                Some(view) if view.stuck => {
                    let message = "the encoder does not answer";
                    return Kind::Timeout.of(attempt.action.action_type(), message);
                }
                Some(_) => {}
            }
        }
        of_desk(attempt.action.action_type(), error)
    }

    /// The result of an encode: the credential as Seam has it, and this card.
    pub(super) async fn encoded(&self, attempt: &Attempt, encoded: &Encoded) -> Value {
        let mut credential = self
            .latest(encoded.acs_credential_id(), attempt.credential.as_ref())
            .await;
        match encoded {
            Encoded::Here(issuance) => name_card(&mut credential, issuance),
            Encoded::BySeam(encode) => {
                if let Some(AtSeam::Issued {
                    card_number: Some(number),
                }) = &encode.outcome
                {
                    credential["card_number"] = json!(number);
                }
            }
        }
        credential
    }

    /// A credential as Seam has it now, or had it when the attempt began.
    async fn latest(&self, acs_credential_id: &str, at_first: Option<&Value>) -> Value {
        match self.agent().queue().fetch(acs_credential_id).await {
            Ok(credential) => json!(credential),
            Err(error) => {
                tracing::warn!(
                    "the result of an action attempt is older than it could be: {error}"
                );
                at_first.cloned().unwrap_or_default()
            }
        }
    }

    /// Whether a credential is on its way onto a card.
    pub(super) async fn is_open(&self, acs_credential_id: &str) -> Result<bool, rpc::Refusal> {
        let id = acs_credential_id.to_owned();
        let open = self
            .journal()
            .read(move |journal| journal.open_of_credential(&id));
        let open = open.await.map_err(|error| journal_failed(&error))?;
        Ok(open.is_some())
    }

    pub(super) fn is_at_work(&self, id: Uuid) -> bool {
        self.at_work().contains(&id)
    }

    /// The attempts that this process ends.
    pub(super) fn at_work(&self) -> MutexGuard<'_, HashSet<Uuid>> {
        self.at_work.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the desk does for an attempt.
enum Given {
    Encode(Ticket<Encoded>),
    Scan(Ticket<Scan>),
}
