//! Whether an encode that has succeeded can be given again: only while what it said is so.

use serde_json::Value;

use super::api::LocalApi;
use crate::desk::snapshot::EncoderView;
use crate::desk::target::EncoderKind;
use crate::issuance::attempt::Attempt;
use crate::issuance::entry::Issuance;
use crate::issuance::journal::JournalError;
use crate::issuance::state::State;

impl LocalApi {
    /// Whether an attempt is under way, or its card is still what it led to: on the encoder, the last one of its credential, and of a
    /// credential that has not changed at Seam.
    pub(super) async fn still_holds(
        &self,
        earlier: &Attempt,
        new: &Attempt,
    ) -> Result<bool, JournalError> {
        let Some(ended) = &earlier.ended else {
            return Ok(true);
        };
        let Ok(result) = &ended.outcome else {
            return Ok(false);
        };
        let is_changed = |now: &Value| says(now) != says(result);
        if new.credential.as_ref().is_some_and(is_changed) {
            return Ok(false);
        }
        let Some(id) = earlier.acs_credential_id() else {
            return Ok(false);
        };
        let is_of_seam = |view: EncoderView| view.kind == EncoderKind::Seam;
        if self.view_of(earlier).is_some_and(is_of_seam) {
            let id = id.to_owned();
            let last = self.journal().read(move |journal| journal.by_seam(&id));
            return Ok(last.await?.is_some_and(|last| {
                last.is_issued()
                    && last.acs_encoder_id == earlier.acs_encoder_id
                    && last.claimed_at <= ended.at
            }));
        }
        let issuance = self.on_encoder(earlier).await?;
        // A card that was written since is another answer.
        Ok(issuance.is_some_and(|issuance| issuance.claimed_at <= ended.at))
    }

    /// The issuance that has put the credential of an attempt onto the very card that is on its encoder, if that card is good.
    pub(super) async fn on_encoder(
        &self,
        attempt: &Attempt,
    ) -> Result<Option<Issuance>, JournalError> {
        let card = self.view_of(attempt).and_then(|view| view.card);
        let id = attempt.acs_credential_id().map(str::to_owned);
        let (Some(card), Some(id)) = (card, id) else {
            return Ok(None);
        };
        let is_its = card.contents.is_some_and(|contents| {
            contents.verified && contents.acs_credential_id.as_ref() == Some(&id)
        });
        if !is_its {
            return Ok(None);
        }
        let last = self
            .journal()
            .read(move |journal| journal.last_written(&id));
        Ok(last.await?.filter(|issuance| {
            matches!(issuance.state(), State::Reporting | State::Closed)
                && card.card_uid == Some(issuance.card_uid.to_string())
        }))
    }
}

/// What a card is made from, and what Seam says against it.
fn says(credential: &Value) -> (&Value, &Value, Vec<&Value>) {
    let warnings = credential["warnings"].as_array();
    let warnings = warnings.into_iter().flatten();
    let reissue = warnings.filter(|one| one["warning_code"] == "needs_to_be_reissued");
    (
        &credential["starts_at"],
        &credential["ends_at"],
        reissue.collect(),
    )
}
