//! The tray of simulated cards over HTTP, as the page and an integrator's tests use it.

use serde_json::{Value, json};

use crate::agent::Agent;
use crate::http::{Answer, Ask};

/// An agent with simulated encoders, and what may place cards on them.
struct Hand {
    agent: Agent,
    token: String,
}

impl Hand {
    async fn at(arguments: &[&str]) -> Self {
        let agent = Agent::start(arguments).await;
        let token = agent.token("desk").await;
        Self { agent, token }
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        let path = format!("/simulated/cards/{path}");
        let ask = Ask::post(&path, &body).bearer(&self.token);
        self.agent.ask(ask).await
    }

    /// What came of it.
    async fn done(&self, path: &str, body: Value) -> Value {
        let answer = self.post(path, body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["card"].clone()
    }

    async fn cards(&self) -> Value {
        let ask = Ask::get("/simulated/cards").bearer(&self.token);
        let answer = self.agent.ask(ask).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    /// The next line that says how an issuance goes on, in this state.
    async fn issuance(&mut self, state: &str) -> Value {
        loop {
            let line = self.agent.line("issuance").await;
            if line["state"] == state {
                return line;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_is_pulled_in_the_middle_is_finished_once_it_is_placed_again() {
    let mut hand = Hand::at(&["--auto", "--simulated", "ntag215", "ntag213"]).await;
    assert_eq!(
        hand.done("remove", json!({"after_writes": 6})).await,
        json!(null)
    );
    let card = hand.done("place", json!({"card_type": "ntag215"})).await;
    assert_eq!(card["encoder"], "Simulated encoder 1");
    let begun = hand.issuance("writing").await;
    assert_eq!(begun["card_uid"], card["card_uid"]);
    assert_eq!(begun["simulated"], true);
    let torn = hand.agent.line("not_issued").await;
    assert_eq!(torn["error"]["code"], "card_unfinished", "{torn}");
    let tray = hand.cards().await;
    assert_eq!(tray["encoders"][0].get("card_uid"), None, "{tray}");

    // It stays unfinished when the agent is started again, and another card gets another credential.
    let uid = card["card_uid"].clone();
    let other = hand.done("place", json!({"card_type": "ntag213"})).await;
    let issued = hand.issuance("closed").await;
    assert_eq!(issued["card_uid"], other["card_uid"]);
    assert_ne!(issued["acs_credential_id"], begun["acs_credential_id"]);
    // Swapped: the one that is there need not be removed first.
    let again = hand.done("place", json!({"card_uid": uid})).await;
    assert_eq!(again, card);
    let finished = hand.issuance("closed").await;
    for field in ["card_uid", "acs_credential_id", "issuance_id"] {
        assert_eq!(finished[field], begun[field], "{field}");
    }
    assert_eq!(hand.done("remove", json!({})).await, card);
    assert_eq!(hand.done("remove", json!({})).await, json!(null));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_is_killed_finds_its_card_half_written() {
    let mut hand = Hand::at(&["--auto", "--simulated", "ntag215"]).await;
    let card = hand.done("place", json!({"card_type": "ntag215"})).await;
    hand.agent.line("progress").await;
    hand.agent.restart_with(&["--simulated", "ntag215"]).await;
    let finished = hand.issuance("closed").await;
    assert_eq!(finished["card_uid"], card["card_uid"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tray_says_what_is_where() {
    let mut hand = Hand::at(&["--simulated", "ntag215", "ultralight-c"]).await;
    hand.agent.line("encoder_added").await;
    hand.agent.line("encoder_added").await;
    let ask = Ask::get("/desk/snapshot").bearer(&hand.token);
    let snapshot = hand.agent.ask(ask).await.json()["snapshot"].clone();
    assert_eq!(snapshot["simulated"], true);
    let ids = |encoders: &Value| {
        let encoders = encoders.as_array().unwrap().iter();
        let ids = encoders.map(|encoder| encoder["acs_encoder_id"].clone());
        ids.collect::<Vec<_>>()
    };
    let tray = hand.cards().await;
    let encoders = ids(&tray["encoders"]);
    let all = ids(&snapshot["encoders"]);
    assert!(encoders.iter().all(|id| all.contains(id)), "{snapshot}");
    let types = tray["types"].as_array().unwrap();
    assert_eq!(types[0], "ntag215");
    // What needs keys that this desk does not have comes last.
    assert!(types[..5].contains(&json!("ntag424")), "{types:?}");
    assert!(types[6..].contains(&json!("desfire-ev3-8k")), "{types:?}");
    let of = |tray: &Value, name: &str| {
        let cards = tray["cards"].as_array().unwrap().iter();
        let cards = cards.filter(|card| card["card_type"] == name);
        cards.cloned().collect::<Vec<_>>()
    };
    let [ntag215] = &of(&tray, "ntag215")[..] else {
        panic!("{tray}")
    };
    assert_eq!(of(&tray, "ultralight-c").len(), 1);
    let uid = &ntag215["card_uid"];
    let on_second = json!({"acs_encoder_id": encoders[1], "card_uid": uid});
    hand.done("place", on_second).await;
    let tray = hand.cards().await;
    assert_eq!(&tray["encoders"][1]["card_uid"], uid);
    assert_eq!(of(&tray, "ntag215")[0]["encoder"], "Simulated encoder 2");
    // A hand takes it from there.
    let on_first = json!({"acs_encoder_id": encoders[0], "card_uid": uid});
    hand.done("place", on_first).await;
    let tray = hand.cards().await;
    assert_eq!(
        (
            &tray["encoders"][0]["card_uid"],
            tray["encoders"][1].get("card_uid")
        ),
        (uid, None)
    );
    // The blank one of the type is on the encoder, so that this is a new one.
    let new = hand.done("place", json!({"card_type": "ntag215"})).await;
    assert_ne!(&new["card_uid"], uid);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_tray_does_not_have_is_refused_with_a_word_for_it() {
    let hand = Hand::at(&["--simulated", "ntag215"]).await;
    let stranger = "00000000-0000-4000-8000-00000000dead";
    for (path, body, status, kind) in [
        (
            "place",
            json!({"card_type": "ntag999"}),
            400,
            "simulated_card_type_unknown",
        ),
        (
            "place",
            json!({"card_uid": "04000000000000"}),
            404,
            "simulated_card_not_there",
        ),
        ("place", json!({"card_uid": "x"}), 400, "invalid_input"),
        ("place", json!({}), 400, "invalid_input"),
        (
            "place",
            json!({"card_type": "ntag215", "card_uid": "04000000000000"}),
            400,
            "invalid_input",
        ),
        (
            "place",
            json!({"card_type": "ntag215", "acs_encoder_id": stranger}),
            404,
            "simulated_encoder_unknown",
        ),
        (
            "remove",
            json!({"acs_encoder_id": stranger}),
            404,
            "simulated_encoder_unknown",
        ),
        ("remove", json!({"after_writes": 0}), 400, "invalid_input"),
        ("remove", json!({"after": 1}), 400, "invalid_input"),
    ] {
        let answer = hand.post(path, body.clone()).await;
        assert_eq!(answer.refused(), (status, kind.to_owned()), "{path} {body}");
    }
    let token = hand.agent.token("read-only").await;
    let ask = Ask::get("/simulated/cards").bearer(&token);
    assert_eq!(hand.agent.ask(ask).await.status, 200);
    let order = json!({"card_type": "ntag215"});
    let ask = Ask::post("/simulated/cards/place", &order).bearer(&token);
    assert_eq!(hand.agent.ask(ask).await.status, 403);
    let ask = Ask::post("/simulated/cards/place", &order);
    assert_eq!(hand.agent.ask(ask).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_with_real_encoders_has_no_tray() {
    let hand = Hand::at(&[]).await;
    let none = (404, "not_found".to_owned());
    let order = json!({"card_type": "ntag215"});
    assert_eq!(hand.post("place", order).await.refused(), none);
    assert_eq!(hand.post("remove", json!({})).await.refused(), none);
    let ask = Ask::get("/simulated/cards").bearer(&hand.token);
    assert_eq!(hand.agent.ask(ask).await.refused(), none);
    let ask = Ask::get("/desk/snapshot").bearer(&hand.token);
    let snapshot = hand.agent.ask(ask).await.json();
    assert_eq!(snapshot["snapshot"]["simulated"], false);
}
