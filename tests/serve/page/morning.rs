//! A clerk's whole morning, without a mouse: the page, the agent and the hotel all run, and all of them fail once.

use cardbridge::sim::{Fault, Faults, Hotel, Target};
use serde_json::json;

use super::tray::Tray;
use crate::agent::Agent;
use crate::browser::{Browser, ENTER, ESCAPE, Look};

const ENCODERS: &[&str] = &["--simulated", "ntag215"];

struct Morning {
    agent: Agent,
    faults: Faults,
    tray: Tray,
    browser: Browser,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clerk_s_whole_morning() {
    let mut morning = Morning::begins().await;
    let card = morning.a_guest_gets_a_card().await;
    morning.the_next_one_waits_for_its_removal(&card).await;
    morning.a_card_is_pulled_half_way().await;
    morning.a_wrong_guest_is_cancelled().await;
    morning.another_guest_s_card_is_refused(&card).await;
    morning.a_guest_wants_a_second_key().await;
    morning.a_card_is_read_and_wiped(&card).await;
    morning.seam_is_away_for_a_while().await;
    morning.the_agent_is_killed_under_a_card().await;
    morning.the_day_is_looked_through().await;
    morning.browser.had_no_complaint().await;
}

impl Morning {
    async fn begins() -> Self {
        let hotel = Hotel::seeded();
        let faults = hotel.faults();
        let agent = Agent::in_hotel(hotel, "", ENCODERS).await;
        let tray = Tray::of(&agent).await;
        let browser = Browser::at(&agent, Look::default()).await;
        browser.until_shown("Ada Lindqvist").await;
        let morning = Self {
            agent,
            faults,
            tray,
            browser,
        };
        morning.look("idle").await;
        morning
    }

    /// A picture of it, and whether it can be used by all.
    async fn look(&self, state: &str) {
        self.browser.picture(state).await;
        self.browser.is_accessible(state).await;
    }

    /// Types a name or room, and takes the first that is found.
    async fn take(&self, text: &str) {
        self.browser.keys(text).await;
        let found = "document.querySelector('[role=option][aria-selected=true]')";
        self.browser.until(&format!("{found} !== null")).await;
        self.browser.keys(ENTER).await;
    }

    async fn a_guest_gets_a_card(&self) -> String {
        let Self {
            browser,
            tray,
            agent,
            ..
        } = self;
        browser.keys("suite 303").await;
        browser.until_shown("Encode a card").await;
        self.look("typed").await;
        browser.keys(ENTER).await;
        browser.until_phase("place").await;
        browser.until_shown("Place a card on the encoder").await;
        self.look("place").await;
        let card = tray.place_new(agent, "ntag216").await;
        browser.until_phase("done").await;
        browser.until_shown(&card).await;
        browser.until_shown("Garden Gate").await;
        self.look("done").await;
        card
    }

    async fn the_next_one_waits_for_its_removal(&self, finished: &str) {
        let Self {
            browser,
            tray,
            agent,
            ..
        } = self;
        self.take("lucia").await;
        browser.until_phase("remove_first").await;
        self.look("remove-first").await;
        tray.remove(agent).await;
        browser.until_phase("place").await;
        let card = tray.place_new(agent, "ntag216").await;
        assert_ne!(card, finished);
        browser.until_phase("done").await;
        browser.until_shown("Lucía Fernández").await;
        tray.remove(agent).await;
    }

    async fn a_card_is_pulled_half_way(&self) {
        let Self {
            browser,
            tray,
            agent,
            ..
        } = self;
        self.take("102").await;
        browser.until_phase("place").await;
        tray.pull_after(agent, 6).await;
        let card = tray.place_new(agent, "ntag215").await;
        browser.until_phase("put_back").await;
        let bar = browser.value("document.querySelector('progress').value");
        assert!(bar.await.as_f64().unwrap() > 0.0);
        self.look("put-back").await;
        tray.place_new(agent, "ntag215").await;
        browser.until_phase("other_card").await;
        self.look("other-card").await;
        tray.place(agent, &card).await;
        browser.until_phase("done").await;
        // This credential brings its own.
        browser.until_shown("Card number").await;
        tray.remove(agent).await;
    }

    async fn a_wrong_guest_is_cancelled(&self) {
        let Self { browser, .. } = self;
        self.take("tanaka").await;
        browser.until_phase("place").await;
        browser.keys(ESCAPE).await;
        browser.until_phase("idle").await;
        // The right one takes the place of the wrong one without Esc, too.
        self.take("tanaka").await;
        browser.until_phase("place").await;
        self.take("haddad").await;
        browser
            .until("document.querySelector('.whom')?.textContent.includes('Omar')")
            .await;
        browser.until_phase("place").await;
        browser.keys(ESCAPE).await;
        browser.until_phase("idle").await;
    }

