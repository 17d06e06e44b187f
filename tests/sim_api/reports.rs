//! The report receiver.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::desk::{
    BEING_DELETED, CODE, Desk, ENCODER, ISSUED, NEEDS_REISSUE, NOWHERE, WAITING, WORKSPACE,
    warnings,
};
use crate::wire::{Call, Reply};

/// A report as it goes over the wire.
#[derive(Clone)]
struct Report {
    family: &'static str,
    id: String,
    timestamp: String,
    signature: String,
    body: String,
}

fn event(credential: &str, card_number: &str) -> Value {
    json!({
        "event_id": "0197a000-0000-7000-8000-000000000001", "event_type": "acs_credential.issued",
        "workspace_id": WORKSPACE, "created_at": "2026-01-31T12:00:01Z", "occurred_at": "2026-01-31T12:00:00Z",
        "acs_credential_id": credential, "card_number": card_number, "card_uid": card_number,
        "card_type": "NTAG215", "issuance_id": "0197a000-0000-7000-8000-000000000001", "encoder": "ACS ACR122U",
    })
}

impl Report {
    /// A good one.
    fn new(desk: &Desk, id: &str, event: &Value) -> Self {
        let (timestamp, body) = (Timestamp::now().as_second().to_string(), event.to_string());
        let signature = sign(desk, id, &timestamp, &body);
        Self {
            family: "svix",
            id: id.to_owned(),
            timestamp,
            signature,
            body,
        }
    }

    async fn send(&self, desk: &Desk) -> Reply {
        let path = desk
            .access
            .report_url
            .strip_prefix(&desk.access.endpoint)
            .unwrap();
        let name = |part: &str| format!("{}-{part}", self.family);
        let call = Call::new("POST", path)
            .header(&name("id"), &self.id)
            .header(&name("timestamp"), &self.timestamp)
            .header(&name("signature"), &self.signature)
            .header("content-type", "application/json")
            .body(self.body.clone());
        desk.send(call).await
    }
}

