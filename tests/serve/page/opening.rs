//! Opening the page: by its link, without one, in another language.

use serde_json::json;

use crate::agent::Agent;
use crate::browser::{Browser, Look};

#[tokio::test]
async fn the_focus_is_where_a_clerk_types_at_once() {
    let agent = Agent::start(&[]).await;
    let browser = Browser::at(&agent, Look::default()).await;
    let no_service = "The card service of this computer does not answer";
    browser.until_shown(no_service).await;
    assert_eq!(browser.value("document.activeElement.id").await, "find");
    browser.is_accessible("no encoder").await;
    browser.picture("no-encoder").await;
    browser.had_no_complaint().await;
}

#[tokio::test]
async fn the_browser_s_language_decides() {
    let agent = Agent::start(&["--simulated", "ntag215"]).await;
    let german = Look {
        language: "de-AT,en",
        ..Look::default()
    };
    let browser = Browser::at(&agent, german).await;
    browser.until_shown("Wer ist der Nächste?").await;
    assert_eq!(browser.value("document.documentElement.lang").await, "de");
    browser.until_shown("Anreise heute").await;
    browser.picture("german").await;
}

#[tokio::test]
async fn without_a_link_the_page_says_so_and_shows_nothing() {
    let agent = Agent::start(&[]).await;
    let browser = Browser::start(Look::default()).await;
    for path in ["/", "/login/0123456789"] {
        browser.open(&format!("http://{}{path}", agent.host)).await;
        browser.until_shown("This page is signed out.").await;
        let rows = "document.querySelectorAll('.row').length";
        assert_eq!(browser.value(rows).await, json!(0));
    }
    browser.is_accessible("signed out").await;
    browser.picture("signed-out").await;
}
