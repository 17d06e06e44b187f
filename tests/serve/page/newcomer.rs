//! A guest whom Seam knows and who has no credential yet: found at Seam, and given a card.

use serde_json::{Value, json};

use super::tray::Tray;
use crate::agent::Agent;
use crate::browser::{Browser, ENTER, ESCAPE, Look};
use crate::http::Ask;

const SYSTEM: &str = "5e000000-0000-4000-8000-000000000001";
const ROOM: &str = "d0000000-0000-4000-8000-000000000201";

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_without_a_credential_is_found_and_gets_a_card() {
    let agent = Agent::start(&["--simulated", "ntag215"]).await;
    let tray = Tray::of(&agent).await;
    let token = agent.token("desk").await;
    let ask = async |path: &str, body: Value| {
        let answer = agent.ask(Ask::post(path, &body).bearer(&token)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    };
    let user = json!({"acs_system_id": SYSTEM, "full_name": "Adam Novák"});
    let user = ask("/acs/users/create", user).await["acs_user"]["acs_user_id"].clone();
    let browser = Browser::at(&agent, Look::default()).await;
    browser.until_shown("Ada Lindqvist").await;

    // Also where there are guests who are called alike.
    browser.keys("ada").await;
    let search = "document.querySelector('.row.search')";
    browser.until(&format!("{search} !== null")).await;
    browser.value(&format!("{search}.click()")).await;
    browser.until_shown("no credential yet").await;
    browser.keys(ESCAPE).await;
    browser.keys("novák").await;
    browser.until_shown("No guest here matches").await;
    browser.keys(ENTER).await;
    browser.until_shown("no credential yet").await;
    browser.is_accessible("newcomer").await;
    browser.picture("newcomer").await;
    browser.keys(ENTER).await;
    browser
        .until_shown("New credential: \u{2068}Adam Novák")
        .await;
    let submit = "document.querySelector('dialog button[type=submit]').click()";
    // Nothing is ordered for a room that there is not, nor for a stay that ends before it begins.
    browser.keys("Room 999").await;
    browser.value(submit).await;
    let valid = "document.querySelector('dialog form').matches(':valid')";
    assert_eq!(browser.value(valid).await, json!(false));
    let rewrite = |id: &str, value: &str| {
        format!(
            "(document.getElementById('{id}').value = '{value}', document.getElementById('{id}').dispatchEvent(new Event('input')))"
        )
    };
    // Whether earlier keys stop working is asked where there are any, and not answered for the clerk.
    browser.value(&rewrite("room", "101")).await;
    browser
        .until_shown("Room 101\u{2069}: 2 keys are valid: Ada Lindqvist")
        .await;
    assert_eq!(browser.value(valid).await, json!(false));
    browser.is_accessible("keys of the room").await;
    browser.picture("keys-of-the-room").await;
    // A room is found as a guest is.
    for room in ["room 201", "201", "Room 201"] {
        browser.value(&rewrite("room", room)).await;
        browser
            .until_shown("Room 201\u{2069}: no key is valid")
            .await;
        assert_eq!(browser.value(valid).await, json!(true), "{room}");
    }
    let day = browser
        .value("document.getElementById('until-day').value")
        .await;
    browser.value(&rewrite("until-day", "2020-01-01")).await;
    assert_eq!(browser.value(valid).await, json!(false));
    browser
        .value(&rewrite("until-day", day.as_str().unwrap()))
        .await;
    browser.is_accessible("new credential").await;
    browser.picture("new-credential").await;
    browser.value(submit).await;
    browser.until_phase("place").await;
    let held = json!({"acs_user_id": user});
    let none = ask("/acs/credentials/list", held.clone()).await;
    assert_eq!(none["acs_credentials"], json!([]), "no card is there yet");
    tray.place_new(&agent, "ntag216").await;
    browser.until_phase("done").await;
    browser.until_shown("Adam Novák").await;

    let held = ask("/acs/credentials/list", held).await;
    let [credential] = &held["acs_credentials"].as_array().unwrap()[..] else {
        panic!("{held}")
    };
    assert_eq!(credential["access_method"], "card");
    // The property is in Stockholm.
    let ends_at = credential["ends_at"].as_str().unwrap();
    assert!(
        ends_at.contains("T11:00:00") || ends_at.contains("T10:00:00"),
        "{ends_at}"
    );
    let id = json!({"acs_credential_id": credential["acs_credential_id"]});
    let opens = ask("/acs/credentials/list_accessible_entrances", id).await;
    assert_eq!(opens["acs_entrances"][0]["acs_entrance_id"], ROOM);
    assert_eq!(opens["acs_entrances"].as_array().unwrap().len(), 1);

    // Found again, the guest has a card.
    tray.remove(&agent).await;
    browser.until_phase("idle").await;
    browser.keys("novák").await;
    browser.until_shown("Replace a lost card").await;
    browser.had_no_complaint().await;
}