fn sign(desk: &Desk, id: &str, timestamp: &str, body: &str) -> String {
    let key = STANDARD
        .decode(desk.access.report_secret.strip_prefix("whsec_").unwrap())
        .unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

async fn refused(desk: &Desk, report: &Report, status: u16, kind: &str) {
    let before = (
        desk.credential(WAITING).await,
        desk.events_of(WAITING).await,
    );
    let reply = report.send(desk).await;
    let error = reply.json()["error"].clone();
    assert_eq!(
        (reply.status, error["type"].as_str()),
        (status, Some(kind)),
        "{error}"
    );
    assert_eq!(
        (
            desk.credential(WAITING).await,
            desk.events_of(WAITING).await
        ),
        before
    );
}

#[tokio::test]
async fn a_report_issues_the_credential_once() {
    let desk = Desk::open().await;
    let report = Report::new(&desk, "msg-1", &event(WAITING, "04a1b2c3"));
    for family in ["svix", "webhook", "svix"] {
        let reply = Report {
            family,
            ..report.clone()
        }
        .send(&desk)
        .await;
        assert_eq!(reply.status, 200, "{}", reply.text());
    }
    let credential = desk.credential(WAITING).await;
    assert_eq!(credential["is_issued"], json!(true));
    assert_eq!(credential["issued_at"], "2026-01-31T12:00:00.000Z");
    assert_eq!(credential["card_number"], "04a1b2c3");
    assert!(warnings(&credential).is_empty());
    assert_eq!(desk.events_of(WAITING).await, ["acs_credential.issued"]);
    let events = desk
        .ok(
            "/events/list",
            json!({"since": "2000-01-01", "acs_credential_id": WAITING}),
        )
        .await;
    assert_eq!(
        events["events"][0]["occurred_at"],
        "2026-01-31T12:00:00.000Z"
    );
    // Issued is issued, by any encoder: the vendor's encoder refuses now.
    let attempt = desk
        .ok(
            "/acs/encoders/encode_credential",
            json!({"acs_encoder_id": ENCODER, "acs_credential_id": WAITING}),
        )
        .await;
    assert_eq!(
        desk.finished(&attempt["action_attempt"]).await["error"]["type"],
        "credential_cannot_be_reissued"
    );
}

#[tokio::test]
async fn a_report_that_is_not_rightly_signed_changes_nothing() {
    let desk = Desk::open().await;
    let good = Report::new(&desk, "msg-1", &event(WAITING, "04a1b2c3"));
    let body = good.body.replace("04a1b2c3", "04a1b2c4");
    let other_key =
        Report::new(&Desk::open().await, "msg-1", &event(WAITING, "04a1b2c3")).signature;
    let v2 = good.signature.replace("v1,", "v2,");
    let cut = good.signature[..good.signature.len() - 4].to_owned();
    let bad = [
        Report {
            body,
            ..good.clone()
        },
        Report {
            id: "msg-2".to_owned(),
            ..good.clone()
        },
        Report {
            timestamp: (Timestamp::now().as_second() + 1).to_string(),
            ..good.clone()
        },
        Report {
            timestamp: "soon".to_owned(),
            ..good.clone()
        },
        Report {
            signature: other_key,
            ..good.clone()
        },
        Report {
            signature: v2,
            ..good.clone()
        },
        Report {
            signature: cut,
            ..good.clone()
        },
        Report {
            signature: "v1,".to_owned(),
            ..good.clone()
        },
        Report {
            signature: "nonsense".to_owned(),
            ..good.clone()
        },
        Report {
            family: "x",
            ..good.clone()
        },
    ];
    for report in bad {
        refused(&desk, &report, 401, "invalid_signature").await;
    }
    let several = format!("v1,AAAA v2,x {}", good.signature);
    assert_eq!(
        Report {
            signature: several,
            ..good
        }
        .send(&desk)
        .await
        .status,
        200,
        "one of several is enough"
    );
}

#[tokio::test]
async fn a_report_is_taken_within_five_minutes() {
    let desk = Desk::open().await;
    let at = |seconds: i64, id: &str| {
        let mut report = Report::new(&desk, id, &event(WAITING, "04a1b2c3"));
        report.timestamp = (Timestamp::now().as_second() + seconds).to_string();
        report.signature = sign(&desk, id, &report.timestamp, &report.body);
        report
    };
    refused(&desk, &at(-320, "late"), 401, "invalid_signature").await;
    refused(&desk, &at(320, "early"), 401, "invalid_signature").await;
    assert_eq!(at(-280, "msg-1").send(&desk).await.status, 200);
}

#[tokio::test]
async fn a_second_card_is_refused() {
    let desk = Desk::open().await;
    Report::new(&desk, "msg-1", &event(WAITING, "04a1b2c3"))
        .send(&desk)
        .await;
    refused(
        &desk,
        &Report::new(&desk, "msg-2", &event(WAITING, "04ffffff")),
        409,
        "credential_cannot_be_reissued",
    )
    .await;
    refused(
        &desk,
        &Report::new(&desk, "msg-2", &event(WAITING, "04a1b2c3")),
        409,
        "credential_cannot_be_reissued",
    )
    .await;
    refused(
        &desk,
        &Report::new(&desk, "msg-1", &event(WAITING, "04ffffff")),
        409,
        "message_id_reused",
    )
    .await;
    let reply = Report::new(&desk, "msg-3", &event(ISSUED, "04ffffff"))
        .send(&desk)
        .await;
    assert_eq!(
        reply.json()["error"]["data"]["card_number"],
        "04d1e2f3a4b5c6",
        "the answer says which card stands"
    );

    let mut reissued = event(WAITING, "04ffffff");
    reissued["event_type"] = json!("acs_credential.reissued");
    assert_eq!(
        Report::new(&desk, "msg-4", &reissued)
            .send(&desk)
            .await
            .status,
        200
    );
    assert_eq!(desk.credential(WAITING).await["card_number"], "04ffffff");
    assert_eq!(
        desk.events_of(WAITING).await,
        ["acs_credential.issued", "acs_credential.reissued"]
    );
    // The first report, come late: it was taken long ago.
    assert_eq!(
        Report::new(&desk, "msg-1", &event(WAITING, "04a1b2c3"))
            .send(&desk)
            .await
            .status,
        200
    );
    assert_eq!(desk.credential(WAITING).await["card_number"], "04ffffff");
}

#[tokio::test]
async fn a_card_that_is_out_of_date_may_be_replaced() {
    let desk = Desk::open().await;
    assert_eq!(
        Report::new(&desk, "msg-1", &event(NEEDS_REISSUE, "04ffffff"))
            .send(&desk)
            .await
            .status,
        200
    );
    assert!(warnings(&desk.credential(NEEDS_REISSUE).await).is_empty());
    assert_eq!(
        desk.events_of(NEEDS_REISSUE).await,
        ["acs_credential.reissued"]
    );
}

#[tokio::test]
async fn a_written_card_is_a_fact() {
    let desk = Desk::open().await;
    let expired = "c0000000-0000-4000-8000-000000000092";
    for (id, credential) in [("msg-1", expired), ("msg-2", BEING_DELETED)] {
        assert_eq!(
            Report::new(&desk, id, &event(credential, "04ffffff"))
                .send(&desk)
                .await
                .status,
            200
        );
        assert_eq!(desk.credential(credential).await["is_issued"], json!(true));
    }
}

#[tokio::test]
async fn what_is_no_report() {
    let desk = Desk::open().await;
    let changed = |field: &str, value: Value| {
        let mut event = event(WAITING, "04a1b2c3");
        event[field] = value;
        Report::new(&desk, "msg-1", &event)
    };
    for (field, value) in [
        ("event_id", json!(null)),
        ("event_type", json!("acs_credential.deleted")),
        ("workspace_id", json!(NOWHERE)),
        ("acs_credential_id", json!("x")),
        ("acs_credential_id", json!(CODE)),
        ("card_number", json!("")),
        ("card_number", json!(null)),
        ("occurred_at", json!("now")),
    ] {
        refused(&desk, &changed(field, value), 400, "invalid_input").await;
    }
    refused(
        &desk,
        &changed("acs_credential_id", json!(NOWHERE)),
        404,
        "acs_credential_not_found",
    )
    .await;
    let mut reissued = event(WAITING, "04a1b2c3");
    reissued["event_type"] = json!("acs_credential.reissued");
    refused(
        &desk,
        &Report::new(&desk, "msg-1", &reissued),
        409,
        "credential_was_never_issued",
    )
    .await;
    let path = desk
        .access
        .report_url
        .strip_prefix(&desk.access.endpoint)
        .unwrap();
    assert_eq!(desk.get(path).await.status, 405);
    for body in ["", "[]", "{", "null", "\u{0}"] {
        let mut report = Report::new(&desk, "msg-1", &json!({}));
        report.body = body.to_owned();
        report.signature = sign(&desk, "msg-1", &report.timestamp, body);
        refused(&desk, &report, 400, "invalid_input").await;
    }
}

#[tokio::test]
async fn an_access_method_is_issued_with_its_credential() {
    let desk = Desk::open().await;
    let credential = "c0000000-0000-4000-8000-000000000022";
    let method = json!({"access_method_id": "ae000000-0000-4000-8000-000000000002"});
    Report::new(&desk, "msg-1", &event(credential, "04a1b2c3"))
        .send(&desk)
        .await;
    let method = desk.ok("/access_methods/get", method).await["access_method"].clone();
    assert_eq!(
        (&method["is_issued"], &method["is_encoding_required"]),
        (&json!(true), &json!(false))
    );
}

#[tokio::test]
async fn a_card_that_is_no_longer_good_frees_its_credential_and_no_later_card() {
    let desk = Desk::open().await;
    let first = "0197a000-0000-7000-8000-000000000001";
    let second = "0197a000-0000-7000-8000-000000000002";
    let report = |id: &str, kind: &str, card: &str, issuance: &str| {
        let mut event = event(WAITING, card);
        event["event_type"] = json!(format!("acs_credential.{kind}"));
        event["issuance_id"] = json!(issuance);
        Report::new(&desk, id, &event)
    };
    for (report, issued_on) in [
        (report("1", "issued", "04a1", first), Some("04a1")),
        (report("2", "invalidated", "04a1", first), None),
        // Again, as after a lost answer.
        (report("2", "invalidated", "04a1", first), None),
        (report("3", "reissued", "04b2", second), Some("04b2")),
        (report("4", "invalidated", "04a1", first), Some("04b2")),
    ] {
        assert_eq!(report.send(&desk).await.status, 200);
        let credential = desk.credential(WAITING).await;
        assert_eq!(credential["is_issued"], json!(issued_on.is_some()));
        assert_eq!(credential["card_number"], json!(issued_on));
        assert_eq!(warnings(&credential).is_empty(), issued_on.is_some());
    }
    let mut deleted = event(NOWHERE, "04a1");
    deleted["event_type"] = json!("acs_credential.invalidated");
    let report = Report::new(&desk, "5", &deleted);
    assert_eq!(report.send(&desk).await.status, 200, "the card is wiped");
}
