//! One who waits for a card, one who has one, and what wants attention: as a page shows them.

use std::sync::Arc;

use serde::Serialize;

use super::name::GuestName;
use super::places::Doors;
use crate::issuance::encoded::Encoded;
use crate::issuance::entry::Issuance;
use crate::issuance::state::State;
use crate::queue::Attention;
use crate::seam::Time;

/// One who waits for a card, or whose card wants attention.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Guest {
    /// The credential.
    pub acs_credential_id: String,
    /// The access method that it carries, where Seam wants a card for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_method_id: Option<String>,
    /// Whom it is for, once that is known.
    pub name: Option<GuestName>,
    /// How Seam names the credential to people.
    pub display_name: Option<String>,
    /// The rooms it opens, by name.
    pub rooms: Vec<Arc<str>>,
    /// The doors for everyone that it opens, by name.
    pub doors: Vec<Arc<str>>,
    /// From when it is valid.
    pub starts_at: Option<String>,
    /// Until when it is valid.
    pub ends_at: Option<String>,
    /// Since when it waits.
    pub waiting_since: Option<String>,
    /// Whether the stay begins today, at the property.
    pub arrives_today: bool,
    /// The access system.
    pub acs_system_id: Option<String>,
    /// Its name.
    pub system: Option<Arc<str>>,
    /// What wants attention.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mark: Option<Mark>,
}

/// A card that was written today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Done {
    /// What was encoded, as `history` has it.
    #[serde(flatten)]
    pub encoded: Encoded,
    /// Whom it is for, once that is known.
    pub name: Option<GuestName>,
    /// How Seam named the credential to people.
    pub display_name: Option<String>,
    /// The rooms it opens, by name.
    pub rooms: Vec<Arc<str>>,
    /// The doors for everyone that it opens, by name.
    pub doors: Vec<Arc<str>>,
    /// Until when the card is valid.
    pub ends_at: Option<String>,
    /// What wants attention.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mark: Option<Mark>,
}

/// What wants attention about a guest's card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mark {
    /// The word for it, which never changes.
    pub code: &'static str,
    /// What it is, in English.
    pub message: String,
}

impl Mark {
    /// What Seam says of a credential.
    pub(super) fn of_seam(attention: &Attention) -> Self {
        match attention {
            Attention::NeedsToBeReissued(_) => Self {
                code: "needs_to_be_reissued",
                message: "the card no longer says what Seam says; issue it again".to_owned(),
            },
            Attention::CardEncodingRequired(_) => Self {
                code: "card_encoding_required",
                message: "the stay was changed since there was a card; encode it again".to_owned(),
            },
            Attention::HasErrors(first) => Self {
                code: "credential_has_errors",
                message: first.clone(),
            },
        }
    }

    /// What the journal says, where that is not simply that all is well.
    pub(super) fn of_journal(encoded: &Encoded, last_error: Option<&str>) -> Option<Self> {
        match encoded {
            Encoded::Here(issuance) => Self::of_issuance(issuance, last_error),
            Encoded::BySeam(encode) => encode.is_open().then(|| Self {
                code: "asked_of_seam",
                message: format!(
                    "{} was asked, and what came of it is not known",
                    encode.encoder
                ),
            }),
        }
    }

    fn of_issuance(issuance: &Issuance, last_error: Option<&str>) -> Option<Self> {
        let card = issuance.card_uid;
        let (code, message) = match issuance.state() {
            State::Claiming | State::Writing | State::Torn => (
                "card_unfinished",
                format!("card {card} is not finished; placed again it is"),
            ),
            State::Wiping => (
                "card_not_wiped",
                format!("card {card} is not wiped to the end; placed again it is"),
            ),
            State::Superseded => (
                "card_superseded",
                format!("card {card} was replaced by another one, and has to be wiped"),
            ),
            State::Wiped => ("card_wiped", format!("card {card} was wiped since")),
            State::Reporting => (
                "unreported",
                match last_error {
                    Some(error) => format!("the card is good, and not yet reported: {error}"),
                    None => "the card is good, and not yet reported".to_owned(),
                },
            ),
            State::Closed | State::Abandoned => return None,
        };
        Some(Self { code, message })
    }
}

impl Done {
    pub(super) fn of(
        encoded: Encoded,
        name: Option<GuestName>,
        doors: Doors,
        in_seam: Option<String>,
        last_error: Option<&str>,
    ) -> Self {
        let ends_at = match &encoded {
            Encoded::Here(issuance) => {
                let ends_at = issuance.ends_at();
                ends_at.map(|end| Time::from_second(end).to_string())
            }
            Encoded::BySeam(_) => in_seam,
        };
        Self {
            name,
            display_name: encoded.display_name().map(str::to_owned),
            rooms: doors.rooms,
            doors: doors.doors,
            ends_at,
            mark: Mark::of_journal(&encoded, last_error),
            encoded,
        }
    }
}
