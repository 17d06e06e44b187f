//! Many tabs: they stay in step, and share one stream, since a browser keeps six connections to a host.

use thirtyfour::Key;

use super::tray::Tray;
use crate::agent::Agent;
use crate::browser::{Browser, Look};

#[tokio::test(flavor = "multi_thread")]
async fn eight_tabs_stay_in_step() {
    let agent = Agent::start(&["--simulated", "ntag215"]).await;
    let tray = Tray::of(&agent).await;
    let browser = Browser::at(&agent, Look::default()).await;
    let first = browser.driver.window().await.unwrap();
    for _ in 1..8 {
        let tab = browser.driver.new_tab().await.unwrap();
        browser.driver.switch_to_window(tab).await.unwrap();
        browser.open(&format!("http://{}/", agent.host)).await;
        browser.until_shown("Ada Lindqvist").await;
    }
    let last = browser.driver.window().await.unwrap();
    let switch = async |tab| browser.driver.switch_to_window(tab).await.unwrap();

    switch(first.clone()).await;
    browser.keys("suite 303").await;
    browser.until_shown("Encode a card").await;
    browser.keys(Key::Enter).await;
    browser.until_phase("place").await;
    switch(last).await;
    browser.until_phase("place").await;
    tray.place_new(&agent, "ntag216").await;
    browser.until_phase("done").await;
    browser.until_shown("Ada Lindqvist").await;
    switch(first).await;
    browser.until_phase("done").await;
}
