//! A card that was pulled in the middle of writing: finished elsewhere, left for later, wiped meanwhile.

use std::sync::Arc;

use cardbridge::desk::notice::Ending;
use cardbridge::desk::target::{Encoded, Selection, Target, WipeOrder};
use cardbridge::desk::ticket::Ticket;
use cardbridge::desk::{Cards, Desk, DeskError, Events, Manner};
use cardbridge::encoder::EncoderName;
use cardbridge::encoder::simulated::{Fault, Loss};
use cardbridge::issuance::entry::Issuance;
use cardbridge::issuance::journal::JournalReader;
use cardbridge::issuance::policy::Allowed;
use cardbridge::issuance::state::State;
use cardbridge_drivers::contract::Uid;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::stage::{PATIENCE, Stage, until};

const DESK: &str = "Desk";
const OFFICE: &str = "Back office";

/// Two encoders, and a card that was pulled from the first one.
struct Pulled {
    stage: Stage,
    events: Events,
    ticket: Ticket<Encoded>,
    id: String,
    card: Uid,
}

impl Pulled {
    async fn new(manner: Manner) -> Self {
        let mut stage = Stage::with_encoders([DESK, OFFICE], manner).await;
        let mut events = stage.desk.events();
        until(&mut events, "encoder_added").await;
        until(&mut events, "encoder_added").await;
        let id = stage.credential().await;
        let card = stage.card("ntag215");
        let fault = Fault::Removed(Loss::Answer);
        stage.tray.break_after(&named(DESK), 25, fault).unwrap();
        stage.tray.place(&named(DESK), card).unwrap();
        let ticket = ordered(&stage.desk, DESK, &id);
        awaited(&mut events).await;
        Self {
            stage,
            events,
            ticket,
            id,
            card,
        }
    }

    fn shown(&self, encoder: &str) -> Value {
        let snapshot = json!(self.stage.desk.snapshot());
        let views = snapshot["encoders"].as_array().unwrap();
        let view = views.iter().find(|view| view["name"] == encoder);
        view.unwrap().clone()
    }

    fn places_it_at_the_office(&self) {
        let tray = &self.stage.tray;
        tray.place(&named(OFFICE), self.card).unwrap();
    }

    async fn history(&self) -> Vec<Issuance> {
        let journal = self.stage.agent.journal();
        journal.read(JournalReader::history).await.unwrap()
    }
}

fn named(encoder: &str) -> EncoderName {
    EncoderName(encoder.to_owned())
}

/// So patient that no order ends because it has waited long enough.
fn on(encoder: &str) -> Target {
    Target::named(&named(encoder), 100 * PATIENCE)
}

async fn outcome(ticket: &mut Ticket<Encoded>) -> Result<Issuance, Arc<DeskError>> {
    let outcome = timeout(PATIENCE, ticket.outcome()).await;
    Ok(outcome.expect("it waits on")?.here().unwrap())
}

fn ordered(desk: &Desk, encoder: &str, id: &str) -> Ticket<Encoded> {
    let selection = Selection::Credential(id.to_owned());
    desk.encode(selection, &on(encoder), Allowed::default())
        .unwrap()
}

/// Until a job waits for the card that it has lost.
async fn awaited(events: &mut Events) {
    while until(events, "card_awaited").await.last().unwrap()["card_uid"].is_null() {}
}

/// How the job ended, and what its events said last of the issuance.
async fn ended(events: &mut Events, ticket: &Ticket<Encoded>) -> (Value, Value) {
    let ticket = ticket.id().to_string();
    let mut issuance = Value::Null;
    loop {
        let seen = until(events, "job_ended").await;
        let of_it = seen
            .into_iter()
            .filter(|event| event["ticket"] == ticket.as_str());
        for event in of_it {
            match event["event"].as_str() {
                Some("issuance") => issuance = event,
                Some("job_ended") => return (event, issuance),
                _ => {}
            }
        }
    }
}

#[tokio::test]
async fn an_order_whose_card_is_finished_on_another_encoder_is_done() {
    let mut pulled = Pulled::new(Manner::default()).await;
    pulled.places_it_at_the_office();
    let mut other = ordered(&pulled.stage.desk, OFFICE, &pulled.id);
    let finished = outcome(&mut other).await.unwrap();
    let issuance = outcome(&mut pulled.ticket).await.unwrap();
    assert_eq!(issuance.issuance_id, finished.issuance_id);
    assert_eq!(
        (issuance.card_uid, issuance.state()),
        (pulled.card, State::Closed)
    );
    let (end, told) = ended(&mut pulled.events, &pulled.ticket).await;
    assert_eq!(
        (&end["ending"], &end["error"]),
        (&json!("done"), &Value::Null)
    );
    assert!(told["written_at"].is_string(), "{told}");
    // The card is where it is.
    assert_eq!(pulled.shown(DESK)["card"], Value::Null);
    let card = &pulled.shown(OFFICE)["card"];
    assert_eq!(card["acs_credential_id"], pulled.id.as_str());
    let [report] = pulled.history().await.try_into().unwrap();
    assert!(report.is_written());
}

