//! The guests over HTTP: who waits, who is found at Seam, and what is not said to whom.

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::agent::Agent;
use crate::http::{Answer, Ask};

const ADA: &str = "Ada Lindqvist";

/// The list, once names are on it.
async fn named(agent: &Agent, token: &str) -> Answer {
    once(agent, token, |answer| answer.body.contains(ADA)).await
}

/// The list, once it says that: asked for again whenever it is another one.
async fn once(agent: &Agent, token: &str, is_so: impl Fn(&Answer) -> bool) -> Answer {
    let mut stream = TcpStream::connect(&agent.host).await.unwrap();
    let ask = Ask::get("/events").bearer(token).bytes(&agent.host);
    stream.write_all(&ask).await.unwrap();
    let mut events = BufReader::new(stream).lines();
    loop {
        let answer = agent.ask(Ask::get("/desk/guests").bearer(token)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        if is_so(&answer) {
            return answer;
        }
        while !events
            .next_line()
            .await
            .unwrap()
            .unwrap()
            .contains("\"event\":\"guests\"")
        {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_is_listed_and_not_sent_twice() {
    let agent = Agent::start(&[]).await;
    let token = agent.token("read-only").await;
    let answer = named(&agent, &token).await;
    let list = answer.json();
    let guests = list["guests"].as_array().unwrap();
    assert!(guests.iter().any(|guest| guest["name"] == ADA), "{list}");
    loop {
        let answer = agent.ask(Ask::get("/desk/guests").bearer(&token)).await;
        let tag = answer.header("etag").unwrap().to_owned();
        let again = Ask::get("/desk/guests").bearer(&token);
        let again = agent.ask(again.with("if-none-match", &*tag)).await;
        // Unless more has become known meanwhile.
        if again.header("etag") == Some(&tag) {
            assert_eq!((again.status, again.body.len()), (304, 0));
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kiosk_is_shown_no_guest() {
    let agent = Agent::start(&[]).await;
    let token = agent.token("kiosk").await;
    for path in [
        "/desk/guests",
        "/desk/search?text=ada",
        "/desk/entrances?acs_system_id=5e000000-0000-4000-8000-000000000001",
        "/desk/history",
        "/desk/history.csv",
    ] {
        let answer = agent.ask(Ask::get(path).bearer(&token)).await;
        assert_eq!(answer.refused(), (403, "out_of_scope".to_owned()), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kiosk_hears_how_far_its_card_is_and_for_nobody_in_particular() {
    let agent = Agent::start(&["--simulated", "ntag215"]).await;
    let (desk, kiosk) = (agent.token("desk").await, agent.token("kiosk").await);
    let place = json!({"card_type": "ntag215"});
    let placed = Ask::post("/simulated/cards/place", &place).bearer(&desk);
    assert_eq!(agent.ask(placed).await.status, 200);
    let mut heard = [String::new(), String::new()];
    let mut streams = Vec::new();
    for token in [&desk, &kiosk] {
        let mut stream = TcpStream::connect(&agent.host).await.unwrap();
        let ask = Ask::get("/events").bearer(token).bytes(&agent.host);
        stream.write_all(&ask).await.unwrap();
        streams.push(BufReader::new(stream).lines());
    }
    // Room 101.
    let order = json!({"acs_credential_id": "c0000000-0000-4000-8000-000000000001"});
    let order = Ask::post("/desk/encode", &order).bearer(&desk);
    let ticket = agent.ask(order).await.json()["ticket"].to_string();
    for (heard, events) in heard.iter_mut().zip(&mut streams) {
        loop {
            let line = events.next_line().await.unwrap().unwrap();
            heard.push_str(&line);
            if line.contains("\"event\":\"job_ended\"") && line.contains(&ticket) {
                break;
            }
        }
    }
    for ((token, mut heard), is_kiosk) in [desk, kiosk].into_iter().zip(heard).zip([false, true]) {
        let ask = Ask::get("/desk/snapshot").bearer(&token);
        heard.push_str(&agent.ask(ask).await.body);
        for shown in [
            "\"step\":\"writing\"",
            "\"progress\":[",
            "\"written_at\"",
            "\"ending\":\"done\"",
        ] {
            assert!(heard.contains(shown), "{shown}: {heard}");
        }
        for named in [
            "Room 101",
            "display_name",
            "acs_credential_id",
            "card_number",
            "property",
        ] {
            assert_eq!(heard.contains(named), !is_kiosk, "{named}: {heard}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn seam_is_searched_for_whom_the_list_does_not_show() {
    let agent = Agent::start(&[]).await;
    let token = agent.token("read-only").await;
    let search = async |text: &str| {
        let path = format!("/desk/search?text={text}");
        agent.ask(Ask::get(&path).bearer(&token)).await
    };
    let found = search("lindq").await.json();
    let found = found["guests"].as_array().unwrap();
    assert!(!found.is_empty());
    assert!(found.iter().all(|guest| guest["name"] == ADA), "{found:?}");
    assert!(found.iter().any(|guest| guest["is_issued"] == false));
    assert_eq!(
        search("nobody-of-that-name").await.json()["guests"],
        json!([])
    );
    for text in ["", "%20", &"x".repeat(201)] {
        let refused = search(text).await.refused();
        assert_eq!(refused, (400, "invalid_input".to_owned()), "{text}");
    }
    let twice = Ask::get("/desk/search?text=a&text=b").bearer(&token);
    assert_eq!(agent.ask(twice).await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stay_gets_another_end() {
    let agent = Agent::start(&[]).await;
    let token = agent.token("desk").await;
    let list = named(&agent, &token).await.json();
    let of_ada = |list: &Value| {
        let guests = list["guests"].as_array().unwrap();
        let ada = guests.iter().find(|guest| guest["name"] == ADA);
        ada.unwrap().clone()
    };
    let id = of_ada(&list)["acs_credential_id"].clone();
    let extend = |ends_at: &str| {
        let order = json!({"acs_credential_id": id, "ends_at": ends_at});
        Ask::post("/desk/extend", &order).bearer(&token)
    };
    let refused = agent.ask(extend("tomorrow")).await.refused();
    assert_eq!(refused, (400, "invalid_input".to_owned()));
    let past = agent.ask(extend("2020-01-01T00:00:00Z")).await;
    assert_eq!(past.refused(), (409, "api_refused".to_owned()));
    assert_eq!(past.json()["error"]["actions"], json!([]));
    let ends_at = "2099-01-02T11:00:00.000Z";
    let answer = agent.ask(extend(ends_at)).await;
    assert_eq!(
        (answer.status, &answer.json()["ends_at"]),
        (200, &json!(ends_at))
    );
    once(&agent, &token, |answer| {
        let list = answer.json();
        let mut guests = list["guests"].as_array().unwrap().iter();
        guests.any(|guest| guest["name"] == ADA && guest["ends_at"] == ends_at)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_says_what_it_is_about_once() {
    let agent = Agent::start(&[]).await;
    let token = agent.token("desk").await;
    let order = async |path: &'static str, body: Value| {
        let answer = agent.ask(Ask::post(path, &body).bearer(&token)).await;
        answer.refused()
    };
    let invalid = (400, "invalid_input".to_owned());
    for body in [
        json!({}),
        json!({"next": true, "like": "c0000000-0000-4000-8000-000000000001"}),
        json!({"next": true, "timeout_seconds": 0}),
        json!({"create": {"allowed_acs_entrance_ids": []}}),
        json!({"next": true, "fast": true}),
    ] {
        assert_eq!(order("/desk/encode", body.clone()).await, invalid, "{body}");
    }
    // Seam's own parameters go as they are, for a card.
    let create = |access_method: &str| {
        let acs_user_id = "5e000000-0000-4000-8000-00000000ffff";
        json!({"create": {"access_method": access_method, "acs_user_id": acs_user_id}})
    };
    assert_eq!(order("/desk/encode", create("code")).await, invalid);
    let card = Ask::post("/desk/encode", &create("card")).bearer(&token);
    assert_ne!(agent.ask(card).await.status, 400);
    let wipe = json!({"card_uid": "no hex"});
    assert_eq!(order("/desk/wipe", wipe).await, invalid);
    let like = json!({"like": "c0000000-0000-4000-8000-00000000ffff"});
    let not_found = (404, "api_not_found".to_owned());
    assert_eq!(order("/desk/encode", like).await, not_found);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_is_a_file_too() {
    let agent = Agent::start(&[]).await;
    let token = agent.token("read-only").await;
    let empty = agent.ask(Ask::get("/desk/history").bearer(&token)).await;
    assert_eq!(empty.json()["issuances"], json!([]));
    let file = agent
        .ask(Ask::get("/desk/history.csv").bearer(&token))
        .await;
    assert_eq!(file.status, 200);
    let kind = file.header("content-type").unwrap();
    assert!(kind.starts_with("text/csv"), "{kind}");
    assert!(file.body.contains("Guest,Rooms,Doors,"), "{file:?}");
    let refused = agent
        .ask(Ask::get("/desk/history?limit=501").bearer(&token))
        .await;
    assert_eq!(refused.refused(), (400, "invalid_input".to_owned()));
}

/// Whatever is looked up, and however much is logged.
#[tokio::test(flavor = "multi_thread")]
async fn names_are_in_no_log_and_in_no_file() {
    let mut agent = Agent::start(&["--simulated", "ntag215"]).await;
    let token = agent.token("desk").await;
    let list = named(&agent, &token).await.json();
    let guests = list["guests"].as_array().unwrap();
    let mut of_ada = guests.iter().filter(|guest| guest["name"] == ADA);
    let ada = of_ada.find(|guest| guest["mark"].is_null()).unwrap();
    for (path, body) in [
        ("/simulated/cards/place", json!({"card_type": "ntag215"})),
        (
            "/desk/encode",
            json!({"acs_credential_id": ada["acs_credential_id"]}),
        ),
    ] {
        let answer = agent.ask(Ask::post(path, &body).bearer(&token)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    while agent.line("issuance").await["state"] != "closed" {}
    let search = Ask::get("/desk/search?text=lindqvist").bearer(&token);
    assert!(agent.ask(search).await.body.contains(ADA));
    let history = Ask::get("/desk/history?search=lindqvist").bearer(&token);
    assert_eq!(agent.ask(history).await.status, 200);
    let mut read = 0;
    let mut folders = vec![agent.path("")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else if entry.file_type().unwrap().is_file() {
                let bytes = std::fs::read(entry.path()).unwrap();
                let text = String::from_utf8_lossy(&bytes).to_lowercase();
                assert!(!text.contains("lindqvist"), "{}", entry.path().display());
                read += bytes.len();
            }
        }
    }
    let log = std::fs::read_to_string(agent.path("log")).unwrap();
    assert!(log.contains("TRACE") && read > log.len(), "{log}");
}
