//! Which verb a path takes, held against the schemas, and what is no path at all.

use serde_json::json;

use crate::desk::{Desk, WAITING};
use crate::schemas;
use crate::wire::Call;

#[tokio::test]
async fn every_path_takes_the_verbs_of_the_specification_and_no_other() {
    let desk = Desk::open().await;
    for (path, verbs) in schemas::paths() {
        for verb in ["GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS"] {
            // Without a key: a path that exists asks for one, if the verb is its own.
            let reply = desk.send(Call::new(verb, &path)).await;
            let expected = if verbs.iter().any(|known| known == verb) {
                401
            } else {
                405
            };
            assert_eq!(reply.status, expected, "{verb} {path}");
            if expected == 405 && verb != "HEAD" {
                assert_eq!(reply.json()["error"]["type"], "method_not_allowed");
            }
        }
    }
}

#[tokio::test]
async fn an_unknown_path_is_refused_in_the_envelope() {
    let desk = Desk::open().await;
    for path in [
        "/",
        "/acs/credentials",
        "/acs/credentials/get/",
        "/acs/credentials/%67et",
        "/nope?x=1",
    ] {
        let reply = desk.get(path).await;
        assert_eq!(reply.status, 404, "{path}");
        assert!(reply.headers["content-type"].starts_with("application/json"));
        assert!(reply.headers.contains_key("seam-request-id"));
        let body = reply.json();
        assert_eq!(
            (&body["ok"], &body["error"]["type"]),
            (&json!(false), &json!("not_found"))
        );
    }
}

#[tokio::test]
async fn a_read_answers_alike_to_both_verbs() {
    let desk = Desk::open().await;
    let body = json!({"acs_credential_id": WAITING});
    let posted = desk.ok("/acs/credentials/get", body).await;
    let got = desk
        .get(&format!(
            "/acs/credentials/get?_strict=true&acs_credential_id={WAITING}"
        ))
        .await;
    assert_eq!(got.json(), posted);
}

#[tokio::test]
async fn a_delete_takes_its_parameters_from_the_query_or_a_body() {
    let desk = Desk::open().await;
    let target = format!("/acs/credentials/delete?acs_credential_id={WAITING}");
    assert_eq!(desk.send(desk.call("DELETE", &target)).await.status, 200);
    assert_eq!(desk.send(desk.call("DELETE", &target)).await.status, 404);
    let other = json!({"acs_credential_id": "c0000000-0000-4000-8000-000000000002"});
    assert_eq!(
        desk.send(desk.call("DELETE", "/acs/credentials/delete").json(&other))
            .await
            .status,
        200
    );
    // A POST has its parameters in its body, and only there.
    let target = "/acs/credentials/delete?acs_credential_id=c0000000-0000-4000-8000-000000000003";
    assert_eq!(desk.send(desk.call("POST", target)).await.status, 400);
}
