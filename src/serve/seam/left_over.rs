//! Attempts that a restart has cut off. They end truthfully: with success where the journal has the card as good, with an error where nothing
//! was written. Where a card is half-written the attempt stays pending until that card is placed again, by whatever command, or until it
//! expires.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::sleep;

use super::api::LocalApi;
use super::attempts::Outcome;
use super::ending::AGAIN_AFTER;
use super::failure::Kind;
use crate::desk::Update;
use crate::desk::notice::Notice;
use crate::desk::snapshot::encoder_id;
use crate::encoder::EncoderName;
use crate::issuance::attempt::Attempt;
use crate::issuance::encoded::Encoded;
use crate::issuance::entry::Issuance;
use crate::issuance::journal::{JournalError, JournalReader};

/// How long since its beginning an attempt waits for its half-written card.
const EXPIRES_AFTER: SignedDuration = SignedDuration::from_mins(10);

impl LocalApi {
    /// Ends what an earlier run of the program has left pending, as far as the journal says how; the rest is waited for.
    pub(super) fn take_up(self: &Arc<Self>) {
        let api = Arc::clone(self);
        tokio::spawn(async move {
            let mut events = api.desk.events();
            let mut left = api.settle().await;
            while let Some(expiry) = left {
                let news = async {
                    loop {
                        match events.next().await {
                            Some(update) if is_news(&update) => return true,
                            Some(_) => {}
                            // The desk has stopped.
                            None => return false,
                        }
                    }
                };
                let goes_on = tokio::select! {
                    () = sleep(expiry) => true,
                    goes_on = news => goes_on,
                };
                if !goes_on {
                    return;
                }
                left = api.settle().await;
            }
        });
    }

    /// Ends the attempts of an earlier run that can be ended. Gives how long until the next one expires, if one is left, or until it
    /// is tried again.
    async fn settle(self: &Arc<Self>) -> Option<Duration> {
        let left = self.settle_pending().await;
        left.unwrap_or_else(|error| {
            tracing::error!("the action attempts of an earlier run cannot be ended yet: {error}");
            Some(AGAIN_AFTER)
        })
    }

    async fn settle_pending(self: &Arc<Self>) -> Result<Option<Duration>, JournalError> {
        let pending = self.journal().read(JournalReader::pending_attempts).await?;
        let mut next = None;
        for attempt in pending {
            let id = attempt.action_attempt_id;
            if self.is_at_work(id) {
                continue;
            }
            match self.fate(&attempt).await? {
                Fate::Ends(outcome) => {
                    // A caller may have asked for it again meanwhile.
                    let is_asked_for = !self.at_work().insert(id);
                    if !is_asked_for {
                        self.end(attempt, outcome).await?;
                    }
                }
                Fate::Waits(left) => {
                    next = Some(next.map_or(left, |next: Duration| next.min(left)));
                }
            }
        }
        Ok(next)
    }

    /// What the journal says of an attempt that this process has not begun.
    async fn fate(&self, attempt: &Attempt) -> Result<Fate, JournalError> {
        let action = attempt.action.action_type();
        let failed = |kind: Kind, message: &str| Ok(Fate::Ends(Err(kind.of(action, message))));
        let Some(id) = attempt.acs_credential_id().map(str::to_owned) else {
            let message = "the agent was started again before a card was read";
            return failed(Kind::Uncategorized, message);
        };
        let begun_at = attempt.begun_at;
        let (written, at_seam, open) = self
            .journal()
            .read(move |journal| {
                let mut written = journal.written(&id)?;
                written.retain(|one| one.written_at().is_some_and(|at| at >= begun_at));
                let at_seam = journal.by_seam(&id)?;
                let at_seam = at_seam.filter(|encode| encode.claimed_at >= begun_at);
                Ok((written, at_seam, journal.open_of_credential(&id)?))
            })
            .await?;
        if let Some(issuance) = written.iter().find(|one| is_of(attempt, one)) {
            let encoded = Encoded::Here(issuance.clone());
            return Ok(Fate::Ends(Ok(self.encoded(attempt, &encoded).await)));
        }
        let half_written = match (at_seam, open) {
            (Some(encode), _) if encode.acs_encoder_id != attempt.acs_encoder_id => {
                let message = format!("another order has encoded it on {}", encode.encoder);
                return failed(Kind::CannotBeReissued, &message);
            }
            (Some(encode), _) if encode.is_issued() => {
                let encoded = Encoded::BySeam(encode);
                return Ok(Fate::Ends(Ok(self.encoded(attempt, &encoded).await)));
            }
            (Some(encode), _) => encode.encoder,
            (None, Some(open)) if is_of(attempt, &open) => format!("card {}", open.card_uid),
            (None, open) => {
                let Some(other) = open.as_ref().or(written.first()) else {
                    let message = "the agent was started again before a card was written";
                    return failed(Kind::Uncategorized, message);
                };
                let message = format!(
                    "another order has put the credential onto card {}, on {}",
                    other.card_uid, other.encoder
                );
                return failed(Kind::CannotBeReissued, &message);
            }
        };
        let expiry = begun_at.saturating_add(EXPIRES_AFTER).unwrap_or(begun_at);
        let left = Duration::try_from(expiry.duration_since(Timestamp::now()));
        match left {
            Ok(left) if !left.is_zero() => Ok(Fate::Waits(left)),
            _ => failed(
                Kind::Expired,
                &format!("{half_written} was not finished in time; it still can be"),
            ),
        }
    }
}

/// Whether an attempt is about this card: one that it has begun, wherever it was finished, or one that was unfinished before it.
fn is_of(attempt: &Attempt, issuance: &Issuance) -> bool {
    let encoder = encoder_id(&EncoderName(issuance.encoder.clone()));
    issuance.claimed_at < attempt.begun_at || encoder == attempt.acs_encoder_id
}

/// What becomes of an attempt of an earlier run.
enum Fate {
    Ends(Outcome),
    Waits(Duration),
}

/// Whether this may end an attempt that waits for its card.
fn is_news(update: &Update) -> bool {
    match update {
        Update::Snapshot { .. } => true,
        Update::Event(event) => matches!(
            event.notice,
            Notice::Written(_)
                | Notice::GivenUp { .. }
                | Notice::Wiped(_)
                | Notice::SeamHasEncoded(_)
        ),
    }
}
