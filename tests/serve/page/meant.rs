//! Enter takes only who is certainly meant, and what a clerk has to read is taken away by a key and by nothing else.

use cardbridge::sim::Hotel;
use serde_json::{Value, json};

use super::tray::Tray;
use crate::agent::Agent;
use crate::browser::{Browser, ENTER, ESCAPE, Look};

const SYSTEM: &str = "5e000000-0000-4000-8000-000000000001";
const ENCODERS: &[&str] = &["--simulated", "ntag215"];

/// Name, and what Seam calls the credential, which the list does not show.
const GUESTS: [(&str, &str); 6] = [
    ("Tim Berg", "Anna Weber, booked by"),
    ("Anna Weber B", "one"),
    ("Anna Weber", "two"),
    ("Zoe Ahlgren", "Lena, groups"),
    ("Lenard Holt", "three"),
    ("Jonas Berg", "four"),
];

/// Guest `at` is in room `10at`.
fn hotel() -> Hotel {
    let id = |kind: &str, at: usize| format!("{kind}000000-0000-4000-8000-{at:012}");
    let entrance = |at: usize| {
        json!({"acs_entrance_id": id("d1", at), "acs_system_id": SYSTEM, "display_name": format!("Room 10{at}"),
               "created_at": "now-90d", "visionline_metadata": {"door_name": format!("Room 10{at}"), "door_category": "guest"}})
    };
    let user = |at: usize| json!({"acs_user_id": id("a1", at), "acs_system_id": SYSTEM, "full_name": GUESTS[at].0, "created_at": "now-3d"});
    let credential = |at: usize| {
        json!({"acs_credential_id": id("c1", at), "acs_system_id": SYSTEM, "acs_user_id": id("a1", at), "created_at": "now-1d",
               "display_name": GUESTS[at].1, "starts_at": "now", "ends_at": "now+3d", "allowed_acs_entrance_ids": [id("d1", at)]})
    };
    let all = |of: &dyn Fn(usize) -> Value| (0..GUESTS.len()).map(of).collect::<Vec<Value>>();
    let seed = json!({
        "workspace": {"workspace_id": "00000000-0000-4000-8000-000000000001", "name": "Twins", "company_name": "Twins"},
        "acs_systems": [{"acs_system_id": SYSTEM, "connected_account_id": "ca000000-0000-4000-8000-000000000001",
            "external_type": "visionline_system", "name": "Twins", "time_zone": "Etc/UTC", "created_at": "now-90d",
            "visionline_metadata": {"lan_address": "192.0.2.10", "system_id": "twins"}}],
        "acs_entrances": all(&entrance),
        "acs_users": all(&user),
        "acs_credentials": all(&credential),
    });
    Hotel::from_seed_file(&seed.to_string()).unwrap()
}

const CHOSEN: &str =
    "(document.querySelector('[role=option][aria-selected=true]')?.textContent ?? '')";

async fn typed(browser: &Browser, text: &str, chosen: &str) {
    browser.keys(ESCAPE).await;
    browser.until_phase("idle").await;
    browser.keys(text).await;
    let is = format!("{CHOSEN}.includes({})", json!(chosen));
    browser.until(&is).await;
    browser.keys(ENTER).await;
}

async fn ordered(browser: &Browser, name: &str, room: &str) {
    browser.until_phase("place").await;
    let whom = browser.value("document.querySelector('.whom').textContent");
    assert_eq!(whom.await, format!("{name}{room}"));
}

async fn only_looked_at(browser: &Browser) {
    browser.until_shown("Is this the guest?").await;
    let phase = browser.value("document.getElementById('big').dataset.phase");
    assert_eq!(phase.await, "idle");
}

#[tokio::test(flavor = "multi_thread")]
async fn enter_takes_only_who_is_meant() {
    let agent = Agent::in_hotel(hotel(), "", ENCODERS).await;
    let browser = Browser::at(&agent, Look::default()).await;
    browser
        .until("document.querySelector('.heading .count')?.textContent === '6'")
        .await;

    for (name, _) in GUESTS {
        browser.until_shown(name).await;
    }

    // A whole name wins over a longer one, and what is shown over what is not.
    typed(&browser, "anna weber", "Room 102").await;
    ordered(&browser, "Anna Weber", "Room 102").await;
    typed(&browser, "lena", "Lenard Holt").await;
    ordered(&browser, "Lenard Holt", "Room 104").await;
    typed(&browser, "105", "Jonas Berg").await;
    ordered(&browser, "Jonas Berg", "Room 105").await;

    // Who else may be meant, or who does not show why, is looked at first.
    typed(&browser, "anna", "Anna Weber").await;
    only_looked_at(&browser).await;
    browser.picture("meant").await;
    browser.is_accessible("meant").await;
    typed(&browser, "berg", "Berg").await;
    only_looked_at(&browser).await;
    typed(&browser, "groups", "Zoe Ahlgren").await;
    only_looked_at(&browser).await;
    browser.keys(ENTER).await;
    ordered(&browser, "Zoe Ahlgren", "Room 103").await;
    browser.had_no_complaint().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_comes_anew_takes_no_message_away() {
    let mut agent = Agent::in_hotel(hotel(), "", ENCODERS).await;
    let tray = Tray::of(&agent).await;
    let browser = Browser::at(&agent, Look::default()).await;
    browser.until_shown("Jonas Berg").await;
    typed(&browser, "jonas", "Jonas Berg").await;
    browser.until_phase("place").await;
    tray.pull_after(&agent, 5).await;
    tray.place_new(&agent, "ntag216").await;
    browser.until_phase("put_back").await;
    browser.keys("lena").await;
    browser.until(&format!("{CHOSEN}.includes('Lenard')")).await;
    agent.kill().await;
    browser.until_phase("away").await;
    browser
        .value("document.querySelectorAll('.row').forEach((row) => (row.dataset.old = 'yes'))")
        .await;
    agent.restart_with(ENCODERS).await;
    browser
        .until("document.querySelector('.row') && !document.querySelector('.row[data-old]')")
        .await;
    browser.until_phase("lost").await;
    browser
        .until_shown("The card program was started again")
        .await;
    let typed = browser.value("document.getElementById('find').value").await;
    assert_eq!(typed, "lena");
    browser.keys("r").await;
    browser.until_phase("idle").await;
}
