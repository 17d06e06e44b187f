//! A card that is pulled away half-written and does not come back at once: the desk goes on, and the card is finished later.

use super::tray::Tray;
use crate::agent::Agent;
use crate::browser::{Browser, ENTER, ESCAPE, Look};

#[tokio::test(flavor = "multi_thread")]
async fn a_pulled_card_is_finished_later() {
    let agent = Agent::start(&["--simulated", "ntag215"]).await;
    let tray = Tray::of(&agent).await;
    let browser = Browser::at(&agent, Look::default()).await;
    browser.until_shown("Ada Lindqvist").await;
    browser.order("suite 303").await;
    tray.pull_after(&agent, 6).await;
    let pulled = tray.place_new(&agent, "ntag216").await;
    browser.until_phase("put_back").await;
    browser.until_shown("Finish later").await;
    browser
        .until_shown("it goes on whenever this card is placed again")
        .await;
    // The next guest does not make it go away by itself.
    browser.keys("lucia").await;
    browser.keys(ENTER).await;
    browser.until_shown("Put the same card back first").await;
    browser.is_accessible("put back or later").await;
    browser.picture("put-back-or-later").await;
    browser.keys(ESCAPE).await;
    browser.until_phase("put_back").await;
    browser.keys(ESCAPE).await;
    browser.until_phase("idle").await;
    browser.until_shown("Not finished").await;
    browser.picture("left").await;

    // The encoder is free.
    browser.order("lucia").await;
    tray.place_new(&agent, "ntag216").await;
    browser.until_phase("done").await;
    tray.remove(&agent).await;
    browser.until_phase("idle").await;
    tray.place(&agent, &pulled).await;
    browser.until_phase("done").await;
    browser.until_shown(&pulled).await;
    browser.had_no_complaint().await;
}
