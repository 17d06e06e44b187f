//! Whose order it is, and whose card: two who order at the same time never get each other's keys.

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;

use crate::agent::{Agent, LONGEST};
use crate::http::{Answer, Ask};

const ADA: &str = "c0000000-0000-4000-8000-000000000011";
const ROOM_101: &str = "c0000000-0000-4000-8000-000000000001";

/// One who orders, with a token of their own.
struct Clerk<'a> {
    agent: &'a Agent,
    token: String,
    events: Lines<BufReader<TcpStream>>,
}

impl<'a> Clerk<'a> {
    async fn of(agent: &'a Agent) -> Self {
        let token = agent.token("desk").await;
        let events = listen(agent, "/events", &token).await;
        Self {
            agent,
            token,
            events,
        }
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        let ask = Ask::post(path, &body).bearer(&self.token);
        self.agent.ask(ask).await
    }

    /// Gives an order for a card; its ticket.
    async fn order(&self, body: Value) -> Value {
        let answer = self.post("/desk/encode", body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["ticket"].clone()
    }

    /// The event that says how it ended.
    async fn end(&mut self, ticket: &Value) -> Value {
        self.happens("job_ended", ticket).await
    }

    async fn happens(&mut self, what: &str, ticket: &Value) -> Value {
        happens(&mut self.events, |event| {
            event["event"] == what && event["ticket"] == *ticket
        })
        .await
    }

    async fn place(&self, encoder: &Value, card_type: &str) -> Value {
        let place = json!({"acs_encoder_id": encoder, "card_type": card_type});
        let placed = self.post("/simulated/cards/place", place).await;
        assert_eq!(placed.status, 200, "{placed:?}");
        placed.json()["card"]["card_uid"].clone()
    }

    async fn remove(&self, encoder: &Value) {
        let removed = self
            .post(
                "/simulated/cards/remove",
                json!({"acs_encoder_id": encoder}),
            )
            .await;
        assert_eq!(removed.status, 200, "{removed:?}");
    }

    /// The encoders of this machine.
    async fn encoders(&self) -> Vec<Value> {
        let ask = Ask::get("/desk/snapshot").bearer(&self.token);
        let snapshot = self.agent.ask(ask).await.json()["snapshot"].clone();
        let encoders = snapshot["encoders"].as_array().unwrap().iter();
        let here = encoders.filter(|one| one["kind"] == "local");
        here.map(|one| one["acs_encoder_id"].clone()).collect()
    }
}

async fn listen(agent: &Agent, path: &str, token: &str) -> Lines<BufReader<TcpStream>> {
    let mut stream = TcpStream::connect(&agent.host).await.unwrap();
    let ask = Ask::get(path).bearer(token).bytes(&agent.host);
    stream.write_all(&ask).await.unwrap();
    BufReader::new(stream).lines()
}

async fn happens(
    events: &mut Lines<BufReader<TcpStream>>,
    is_it: impl Fn(&Value) -> bool,
) -> Value {
    let happening = async {
        loop {
            let line = events.next_line().await.unwrap().unwrap();
            let data = line.strip_prefix("data: ");
            let event: Option<Value> = data.and_then(|data| serde_json::from_str(data).ok());
            if let Some(event) = event.filter(&is_it) {
                return event;
            }
        }
    };
    let happened = tokio::time::timeout(LONGEST, happening).await;
    happened.expect("it has not happened")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_ended_by_those_who_gave_it() {
    let agent = Agent::start(&["--simulated", "ntag215"]).await;
    let (mut first, other) = (Clerk::of(&agent).await, Clerk::of(&agent).await);
    let ticket = first.order(json!({"acs_credential_id": ADA})).await;
    let refused = other.post("/desk/cancel", json!({"ticket": ticket})).await;
    assert_eq!(refused.refused(), (409, "ordered_by_another".to_owned()));
    let began = first.happens("job_began", &ticket).await;
    assert_eq!(began["ordered_by"], "desk");
    // It is still there for its card.
    let encoder = first.encoders().await[0].clone();
    first.place(&encoder, "ntag215").await;
    assert_eq!(first.end(&ticket).await["ending"], "done");
    first.remove(&encoder).await;

    // A person who insists may.
    let ticket = first.order(json!({"acs_credential_id": ROOM_101})).await;
    let insists = json!({"ticket": ticket, "of_another": true});
    assert_eq!(other.post("/desk/cancel", insists).await.status, 200);
    assert_eq!(first.end(&ticket).await["ending"], "cancelled");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_does_not_end_a_kiosks_order() {
    let agent = Agent::start(&["--simulated", "ntag215"]).await;
    let mut clerk = Clerk::of(&agent).await;
    let kiosk = agent.token("kiosk").await;
    let encoder = clerk.encoders().await[0].clone();
    let order = json!({"acs_encoder_id": encoder, "acs_credential_id": ADA});
    let ask = Ask::post("/acs/encoders/encode_credential", &order).bearer(&kiosk);
    assert_eq!(agent.ask(ask).await.status, 200);
    let began = |event: &Value| event["event"] == "job_began" && event["kind"] == "encode";
    let began = happens(&mut clerk.events, began).await;
    assert_eq!(began["ordered_by"], "local_api");
    let cancel = json!({"ticket": began["ticket"]});
    let refused = clerk.post("/desk/cancel", cancel).await;
    assert_eq!(refused.refused(), (409, "ordered_by_another".to_owned()));
    // Nor does it take the kiosk's encoder from it.
    let eva = json!({"acs_encoder_id": encoder, "acs_credential_id": ROOM_101});
    let refused = clerk.post("/desk/encode", eva).await;
    assert_eq!(refused.refused(), (409, "encoder_busy".to_owned()));
    clerk.place(&encoder, "ntag215").await;
    let written = clerk.happens("issuance", &began["ticket"]).await;
    assert_eq!(written["acs_credential_id"], ADA);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_be_lost_is_on_the_card_that_was_asked_about() {
    let agent = Agent::start(&["--simulated", "ntag215"]).await;
    let mut clerk = Clerk::of(&agent).await;
    let encoder = clerk.encoders().await[0].clone();
    let mut cards = Vec::new();
    for _ in 0..2 {
        let ticket = clerk.order(json!({"next": true})).await;
        cards.push(clerk.place(&encoder, "ntag216").await);
        assert_eq!(clerk.end(&ticket).await["ending"], "done");
        clerk.remove(&encoder).await;
    }
    let asked = &cards[0];
    let order = |card: &Value| json!({"next": true, "allowed": {"overwrite": card}});
    // The other one is there now.
    let ticket = clerk.order(order(asked)).await;
    let place = json!({"acs_encoder_id": encoder, "card_uid": cards[1]});
    clerk.post("/simulated/cards/place", place).await;
    let error = clerk.end(&ticket).await["error"].clone();
    assert_eq!(error["code"], "card_holds_another", "{error}");
    let ticket = clerk.order(order(&cards[1])).await;
    assert_eq!(clerk.end(&ticket).await["ending"], "done");
    for wrong in [json!(true), json!("04")] {
        let refused = clerk.post("/desk/encode", order(&wrong)).await;
        assert_eq!(refused.refused(), (400, "invalid_input".to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_card_is_none_that_was_placed_for_another_order() {
    let agent = Agent::start(&["--simulated", "ntag215"]).await;
    let (mut first, mut other) = (Clerk::of(&agent).await, Clerk::of(&agent).await);
    let encoders = first.encoders().await;
    let anywhere = first.order(json!({"acs_credential_id": ADA})).await;
    // Two for the first card would get each other's.
    let refused = other.post("/desk/encode", json!({"next": true})).await;
    assert_eq!(refused.refused(), (409, "no_free_encoder".to_owned()));
    let here = json!({"acs_encoder_id": encoders[0], "acs_credential_id": ROOM_101});
    let there = other.order(here.clone()).await;
    let again = first.post("/desk/encode", here).await;
    assert_eq!(again.refused(), (409, "encoder_busy".to_owned()));
    let card = other.place(&encoders[0], "ntag215").await;
    let written = other.happens("issuance", &there).await;
    assert_eq!(written["card_uid"], card);
    assert_eq!(written["acs_credential_id"], ROOM_101);
    let card = first.place(&encoders[1], "ntag215").await;
    let written = first.happens("issuance", &anywhere).await;
    assert_eq!(written["card_uid"], card);
    assert_eq!(written["acs_credential_id"], ADA);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_card_is_none_on_a_kiosks_encoder() {
    let agent = Agent::start(&["--simulated", "ntag215"]).await;
    let mut clerk = Clerk::of(&agent).await;
    let encoders = clerk.encoders().await;
    let kiosk = agent.token("kiosk").await;
    let snapshot = |event: &Value| event.get("encoders").is_some();
    let mut page = listen(&agent, "/events?kiosk=first", &kiosk).await;
    happens(&mut page, snapshot).await;
    let ticket = clerk.order(json!({"acs_credential_id": ADA})).await;
    clerk.place(&encoders[0], "ntag215").await;
    let card = clerk.place(&encoders[1], "ntag215").await;
    let written = clerk.happens("issuance", &ticket).await;
    assert_eq!(written["card_uid"], card);
    clerk.end(&ticket).await;

    // With a kiosk at each, an encoder has to be named.
    let id = encoders[1].as_str().unwrap();
    let mut second = listen(&agent, &format!("/events?kiosk={id}"), &kiosk).await;
    happens(&mut second, snapshot).await;
    let next = clerk.post("/desk/encode", json!({"next": true})).await;
    assert_eq!(next.refused(), (409, "no_free_encoder".to_owned()));
    clerk
        .order(json!({"next": true, "acs_encoder_id": id}))
        .await;
    let unknown = Ask::get("/events?kioks=first").bearer(&kiosk);
    assert_eq!(agent.ask(unknown).await.status, 400);
}
