//! Access grants: the card of an access method that was changed is asked for again, also while the agent did not run.

use std::time::Duration;

use cardbridge::desk::IssueError;
use cardbridge::desk::notice::nobody;
use cardbridge::encoder::Encoders;
use cardbridge::issuance::journal::JournalReader;
use cardbridge::issuance::policy::Allowed;
use cardbridge::issuance::state::State;
use cardbridge::queue::Attention;
use cardbridge::report::{AssignCardSink, Sink, Urgency};
use cardbridge::seam::{EventType, ListEvents, UpdateAcsCredential, When};
use cardbridge::sim::{Fault, Hotel, Target};
use cardbridge_drivers::cards;
use cardbridge_drivers::contract::Uid;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::desk::{Desk, encoder, issue};
use crate::warm::{LOOKS, Running};

/// Only so that a test that fails ends.
const PATIENCE: Duration = Duration::from_secs(20);

const METHOD: &str = "ae000000-0000-4000-8000-000000000001";
const CREDENTIAL: &str = "c0000000-0000-4000-8000-000000000021";
const BY_NUMBER: &str = "c0000000-0000-4000-8000-000000000023";

/// A hotel in which nothing waits but the cards of access grants.
fn hotel(keep: &[&str], numbers: &[&str]) -> Hotel {
    let mut seed: Value =
        serde_json::from_str(include_str!("../../src/sim/seed/hotel.json")).unwrap();
    let of_grants = |one: &Value, field: &str| keep.contains(&one[field].as_str().unwrap_or(""));
    let credentials = seed["acs_credentials"].as_array_mut().unwrap();
    credentials.retain(|one| of_grants(one, "acs_credential_id"));
    let methods = seed["access_methods"].as_array_mut().unwrap();
    methods.retain(|one| of_grants(one, "acs_credential_id"));
    seed["registered_card_numbers"] = json!(numbers);
    Hotel::from_seed_file(&seed.to_string()).unwrap()
}

impl Desk {
    /// A change of the stay, after which the card is no longer right.
    async fn change(&self, credential: &str, ends_at: &str) {
        let request = UpdateAcsCredential {
            acs_credential_id: credential.to_owned(),
            code: None,
            ends_at: Some(ends_at.to_owned()),
        };
        self.client.credentials().update(&request).await.unwrap();
    }

    async fn told_of(&self, method: &str) -> Vec<EventType> {
        let mut request = ListEvents::new(When::Since("2000-01-01".to_owned()));
        request.filters.access_method_id = Some(method.to_owned());
        let page = self.client.events().list(&request).await.unwrap();
        page.items
            .into_iter()
            .map(|event| event.event_type)
            .collect()
    }

    async fn first_card(&mut self, credential: &str) {
        let credential = self.client.credentials().get(credential).await.unwrap();
        let uid = self.card("ntag215");
        let card = self.place(uid).await;
        let issued = issue(&self.agent(), &card, &credential, Allowed::default()).await;
        assert_eq!(issued.unwrap().state(), State::Closed);
        drop(card);
        self.remove().await;
    }

    fn put(&mut self) -> Uid {
        let uid = self.card("ntag215");
        self.tray.place(&encoder(), uid).unwrap();
        uid
    }
}

#[tokio::test]
async fn a_guest_whose_grant_was_changed_is_in_the_queue_again() {
    let names = [encoder().0];
    let mut desk =
        Desk::of_hotel(hotel(&[CREDENTIAL], &[]), names.iter().map(String::as_str)).await;
    desk.first_card(CREDENTIAL).await;
    let agent = desk.agent_at(LOOKS);
    let mut running = Running::start(&mut desk, agent);
    let uid = desk.put();
    let error = running.not_issued().await;
    assert!(matches!(*error, IssueError::NothingWaiting), "{error}");
    // Seam goes on asking for a card, which only the journal knows to be there.
    desk.faults.every(Target::Reports, Fault::CallLost);
    desk.change(CREDENTIAL, "2031-01-01T10:00:00Z").await;
    let written = timeout(PATIENCE, running.written()).await.unwrap();
    assert_eq!(written.card_uid, uid);
    assert_eq!(written.acs_credential_id, CREDENTIAL);
    // Once is enough.
    desk.tray.remove_from(&encoder()).unwrap();
    desk.put();
    running.looks(3).await;
    let error = running.not_issued().await;
    assert!(matches!(*error, IssueError::NothingWaiting), "{error}");
    desk.faults.clear();
    running.agent.report(Urgency::Now, &nobody()).await.unwrap();
    let told = desk.told_of(METHOD).await;
    let expected = [
        EventType::AccessMethodCreated,
        EventType::AccessMethodCardEncodingRequired,
        EventType::AccessMethodIssued,
        EventType::AccessMethodRevoked,
        EventType::AccessMethodCardEncodingRequired,
        EventType::AccessMethodReissued,
    ];
    assert_eq!(told, expected);
    running.stop().await;
}

