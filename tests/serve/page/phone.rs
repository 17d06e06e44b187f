//! The page on a phone: one column, in which everything that is asked for comes into sight.

use serde_json::json;

use super::tray::Tray;
use crate::agent::Agent;
use crate::browser::{Browser, ENTER, Look};

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_shows_what_was_asked_for() {
    let agent = Agent::start(&["--simulated", "ntag215"]).await;
    let tray = Tray::of(&agent).await;
    let phone = Look {
        language: "de-DE",
        size: (320, 640),
        dark: false,
    };
    let browser = Browser::at(&agent, phone).await;
    browser.until_shown("Ada Lindqvist").await;
    browser.picture("phone-idle").await;

    // A guest further down, who is shown above.
    browser
        .value("[...document.querySelectorAll('.row.guest')].at(-1).scrollIntoView()")
        .await;
    browser
        .value("[...document.querySelectorAll('.row.guest')].at(-1).click()")
        .await;
    let inside = "(document.querySelector('#big h2').getBoundingClientRect().top >= 0 && document.querySelector('#big h2').getBoundingClientRect().top < innerHeight)";
    assert_eq!(browser.value(inside).await, json!(true));
    browser.picture("phone-looked").await;

    // A card that is not reported yet is not finished: its state is long.
    browser
        .value("document.getElementById('find').focus()")
        .await;
    browser.keys("suite 303").await;
    browser.until_shown("Karte erstellen").await;
    browser.keys(ENTER).await;
    browser.until_phase("place").await;
    tray.pull_after(&agent, 6).await;
    tray.place_new(&agent, "ntag216").await;
    browser.until_phase("put_back").await;
    browser
        .value("[...document.querySelectorAll('#big button')].at(-1).click()")
        .await;
    browser.until_phase("idle").await;
    browser.value("location.hash = '#today'").await;
    browser
        .until("document.querySelector('.entry .who') !== null")
        .await;
    let wide = "document.querySelector('.entry .who').clientWidth";
    assert!(browser.value(wide).await.as_u64().unwrap() > 150);
    let next = "document.getElementById('big').checkVisibility()";
    assert_eq!(browser.value(next).await, json!(false));
    browser.is_accessible("phone").await;
    browser.picture("phone-today").await;
}
