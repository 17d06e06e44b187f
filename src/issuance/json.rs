//! An issuance as `encode` and `history` print it: docs/json.md describes it.

use std::ops::Not;

use cardbridge_drivers::contract::Uid;
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use uuid::Uuid;

use super::entry::{Invalidation, Issuance, Report};
use super::state::State;
use crate::encoder::EncoderName;

/// What scripts are given of an issuance.
#[derive(Debug, Serialize)]
struct View<'a> {
    issuance_id: Uuid,
    acs_credential_id: &'a str,
    card_uid: Text<'a, Uid>,
    card_number: &'a str,
    card_type: &'a str,
    driver: &'a str,
    state: State,
    written_at: Option<Timestamp>,
    reported_at: Option<Timestamp>,
    #[serde(flatten)]
    invalidation: Option<InvalidationView>,
    /// There only when its encoder was simulated, so that there is no real card.
    #[serde(skip_serializing_if = "Not::not")]
    simulated: bool,
}

/// There only when its card is no longer good.
#[derive(Debug, Serialize)]
struct InvalidationView {
    invalidated_at: Timestamp,
    invalidation_reported_at: Option<Timestamp>,
}

/// What JSON has as the text that is shown, too.
#[derive(Debug)]
struct Text<'a, T>(&'a T);

impl<T: std::fmt::Display> Serialize for Text<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self.0)
    }
}

impl<'a> From<&'a Issuance> for View<'a> {
    fn from(issuance: &'a Issuance) -> Self {
        let invalidation = |invalidation: &Invalidation| InvalidationView {
            invalidated_at: invalidation.invalidated_at,
            invalidation_reported_at: invalidation.invalidation_reported_at,
        };
        Self {
            issuance_id: issuance.issuance_id,
            acs_credential_id: &issuance.acs_credential_id,
            card_uid: Text(&issuance.card_uid),
            card_number: &issuance.card_number,
            card_type: &issuance.card_type,
            driver: &issuance.driver,
            state: issuance.state(),
            written_at: issuance.written_at(),
            reported_at: issuance.reported_at(),
            invalidation: issuance.invalidation().map(invalidation),
            simulated: issuance.is_simulated(),
        }
    }
}

impl Issuance {
    /// Whether it was written on a simulated encoder, so that no real card has it.
    #[must_use]
    pub fn is_simulated(&self) -> bool {
        EncoderName(self.encoder.clone()).is_simulated()
    }
}

impl Serialize for Issuance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        View::from(self).serialize(serializer)
    }
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use crate::issuance::entry::{Issuance, Kind, Origin, Plan};
    use crate::issuance::state::Event;
    use jiff::Timestamp;
    use uuid::Uuid;

    #[test]
    fn scripts_are_given_what_docs_json_md_says() {
        let plan = Plan {
            issuance_id: Uuid::nil(),
            acs_credential_id: "c".to_owned(),
            card_uid: [4, 0xAB, 2, 3, 4, 5, 6].into(),
            card_number: "04ab".to_owned(),
            card_type: "ntag215".to_owned(),
            driver: "type2".to_owned(),
            display_name: Some("Room 101".to_owned()),
            encoder: "Desk".to_owned(),
            claimed_at: Timestamp::UNIX_EPOCH,
            record: vec![1],
            key_version: None,
            earlier_keys: Vec::new(),
            kind: Kind::First,
            answers: None,
            overwrite: false,
            origin: Origin {
                workspace_id: "w".to_owned(),
                acs_system_id: "s".to_owned(),
                connected_account_id: "a".to_owned(),
            },
        };
        let at = Timestamp::UNIX_EPOCH;
        let claimed = Issuance::claiming(plan);
        let head = r#"{"issuance_id":"00000000-0000-0000-0000-000000000000","acs_credential_id":"c","card_uid":"04ab0203040506","card_number":"04ab","card_type":"ntag215","driver":"type2","#;
        assert_eq!(
            serde_json::to_string(&claimed).unwrap(),
            format!(r#"{head}"state":"claiming","written_at":null,"reported_at":null}}"#)
        );
        let wiped = [
            Event::WriteBegins,
            Event::Verified,
            Event::Reported,
            Event::WipeBegins,
            Event::Wiped,
        ]
        .into_iter()
        .try_fold(claimed, |issuance, event| issuance.after(event, at))
        .unwrap();
        let epoch = "1970-01-01T00:00:00Z";
        assert_eq!(
            serde_json::to_string(&wiped).unwrap(),
            format!(
                r#"{head}"state":"wiped","written_at":"{epoch}","reported_at":"{epoch}","invalidated_at":"{epoch}","invalidation_reported_at":null}}"#
            )
        );
    }
}
