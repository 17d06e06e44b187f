//! Whose order a page shows: its own, and beside it what others have ordered.

use serde_json::{Value, json};

use super::tray::Tray;
use crate::agent::Agent;
use crate::browser::{Browser, Look};
use crate::http::Ask;

const ROOM_101: &str = "c0000000-0000-4000-8000-000000000001";

/// Another desk orders this; its ticket.
async fn order_elsewhere(agent: &Agent, token: &str, order: Value) -> Value {
    let ask = Ask::post("/desk/encode", &order).bearer(token);
    let answer = agent.ask(ask).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["ticket"].clone()
}

async fn encoder(agent: &Agent, token: &str) -> Value {
    let snapshot = agent.ask(Ask::get("/desk/snapshot").bearer(token)).await;
    let encoders = snapshot.json()["snapshot"]["encoders"].clone();
    let mut encoders = encoders.as_array().unwrap().iter();
    let here = encoders.find(|one| one["kind"] == "local").unwrap();
    here["acs_encoder_id"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_keeps_to_its_own_order() {
    let agent = Agent::start(&["--simulated", "ntag215"]).await;
    let tray = Tray::of(&agent).await;
    let token = agent.token("desk").await;
    let browser = Browser::at(&agent, Look::default()).await;
    browser.until_shown("Ada Lindqvist").await;
    let encoder = encoder(&agent, &token).await;
    let order = json!({"acs_encoder_id": encoder, "acs_credential_id": ROOM_101});
    order_elsewhere(&agent, &token, order).await;
    let beside = "document.getElementById('beside').textContent";
    browser
        .until(&format!("{beside}.includes('Simulated encoder 1')"))
        .await;
    let phase = "document.getElementById('big').dataset.phase";
    assert_eq!(browser.value(phase).await, "idle");

    browser.order("suite 303").await;
    let whom = "document.querySelector('#big .whom').textContent";
    let is_ada = format!("{whom}.includes('Ada Lindqvist')");
    assert_eq!(browser.value(&is_ada).await, true);
    // The other one gets the card there, and this page goes on with its own.
    tray.place_new(&agent, "ntag216").await;
    browser
        .until(&format!("!{beside}.includes('Simulated encoder 1')"))
        .await;
    assert_eq!(browser.value(phase).await, "place");
    assert_eq!(browser.value(&is_ada).await, true);

    // Another desk insists, and this one says so.
    let ask = Ask::get("/desk/snapshot").bearer(&token);
    let snapshot = agent.ask(ask).await.json()["snapshot"].clone();
    let cancel = json!({"ticket": snapshot["waiting"][0]["ticket"], "of_another": true});
    let ask = Ask::post("/desk/cancel", &cancel).bearer(&token);
    assert_eq!(agent.ask(ask).await.status, 200);
    browser.until_phase("failed").await;
    browser
        .until_shown("The order was cancelled elsewhere")
        .await;
    assert_eq!(browser.value(&is_ada).await, true);
    browser.had_no_complaint().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kiosk_does_not_offer_itself_for_a_desks_order() {
    let agent = Agent::start(&["--simulated", "ntag215"]).await;
    let token = agent.token("desk").await;
    let browser = Browser::start(Look::default()).await;
    let link = agent.cardbridge(&["desk", "--print", "--kiosk"]).await;
    browser.open(&link).await;
    let phase = "document.getElementById('kiosk').dataset.phase";
    browser.until(&format!("{phase} === 'idle'")).await;
    // Whatever it shows from now on is remembered.
    let script = "window.shown = []; new MutationObserver(() => window.shown.push(document.getElementById('kiosk').dataset.phase)).observe(document.getElementById('kiosk'), {attributes: true}); arguments[arguments.length - 1]();";
    browser.outcome(script, &[]).await;
    let encoder = encoder(&agent, &token).await;
    let here = json!({"acs_encoder_id": encoder, "acs_credential_id": ROOM_101});
    for order in [json!({"next": true}), here] {
        let ticket = order_elsewhere(&agent, &token, order).await;
        let ask = Ask::post("/desk/cancel", &json!({"ticket": ticket})).bearer(&token);
        assert_eq!(agent.ask(ask).await.status, 200);
    }

    // Its own comes after that, and is all that it has shown.
    let kiosk = agent.token("kiosk").await;
    let order = json!({"acs_encoder_id": encoder, "acs_credential_id": "c0000000-0000-4000-8000-000000000011"});
    let ask = Ask::post("/acs/encoders/encode_credential", &order).bearer(&kiosk);
    assert_eq!(agent.ask(ask).await.status, 200);
    browser.until(&format!("{phase} === 'place'")).await;
    assert_eq!(browser.value("window.shown").await, json!(["place"]));
}
