//! Five thousand guests, some with names that were made to do harm.

use cardbridge::sim::Hotel;
use serde_json::{Value, json};

use crate::agent::Agent;
use crate::browser::{Browser, ESCAPE, Look};

const SYSTEM: &str = "5e000000-0000-4000-8000-000000000001";
const MANY: usize = 5_000;

#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_guests_are_shown_and_found() {
    let agent = Agent::in_hotel(full_house(), "", &["--simulated", "ntag215"]).await;
    let browser = Browser::at(&agent, Look::default()).await;
    let waiting = format!("document.querySelector('.heading .count')?.textContent === '{MANY}'");
    browser.until(&waiting).await;
    let elements = "document.querySelectorAll('.row').length";
    assert!(browser.value(elements).await.as_u64().unwrap() < 60);
    browser
        .value("document.getElementById('list').scrollTop = 1e9")
        .await;
    browser.until_shown("Room 4999").await;
    assert!(browser.value(elements).await.as_u64().unwrap() < 60);

    browser.keys("4321").await;
    let first = "document.querySelector('[role=option][aria-selected=true]')?.textContent ?? ''";
    browser
        .until(&format!("({first}).includes('Room 4321')"))
        .await;
    let set = "document.querySelector('[role=option]').getAttribute('aria-setsize')";
    assert_eq!(
        browser.value(set).await,
        "2",
        "the guest, and a search at Seam"
    );
    browser.picture("many").await;
    browser.keys(ESCAPE).await;

    // Markup is text, an override turns nothing around, and a name without end has one.
    browser.keys("script").await;
    browser.until_shown("<script>alert(1)</script>").await;
    assert_eq!(
        browser
            .value("document.querySelectorAll('#rows script, #rows img').length")
            .await,
        json!(0)
    );
    browser.keys(ESCAPE).await;
    browser.keys("turned").await;
    browser.until_shown("turned around").await;
    let overrides = "[...document.querySelectorAll('#rows bdi')].some((one) => /[\\u202a-\\u202e\\u2066-\\u2069]/.test(one.textContent))";
    assert_eq!(browser.value(overrides).await, json!(false));
    browser.keys(ESCAPE).await;
    browser.keys("xxxx").await;
    browser.until_shown("xxxx").await;
    let longest =
        "Math.max(...[...document.querySelectorAll('bdi')].map((one) => one.textContent.length))";
    assert!(browser.value(longest).await.as_u64().unwrap() <= 80);
    browser.picture("hostile").await;
    browser.is_accessible("hostile").await;
    browser.had_no_complaint().await;
}

/// A hotel in which everyone arrives today.
fn full_house() -> Hotel {
    let long = "x".repeat(10_000);
    let name = |at: usize| match at {
        7 => "<script>alert(1)</script><img src=x onerror=alert(1)>".to_owned(),
        8 => "\u{202e}turned around\u{202c} \u{2067}and isolated".to_owned(),
        9 => long.clone(),
        _ => format!("Guest {at}"),
    };
    let id = |kind: &str, at: usize| format!("{kind}000000-0000-4000-8000-{at:012}");
    let entrances = (0..MANY).map(|at| {
        json!({"acs_entrance_id": id("d1", at), "acs_system_id": SYSTEM, "display_name": format!("Room {at}"),
               "created_at": "now-90d", "visionline_metadata": {"door_name": format!("Room {at}"), "door_category": "guest"}})
    });
    let users = (0..MANY).map(|at| {
        json!({"acs_user_id": id("a1", at), "acs_system_id": SYSTEM, "full_name": name(at), "created_at": "now-3d"})
    });
    let credentials = (0..MANY).map(|at| {
        json!({"acs_credential_id": id("c1", at), "acs_system_id": SYSTEM, "acs_user_id": id("a1", at), "created_at": "now-1d",
               "starts_at": "now", "ends_at": "now+3d", "allowed_acs_entrance_ids": [id("d1", at)]})
    });
    let seed = json!({
        "workspace": {"workspace_id": "00000000-0000-4000-8000-000000000001", "name": "Full House", "company_name": "Full House"},
        "acs_systems": [{"acs_system_id": SYSTEM, "connected_account_id": "ca000000-0000-4000-8000-000000000001",
            "external_type": "visionline_system", "name": "Full House", "time_zone": "Etc/UTC", "created_at": "now-90d",
            "visionline_metadata": {"lan_address": "192.0.2.10", "system_id": "full-house"}}],
        "acs_entrances": entrances.collect::<Vec<Value>>(),
        "acs_users": users.collect::<Vec<Value>>(),
        "acs_credentials": credentials.collect::<Vec<Value>>(),
    });
    Hotel::from_seed_file(&seed.to_string()).unwrap()
}
