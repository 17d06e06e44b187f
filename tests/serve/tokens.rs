//! Tokens of programs: shown once, kept as hashes, revoked at once.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::agent::Agent;
use crate::http::Ask;

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_good_from_when_it_is_made_until_it_is_revoked() {
    let agent = Agent::start(&[]).await;
    let ask = |token: &str| Ask::get("/desk/snapshot").bearer(token);
    let made = agent
        .cardbridge(&["token", "new", "the front desk's PMS", "--json"])
        .await;
    let made: Value = serde_json::from_str(&made).unwrap();
    let token = made["token"].as_str().unwrap();
    assert!(token.starts_with("seam_local_"), "{token}");
    assert_eq!(agent.ask(ask(token)).await.status, 200);
    // Almost the same is another one.
    assert_eq!(agent.ask(ask(&token[..token.len() - 1])).await.status, 401);
    assert_eq!(agent.ask(ask("seam_local_")).await.status, 401);
    assert_eq!(agent.ask(ask(&agent.access.api_key)).await.status, 401);
    assert_eq!(agent.ask(Ask::get("/desk/snapshot")).await.status, 401);

    let file = agent.path("state/tokens.json");
    let kept = std::fs::read_to_string(&file).unwrap();
    assert!(!kept.contains(token.trim_start_matches("seam_local_")));
    let permissions = std::fs::metadata(&file).unwrap().permissions();
    assert_eq!(permissions.mode() & 0o777, 0o600);
    let listed = agent.cardbridge(&["token", "list"]).await;
    assert!(listed.contains("the front desk's PMS"), "{listed}");

    agent
        .cardbridge(&["token", "revoke", made["id"].as_str().unwrap()])
        .await;
    assert_eq!(
        agent.ask(ask(token)).await.refused(),
        (401, "unauthorized".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_does_what_its_scope_says() {
    let agent = Agent::start(&[]).await;
    let order = json!({"ticket": "01a221f2-03ba-76e4-b145-18d2a5b45632"});
    for (scope, changes) in [("desk", 404), ("read-only", 403), ("kiosk", 403)] {
        let token = agent.token(scope).await;
        let watch = Ask::get("/desk/snapshot").bearer(&token);
        assert_eq!(agent.ask(watch).await.status, 200, "{scope}");
        let change = Ask::post("/desk/cancel", &order).bearer(&token);
        assert_eq!(agent.ask(change).await.status, changes, "{scope}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_tokens_that_is_broken_lets_nothing_in() {
    let agent = Agent::start(&[]).await;
    let token = agent.token("desk").await;
    let ask = || Ask::get("/desk/snapshot").bearer(&token);
    assert_eq!(agent.ask(ask()).await.status, 200);
    std::fs::write(agent.path("state/tokens.json"), "{").unwrap();
    assert_eq!(agent.ask(ask()).await.status, 401);
    std::fs::remove_file(agent.path("state/tokens.json")).unwrap();
    assert_eq!(agent.ask(ask()).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_of_events_ends_with_its_token() {
    let agent = Agent::start(&["--simulated"]).await;
    let made = agent.cardbridge(&["token", "new", "x", "--json"]).await;
    let made: Value = serde_json::from_str(&made).unwrap();
    let other = agent.token("desk").await;
    let ask = Ask::get("/events").bearer(made["token"].as_str().unwrap());
    let mut stream = TcpStream::connect(&agent.host).await.unwrap();
    stream.write_all(&ask.bytes(&agent.host)).await.unwrap();
    let mut first = [0; 15];
    stream.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200 OK");
    agent
        .cardbridge(&["token", "revoke", made["id"].as_str().unwrap()])
        .await;
    // Something happens, which it does not hear any more.
    let scan = json!({"timeout_seconds": 1});
    agent
        .ask(Ask::post("/desk/scan", &scan).bearer(&other))
        .await;
    let mut rest = String::new();
    stream.read_to_string(&mut rest).await.unwrap();
    assert!(!rest.contains("job_began"), "{rest}");
}
