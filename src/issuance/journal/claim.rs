//! Taking a credential and a card for each other. What is fixed then is what is written, and the one who takes them writes them.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use cardbridge_drivers::keys::KeyVersion;

use super::lease::lease_in;
use super::on_cards::note_freed;
use super::reader::{WRITTEN, one, told_apart};
use super::rows::NEXT_PLACE;
use super::seam_encodes::is_at_seam;
use super::steps::{displace, step};
use super::{Journal, JournalError, Lease, keys, rows};
use crate::issuance::elsewhere::Fence;
use crate::issuance::entry::{Issuance, Kind, Plan};
use crate::issuance::state::{Event, State};

impl Journal {
    /// Takes a credential for a card and begins to write it, in one step; `None` when another open issuance holds the credential or
    /// the card, or when the credential was written, or its card wiped, since `last_written` was looked up. What `superseded` says
    /// of open issuances that make way happens in the same step, at the time of the claim. With it comes the right to write the card.
    ///
    /// # Errors
    /// When the journal fails, or one of `superseded` has moved on since it was looked at.
    pub async fn claim(
        &self,
        plan: Plan,
        last_written: Option<&Issuance>,
        superseded: &[(Issuance, Event)],
    ) -> Result<Option<(Issuance, Lease)>, JournalError> {
        self.claim_under(None, plan, last_written, superseded).await
    }

    /// The same of what the property's database has under this number.
    ///
    /// # Errors
    /// As [`claim`](Self::claim).
    pub async fn claim_under(
        &self,
        fence: Option<Fence>,
        plan: Plan,
        last_written: Option<&Issuance>,
        superseded: &[(Issuance, Event)],
    ) -> Result<Option<(Issuance, Lease)>, JournalError> {
        let at = plan.claimed_at;
        let new = Issuance::claiming(plan).after(Event::WriteBegins, at)?;
        let seen = last_written.map(told_apart);
        let superseded = superseded.to_vec();
        let directory = self.directory.clone();
        self.write(move |write| {
            let written = one(write, WRITTEN, &new.acs_credential_id)?;
            if written.as_ref().map(told_apart) != seen {
                return Ok(None);
            }
            if is_at_seam(write, &new.acs_credential_id, new.kind == Kind::First)? {
                return Ok(None);
            }
            // Before anybody can see the entry.
            let Some(lease) = lease_in(&directory, new.issuance_id)? else {
                return Ok(None);
            };
            for (old, event) in &superseded {
                let old = step(write, old, *event, at)?;
                displace(write, &old, *event, at)?;
                note_freed(write, *event, false);
            }
            Ok(insert(write, &new, fence)?.then(|| (new.clone(), lease)))
        })
        .await
    }
}

/// Adds an entry; says whether its credential and its card were free.
fn insert(
    connection: &Connection,
    new: &Issuance,
    fence: Option<Fence>,
) -> Result<bool, JournalError> {
    let inserted = connection.execute(
        &format!("INSERT INTO issuance (seq, issuance_id, acs_credential_id, card_uid, card_number, card_type, driver, encoder, record,
             reissue, overwrite, workspace_id, acs_system_id, connected_account_id, state, claimed_at, key_version, earlier_keys,
             answers, display_name, fence, shared)
         VALUES ({NEXT_PLACE}, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)"),
        params![
            new.issuance_id.to_string(),
            new.acs_credential_id,
            new.card_uid.to_string(),
            new.card_number,
            new.card_type,
            new.driver,
            new.encoder,
            new.record,
            new.kind == Kind::Again,
            new.overwrite,
            new.origin.workspace_id,
            new.origin.acs_system_id,
            new.origin.connected_account_id,
            new.state().as_str(),
            Timestamp::to_string(&new.claimed_at),
            new.key_version.map(KeyVersion::get),
            keys::as_bytes(&new.earlier_keys),
            new.answers.as_deref().map(rows::list_as_text),
            new.display_name,
            fence.map(Fence::get),
            fence.map(|_| State::Claiming.as_str()),
        ],
    );
    rows::is_taken(inserted)
}
