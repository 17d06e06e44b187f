//! Which site key versions cards carry, as far as the journal knows.

use cardbridge_drivers::contract::Uid;
use cardbridge_drivers::keys::KeyVersion;
use rusqlite::params;

use super::{Journal, JournalError, JournalReader};
use crate::issuance::entry::Issuance;
use crate::issuance::state::State;

/// How many cards carry one version of the site key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CardsOfKey {
    /// The version.
    pub version: KeyVersion,
    /// Cards whose latest whole issuance left them with it.
    pub whole: u64,
    /// Cards that were last left unfinished, or given up, and may carry it.
    pub half_way: u64,
}

impl Journal {
    /// Writes down which site key versions an open issuance is about to leave on its card, and which may still be there.
    ///
    /// # Errors
    /// [`JournalError::Overtaken`] when it is no longer in the state that `issuance` says.
    pub async fn note_keys(
        &self,
        issuance: &mut Issuance,
        version: Option<KeyVersion>,
        earlier: Vec<KeyVersion>,
    ) -> Result<(), JournalError> {
        let next = issuance.under_keys(version, earlier);
        let seen = issuance.state();
        let noted = next.clone();
        let changed = self
            .write(move |write| {
                let changed = write.execute(
                    "UPDATE issuance SET key_version = ?1, earlier_keys = ?2 WHERE issuance_id = ?3 AND state = ?4",
                    params![
                        noted.key_version.map(KeyVersion::get),
                        as_bytes(&noted.earlier_keys),
                        noted.issuance_id.to_string(),
                        seen.as_str(),
                    ],
                )?;
                Ok((changed == 1).then_some(()))
            })
            .await?;
        if changed.is_none() {
            return Err(JournalError::Overtaken {
                issuance_id: issuance.issuance_id,
            });
        }
        *issuance = next;
        Ok(())
    }
}

impl JournalReader {
    /// What this card was for since it was last whole, and that last whole issuance, the newest first: every site key version
    /// that this desk may have left on it is there.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn since_whole(&self, uid: &Uid) -> Result<Vec<Issuance>, JournalError> {
        let mut of_card = self.of_card(uid)?;
        if let Some(whole) = of_card.iter().position(Issuance::is_written) {
            of_card.truncate(whole + 1);
        }
        Ok(of_card)
    }

    /// How many cards carry each version of the site key, as far as this journal knows.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn cards_by_key(&self) -> Result<Vec<CardsOfKey>, JournalError> {
        let latest = self.many(
            "seq = (SELECT max(latest.seq) FROM issuance AS latest WHERE latest.card_uid = issuance.card_uid)",
        )?;
        let mut cards: Vec<CardsOfKey> = Vec::new();
        let mut count = |version: KeyVersion, whole: u64, half_way: u64| match cards
            .iter_mut()
            .find(|cards| cards.version == version)
        {
            Some(cards) => {
                cards.whole += whole;
                cards.half_way += half_way;
            }
            None => cards.push(CardsOfKey {
                version,
                whole,
                half_way,
            }),
        };
        for issuance in &latest {
            if matches!(issuance.state(), State::Reporting | State::Closed) {
                for key in issuance.keys_on_card() {
                    count(key, 1, 0);
                }
                continue;
            }
            // One that was given up may have left its card unfinished, like one that is still open, and a wiped card keeps
            // some keys or none, as its technology has it.
            let mut may_carry: Vec<_> = self
                .since_whole(&issuance.card_uid)?
                .iter()
                .flat_map(Issuance::keys_on_card)
                .collect();
            may_carry.sort_unstable();
            may_carry.dedup();
            for key in may_carry {
                count(key, 0, 1);
            }
        }
        Ok(cards)
    }
}

/// Versions as the journal holds them: one byte each.
pub(super) fn as_bytes(versions: &[KeyVersion]) -> Vec<u8> {
    versions.iter().map(|version| version.get()).collect()
}
