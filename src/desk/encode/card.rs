//! May this card be written, going by what is on it, its keys and what the journal knows of it?

use cardbridge_drivers::contract::{CardKeys, DriverError};

use super::card_job::CardJob;
use crate::desk::IssueError;
use crate::issuance::inspect::Holds;
use crate::issuance::key_versions;
use crate::issuance::policy::{Allowed, card_may_be_written};
use crate::issuance::refusal::Refusal;
use jiff::Timestamp;

impl CardJob<'_> {
    /// Whether the card may be written with a credential that is not chosen yet. The API, which was not asked yet, is asked
    /// for the time when that decides.
    pub(super) async fn card_may_take_one(&self) -> Result<(), IssueError> {
        if matches!(&self.look.holds, Holds::Verified(record) if record.ends_at.is_some()) {
            self.agent.queue.ask_the_time().await;
        }
        let now = self.agent.now(self.observer);
        self.card_may_be_written(None, self.allowed, now).await
    }

    /// Whether what is on the card lets it be written. A card that only lacks a key of the site is refused as that.
    pub(super) async fn card_may_be_written(
        &self,
        acs_credential_id: Option<&str>,
        allowed: Allowed,
        now: Timestamp,
    ) -> Result<(), IssueError> {
        let Self { agent, look, .. } = self;
        if look.inspection().keys == CardKeys::Unknown {
            let uid = look.inspection().uid;
            let left = agent
                .journal
                .read(move |journal| journal.since_whole(&uid))
                .await?;
            key_versions::explain_unknown(
                &left,
                agent.setup.drivers.settings().site_keys.as_ref(),
            )?;
            // Before what is there is looked at: no permission to overwrite it opens a card whose keys are not known.
            look.card.check_fits(0).map_err(Refusal::Card)?;
        }
        self.is_not_superseded(acs_credential_id, allowed)?;
        Ok(card_may_be_written(look, acs_credential_id, allowed, now)?)
    }

    /// A superseded card is used again only once the person has been warned, whenever it ends: for its own credential, or by
    /// being overwritten.
    pub(super) fn is_not_superseded(
        &self,
        acs_credential_id: Option<&str>,
        allowed: Allowed,
    ) -> Result<(), Refusal> {
        match &self.superseded {
            Some(old)
                if !allowed.overwrites(self.look.inspection().uid)
                    && acs_credential_id != Some(old) =>
            {
                Err(Refusal::Superseded {
                    acs_credential_id: old.clone(),
                })
            }
            _ => Ok(()),
        }
    }

    /// Why the card does not take a record; of one that is too small, which card would do at this desk and on this reader.
    pub(super) fn does_not_take(&self, error: DriverError) -> Refusal {
        Refusal::Card(match error {
            DriverError::TooSmall {
                needed,
                available,
                card,
                ..
            } => DriverError::TooSmall {
                needed,
                available,
                card,
                smallest: self
                    .agent
                    .setup
                    .drivers
                    .smallest_for(needed, &self.look.reader)
                    .map(|model| model.title),
            },
            error => error,
        })
    }
}
