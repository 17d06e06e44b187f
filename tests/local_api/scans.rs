//! What a scan says of a card, and giving it to a user.

use serde_json::{Value, json};

use crate::desk::{Stage, WAITING, encoder, reader};

/// A guest of the system of [`WAITING`], and one of another system.
const JONAS: &str = "a5000000-0000-4000-8000-000000000002";
const OMAR: &str = "a5000000-0000-4000-8000-000000000004";

const OUT_OF_SYNC: &str = "acs_credential_on_encoder_out_of_sync";
const NOT_FOUND: &str = "acs_credential_on_seam_not_found";

fn warning(result: &Value) -> &str {
    assert_eq!(result["warnings"].as_array().unwrap().len(), 1, "{result}");
    result["warnings"][0]["warning_code"].as_str().unwrap()
}

/// A stage with a card of the credential on its first reader.
async fn with_card() -> Stage {
    let mut stage = Stage::new().await;
    stage.place(0, "ntag215");
    let attempt = stage.encode(0, WAITING).await;
    stage.result_of(&attempt).await;
    stage
}

async fn scanned(stage: &Stage) -> Value {
    let attempt = stage.scan(0).await;
    stage.result_of(&attempt).await
}

#[tokio::test]
async fn a_card_of_the_desk() {
    let stage = with_card().await;
    let result = scanned(&stage).await;
    let (on_card, on_seam) = (
        &result["acs_credential_on_encoder"],
        &result["acs_credential_on_seam"],
    );
    assert_eq!(on_seam["acs_credential_id"], WAITING);
    assert_eq!(on_card["card_number"], on_seam["card_number"]);
    assert_eq!(on_card["is_issued"], true);
    assert!(on_card["visionline_metadata"].is_object(), "{on_card}");
    assert_eq!(result["warnings"], json!([]));

    // The stay is changed at Seam, which the card does not know.
    let body = json!({"acs_credential_id": WAITING, "ends_at": "2099-01-01T12:00:00Z"});
    stage.ok("/acs/credentials/update", body).await;
    assert_eq!(warning(&scanned(&stage).await), OUT_OF_SYNC);

    let body = json!({ "acs_credential_id": WAITING });
    stage.ok("/acs/credentials/delete", body).await;
    let result = scanned(&stage).await;
    assert_eq!(warning(&result), NOT_FOUND);
    assert_eq!(result["acs_credential_on_seam"], Value::Null);
}

#[tokio::test]
async fn a_blank_card_and_one_of_others() {
    let mut stage = Stage::new().await;
    let card = stage.place(0, "ntag215");
    let nothing = json!({
        "acs_credential_on_encoder": null, "acs_credential_on_seam": null, "warnings": [],
    });
    assert_eq!(scanned(&stage).await, nothing);
    let mut memory = stage.tray.memory(card).unwrap();
    // A web address, as any phone writes it.
    memory[16..28].copy_from_slice(b"\x03\x08\xd1\x01\x04\x55\x04a.b\xfe\0");
    stage.tray.remove_from(&reader(0)).unwrap();
    assert!(stage.tray.load(card, &memory).unwrap());
    stage.tray.place(&reader(0), card).unwrap();
    let result = scanned(&stage).await;
    assert_eq!(warning(&result), NOT_FOUND);
    let on_card = &result["acs_credential_on_encoder"];
    assert_eq!(on_card["card_number"], json!(card.to_string()));
    assert_eq!(on_card["is_issued"], Value::Null);
}

#[tokio::test]
async fn a_card_is_given_to_a_user() {
    let stage = with_card().await;
    let give = async |to: Value| {
        let mut body = to;
        body["acs_encoder_id"] = json!(encoder(0));
        let answer = stage
            .ok("/acs/encoders/scan_to_assign_credential", body)
            .await;
        stage.ended(&answer["action_attempt"]).await
    };
    let given = give(json!({ "acs_user_id": JONAS })).await;
    assert_eq!(given["status"], "success", "{given}");
    assert_eq!(given["result"]["acs_user_id"], JONAS);
    let body = json!({ "acs_credential_id": WAITING });
    let at_seam = stage.ok("/acs/credentials/get", body).await;
    assert_eq!(at_seam["acs_credential"]["acs_user_id"], JONAS);
    let refused = give(json!({ "acs_user_id": OMAR })).await;
    assert_eq!(refused["error"]["type"], "uncategorized_error", "{refused}");
}

#[tokio::test]
async fn a_card_without_a_credential_is_given_to_no_one() {
    let mut stage = Stage::new().await;
    stage.place(0, "ntag215");
    let path = "/acs/encoders/scan_to_assign_credential";
    let body = json!({"acs_encoder_id": encoder(0), "acs_user_id": JONAS});
    let attempt = stage.ok(path, body).await["action_attempt"].clone();
    assert_eq!(stage.error_of(&attempt).await, "no_credential_on_encoder");
    for body in [
        json!({"acs_encoder_id": encoder(0)}),
        json!({"acs_encoder_id": encoder(0), "acs_user_id": JONAS, "user_identity_id": JONAS}),
        json!({"acs_encoder_id": encoder(0), "acs_user_id": JONAS, "salto_ks_metadata": 3}),
    ] {
        stage.refused(path, body, 400, "invalid_input").await;
    }
}
