//! The hand that places and removes simulated cards.

use serde_json::{Value, json};

use crate::agent::Agent;
use crate::http::Ask;

/// What may place cards on the agent's encoders.
pub(super) struct Tray {
    token: String,
}

impl Tray {
    pub(super) async fn of(agent: &Agent) -> Self {
        Self {
            token: agent.token("desk").await,
        }
    }

    /// Another blank card of this type; its serial number.
    pub(super) async fn place_new(&self, agent: &Agent, card_type: &str) -> String {
        let order = json!({"card_type": card_type});
        let placed = self.post(agent, "place", &order).await;
        placed["card"]["card_uid"].as_str().unwrap().to_owned()
    }

    pub(super) async fn place(&self, agent: &Agent, card_uid: &str) {
        let order = json!({"card_uid": card_uid});
        self.post(agent, "place", &order).await;
    }

    pub(super) async fn remove(&self, agent: &Agent) {
        self.post(agent, "remove", &json!({})).await;
    }

    /// The next card that is written is pulled away after so many writes.
    pub(super) async fn pull_after(&self, agent: &Agent, writes: u32) {
        let order = json!({"after_writes": writes});
        self.post(agent, "remove", &order).await;
    }

    async fn post(&self, agent: &Agent, what: &str, order: &Value) -> Value {
        let path = format!("/simulated/cards/{what}");
        let ask = Ask::post(&path, order).bearer(&self.token);
        let answer = agent.ask(ask).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }
}
