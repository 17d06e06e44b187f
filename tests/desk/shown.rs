//! What a page is shown of cards: read while a page looks on, by name once Seam has said whose they are, and right again after a job.

use cardbridge::desk::target::{Selection, Target, WipeOrder};
use cardbridge::desk::{Cards, Manner};
use cardbridge::encoder::EncoderName;
use cardbridge::encoder::simulated::Fault;
use cardbridge::issuance::policy::{Allowed, Overwrite};
use serde_json::{Value, json};

use crate::stage::{PATIENCE, Stage, encoder, next, until};

/// A desk that finishes what was begun and touches no other card.
fn only_finishes() -> Manner {
    Manner {
        cards: Some(Cards::FinishOnly),
        ..Manner::default()
    }
}

fn card(stage: &Stage) -> Value {
    json!(stage.desk.snapshot())["encoders"][0]["card"].clone()
}

#[tokio::test]
async fn a_card_is_read_for_a_page_and_for_nothing_else() {
    let mut stage = Stage::new(only_finishes()).await;
    let mut events = stage.desk.events();
    let uid = stage.placed("ntag215");
    until(&mut events, "left_alone").await;
    assert_eq!(card(&stage)["card_uid"], json!(null));
    let untouched = stage.commands();
    // The card is there already when the page is opened.
    let looks = stage.desk.look_on().unwrap();
    until(&mut events, "card_read").await;
    assert_eq!(card(&stage)["contents"], "blank");
    assert_eq!(card(&stage)["card_uid"], uid.to_string());
    assert!(stage.commands() > untouched);
    until(&mut events, "job_ended").await;
    stage.tray.remove_from(&encoder()).unwrap();
    until(&mut events, "card_removed").await;
    stage.placed("ntag215");
    until(&mut events, "card_read").await;
    until(&mut events, "left_alone").await;
    stage.tray.remove_from(&encoder()).unwrap();
    until(&mut events, "card_removed").await;
    drop(looks);
    let untouched = stage.commands();
    stage.placed("ntag215");
    until(&mut events, "left_alone").await;
    assert_eq!(stage.commands(), untouched);
}

#[tokio::test]
async fn a_card_is_shown_with_its_room_and_its_end() {
    let mut stage = Stage::new(Manner::default()).await;
    let _looks = stage.desk.look_on();
    let list = stage.desk.guests().await.unwrap();
    let mut list = list;
    while !list
        .guests
        .iter()
        .any(|guest| !guest.rooms.is_empty() && guest.mark.is_none())
    {
        stage.desk.another_list(&list).await;
        list = stage.desk.guests().await.unwrap();
    }
    let mut guests = list.guests.iter();
    let guest = guests.find(|guest| !guest.rooms.is_empty() && guest.mark.is_none());
    let guest = guest.unwrap();
    let mut events = stage.desk.events();
    stage.placed("ntag215");
    let issued = stage.encode(&guest.acs_credential_id).await.unwrap();
    loop {
        next(&mut events).await;
        let card = card(&stage);
        if card["reading"]["entrances"][0] == *guest.rooms[0] {
            assert_eq!(card["card_number"], issued.card_number);
            assert_eq!(card["reading"]["display_name"], json!(guest.display_name));
            break;
        }
    }
}

#[tokio::test]
async fn a_wipe_is_a_step_that_cannot_be_cancelled() {
    let mut stage = Stage::new(Manner::default()).await;
    let id = stage.credential().await;
    stage.placed("ntag215");
    stage.encode(&id).await.unwrap();
    let mut events = stage.desk.events();
    let order = WipeOrder {
        valid: true,
        ..WipeOrder::default()
    };
    let target = Target::first_card(PATIENCE);
    let mut ticket = stage.desk.wipe(&target, order).unwrap();
    until(&mut events, "job_committed").await;
    let job = json!(stage.desk.snapshot())["encoders"][0]["job"].clone();
    // Unless it is done by now.
    if !job.is_null() {
        assert_eq!(
            (&job["step"], &job["cancellable"]),
            (&json!("wiping"), &json!(false))
        );
    }
    let wiped = ticket.outcome().await.unwrap();
    assert_eq!(json!(wiped)["issuances"][0]["state"], "wiped");
    assert_eq!(card(&stage)["contents"], "blank");
}

#[tokio::test]
async fn a_card_that_was_not_finished_is_shown_as_such() {
    let mut stage = Stage::new(Manner::default()).await;
    let id = stage.credential().await;
    let uid = stage.placed("ntag215");
    stage
        .tray
        .break_after(&encoder(), 25, Fault::Swallowed)
        .unwrap();
    let error = stage.encode(&id).await.unwrap_err();
    assert_eq!(error.code(), "card_not_verified");
    let card = card(&stage);
    assert_eq!(card["card_uid"], uid.to_string());
    assert_eq!(
        (&card["contents"], &card["verified"]),
        (&json!("torn"), &json!(false))
    );
}

/// By the snapshot, by a card that is read for a page, and by one that is read as ordered.
#[tokio::test]
async fn a_card_whose_credential_is_on_another_is_shown_as_superseded() {
    let names = ["Desk", "Back office"];
    let [desk, office] = names.map(|name| EncoderName(name.to_owned()));
    let mut stage = Stage::with_encoders(names, Manner::default()).await;
    let _looks = stage.desk.look_on();
    let mut events = stage.desk.events();
    let id = stage.credential().await;
    let cards = [(); 2].map(|()| stage.card("ntag215"));
    let both = Allowed {
        reissue: true,
        overwrite: Overwrite::Never,
    };
    for (encoder, card) in [(&desk, cards[0]), (&office, cards[1])] {
        stage.tray.place(encoder, card).unwrap();
        until(&mut events, "card_read").await;
        let target = Target::named(encoder, PATIENCE);
        let selection = Selection::Credential(id.clone());
        let mut ticket = stage.desk.encode(selection, &target, both).unwrap();
        ticket.outcome().await.unwrap();
    }
    let shown = |stage: &Stage, name: &EncoderName| {
        let snapshot = json!(stage.desk.snapshot());
        let mut views = snapshot["encoders"].as_array().unwrap().iter();
        let view = views.find(|view| view["name"] == name.0.as_str()).unwrap();
        let card = &view["card"];
        (card["verified"].clone(), card["superseded"].clone())
    };
    let superseded = (json!(false), json!(true));
    assert_eq!(shown(&stage, &desk), superseded);
    assert_eq!(shown(&stage, &office), (json!(true), Value::Null));
    stage.tray.remove_from(&desk).unwrap();
    until(&mut events, "card_removed").await;
    stage.tray.place(&desk, cards[0]).unwrap();
    until(&mut events, "card_read").await;
    assert_eq!(shown(&stage, &desk), superseded);

    let target = Target::named(&desk, PATIENCE);
    let scan = stage.desk.scan(&target).unwrap().outcome().await.unwrap();
    let contents = scan.contents.as_ref().unwrap();
    assert!(contents.superseded && !contents.verified);
    assert_eq!(json!(scan)["verdict"], "superseded");
    // It is to be wiped, without a question.
    let wiped = stage.desk.wipe(&target, WipeOrder::default()).unwrap();
    assert_eq!({ wiped }.outcome().await.unwrap().card_uid, cards[0]);
}
