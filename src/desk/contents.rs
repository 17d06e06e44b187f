//! What is on a card, in short: as events, the snapshot and a scan say it.

use serde::Serialize;

use crate::issuance::entry::Issuance;
use crate::issuance::inspect::{Holds, Seen};
use crate::issuance::journal::Journal;
use crate::issuance::superseded::superseded_on;
use crate::seam::Time;

/// What can be on a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ContentsKind {
    /// Nothing.
    Blank,
    /// A record, whether it can be trusted or not.
    Record,
    /// A record that was not written to its end.
    Torn,
    /// Data of others.
    Foreign,
    /// What an encoder of Seam's has read: a card of its access system.
    VendorCard,
    /// No driver knows the card.
    Unknown,
    /// The card did not answer.
    Unreadable,
}

/// What is on a card, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Contents {
    /// Of which kind it is.
    pub contents: ContentsKind,
    /// Whether a record on it is one of this property, on this very card, which is still that of its credential.
    pub verified: bool,
    /// Whether all of that is so but the last: it was given up, or its credential is on another card by now.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub superseded: bool,
    /// Whose it then is.
    pub acs_credential_id: Option<String>,
    /// Its end of validity.
    pub ends_at: Option<String>,
    /// The card number on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card_number: Option<String>,
}

impl Contents {
    /// Of a card that was looked at, and whether it is still the card of its credential. A journal that cannot be asked does not keep
    /// the card from being shown: what fails there is said by what writes to it.
    pub async fn of(seen: &Seen, journal: Option<&Journal>) -> Self {
        let mut contents = Self::on_card(seen);
        if let (Some(journal), Seen::Known(look)) = (journal, seen)
            && contents.verified
        {
            let look = look.clone();
            let superseded = journal.read(move |journal| superseded_on(journal, &look));
            if let Ok(Some(_)) = superseded.await {
                contents.supersede();
            }
        }
        contents
    }

    /// The card is no longer that of its credential.
    pub(super) fn supersede(&mut self) {
        self.superseded |= std::mem::take(&mut self.verified);
    }

    fn on_card(seen: &Seen) -> Self {
        let (contents, record) = match seen {
            Seen::Unknown(_) => (ContentsKind::Unknown, None),
            Seen::Known(look) => match &look.holds {
                Holds::Nothing => (ContentsKind::Blank, None),
                Holds::Torn => (ContentsKind::Torn, None),
                Holds::Foreign => (ContentsKind::Foreign, None),
                Holds::Unverified(_) => (ContentsKind::Record, None),
                Holds::Verified(record) | Holds::Beside(record) => {
                    (ContentsKind::Record, Some(record))
                }
            },
        };
        let ends_at = record.and_then(|record| record.ends_at);
        Self {
            contents,
            verified: record.is_some(),
            superseded: false,
            acs_credential_id: record.map(|record| record.acs_credential_id.clone()),
            ends_at: ends_at.map(|seconds| Time::from_second(seconds).to_string()),
            card_number: record.map(|record| record.card_number.clone()),
        }
    }

    /// What is on a card that was just written.
    #[must_use]
    pub(super) fn written(issuance: &Issuance) -> Self {
        let ends_at = issuance.ends_at();
        Self {
            contents: ContentsKind::Record,
            verified: true,
            superseded: false,
            acs_credential_id: Some(issuance.acs_credential_id.clone()),
            ends_at: ends_at.map(|end| Time::from_second(end).to_string()),
            card_number: Some(issuance.card_number.clone()),
        }
    }

    /// What has no record that can be trusted on it.
    #[must_use]
    pub(super) fn without_record(contents: ContentsKind) -> Self {
        Self {
            contents,
            verified: false,
            superseded: false,
            acs_credential_id: None,
            ends_at: None,
            card_number: None,
        }
    }
}