#[tokio::test]
async fn what_changes_while_no_agent_runs_is_not_missed_nor_forgotten_by_the_next() {
    let names = [encoder().0];
    let mut desk =
        Desk::of_hotel(hotel(&[CREDENTIAL], &[]), names.iter().map(String::as_str)).await;
    desk.first_card(CREDENTIAL).await;
    let agent = desk.agent_at(LOOKS);
    let running = Running::start(&mut desk, agent);
    running.looks(3).await;
    running.stop().await;
    desk.change(CREDENTIAL, "2031-01-01T10:00:00Z").await;
    // Longer ago than what an agent reads once more in any case.
    desk.faults.set_clock(SignedDuration::from_mins(10));
    let shown = |running: &Running| {
        let rows = running.agent.queue().shown().1;
        rows.into_iter().next()
    };
    for _ in 0..2 {
        // The first one reads of it, and ends before a card comes; the second has it from the journal.
        let (encoders, events) = Encoders::simulated(&desk.tray).unwrap();
        desk.events = events;
        let agent = desk.agent_at(LOOKS);
        let running = Running::start(&mut desk, agent);
        let known = async {
            while shown(&running).is_none_or(|row| row.access_method_id.is_none()) {
                running.looks(1).await;
            }
        };
        timeout(PATIENCE, known).await.unwrap();
        let row = shown(&running).unwrap();
        assert_eq!(row.access_method_id.as_deref(), Some(METHOD));
        assert!(row.waits);
        assert!(matches!(
            row.attention,
            Some(Attention::CardEncodingRequired(_))
        ));
        let known = running.agent.journal().read(JournalReader::card_methods);
        assert!(known.await.unwrap()[0].is_again);
        running.stop().await;
        drop(encoders);
    }
}

#[tokio::test]
async fn what_an_agent_has_read_that_died_before_it_was_noted_is_read_again_and_handled_once() {
    let names = [encoder().0];
    let hotel = hotel(&[CREDENTIAL, BY_NUMBER], &[]);
    let mut desk = Desk::of_hotel(hotel, names.iter().map(String::as_str)).await;
    desk.first_card(CREDENTIAL).await;
    let agent = desk.agent_at(LOOKS);
    let running = Running::start(&mut desk, agent);
    running.looks(3).await;
    running.stop().await;
    desk.change(CREDENTIAL, "2031-01-01T10:00:00Z").await;
    // Far behind the last event, so that an agent which goes on from there does not see it.
    desk.faults.set_clock(SignedDuration::from_mins(10));
    desk.client.credentials().delete(BY_NUMBER).await.unwrap();
    let method = Target::Path("/access_methods/get");
    desk.faults.every(method, Fault::Unanswered);
    let asked = |desk: &Desk| {
        let calls = desk.faults.calls();
        calls
            .iter()
            .filter(|call| call.ends_with("/access_methods/get"))
            .count()
    };
    let before = asked(&desk);
    let (_encoders, events) = Encoders::simulated(&desk.tray).unwrap();
    desk.events = events;
    let agent = desk.agent_at(LOOKS);
    let running = Running::start(&mut desk, agent);
    let handles = async {
        while asked(&desk) == before {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, handles).await.unwrap();
    running.kill().await;
    desk.faults.clear();
    for is_first in [true, false] {
        let (_encoders, events) = Encoders::simulated(&desk.tray).unwrap();
        desk.events = events;
        let agent = desk.agent_at(LOOKS);
        let mut running = Running::start(&mut desk, agent);
        running.looks(3).await;
        let uid = desk.put();
        if is_first {
            let written = timeout(PATIENCE, running.written()).await.unwrap();
            assert_eq!(written.acs_credential_id, CREDENTIAL);
            assert_eq!(written.card_uid, uid);
        } else {
            let error = running.not_issued().await;
            assert!(matches!(*error, IssueError::NothingWaiting), "{error}");
        }
        desk.tray.remove_from(&encoder()).unwrap();
        running.stop().await;
    }
}

#[tokio::test]
async fn a_card_that_is_assigned_by_its_number_is_assigned_again_after_a_change() {
    let uids = [1, 2].map(|last| Uid::from([0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, last]));
    let numbers = uids.map(|uid| uid.to_string());
    let numbers = numbers.each_ref().map(String::as_str);
    let names = [encoder().0];
    let hotel = hotel(&[BY_NUMBER], &numbers);
    let mut desk = Desk::of_hotel(hotel, names.iter().map(String::as_str)).await;
    let agent = desk.agent_with(vec![Sink::AssignCard(AssignCardSink::new(
        desk.client.clone(),
    ))]);
    for (times, uid) in uids.into_iter().enumerate() {
        if times == 1 {
            desk.change(BY_NUMBER, "2031-01-01T10:00:00Z").await;
        }
        let credential = desk.client.credentials().get(BY_NUMBER).await.unwrap();
        desk.tray
            .add(cards::simulate("ntag215", uid).unwrap())
            .unwrap();
        let card = desk.place(uid).await;
        let issued = issue(&agent, &card, &credential, Allowed::default()).await;
        assert_eq!(issued.unwrap().state(), State::Closed);
        drop(card);
        desk.remove().await;
        let known = desk.client.credentials().get(BY_NUMBER).await.unwrap();
        assert_eq!(known.card_number.value(), Some(&uid.to_string()));
    }
    let calls = desk.faults.calls();
    let assigned = calls.iter().filter(|call| call.ends_with("assign_card"));
    assert_eq!(assigned.count(), 2);
}