/// As `run` does: the card is placed on another reader, and nothing is ordered.
#[tokio::test]
async fn what_the_desk_finishes_by_itself_ends_the_order_too() {
    let manner = Manner {
        cards: Some(Cards::FinishOnly),
        ..Manner::default()
    };
    let mut pulled = Pulled::new(manner).await;
    pulled.places_it_at_the_office();
    let issuance = outcome(&mut pulled.ticket).await.unwrap();
    assert_eq!(issuance.card_uid, pulled.card);
    assert!(issuance.is_written());
    let next = pulled.stage.credential().await;
    let _waits = ordered(&pulled.stage.desk, DESK, &next);
}

/// Another process on the same journal, whose changes are not announced.
#[tokio::test]
async fn what_another_process_finishes_ends_the_order_too() {
    let mut pulled = Pulled::new(Manner::default()).await;
    let other = pulled.stage.next_desk(Manner::default());
    let mut events = other.events();
    until(&mut events, "encoder_added").await;
    until(&mut events, "encoder_added").await;
    pulled.places_it_at_the_office();
    let mut finishes = ordered(&other, OFFICE, &pulled.id);
    outcome(&mut finishes).await.unwrap();
    let issuance = outcome(&mut pulled.ticket).await.unwrap();
    assert_eq!(issuance.state(), State::Closed);
}

#[tokio::test]
async fn a_card_that_was_pulled_is_left_and_the_encoder_is_free() {
    let mut pulled = Pulled::new(Manner::default()).await;
    // Another guest's card is there already.
    let blank = pulled.stage.card("ntag215");
    pulled.stage.tray.place(&named(DESK), blank).unwrap();
    until(&mut pulled.events, "other_card").await;
    let job = &pulled.shown(DESK)["job"];
    assert_eq!(job["cancellable"], true, "{job}");
    let left = pulled.stage.desk.cancel(pulled.ticket.id()).await;
    assert_eq!(left, Ok(Ending::Left));
    let error = outcome(&mut pulled.ticket).await.unwrap_err();
    assert!(matches!(*error, DeskError::Left { .. }), "{error}");
    let (end, _) = ended(&mut pulled.events, &pulled.ticket).await;
    assert_eq!(
        (&end["ending"], &end["error"]["code"]),
        (&json!("left"), &json!("card_unfinished"))
    );
    // Nothing is deleted.
    let [open] = pulled.history().await.try_into().unwrap();
    assert_eq!((open.card_uid, open.state()), (pulled.card, State::Torn));

    // The next guest.
    let next = pulled.stage.credential().await;
    assert_ne!(pulled.shown(DESK)["card"]["contents"], "torn");
    let mut second = ordered(&pulled.stage.desk, DESK, &next);
    let second = outcome(&mut second).await.unwrap();
    assert_eq!((second.card_uid, second.state()), (blank, State::Closed));
    let card = &pulled.shown(DESK)["card"];
    assert_eq!(
        (&card["card_uid"], &card["contents"]),
        (&json!(blank.to_string()), &json!("record"))
    );

    // The first guest again, on the other encoder.
    pulled.places_it_at_the_office();
    let mut again = ordered(&pulled.stage.desk, OFFICE, &pulled.id);
    let again = outcome(&mut again).await.unwrap();
    assert_eq!(
        (again.issuance_id, again.state()),
        (open.issuance_id, State::Closed)
    );
}

#[tokio::test]
async fn a_card_that_is_wiped_meanwhile_is_not_awaited_any_more() {
    let mut pulled = Pulled::new(Manner::default()).await;
    pulled.places_it_at_the_office();
    let order = WipeOrder {
        card: Some(pulled.card),
        valid: true,
        ..WipeOrder::default()
    };
    let mut wiped = pulled.stage.desk.wipe(&on(OFFICE), order).unwrap();
    wiped.outcome().await.unwrap();
    let error = outcome(&mut pulled.ticket).await.unwrap_err();
    assert_eq!(error.code(), "card_not_awaited");
    assert!(!json!(error.actions()).to_string().contains("reissue"));
}
