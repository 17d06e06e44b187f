//! An agent that is killed in the middle of an encode which a program has asked for: the attempt is there after the next start, and ends when
//! the same card is placed again.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::process::Child;

use crate::desk::{Desk, uid};
use crate::held::{HeldCard, Hold};
use crate::pcscd::{address, beside_pcscd};
use crate::sdks::{served, token};
use crate::wire::Call;

/// A program with a token, and the agent that it calls.
struct Program {
    agent: Child,
    address: String,
    token: String,
}

impl Program {
    async fn start(desk: &Desk) -> Self {
        let mut agent = desk.start(&["run", "--json"], None);
        let url = served(&mut agent).await;
        Self {
            agent,
            address: url.trim_start_matches("http://").to_owned(),
            token: token(desk).await,
        }
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let call = Call::new("POST", path).json(&body);
        let call = call.header("authorization", &format!("Bearer {}", self.token));
        let reply = call.send(&self.address).await.unwrap();
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        reply.json()
    }

    async fn attempt(&self, id: &Value) -> Value {
        let body = json!({ "action_attempt_id": id });
        self.post("/action_attempts/get", body).await["action_attempt"].clone()
    }
}

#[test]
fn an_attempt_survives_the_agent_that_was_killed_at_it() {
    beside_pcscd(&["Desk"], async |_| {
        let desk = Desk::new().await;
        let mut program = Program::start(&desk).await;
        let credential = desk.credential("visionline_system", 1).await;
        let system = json!({ "acs_system_id": credential.acs_system_id });
        let listed = program.post("/acs/encoders/list", system).await;
        let card = HeldCard::place(&address(0), "ntag215", uid(1), Hold::AfterFirstChange).await;
        let body = json!({
            "acs_encoder_id": listed["acs_encoders"][0]["acs_encoder_id"],
            "acs_credential_id": credential.acs_credential_id,
        });
        let begun = program.post("/acs/encoders/encode_credential", body).await;
        let id = &begun["action_attempt"]["action_attempt_id"];
        card.moment.reached().await;
        program.agent.kill().await.unwrap();
        let card = card.remove().await;

        let program = Program::start(&desk).await;
        assert_eq!(program.attempt(id).await["status"], "pending");
        let never = Hold::BeforeCommand(usize::MAX);
        let card = HeldCard::put(&address(0), card, never).await;
        let mut pause = tokio::time::interval(Duration::from_millis(50));
        let ended = loop {
            pause.tick().await;
            let attempt = program.attempt(id).await;
            if attempt["status"] != "pending" {
                break attempt;
            }
        };
        assert_eq!(ended["status"], "success", "{ended}");
        assert_eq!(ended["result"]["card_number"], json!(uid(1).to_string()));
        assert_eq!(desk.look_up(&credential).await.is_issued, Some(true));
        card.remove().await;
    });
}
