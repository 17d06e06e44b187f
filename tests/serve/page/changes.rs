//! What changes after a guest has a card: a longer stay, a lost card, a new credential in place of the first.

use serde_json::{Value, json};

use super::tray::Tray;
use crate::agent::Agent;
use crate::browser::{Browser, Look};
use crate::http::Ask;

/// A desk at which a guest has got a card, which was taken away.
struct Desk {
    agent: Agent,
    tray: Tray,
    token: String,
    browser: Browser,
    card: String,
}

const GUEST: &str = "suite 303";
const ROOM: &str = "d0000000-0000-4000-8000-000000000303";
const CREDENTIAL: &str = "c0000000-0000-4000-8000-000000000011";

impl Desk {
    async fn with_a_card() -> Self {
        let agent = Agent::start(&["--simulated", "ntag215"]).await;
        let tray = Tray::of(&agent).await;
        let token = agent.token("desk").await;
        let browser = Browser::at(&agent, Look::default()).await;
        browser.until_shown("Ada Lindqvist").await;
        browser.order(GUEST).await;
        let card = tray.place_new(&agent, "ntag216").await;
        browser.until_phase("done").await;
        tray.remove(&agent).await;
        browser.until_phase("idle").await;
        let desk = Self {
            agent,
            tray,
            token,
            browser,
            card,
        };
        desk.find().await;
        desk
    }

    /// The guest is looked at, as one who has a card.
    async fn find(&self) {
        self.browser.keys(GUEST).await;
        let row = "document.querySelector('.row.done')";
        self.browser.until(&format!("{row} !== null")).await;
        self.browser.value(&format!("{row}.click()")).await;
        self.browser.until_shown("Replace a lost card").await;
    }

    async fn click(&self, label: &str) {
        let button = format!(
            "[...document.querySelectorAll('button')].find((one) => one.checkVisibility() && one.textContent.startsWith({}))",
            json!(label)
        );
        self.browser.until(&format!("{button} !== undefined")).await;
        self.browser.value(&format!("{button}.click()")).await;
    }

    /// Says yes to what is asked.
    async fn confirm(&self, question: &str) {
        self.browser.until_shown(question).await;
        self.browser
            .value("document.querySelector('dialog button[type=submit]').click()")
            .await;
    }

    /// The next card is written.
    async fn written(&self) -> String {
        self.browser.until_phase("place").await;
        let card = self.tray.place_new(&self.agent, "ntag216").await;
        self.browser.until_phase("done").await;
        assert_ne!(card, self.card);
        card
    }

    async fn first_card_is_good_no_more(&self) {
        // Until the report is sent, the encoder is at work.
        self.tray.remove(&self.agent).await;
        self.browser.until_phase("idle").await;
        self.tray.place(&self.agent, &self.card).await;
        let ask = Ask::post("/desk/scan", &json!({})).bearer(&self.token);
        let scan = self.agent.ask(ask).await.json()["scan"].clone();
        assert_eq!(scan["card_uid"], self.card.as_str(), "{scan}");
        assert_eq!(scan["verdict"], "superseded", "{scan}");
    }

    async fn history(&self) -> Vec<Value> {
        let answer = self
            .agent
            .ask(Ask::get("/desk/history").bearer(&self.token))
            .await;
        answer.json()["issuances"].as_array().unwrap().clone()
    }

    async fn at_seam(&self, credential: &Value) -> Value {
        let id = json!({"acs_credential_id": credential});
        let ask = Ask::post("/acs/credentials/get", &id).bearer(&self.token);
        self.agent.ask(ask).await.json()["acs_credential"].clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_longer_stay_is_told_to_seam_and_offers_a_new_card() {
    let desk = Desk::with_a_card().await;
    desk.click("Extend the stay").await;
    desk.browser.until_shown("Extend the stay: ").await;
    desk.browser.is_accessible("extend").await;
    desk.browser.picture("extend").await;
    desk.browser
        .value("(document.querySelector('dialog input[type=date]').value = '2099-01-02', document.querySelector('dialog input[type=time]').value = '11:00')")
        .await;
    desk.confirm("Extend the stay: ").await;
    desk.confirm("The stay is extended").await;
    let card = desk.written().await;
    let history = desk.history().await;
    assert_eq!(history[0]["card_uid"], card.as_str());
    assert_eq!(history[0]["acs_credential_id"], CREDENTIAL);
    desk.first_card_is_good_no_more().await;
    let ends_at = desk.at_seam(&json!(CREDENTIAL)).await["ends_at"].clone();
    // Stockholm is an hour ahead of UTC in winter.
    assert_eq!(ends_at, "2099-01-02T10:00:00.000Z");

    // A card that was on the desk is written again as well.
    desk.tray.remove(&desk.agent).await;
    desk.browser.until_phase("idle").await;
    desk.find().await;
    desk.click("Extend the stay").await;
    desk.confirm("Extend the stay: ").await;
    desk.browser.until_shown("The stay is extended").await;
    desk.click("Back").await;
    desk.click("Encode a card").await;
    desk.browser.until_phase("place").await;
    desk.tray.place(&desk.agent, &card).await;
    desk.browser.until_phase("done").await;
    desk.browser.had_no_complaint().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_card_is_replaced() {
    let desk = Desk::with_a_card().await;
    desk.click("Replace a lost card").await;
    desk.browser.until_shown("Replace a lost card?").await;
    let focused = desk.browser.value("document.activeElement.textContent");
    assert_eq!(focused.await, "Back", "one Enter too many replaces nothing");
    desk.confirm("Replace a lost card?").await;
    let card = desk.written().await;
    let history = desk.history().await;
    assert_eq!(history[0]["card_uid"], card.as_str());
    assert_eq!(history[0]["acs_credential_id"], CREDENTIAL);
    desk.first_card_is_good_no_more().await;
    desk.browser.had_no_complaint().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_credential_takes_the_place_of_the_first() {
    let desk = Desk::with_a_card().await;
    desk.click("New credential").await;
    desk.confirm("Give this guest a new credential?").await;
    let card = desk.written().await;
    let history = desk.history().await;
    assert_eq!(history[0]["card_uid"], card.as_str());
    let new = &history[0]["acs_credential_id"];
    assert_ne!(new, CREDENTIAL);
    let (new, first) = (
        desk.at_seam(new).await,
        desk.at_seam(&json!(CREDENTIAL)).await,
    );
    assert_eq!(new["acs_user_id"], first["acs_user_id"]);
    assert_eq!(new["ends_at"], first["ends_at"]);
    // In Vostio's words, it ends the other keys of the room.
    let ends = &new["assa_abloy_vostio_metadata"]["override_guest_acs_entrance_ids"];
    assert_eq!(ends, &json!([ROOM]), "{new}");
    desk.browser.had_no_complaint().await;
}
