//! Who is let in.

use crate::desk::{Desk, NOWHERE};
use crate::wire::Call;

async fn ask(desk: &Desk, headers: &[(&str, &str)]) -> (u16, String) {
    let call = headers.iter().fold(
        Call::new("GET", "/workspaces/get"),
        |call, (name, value)| call.header(name, value),
    );
    let reply = desk.send(call).await;
    (
        reply.status,
        reply.json()["error"]["type"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
    )
}

#[tokio::test]
async fn only_the_key_of_the_workspace_is_let_in() {
    let desk = Desk::open().await;
    let key = format!("Bearer {}", desk.access.api_key);
    assert_eq!(
        ask(&desk, &[("authorization", &key)]).await,
        (200, String::new())
    );

    let (shorter, longer) = (&key[..key.len() - 1], format!("{key}0"));
    for header in [
        shorter,
        &longer,
        "Bearer seam_test_other",
        "Bearer ",
        "Basic eA==",
        &desk.access.api_key,
    ] {
        assert_eq!(
            ask(&desk, &[("authorization", header)]).await,
            (401, "unauthorized".to_owned()),
            "{header}"
        );
    }
    assert_eq!(ask(&desk, &[]).await, (401, "unauthorized".to_owned()));
    assert_eq!(
        ask(&desk, &[("authorization", "Bearer seam_pk_x")]).await.0,
        401
    );
    let session = ask(&desk, &[("authorization", "Bearer seam_cst_x")]).await;
    assert_eq!(
        session,
        (401, "client_session_token_used_for_api_key".to_owned())
    );
}

#[tokio::test]
async fn a_personal_access_token_needs_its_workspace() {
    let desk = Desk::open().await;
    let (token, workspace) = desk.personal_access_token.clone();
    let token = format!("Bearer {token}");
    let authorization = ("authorization", token.as_str());
    assert_eq!(
        ask(&desk, &[authorization, ("seam-workspace", &workspace)])
            .await
            .0,
        200
    );
    assert_eq!(
        ask(&desk, &[authorization]).await,
        (400, "missing_workspace_id".to_owned())
    );
    assert_eq!(
        ask(&desk, &[authorization, ("seam-workspace", NOWHERE)]).await,
        (401, "unauthorized".to_owned())
    );
    assert_eq!(
        ask(&desk, &[authorization, ("seam-workspace", "x")]).await,
        (401, "unauthorized".to_owned())
    );
    let other = ask(
        &desk,
        &[
            ("authorization", "Bearer seam_at_other"),
            ("seam-workspace", &workspace),
        ],
    )
    .await;
    assert_eq!(other, (401, "unauthorized".to_owned()));
}

#[tokio::test]
async fn health_needs_no_key() {
    let desk = Desk::open().await;
    let reply = desk.send(Call::new("GET", "/health")).await;
    assert_eq!(
        (reply.status, reply.text()),
        (200, r#"{"ok":true}"#.to_owned())
    );
}

#[tokio::test]
async fn keys_are_new_at_every_start_and_are_not_shown() {
    let (one, other) = (Desk::open().await, Desk::open().await);
    assert_ne!(one.access.api_key, other.access.api_key);
    assert_ne!(one.access.report_secret, other.access.report_secret);
    assert!(
        one.access.api_key.starts_with("seam_test")
            && one.access.report_secret.starts_with("whsec_")
    );
    let shown = format!("{:?}", one.access);
    assert!(
        !shown.contains(&one.access.api_key) && !shown.contains(&one.access.report_secret),
        "{shown}"
    );
}
