//! A desk's day by its orders over HTTP: a card, a second key, a lost card, a longer stay, a card read and wiped, and all of it in the
//! history.

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;

use crate::agent::Agent;
use crate::http::{Answer, Ask};

const ADA: &str = "Ada Lindqvist";

/// A desk with a simulated encoder, and one who may do everything there.
struct Clerk {
    agent: Agent,
    token: String,
    events: Lines<BufReader<TcpStream>>,
}

impl Clerk {
    async fn at_work() -> Self {
        let agent =
            Agent::start(&["--simulated", "ntag215", "ntag215", "ntag215", "ntag215"]).await;
        let token = agent.token("desk").await;
        let mut stream = TcpStream::connect(&agent.host).await.unwrap();
        let ask = Ask::get("/events").bearer(&token).bytes(&agent.host);
        stream.write_all(&ask).await.unwrap();
        let events = BufReader::new(stream).lines();
        Self {
            agent,
            token,
            events,
        }
    }

    async fn get(&self, path: &str) -> Answer {
        self.agent.ask(Ask::get(path).bearer(&self.token)).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        let ask = Ask::post(path, &body).bearer(&self.token);
        self.agent.ask(ask).await
    }

    /// Places a card of the tray that none of these is.
    async fn place(&self, not: &[&str]) -> String {
        self.post("/simulated/cards/remove", json!({})).await;
        let tray = self.get("/simulated/cards").await.json();
        let mut cards = tray["cards"].as_array().unwrap().iter();
        let free = cards.find(|card| !not.contains(&card["card_uid"].as_str().unwrap()));
        let uid = free.unwrap()["card_uid"].as_str().unwrap().to_owned();
        let placed = self
            .post("/simulated/cards/place", json!({"card_uid": uid}))
            .await;
        assert_eq!(placed.status, 200, "{placed:?}");
        uid
    }