    async fn another_guest_s_card_is_refused(&self, card: &str) {
        let Self {
            browser,
            tray,
            agent,
            ..
        } = self;
        self.take("haddad").await;
        browser.until_phase("place").await;
        tray.place(agent, card).await;
        browser.until_phase("failed").await;
        browser
            .until_shown("This card is a guest's key already, and it is still valid")
            .await;
        let focused = browser.value("document.activeElement.textContent");
        assert_eq!(focused.await, "Take another card Enter");
        self.look("failed").await;
        browser.keys(ENTER).await;
        browser.until_phase("remove_first").await;
        tray.remove(agent).await;
        browser.until_phase("place").await;
        tray.place_new(agent, "ntag216").await;
        browser.until_phase("done").await;
        tray.remove(agent).await;
    }

    async fn a_guest_wants_a_second_key(&self) {
        let Self {
            browser,
            tray,
            agent,
            ..
        } = self;
        // Who has a card already is shown, not encoded again.
        browser.until_shown("Done today").await;
        self.take("suite 303").await;
        browser.until_shown("Replace a lost card").await;
        let focused = browser.value("document.activeElement.textContent");
        assert_eq!(focused.await, "Second key");
        self.look("done-guest").await;
        browser.keys(ENTER).await;
        browser.until_phase("place").await;
        tray.place_new(agent, "ntag216").await;
        browser.until_phase("done").await;
        tray.remove(agent).await;
    }

    async fn a_card_is_read_and_wiped(&self, card: &str) {
        let Self {
            browser,
            tray,
            agent,
            ..
        } = self;
        browser.value("location.hash = '#encoders'").await;
        tray.place(agent, card).await;
        let read = "document.querySelector('[id^=read-]')";
        // The desk has looked at the card by itself first.
        browser.until_shown(", genuine").await;
        browser.until(&format!("!{read}.disabled")).await;
        browser.value(&format!("{read}.click()")).await;
        browser.until_shown("Verdict").await;
        self.look("encoders").await;
        let wipe = "document.querySelector('[id^=wipe-]')";
        browser.until(&format!("!{wipe}.disabled")).await;
        browser.value(&format!("{wipe}.click()")).await;
        browser.until_shown("Wipe this card?").await;
        let focused = browser.value("document.activeElement.textContent");
        assert_eq!(focused.await, "Back", "one Enter too many wipes nothing");
        self.look("wipe").await;
        browser
            .value("document.querySelector('dialog .danger').click()")
            .await;
        browser.until_shown("The card is wiped").await;
        tray.remove(agent).await;
        browser.value("location.hash = '#guests'").await;
    }

    async fn seam_is_away_for_a_while(&self) {
        let Self {
            browser, faults, ..
        } = self;
        faults.every(Target::Api, Fault::CallLost);
        self.take("tanaka").await;
        browser.until_shown("Seam has not answered since").await;
        self.look("seam-away").await;
        faults.clear();
        browser
            .until("!document.body.innerText.includes('Seam has not answered since')")
            .await;
        browser.keys(ESCAPE).await;
        browser.until_phase("idle").await;
    }

    async fn the_agent_is_killed_under_a_card(&mut self) {
        let Self {
            browser,
            tray,
            agent,
            ..
        } = self;
        browser.keys("tanaka").await;
        browser.keys(ENTER).await;
        browser.until_phase("place").await;
        tray.pull_after(agent, 5).await;
        let card = tray.place_new(agent, "ntag216").await;
        browser.until_phase("put_back").await;
        agent.kill().await;
        browser.until_shown("has not answered since").await;
        browser.until_phase("away").await;
        browser.picture("agent-gone").await;
        browser.is_accessible("agent gone").await;
        agent.restart_with(ENCODERS).await;
        browser.until_phase("lost").await;
        browser.picture("agent-back").await;
        browser.is_accessible("agent back").await;
        // The tray keeps its cards, and the journal what was begun.
        tray.place(agent, &card).await;
        browser.until_phase("done").await;
        browser.until_shown(&card).await;
        tray.remove(agent).await;
    }

    async fn the_day_is_looked_through(&self) {
        let Self { browser, .. } = self;
        browser.value("location.hash = '#today'").await;
        browser
            .until("document.querySelectorAll('.entry').length >= 6")
            .await;
        self.look("today").await;
        browser
            .value("document.getElementById('search').focus()")
            .await;
        browser.keys("lucia").await;
        browser
            .until("document.querySelectorAll('.entry').length === 1")
            .await;
        let csv = "document.querySelector('a[download]').getAttribute('href')";
        assert_eq!(
            browser.value(csv).await,
            json!("/desk/history.csv?language=en")
        );
    }
}
