//! `/acs/encoders/simulate`: code for the virtual encoders of Seam's sandbox, run on the simulated encoders of a desk.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::timeout;

use crate::agent::Agent;
use crate::http::{Answer, Ask};

/// A program with Seam's calls.
struct Program {
    agent: Agent,
    token: String,
    encoder: Value,
}

const ENCODE_SUCCEEDS: &str = "encode_will_succeed";
const ENCODE_FAILS: &str = "encode_will_fail";
const SCAN_SUCCEEDS: &str = "scan_will_succeed";
const SCAN_FAILS: &str = "scan_will_fail";

impl Program {
    async fn at(arguments: &[&str]) -> Self {
        let mut agent = Agent::start(arguments).await;
        let token = agent.token("desk").await;
        agent.line("encoder_added").await;
        let tray = Ask::get("/simulated/cards").bearer(&token);
        let tray = agent.ask(tray).await.json();
        let encoder = tray["encoders"][0]["acs_encoder_id"].clone();
        Self {
            agent,
            token,
            encoder,
        }
    }

    async fn call(&self, path: &str, body: &Value) -> Answer {
        self.agent
            .ask(Ask::post(path, body).bearer(&self.token))
            .await
    }

    /// Stages what is next, with these fields beside the encoder's id.
    async fn simulate(&self, what: &str, fields: &[(&str, Value)]) -> Answer {
        let path = format!("/acs/encoders/simulate/next_credential_{what}");
        let mut body = json!({"acs_encoder_id": self.encoder});
        for (name, value) in fields {
            body[name] = value.clone();
        }
        self.call(&path, &body).await
    }

    async fn staged(&self, what: &str, fields: &[(&str, Value)]) {
        let answer = self.simulate(what, fields).await;
        assert_eq!((answer.status, answer.json()), (200, json!({"ok": true})));
    }

    /// The credentials that wait for a card.
    async fn waiting(&self) -> Vec<Value> {
        let answer = self
            .call("/acs/credentials/list", &json!({"limit": 200}))
            .await;
        let credentials = answer.json()["acs_credentials"].as_array().unwrap().clone();
        let waits = |credential: &Value| {
            credential["access_method"] == "card"
                && credential["is_issued"] == false
                && credential["errors"] == json!([])
                && credential["warnings"][0]["warning_code"] == "waiting_to_be_issued"
                && credential["warnings"]
                    .as_array()
                    .is_some_and(|all| all.len() == 1)
        };
        credentials.into_iter().filter(waits).collect()
    }

    /// An action attempt at its end.
    async fn attempt(&mut self, path: &str, fields: Value) -> Value {
        let mut body = fields;
        body["acs_encoder_id"] = self.encoder.clone();
        let begun = self.call(path, &body).await;
        assert_eq!(begun.status, 200, "{begun:?}");
        let mut attempt = begun.json()["action_attempt"].clone();
        while attempt["status"] == "pending" {
            // What ends it comes right after this line.
            let ended = self.agent.line("job_ended");
            let _ = timeout(Duration::from_millis(50), ended).await;
            let id = json!({"action_attempt_id": attempt["action_attempt_id"]});
            let asked = self.call("/action_attempts/get", &id).await;
            attempt = asked.json()["action_attempt"].clone();
        }
        attempt
    }

    async fn encode(&mut self, credential: &Value) -> Value {
        let id = json!({"acs_credential_id": credential["acs_credential_id"]});
        self.attempt("/acs/encoders/encode_credential", id).await
    }

