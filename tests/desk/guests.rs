//! The list of the guests: names and doors beside what waits, kept only while a page shows them.

use std::sync::Arc;
use std::time::Duration;

use cardbridge::desk::Manner;
use cardbridge::desk::guests::GuestList;
use cardbridge::desk::target::{Selection, Target as On};
use cardbridge::encoder::Tray;
use cardbridge::issuance::policy::Allowed;
use cardbridge::sim::{Fault, Hotel, Target};
use serde_json::{Value, json};

use crate::stage::{PATIENCE, Stage, until};

/// The list, once it says that.
pub(crate) async fn once(stage: &Stage, is_so: impl Fn(&GuestList) -> bool) -> Arc<GuestList> {
    let _looks = stage.desk.look_on();
    let waiting = async {
        loop {
            let list = stage.desk.guests().await.unwrap();
            if is_so(&list) {
                return list;
            }
            stage.desk.another_list(&list).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap()
}

fn is_named(list: &GuestList) -> bool {
    !list.guests.is_empty() && list.guests.iter().all(|guest| guest.name.is_some())
}

fn has_doors(list: &GuestList) -> bool {
    let of_visionline = |id: &str| id == "5e000000-0000-4000-8000-000000000001";
    let mut guests = list.guests.iter();
    is_named(list)
        && guests.any(|guest| {
            guest.acs_system_id.as_deref().is_some_and(of_visionline) && !guest.rooms.is_empty()
        })
}

fn called(stage: &Stage, path: &str) -> usize {
    let calls = stage.faults.calls();
    calls.iter().filter(|call| call.ends_with(path)).count()
}

#[tokio::test]
async fn a_guest_is_listed_by_name_room_and_doors() {
    let stage = Stage::new(Manner::default()).await;
    let mut events = stage.desk.events();
    let list = once(&stage, has_doors).await;
    let json: Value = serde_json::from_str(&list.json).unwrap();
    let guests = json["guests"].as_array().unwrap();
    let ada = guests
        .iter()
        .find(|guest| guest["acs_credential_id"] == "c0000000-0000-4000-8000-000000000001")
        .unwrap();
    assert_eq!(ada["name"], "Ada Lindqvist");
    assert_eq!(ada["rooms"], json!(["Room 101"]));
    assert_eq!(ada["system"], "Grand Hotel Main House");
    assert_eq!(json["property"]["time_zone"], "Europe/Stockholm");
    let waiting = guests.iter().filter(|guest| guest["mark"].is_null());
    assert_eq!(json["waiting"], waiting.count());
    loop {
        let told = until(&mut events, "guests").await;
        if told.last().unwrap()["revision"] == list.revision {
            break;
        }
    }
    let snapshot = stage.desk.snapshot();
    assert!(snapshot.queue.revision >= Some(list.revision));
    assert_eq!(snapshot.seam.reachable, Some(true));
}

#[tokio::test]
async fn nobody_looks_and_nothing_is_asked() {
    let stage = Stage::new(Manner::default()).await;
    let before = stage.faults.calls().len();
    // Everything that the desk does by itself has had its turn.
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    assert_eq!(stage.faults.calls().len(), before);
    assert!(stage.desk.snapshot().queue.revision.is_none());
}

#[tokio::test]
async fn a_card_that_is_written_moves_its_guest_to_those_who_are_done() {
    let mut stage = Stage::new(Manner::default()).await;
    let list = once(&stage, is_named).await;
    let waits = list.guests.iter().find(|guest| guest.mark.is_none());
    let id = waits.unwrap().acs_credential_id.clone();
    stage.placed("ntag215");
    stage.encode(&id).await.unwrap();
    let list = once(&stage, |list| {
        list.done_today
            .iter()
            .any(|done| done.encoded.acs_credential_id() == id && done.name.is_some())
    })
    .await;
    assert!(
        list.guests
            .iter()
            .all(|guest| guest.acs_credential_id != id)
    );
}

#[tokio::test]
async fn a_guest_is_listed_once_whatever_became_of_the_cards() {
    let mut stage = Stage::new(Manner::default()).await;
    let id = stage.credential().await;
    let rows = |list: &GuestList| {
        let done = list.done_today.iter();
        let done = done.filter(|done| done.encoded.acs_credential_id() == id);
        let waiting = list.guests.iter();
        let waiting = waiting.filter(|guest| guest.acs_credential_id == id);
        (waiting.count(), done.count())
    };
    stage.placed("ntag215");
    stage.encode(&id).await.unwrap();
    once(&stage, |list| rows(list) == (0, 1)).await;
    // The same card, written again.
    let allowed = Allowed {
        reissue: true,
        ..Allowed::default()
    };
    let selection = Selection::Credential(id.clone());
    let on = On::first_card(PATIENCE);
    let mut again = stage.desk.encode(selection, &on, allowed).unwrap();
    let again = again.outcome().await.unwrap().issuance_id();
    let list = once(&stage, |list| {
        let mut done = list.done_today.iter();
        done.any(|done| done.encoded.issuance_id() == again)
    })
    .await;
    assert_eq!(rows(&list), (0, 1));
}

#[tokio::test]
async fn names_come_when_seam_is_back() {
    let stage = Stage::new(Manner::default()).await;
    let refused = Fault::Refused {
        status: 503,
        retry_after: Some(Duration::ZERO),
    };
    stage
        .faults
        .every(Target::Path("/acs/users/list"), refused.clone());
    stage.faults.every(Target::Path("/acs/users/get"), refused);
    let list = once(&stage, |list| !list.guests.is_empty()).await;
    assert!(list.guests.iter().all(|guest| guest.name.is_none()));
    stage.faults.clear();
    once(&stage, is_named).await;
    assert!(called(&stage, "/acs/users/list") + called(&stage, "/acs/users/get") > 0);
}

/// A hotel where so many guests wait, each by a name of their own.
fn busy_hotel(count: usize) -> Hotel {
    let seed = include_str!("../../src/sim/seed/hotel.json");
    let mut seed: Value = serde_json::from_str(seed).unwrap();
    let user = seed["acs_users"][0].clone();
    let credential = seed["acs_credentials"][0].clone();
    let id = |kind: &str, number: usize| format!("{kind}000000-0000-4000-8000-{number:012x}");
    let with = |template: &Value, own: Value| {
        let mut object = template.clone();
        object
            .as_object_mut()
            .unwrap()
            .extend(own.as_object().unwrap().clone());
        object
    };
    let numbers = 0..count;
    let users = numbers.clone().map(|number| {
        let name = format!("Guest {number}");
        with(
            &user,
            json!({"acs_user_id": id("b5", number), "full_name": name, "user_identity_id": null}),
        )
    });
    let credentials = numbers.map(|number| {
        let user = id("b5", number);
        with(
            &credential,
            json!({"acs_credential_id": id("d0", number), "acs_user_id": user}),
        )
    });
    seed["acs_users"] = users.collect();
    seed["acs_credentials"] = credentials.collect();
    seed["access_methods"] = json!([]);
    seed["access_grants"] = json!([]);
    Hotel::from_seed_file(&seed.to_string()).unwrap()
}

#[tokio::test]
async fn five_thousand_guests_are_named_by_pages_and_then_cost_nothing() {
    const COUNT: usize = 5_000;
    let hotel = busy_hotel(COUNT);
    let stage = Stage::of_hotel(hotel, [Tray::ENCODER], Manner::default()).await;
    let list = once(&stage, |list| {
        list.guests.len() == COUNT && has_doors(list) && list.complete
    })
    .await;
    assert_eq!(list.waiting, COUNT);
    // A page of 500 each, and no name by itself.
    assert!(called(&stage, "/acs/users/list") <= COUNT / 500 + 1);
    assert_eq!(called(&stage, "/acs/users/get"), 0);
    assert_eq!(
        called(&stage, "/acs/credentials/list_accessible_entrances"),
        0
    );
    let again = stage.desk.guests().await.unwrap();
    assert!(Arc::ptr_eq(&list, &again));
}
