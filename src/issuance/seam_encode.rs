//! A credential that an encoder of Seam's was asked to encode: what the journal knows of it.
//!
//! Seam has no idempotency key, so the call is in the journal before it is sent, and is never sent again. What came of it is
//! known from the action attempt, or else from the credential. Seam issues the credential itself: nothing is reported.

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use uuid::Uuid;

use super::entry::Kind;
use super::state::State;

/// One credential, and the encoder that Seam was asked to encode it on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeamEncode {
    /// A time-ordered UUID, as every issuance has one.
    pub issuance_id: Uuid,
    /// The credential.
    pub acs_credential_id: String,
    /// Seam's id of the encoder.
    pub acs_encoder_id: Uuid,
    /// How that is named to people.
    pub encoder: String,
    /// How Seam named the credential to people when it was asked.
    pub display_name: Option<String>,
    /// First card or another one.
    pub kind: Kind,
    /// The `created_at` of every warning `needs_to_be_reissued` that the credential had then: this card answers them.
    pub answers: Vec<String>,
    /// When Seam had issued it before, in Seam's words: what tells a new card from the earlier one.
    pub issued_before: Option<String>,
    /// When it was noted, just before Seam was asked.
    pub claimed_at: Timestamp,
    /// Seam's id of the attempt; none while Seam's answer has not come, or was lost.
    pub action_attempt_id: Option<String>,
    /// What came of it; none while that is not known.
    pub outcome: Option<Outcome>,
    /// When the outcome was noted.
    pub ended_at: Option<Timestamp>,
}

/// What came of an encode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Seam has issued the credential.
    Issued {
        /// The number of the card, where Seam gives one.
        card_number: Option<String>,
    },
    /// No card was issued.
    Failed {
        /// The word for why.
        code: String,
        /// The same in Seam's words.
        message: String,
    },
}

impl SeamEncode {
    /// The state, in the words of an issuance: `writing` for as long as the outcome is not known, then `closed` or `abandoned`.
    #[must_use]
    pub fn state(&self) -> State {
        match self.outcome {
            None => State::Writing,
            Some(Outcome::Issued { .. }) => State::Closed,
            Some(Outcome::Failed { .. }) => State::Abandoned,
        }
    }

    /// Whether Seam has issued the credential.
    #[must_use]
    pub fn is_issued(&self) -> bool {
        matches!(self.outcome, Some(Outcome::Issued { .. }))
    }

    /// Whether it is not known yet what came of it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.outcome.is_none()
    }

    /// The number of the card, where Seam gave one.
    #[must_use]
    pub fn card_number(&self) -> Option<&str> {
        match &self.outcome {
            Some(Outcome::Issued { card_number }) => card_number.as_deref(),
            _ => None,
        }
    }
}

/// The same object as an issuance, with `null` for what only this machine's own readers know.
#[derive(Serialize)]
struct View<'a> {
    issuance_id: Uuid,
    acs_credential_id: &'a str,
    card_uid: Option<&'a str>,
    card_number: Option<&'a str>,
    card_type: Option<&'a str>,
    driver: Option<&'a str>,
    state: State,
    written_at: Option<Timestamp>,
    reported_at: Option<Timestamp>,
    encoded_by: &'static str,
    acs_encoder_id: Uuid,
    action_attempt_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Failure<'a>>,
}

#[derive(Serialize)]
struct Failure<'a> {
    code: &'a str,
    message: &'a str,
}

impl Serialize for SeamEncode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let failure = match &self.outcome {
            Some(Outcome::Failed { code, message }) => Some(Failure { code, message }),
            _ => None,
        };
        let view = View {
            issuance_id: self.issuance_id,
            acs_credential_id: &self.acs_credential_id,
            card_uid: None,
            card_number: self.card_number(),
            card_type: None,
            driver: None,
            state: self.state(),
            written_at: self.ended_at.filter(|_| self.is_issued()),
            reported_at: None,
            encoded_by: "seam",
            acs_encoder_id: self.acs_encoder_id,
            action_attempt_id: self.action_attempt_id.as_deref(),
            failure,
        };
        view.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn it_has_the_fields_of_an_issuance() {
        let at = Timestamp::UNIX_EPOCH;
        let mut encode = SeamEncode {
            issuance_id: Uuid::nil(),
            acs_credential_id: "c".to_owned(),
            acs_encoder_id: Uuid::max(),
            encoder: "Front desk".to_owned(),
            display_name: None,
            kind: Kind::First,
            answers: Vec::new(),
            issued_before: None,
            claimed_at: at,
            action_attempt_id: Some("a".to_owned()),
            outcome: None,
            ended_at: None,
        };
        assert_eq!(
            json!(encode),
            json!({
                "issuance_id": Uuid::nil(), "acs_credential_id": "c", "card_uid": null, "card_number": null,
                "card_type": null, "driver": null, "state": "writing", "written_at": null, "reported_at": null,
                "encoded_by": "seam", "acs_encoder_id": Uuid::max(), "action_attempt_id": "a",
            })
        );
        encode.ended_at = Some(at);
        let card_number = Some("12ab".to_owned());
        encode.outcome = Some(Outcome::Issued { card_number });
        let issued = json!(encode);
        assert_eq!(issued["state"], "closed");
        assert_eq!(issued["card_number"], "12ab");
        assert_eq!(issued["written_at"], "1970-01-01T00:00:00Z");
        encode.outcome = Some(Outcome::Failed {
            code: "encoding_interrupted".to_owned(),
            message: "removed".to_owned(),
        });
        let failed = json!(encode);
        assert_eq!(failed["state"], "abandoned");
        assert_eq!(failed["written_at"], json!(null));
        assert_eq!(failed["failure"]["code"], "encoding_interrupted");
    }
}