    async fn scan(&mut self) -> Value {
        self.attempt("/acs/encoders/scan_credential", json!({}))
            .await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_encode_comes_to_what_was_staged() {
    let mut program = Program::at(&["--simulated", "ntag215"]).await;
    let waiting = program.waiting().await;
    let [first, second, ..] = &waiting[..] else {
        panic!("{waiting:?}")
    };
    for code in [
        "no_credential_on_encoder",
        "uncategorized_error",
        "action_attempt_expired",
    ] {
        program
            .staged(ENCODE_FAILS, &[("error_code", json!(code))])
            .await;
        let failed = program.encode(first).await;
        assert_eq!(failed["error"]["type"], code, "{failed}");
    }
    // Only for the credential that is named.
    let of_second = [
        ("error_code", json!("uncategorized_error")),
        ("acs_credential_id", second["acs_credential_id"].clone()),
    ];
    program.staged(ENCODE_SUCCEEDS, &[]).await;
    program.staged(ENCODE_FAILS, &of_second).await;
    let issued = program.encode(first).await;
    assert_eq!(issued["status"], "success", "{issued}");
    let failed = program.encode(second).await;
    assert_eq!(failed["error"]["type"], "uncategorized_error", "{failed}");

    // The card is half-written, and no other one gets its credential.
    program
        .staged(
            ENCODE_FAILS,
            &[("error_code", json!("encoding_interrupted"))],
        )
        .await;
    let torn = program.encode(second).await;
    assert_eq!(torn["error"]["type"], "encoding_interrupted", "{torn}");
    program.staged(ENCODE_SUCCEEDS, &[]).await;
    let refused = program.encode(second).await;
    assert_eq!(
        refused["error"]["type"], "credential_cannot_be_reissued",
        "{refused}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_comes_to_what_was_staged() {
    let mut program = Program::at(&["--simulated", "ntag215"]).await;
    let nothing = program.simulate(SCAN_SUCCEEDS, &[]).await;
    assert_eq!(nothing.refused(), (400, "invalid_input".to_owned()));
    for code in [
        "no_credential_on_encoder",
        "uncategorized_error",
        "action_attempt_expired",
    ] {
        program
            .staged(SCAN_FAILS, &[("error_code", json!(code))])
            .await;
        assert_eq!(program.scan().await["error"]["type"], code);
    }
    let waiting = program.waiting().await;
    let mut issued = Vec::new();
    for credential in &waiting[..2] {
        program.staged(ENCODE_SUCCEEDS, &[]).await;
        let attempt = program.encode(credential).await;
        assert_eq!(attempt["status"], "success", "{attempt}");
        issued.push(credential["acs_credential_id"].clone());
    }
    let id_of =
        |scan: &Value| scan["result"]["acs_credential_on_seam"]["acs_credential_id"].clone();
    for id in &issued {
        program
            .staged(SCAN_SUCCEEDS, &[("acs_credential_id_on_seam", id.clone())])
            .await;
        assert_eq!(&id_of(&program.scan().await), id);
    }
    // The last one, where none is named.
    program.staged(SCAN_SUCCEEDS, &[]).await;
    assert_eq!(id_of(&program.scan().await), issued[1]);

    let scenario = |name: &str| [("scenario", json!(name))];
    program
        .staged(SCAN_SUCCEEDS, &scenario("credential_on_encoder_is_empty"))
        .await;
    let empty = program.scan().await;
    assert_eq!(
        empty["result"]["acs_credential_on_encoder"],
        json!(null),
        "{empty}"
    );
    program
        .staged(
            SCAN_SUCCEEDS,
            &scenario("credential_does_not_exist_on_seam"),
        )
        .await;
    let foreign = program.scan().await;
    assert_eq!(
        foreign["result"]["acs_credential_on_seam"],
        json!(null),
        "{foreign}"
    );
    assert_ne!(
        foreign["result"]["acs_credential_on_encoder"],
        json!(null),
        "{foreign}"
    );
    let stale = program
        .simulate(
            SCAN_SUCCEEDS,
            &scenario("credential_on_encoder_needs_update"),
        )
        .await;
    assert_eq!(stale.refused(), (400, "invalid_input".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn real_encoders_come_to_what_the_card_makes_of_it() {
    let agent = Agent::start(&[]).await;
    let token = agent.token("desk").await;
    for what in [ENCODE_SUCCEEDS, ENCODE_FAILS, SCAN_SUCCEEDS, SCAN_FAILS] {
        let path = format!("/acs/encoders/simulate/next_credential_{what}");
        let body = json!({"acs_encoder_id": "00000000-0000-4000-8000-00000000dead"});
        let answer = agent.ask(Ask::post(&path, &body).bearer(&token)).await;
        assert_eq!(answer.refused(), (404, "not_found".to_owned()), "{path}");
    }
}