    /// Gives an order and waits for its end: the last event of its ticket.
    async fn order(&mut self, path: &str, body: Value) -> Value {
        let answer = self.post(path, body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let ticket = answer.json()["ticket"].clone();
        let ends = |event: &Value| event["event"] == "job_ended" && event["ticket"] == ticket;
        self.happens(ends).await
    }

    /// The next event that is meant.
    async fn happens(&mut self, is_it: impl Fn(&Value) -> bool) -> Value {
        loop {
            let line = self.events.next_line().await.unwrap().unwrap();
            let data = line.strip_prefix("data: ");
            let event: Option<Value> = data.and_then(|data| serde_json::from_str(data).ok());
            if let Some(event) = event.filter(&is_it) {
                return event;
            }
        }
    }

    /// A guest of that name on the list, once there is one like that.
    async fn guest(&mut self, is_it: impl Fn(&Value) -> bool) -> Value {
        loop {
            let list = self.get("/desk/guests").await.json();
            let mut guests = list["guests"].as_array().unwrap().iter();
            if let Some(guest) = guests.find(|guest| is_it(guest)) {
                return guest.clone();
            }
            self.another_list().await;
        }
    }

    /// Waits until the list of the guests is another one.
    async fn another_list(&mut self) {
        loop {
            let line = self.events.next_line().await.unwrap().unwrap();
            if line.contains("\"event\":\"guests\"") {
                return;
            }
        }
    }

    async fn history(&self, search: &str) -> Vec<Value> {
        let path = format!("/desk/history?search={search}");
        let history = self.get(&path).await.json();
        history["issuances"].as_array().unwrap().clone()
    }
}

fn is_ada(guest: &Value) -> bool {
    guest["name"] == ADA && guest["mark"].is_null() && guest["rooms"][0] == "Room 101"
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_gets_a_card_a_second_key_and_another_for_the_one_that_is_lost() {
    let mut clerk = Clerk::at_work().await;
    let ada = clerk.guest(is_ada).await;
    let id = ada["acs_credential_id"].as_str().unwrap().to_owned();
    let first = clerk.place(&[]).await;
    let encode = json!({"acs_credential_id": id});
    assert_eq!(
        clerk.order("/desk/encode", encode.clone()).await["ending"],
        "done"
    );

    // A second key is a credential of its own, for the same room and stay.
    let second = clerk.place(&[&first]).await;
    let ended = clerk.order("/desk/encode", json!({"like": id})).await;
    assert_eq!(ended["ending"], "done", "{ended}");
    let scan = clerk.post("/desk/scan", json!({})).await.json()["scan"].clone();
    assert_eq!(scan["verdict"], "genuine", "{scan}");
    assert_ne!(scan["acs_credential_id"], json!(id));
    assert_eq!(scan["card_uid"], second.as_str());
    assert_eq!(
        scan["ends_at"].as_str().unwrap()[..16],
        ada["ends_at"].as_str().unwrap()[..16]
    );
    let joins = &scan["visionline_metadata"]["joiner_acs_credential_ids"];
    assert_eq!(*joins, json!([id]));

    // A card that is lost is replaced only where that is allowed.
    let third = clerk.place(&[&first, &second]).await;
    let refused = clerk.order("/desk/encode", encode).await;
    let error = &refused["error"];
    assert_eq!(error["code"], "already_written", "{refused}");
    assert_eq!(error["actions"], json!(["second_key", "reissue"]));
    assert!(!error["hint"].as_str().unwrap().contains("--"), "{error}");
    let reissue = json!({"acs_credential_id": id, "allowed": {"reissue": true}});
    assert_eq!(clerk.order("/desk/encode", reissue).await["ending"], "done");

    let of_first = clerk.history(&first).await;
    assert_eq!(of_first[0]["card_uid"], first.as_str());
    let by_name = clerk.history("lindqvist").await;
    assert_eq!(by_name.len(), 3, "{by_name:?}");
    assert!(
        by_name.iter().all(|entry| entry["name"] == ADA),
        "{by_name:?}"
    );
    assert_eq!(by_name[0]["card_uid"], third.as_str());
    assert_eq!(clerk.history("Room%20101").await.len(), 3);
    // What a search takes for itself and not for a pattern.
    assert!(clerk.history("%25").await.is_empty());
    let before = by_name[0]["issuance_id"].as_str().unwrap();
    let earlier = clerk
        .get(&format!("/desk/history?limit=1&before={before}"))
        .await;
    assert_eq!(earlier.json()["issuances"][0]["card_uid"], second.as_str());

    let file = clerk.get("/desk/history.csv").await.body;
    for uid in [&first, &second, &third] {
        assert!(file.contains(&**uid), "{file}");
    }
    let heading = "Begun (Europe/Stockholm),Guest,Rooms,Doors,";
    assert!(file.contains(heading), "{file}");
    let guests = file.matches(",Ada Lindqvist,Room 101,");
    assert_eq!(guests.count(), 3, "{file}");
    // In the page's words, whatever its language.
    let german = clerk.get("/desk/history.csv?language=de").await.body;
    assert!(
        german.contains("(Europe/Stockholm);Gast;Zimmer;Türen;"),
        "{german}"
    );
    assert!(german.contains(";Ada Lindqvist;Room 101;"), "{german}");
    assert!(german.contains(";erledigt;"), "{german}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_longer_stay_wants_the_card_issued_again() {
    let mut clerk = Clerk::at_work().await;
    let ada = clerk.guest(is_ada).await;
    let id = ada["acs_credential_id"].clone();
    clerk.place(&[]).await;
    let encode = json!({"acs_credential_id": id});
    clerk.order("/desk/encode", encode.clone()).await;
    let ends_at = "2099-01-02T11:00:00.000Z";
    let extend = json!({"acs_credential_id": id, "ends_at": ends_at});
    assert_eq!(clerk.post("/desk/extend", extend).await.status, 200);
    let marked = |guest: &Value| {
        guest["acs_credential_id"] == id && guest["mark"]["code"] == "needs_to_be_reissued"
    };
    let guest = clerk.guest(&marked).await;
    assert_eq!(guest["ends_at"], ends_at);
    // Seam asks for it, so that it need not be allowed.
    let ended = clerk.order("/desk/encode", encode).await;
    assert_eq!(ended["ending"], "done", "{ended}");
    let scan = clerk.post("/desk/scan", json!({})).await.json()["scan"].clone();
    assert_eq!(scan["ends_at"], "2099-01-02T11:00:00Z");
    loop {
        let list = clerk.get("/desk/guests").await.json();
        if !list["guests"].as_array().unwrap().iter().any(&marked) {
            break;
        }
        clerk.another_list().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_wiped_when_it_is_the_one_that_was_meant() {
    let mut clerk = Clerk::at_work().await;
    let uid = clerk.place(&[]).await;
    clerk.order("/desk/encode", json!({"next": true})).await;
    let another = json!({"card_uid": "04ffffffffffff", "valid": true});
    let ended = clerk.order("/desk/wipe", another).await;
    assert_eq!(ended["error"]["code"], "card_is_another");
    let ended = clerk.order("/desk/wipe", json!({"card_uid": uid})).await;
    assert_eq!(ended["error"]["code"], "card_holds_another");
    assert_eq!(
        ended["error"]["actions"],
        json!(["wipe_valid", "another_card"])
    );
    let wipe = json!({"card_uid": uid, "valid": true});
    assert_eq!(clerk.order("/desk/wipe", wipe).await["ending"], "done");
    let snapshot = clerk.get("/desk/snapshot").await.json();
    let encoders = snapshot["snapshot"]["encoders"].as_array().unwrap();
    let mut cards = encoders.iter().map(|encoder| &encoder["card"]);
    let card = cards.find(|card| card["card_uid"] == uid).unwrap();
    assert_eq!(card["contents"], "blank", "{card}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_waits_for_a_card_can_be_cancelled() {
    let mut clerk = Clerk::at_work().await;
    let ordered = clerk.post("/desk/encode", json!({"next": true})).await;
    let ticket = ordered.json()["ticket"].clone();
    let cancel = json!({"ticket": ticket});
    assert_eq!(clerk.post("/desk/cancel", cancel.clone()).await.status, 200);
    let again = clerk.post("/desk/cancel", cancel).await.refused();
    assert_eq!(again, (404, "no_such_ticket".to_owned()));
    let none = json!({"next": true, "timeout_seconds": 1});
    let ended = clerk.order("/desk/encode", none).await;
    assert_eq!(ended["error"]["code"], "no_card_in_time", "{ended}");
    assert_eq!(ended["error"]["actions"], json!(["retry"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_was_pulled_is_left_for_later() {
    let mut clerk = Clerk::at_work().await;
    let guest = clerk.guest(is_ada).await;
    let id = guest["acs_credential_id"].clone();
    let uid = clerk.place(&[]).await;
    let pull = json!({"after_writes": 6});
    clerk.post("/simulated/cards/remove", pull).await;
    let encode = json!({"acs_credential_id": id});
    let ordered = clerk.post("/desk/encode", encode).await.json();
    let lost = |event: &Value| event["event"] == "card_awaited" && event["card_uid"] == uid;
    clerk.happens(lost).await;
    let cancel = json!({"ticket": ordered["ticket"]});
    let left = clerk.post("/desk/cancel", cancel.clone()).await;
    assert_eq!((left.status, &left.json()["ending"]), (200, &json!("left")));
    assert_eq!(clerk.post("/desk/cancel", cancel).await.status, 404);
    let is_marked =
        |one: &Value| one["acs_credential_id"] == id && one["mark"]["code"] == "card_unfinished";
    clerk.guest(is_marked).await;

    // The next guest, and then the card again, without another order.
    clerk.place(&[&uid]).await;
    let next = clerk.order("/desk/encode", json!({"next": true})).await;
    assert_eq!(next["ending"], "done", "{next}");
    clerk.post("/simulated/cards/remove", json!({})).await;
    let again = json!({"card_uid": uid});
    clerk.post("/simulated/cards/place", again).await;
    let finished = |event: &Value| event["event"] == "issuance" && event["state"] == "closed";
    let finished = clerk.happens(finished).await;
    assert_eq!(
        (&finished["card_uid"], &finished["acs_credential_id"]),
        (&json!(uid), &id)
    );
}
