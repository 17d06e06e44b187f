//! An action attempt in Seam's shape.

use serde_json::{Value, json};

use super::encoders::time;
use crate::issuance::attempt::{Attempt, AttemptFailure};
use crate::issuance::entry::Issuance;

/// Puts the card that was written into Seam's credential: the number is known here first.
pub(super) fn name_card(credential: &mut Value, issuance: &Issuance) {
    credential["card_number"] = json!(issuance.card_number);
    if let Some(written_at) = issuance.written_at()
        && credential["is_issued"] != true
    {
        credential["is_issued"] = json!(true);
        credential["issued_at"] = json!(time(written_at));
    }
}

/// An attempt as Seam shows it.
pub(super) fn view(attempt: &Attempt) -> Value {
    let (status, result, error) = match attempt.ended.as_ref().map(|ended| &ended.outcome) {
        None => ("pending", Value::Null, Value::Null),
        Some(Ok(result)) => ("success", result.clone(), Value::Null),
        Some(Err(AttemptFailure { kind, message })) => (
            "error",
            Value::Null,
            json!({ "type": kind, "message": message }),
        ),
    };
    json!({
        "action_attempt_id": attempt.action_attempt_id,
        "action_type": attempt.action.action_type().as_str(),
        "status": status,
        "result": result,
        "error": error,
    })
}
