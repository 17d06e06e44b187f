//! What a monitoring system sees: whether the agent is well, and what it has done.

use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::agent::Agent;
use crate::http::Ask;

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_without_readers_says_so() {
    let mut agent = Agent::start(&[]).await;
    agent.line("service_lost").await;
    let token = agent.token("read-only").await;
    let answer = agent.ask(Ask::get("/healthz").bearer(&token)).await;
    assert_eq!(answer.status, 503);
    let health = answer.json();
    assert_eq!(health["status"], "failing");
    assert_eq!(health["reasons"][0]["code"], "no_pcsc_service");
    assert_eq!(agent.ask(Ask::get("/healthz")).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_in_the_format_that_collectors_read() {
    let mut agent = Agent::start(&[]).await;
    agent.line("service_lost").await;
    let token = agent.token("read-only").await;
    let answer = agent.ask(Ask::get("/metrics").bearer(&token)).await;
    let kind = answer.header("content-type").unwrap();
    assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
    for line in [
        "# TYPE cardbridge_issuances counter",
        "# TYPE cardbridge_apdu_duration_seconds histogram",
        "cardbridge_issuances_total{outcome=\"written\"} 0",
        "cardbridge_apdu_duration_seconds_count 0",
        "cardbridge_pcsc_up 0",
        "cardbridge_unreported 0",
        "# EOF",
    ] {
        assert!(
            answer.body.lines().any(|found| found == line),
            "{line}: {}",
            answer.body
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_fails_is_counted_by_its_reason() {
    let mut agent = Agent::start(&["--simulated", "ntag215"]).await;
    let token = agent.token("desk").await;
    let order = json!({"acs_credential_id": "c0000000-0000-4000-8000-0000000000ff"});
    let answer = agent
        .ask(Ask::post("/desk/encode", &order).bearer(&token))
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let code = agent.line("job_ended").await["error"]["code"].clone();
    let answer = agent.ask(Ask::get("/metrics").bearer(&token)).await;
    let line = format!(
        "cardbridge_issuances_total{{outcome=\"{}\"}} 1",
        code.as_str().unwrap()
    );
    assert!(
        answer.body.lines().any(|found| found == line),
        "{line}: {}",
        answer.body
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_seam_has_encoded_is_counted_by_itself() {
    let mut agent = Agent::start(&["--simulated", "ntag215"]).await;
    let token = agent.token("desk").await;
    // Seam's encoders are listed a little later.
    let mut stream = TcpStream::connect(&agent.host).await.unwrap();
    let ask = Ask::get("/events").bearer(&token).bytes(&agent.host);
    stream.write_all(&ask).await.unwrap();
    let mut events = BufReader::new(stream).lines();
    while !events
        .next_line()
        .await
        .unwrap()
        .unwrap()
        .contains("\"Front Desk 1\"")
    {}
    let order = json!({
        "acs_credential_id": "c0000000-0000-4000-8000-000000000001",
        "acs_encoder_id": "ec000000-0000-4000-8000-000000000001",
    });
    let answer = agent
        .ask(Ask::post("/desk/encode", &order).bearer(&token))
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(agent.line("job_ended").await["ending"], "done");
    let answer = agent.ask(Ask::get("/metrics").bearer(&token)).await;
    for line in [
        "cardbridge_issuances_total{outcome=\"by_seam\"} 1",
        "cardbridge_issuances_total{outcome=\"written\"} 0",
    ] {
        assert!(
            answer.body.lines().any(|found| found == line),
            "{line}: {}",
            answer.body
        );
    }
}
