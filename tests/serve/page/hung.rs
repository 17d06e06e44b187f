//! An agent that hangs: nothing is refused, and nothing answers.

use crate::agent::Agent;
use crate::browser::{Browser, ENTER, ESCAPE, Look};

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_hangs_is_noticed_and_asks_for_no_card() {
    let agent = Agent::start(&["--simulated", "ntag215"]).await;
    let browser = Browser::at(&agent, Look::default()).await;
    browser.until_shown("Ada Lindqvist").await;
    browser.order("suite 303").await;
    agent.signal("STOP").await;
    // This is asked of an agent that hangs already.
    browser.keys("nobody").await;
    browser.until_shown("No guest here matches").await;
    browser.keys(ENTER).await;
    browser.until_phase("away").await;
    browser.until_shown("has not answered since").await;
    let asked = browser.value("document.getElementById('big').innerText.includes('Place')");
    assert_eq!(asked.await, false, "no card is asked for");
    browser
        .until_shown("The card program on this computer does not answer")
        .await;
    browser.picture("hung").await;
    browser.is_accessible("hung").await;
    agent.signal("CONT").await;
    browser.until_phase("place").await;
    browser
        .until("!document.body.innerText.includes('has not answered since')")
        .await;
    browser.keys(ESCAPE).await;
    browser.keys(ESCAPE).await;
    browser.until_phase("idle").await;
    browser.had_no_complaint().await;
}
