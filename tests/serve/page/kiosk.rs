//! The kiosk's page: armed through the local API, it leads one guest through one card, and forgets.

use serde_json::json;

use super::tray::Tray;
use crate::agent::Agent;
use crate::browser::{Browser, Look};
use crate::http::Ask;

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_is_led_and_forgotten() {
    let agent = Agent::start(&["--simulated", "ntag215"]).await;
    let tray = Tray::of(&agent).await;
    let token = agent.token("kiosk").await;
    let browser = Browser::start(Look::default()).await;
    let link = agent.cardbridge(&["desk", "--print", "--kiosk"]).await;
    browser.open(&link).await;
    let phase = async |phase: &str| {
        let shown = "document.getElementById('kiosk').dataset.phase";
        browser.until(&format!("{shown} === '{phase}'")).await;
        browser.is_accessible(phase).await;
        browser.picture(&format!("kiosk-{phase}")).await;
    };
    phase("idle").await;

    let snapshot = agent.ask(Ask::get("/desk/snapshot").bearer(&token)).await;
    let encoders = snapshot.json()["snapshot"]["encoders"].clone();
    let mut encoders = encoders.as_array().unwrap().iter();
    let here = encoders.find(|one| one["kind"] == "local").unwrap();
    let encoder = here["acs_encoder_id"].clone();
    let order = json!({
        "acs_encoder_id": encoder,
        "acs_credential_id": "c0000000-0000-4000-8000-000000000011",
    });
    let ask = Ask::post("/acs/encoders/encode_credential", &order).bearer(&token);
    let answer = agent.ask(ask).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    phase("place").await;
    tray.pull_after(&agent, 6).await;
    let card = tray.place_new(&agent, "ntag216").await;
    phase("put_back").await;
    tray.place(&agent, &card).await;
    phase("done").await;
    let shown = browser.value("document.body.innerText").await;
    for secret in ["Ada", "303", &card] {
        assert!(!shown.as_str().unwrap().contains(secret), "{shown}");
    }
    tray.remove(&agent).await;
    phase("idle").await;
    browser.had_no_complaint().await;
}
