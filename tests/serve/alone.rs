//! One agent for one state directory: a second one is refused, and neither it nor a command beside it ends what the first one is at.

use serde_json::{Value, json};

use crate::agent::Agent;
use crate::http::Ask;

async fn post(agent: &Agent, token: &str, path: &str, body: &Value) -> Value {
    let answer = agent.ask(Ask::post(path, body).bearer(token)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_agent_is_refused_while_the_first_one_lives() {
    let mut agent = Agent::start(&["--simulated", "ntag215"]).await;
    let token = agent.token("desk").await;
    let tray = agent
        .ask(Ask::get("/simulated/cards").bearer(&token))
        .await
        .json();
    let encode = json!({
        "acs_encoder_id": tray["encoders"][0]["acs_encoder_id"],
        "acs_credential_id": "c0000000-0000-4000-8000-000000000001",
    });
    let path = "/acs/encoders/encode_credential";
    let begun = post(&agent, &token, path, &encode).await;
    let attempt = json!({"action_attempt_id": begun["action_attempt"]["action_attempt_id"]});

    let second = agent.beside(&["run", "--json", "--simulated"]).await;
    assert_eq!(second.status.code(), Some(3), "{second:?}");
    let said = String::from_utf8(second.stdout).unwrap();
    assert!(said.contains("\"agent_runs_already\""), "{said}");
    // A command that does one thing may.
    agent.cardbridge(&["history", "--json"]).await;
    let now = post(&agent, &token, "/action_attempts/get", &attempt).await;
    assert_eq!(now["action_attempt"]["status"], "pending", "{now}");

    // The lock goes with its holder, however that ends.
    agent.restart_with(&["--simulated", "ntag215"]).await;
    let now = post(&agent, &token, "/action_attempts/get", &attempt).await;
    assert_ne!(now["action_attempt"]["status"], "success", "{now}");
}
