//! Encoding on an encoder that the desk has not listed: it is listed first, and never asked past the desk.

use serde_json::json;

use crate::api::{Api, KEY, Reply};
use crate::desk::{NOWHERE, SEAMS_ENCODER, Setup, Stage, WAITING};

const ENCODE: &str = "/acs/encoders/encode_credential";
const ENCODE_METHOD: &str = "/access_methods/encode";

#[tokio::test]
async fn what_is_on_a_card_here_gets_no_second_one_at_seam_s_encoder() {
    // It does not list Seam's encoders by itself: so it is as long as Seam's list is slow.
    // Nor does Seam know what was issued here.
    let mut stage = Stage::with(Setup {
        reports: false,
        ..Setup::default()
    })
    .await;
    stage.place(0, "ntag215");
    let attempt = stage.encode(0, WAITING).await;
    stage.result_of(&attempt).await;
    let body = json!({"acs_encoder_id": SEAMS_ENCODER, "acs_credential_id": WAITING});
    let attempt = stage.ok(ENCODE, body).await["action_attempt"].clone();
    assert_eq!(
        stage.error_of(&attempt).await,
        "credential_cannot_be_reissued"
    );
    let body = json!({"acs_credential_id": WAITING});
    let at_seam = stage.ok("/acs/credentials/get", body).await;
    assert_eq!(at_seam["acs_credential"]["is_issued"], false);
}

#[tokio::test]
async fn an_encoder_that_neither_has() {
    let stage = Stage::new().await;
    let of_credential = json!({"acs_encoder_id": NOWHERE, "acs_credential_id": WAITING});
    let of_method = json!({"acs_encoder_id": NOWHERE, "access_method_id": NOWHERE});
    for (path, body) in [(ENCODE, of_credential), (ENCODE_METHOD, of_method)] {
        stage
            .refused(path, body, 404, "acs_encoder_not_found")
            .await;
    }
}

#[tokio::test]
async fn seam_is_never_asked_to_encode_what_the_desk_does_not_know() {
    let broken = json!({"error": {"type": "broken", "message": "x"}, "ok": false});
    let api = Api::start(move |_, _| Reply::json(500, &broken)).await;
    let stage = Stage::with(Setup {
        upstream: Some((api.endpoint.clone(), KEY)),
        ..Setup::default()
    })
    .await;
    let of_credential = json!({"acs_encoder_id": SEAMS_ENCODER, "acs_credential_id": WAITING});
    let of_method = json!({"acs_encoder_id": SEAMS_ENCODER, "access_method_id": NOWHERE});
    for (path, body) in [(ENCODE, of_credential), (ENCODE_METHOD, of_method)] {
        let reply = stage.post(path, body).await;
        assert!(reply.status >= 500, "{}", reply.text());
    }
    let mut seen = api.seen().into_iter();
    assert!(
        seen.all(|seen| !seen.path.contains("encode_credential") && seen.path != ENCODE_METHOD)
    );
}
