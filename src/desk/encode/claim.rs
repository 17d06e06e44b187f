//! The entry in the journal that takes the credential and the card and fixes the bytes; and what makes way for it.

use cardbridge_drivers::contract::Uid;
use cardbridge_drivers::profiles::record_for;
use jiff::Timestamp;
use uuid::Uuid;

use super::card_job::{CardJob, overtaken_is_refused};
use crate::desk::IssueError;
use crate::desk::notice::{Committing, GivenUp, Notice};
use crate::desk::other_desks::OfJournal;
use crate::issuance::convert::card_credential;
use crate::issuance::elsewhere::Fence;
use crate::issuance::entry::{Issuance, Origin, Plan, new_id};
use crate::issuance::journal::{JournalError, Lease};
use crate::issuance::key_versions;
use crate::issuance::policy::{may_be_issued, reissue_warnings};
use crate::issuance::refusal::Refusal;
use crate::issuance::seam_encode::SeamEncode;
use crate::issuance::state::{Event, State};
use crate::queue::Asked;
use crate::seam::AcsCredential;

/// Open issuances that make way, each with what becomes of it.
pub(super) type Superseded = Vec<(Issuance, Event)>;

impl CardJob<'_> {
    /// Which open issuances make way for a new one, and what becomes of them. While the leases are held, no other process goes on with
    /// them.
    pub(super) fn supersede(
        &self,
        on_card: Option<Issuance>,
        of_credential: Option<Issuance>,
    ) -> Result<(Superseded, Vec<Lease>), IssueError> {
        let mut superseded = Vec::new();
        let mut leases = Vec::new();
        if let Some(open) = on_card {
            // Nothing was written for one that is only claimed: it can go without asking.
            if open.state() != State::Claiming {
                if !self.may_overwrite() {
                    let acs_credential_id = open.acs_credential_id.clone();
                    return Err(Refusal::OpenForAnotherCredential { acs_credential_id }.into());
                }
                leases.push(self.lease(&open)?);
            }
            // A credential that did get onto this card was issued: it goes onto no other, and is reported.
            let event = if self.is_whole(&open) {
                Event::Verified
            } else {
                Event::GivenUp
            };
            superseded.push((open, event));
        }
        if let Some(open) = of_credential {
            if open.state() != State::Claiming {
                // Also before it is said how to give it up.
                leases.push(self.lease(&open)?);
                if !self.allowed.reissue {
                    let card_uid = open.card_uid;
                    return Err(Refusal::OpenOnAnotherCard { card_uid }.into());
                }
            }
            superseded.push((open, Event::GivenUp));
        }
        Ok((superseded, leases))
    }

    /// Everything that can be refused is refused here; then the credential is taken and its bytes are fixed.
    pub(super) async fn claim(
        &self,
        credential: &AcsCredential,
        superseded: &[(Issuance, Event)],
    ) -> Result<(Issuance, Lease), IssueError> {
        let Self { agent, look, .. } = self;
        let now = agent.now(self.observer);
        let id = &credential.acs_credential_id;
        let uid = look.inspection().uid;
        let asked = id.clone();
        let of_journal = agent
            .journal
            .read(move |journal| Ok((journal.cards_of(&asked)?, journal.since_whole(&uid)?)));
        let (earlier, since_whole) = of_journal.await?;
        let known = agent.known_of(id).await?;
        may_be_issued(credential, &known.past, self.allowed, now)?;
        self.card_may_be_written(Some(id), self.allowed, now)
            .await?;
        let card_number = card_number(credential, uid, &earlier);
        let content = card_credential(credential, card_number.clone())?;
        let claimed_at = Timestamp::now();
        let sealing = agent.setup.keys.sealing().ok_or(Refusal::NoRecordKey)?;
        let record = record_for(&content, claimed_at.as_second())
            .map_err(Refusal::Contradictory)?
            .seal(sealing, &uid)
            .map_err(|error| Refusal::of_sealing(error, look.inspection()))?;
        look.card
            .check_fits(record.len())
            .map_err(|error| self.does_not_take(error))?;
        let keys = key_versions::to_begin(
            look.card.key_version(),
            look.inspection().keys,
            &since_whole,
            agent.setup.drivers.settings().site_keys.as_ref(),
        );
        // Another process may have taken the credential, or begun with this card, since the journal was looked at; and so may another desk.
        let _committing = Committing::begin(self.observer);
        let asked = Asked {
            issuance_id: new_id(claimed_at),
            acs_credential_id: id.clone(),
            card_uid: Some(uid),
            encoder: self.card.encoder().to_string(),
            superseded: ends(superseded),
        };
        let taken = agent
            .take(&asked, credential, &known, self.allowed, now)
            .await?;
        let issuance_id = asked.issuance_id;
        let plan = Plan {
            issuance_id,
            acs_credential_id: id.clone(),
            card_uid: uid,
            card_number,
            card_type: look.inspection().model.name.to_owned(),
            driver: look.driver_name.clone(),
            display_name: Some(credential.display_name.clone())
                .filter(|name| !name.trim().is_empty()),
            encoder: self.card.encoder().to_string(),
            claimed_at,
            record,
            key_version: keys.version,
            earlier_keys: keys.earlier,
            kind: taken.kind,
            answers: Some(reissue_warnings(credential).map(str::to_owned).collect()),
            overwrite: self.may_overwrite(),
            origin: Origin {
                workspace_id: credential.workspace_id.clone(),
                acs_system_id: credential.acs_system_id.clone(),
                connected_account_id: credential.connected_account_id.clone(),
            },
        };
        let claimed = self
            .note_in_journal(plan, taken.fence, known, superseded)
            .await;
        if !matches!(claimed, Ok(Some(_))) {
            agent.release(&asked, taken).await;
        }
        match claimed {
            Ok(Some((claimed, lease))) => {
                for (old, event) in superseded {
                    if *event == Event::GivenUp {
                        (self.observer)(Notice::GivenUp {
                            issuance: old.clone(),
                            why: GivenUp::Superseded,
                        });
                    }
                }
                if self.may_overwrite()
                    && let Some(lost) = look.lost()
                {
                    (self.observer)(Notice::Overwriting {
                        card_uid: uid,
                        lost,
                    });
                }
                (self.observer)(Notice::Claimed(claimed.clone()));
                Ok((claimed, lease))
            }
            Ok(None) => Err(Refusal::BeingIssued.into()),
            Err(error) => Err(overtaken_is_refused(error)),
        }
    }

    async fn note_in_journal(
        &self,
        plan: Plan,
        fence: Option<Fence>,
        known: OfJournal,
        superseded: &[(Issuance, Event)],
    ) -> Result<Option<(Issuance, Lease)>, JournalError> {
        let Self { agent, .. } = self;
        if let Some(asked) = known.by_seam.filter(SeamEncode::is_open) {
            agent.give_up_at_seam(asked, self.observer).await?;
        }
        let last_written = known.written.first();
        agent
            .journal
            .claim_under(fence, plan, last_written, superseded)
            .await
    }
}

/// How the issuances that make way end.
fn ends(superseded: &[(Issuance, Event)]) -> Vec<(Uuid, State)> {
    let end = |(issuance, event): &(Issuance, Event)| {
        let end = issuance.state().next(*event).ok()?;
        Some((issuance.issuance_id, end))
    };
    superseded.iter().filter_map(end).collect()
}

/// The number that the API gives, else the card's UID. A number that is the UID of an earlier card of this credential is that
/// card's, and is not carried over.
fn card_number(credential: &AcsCredential, uid: Uid, earlier: &[Uid]) -> String {
    let is_of_an_earlier_card = |number: &&String| {
        earlier
            .iter()
            .any(|card| card.to_string().eq_ignore_ascii_case(number))
    };
    credential
        .card_number
        .value()
        .filter(|number| !is_of_an_earlier_card(number))
        .cloned()
        .unwrap_or_else(|| uid.to_string())
}
