//! Many tabs: they stay in step, and share one stream, since a browser keeps six connections to a host.

use super::tray::Tray;
use crate::agent::Agent;
use crate::browser::{Browser, Look};

#[tokio::test(flavor = "multi_thread")]
async fn eight_tabs_stay_in_step() {
    let agent = Agent::start(&["--simulated", "ntag215"]).await;
    let tray = Tray::of(&agent).await;
    let browser = Browser::at(&agent, Look::default()).await;
    let first = browser.tab().await;
    for _ in 1..8 {
        browser.new_tab().await;
        browser.open(&format!("http://{}/", agent.host)).await;
        browser.until_shown("Ada Lindqvist").await;
    }
    let last = browser.tab().await;

    browser.switch_to(&first).await;
    browser.order("suite 303").await;
    browser.switch_to(&last).await;
    browser.until_phase("place").await;
    tray.place_new(&agent, "ntag216").await;
    browser.until_phase("done").await;
    browser.until_shown("Ada Lindqvist").await;
    browser.switch_to(&first).await;
    browser.until_phase("done").await;
}
