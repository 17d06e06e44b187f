//! A scan in Seam's shape. What a record cannot say is left out, and null where Seam requires a field.

use cardbridge_drivers::profiles::CardCredential;
use cardbridge_drivers::record::Record;
use serde_json::{Map, Value, json};

use crate::seam::{AcsCredential, Time};

/// A record as Seam shows what an encoder found.
pub(super) fn on_encoder(record: &Record, is_superseded: bool) -> Value {
    let time = |seconds: Option<i64>| seconds.map(|at| Time::from_second(at).to_string());
    let mut card = json!({
        "card_number": record.card_number,
        "created_at": time(Some(record.written_at)),
        "starts_at": time(record.starts_at),
        "ends_at": time(record.ends_at),
        "is_issued": !is_superseded,
    });
    let said = serde_json::to_value(CardCredential::from(record)).unwrap_or_default();
    if let Some(Value::Object(said)) = said.get("visionline_metadata") {
        let mut metadata: Map<String, Value> = [
            "card_id",
            "guest_acs_entrance_ids",
            "common_acs_entrance_ids",
        ]
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), said.get(name)?.clone())))
        .collect();
        metadata.insert("overridden".to_owned(), json!(is_superseded));
        card["visionline_metadata"] = Value::Object(metadata);
    }
    card
}

/// A card that holds something of which nothing else is known.
pub(super) fn nothing_known(card_number: Option<&str>) -> Value {
    json!({
        "card_number": card_number,
        "created_at": null,
        "starts_at": null,
        "ends_at": null,
        "is_issued": null,
    })
}

/// How the card and the credential on Seam differ.
pub(super) fn warnings(
    record: &Record,
    is_superseded: bool,
    on_seam: Option<&AcsCredential>,
) -> Vec<Value> {
    let Some(on_seam) = on_seam else {
        return vec![not_found("the credential that the card holds")];
    };
    if is_superseded {
        let message = "The credential was issued again on another card: this one is to be wiped.";
        return vec![out_of_sync(message)];
    }
    let differs =
        |on_card: Option<i64>, in_seam: Option<Time>| on_card != in_seam.map(Time::as_second);
    let starts = on_seam
        .starts_at_time()
        .is_ok_and(|time| differs(record.starts_at, time));
    let ends = on_seam
        .ends_at_time()
        .is_ok_and(|time| differs(record.ends_at, time));
    let number = on_seam.card_number.value();
    let number = number.is_some_and(|number| !number.eq_ignore_ascii_case(&record.card_number));
    let differences = [(starts, "start"), (ends, "end"), (number, "card number")];
    let names: Vec<&str> = differences
        .into_iter()
        .filter_map(|(differs, name)| differs.then_some(name))
        .collect();
    if names.is_empty() {
        return Vec::new();
    }
    let names = names.join(", ");
    vec![out_of_sync(&format!("The card and Seam differ: {names}."))]
}

/// The `result` of a scan that has succeeded.
pub(super) fn result(
    on_encoder: &Value,
    on_seam: Option<&AcsCredential>,
    warnings: &[Value],
) -> Value {
    json!({
        "acs_credential_on_encoder": on_encoder,
        "acs_credential_on_seam": on_seam,
        "warnings": warnings,
    })
}

pub(super) fn out_of_sync(message: &str) -> Value {
    warning("acs_credential_on_encoder_out_of_sync", message)
}

/// Seam has nothing for what is on the card.
pub(super) fn not_found(what: &str) -> Value {
    let message = format!("Seam has no credential for this card: {what}.");
    warning("acs_credential_on_seam_not_found", &message)
}

fn warning(code: &str, message: &str) -> Value {
    json!({"warning_code": code, "warning_message": message})
}
