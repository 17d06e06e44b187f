//! Reports: at least once, the same id each time, in order per credential, over restarts.

use cardbridge::desk::notice::nobody;
use cardbridge::issuance::entry::Report;
use cardbridge::issuance::journal::{Delivery, SinkName};
use cardbridge::issuance::policy::{Allowed, Overwrite};
use cardbridge::issuance::state::State;
use cardbridge::report::{AssignCardSink, EventSink, Sink, Urgency, WebhookSecret};
use cardbridge::sim::{Fault, Target};
use cardbridge_drivers::cards;
use cardbridge_drivers::contract::Uid;
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::desk::{Desk, issue};

pub(crate) fn reports(desk: &Desk) -> usize {
    let path = desk.access.report_url.replace(&desk.access.endpoint, "");
    let call = format!("POST {path}");
    desk.faults
        .calls()
        .into_iter()
        .filter(|one| *one == call)
        .count()
}

#[tokio::test]
async fn the_name_that_people_know_is_in_the_journal_and_nowhere_else() {
    let mut desk = Desk::new().await;
    let credential = desk.credential().await;
    let name = credential.display_name.clone();
    let uid = desk.card("ntag213");
    let card = desk.place(uid).await;
    let agent = desk.agent();
    let issuance = issue(&agent, &card, &credential, Allowed::default())
        .await
        .unwrap();
    let id = issuance.issuance_id;
    let of_journal = agent
        .journal()
        .read(move |journal| journal.issuance(id))
        .await
        .unwrap();
    assert_eq!(of_journal.unwrap().display_name, Some(name.clone()));
    let holds =
        |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|at| at == text.as_bytes());
    assert!(!holds(&issuance.record, &name), "not on the card");
    // In quotes, as a value: a name may be a word that is part of another.
    let is_in = |bytes: &[u8]| holds(bytes, &format!("{name:?}"));
    let events = desk.events_of(&credential).await;
    assert_eq!(events.len(), 1);
    assert!(
        !is_in(&serde_json::to_vec(&events).unwrap()),
        "not in the report"
    );
    assert!(
        !is_in(&serde_json::to_vec(&issuance).unwrap()),
        "the objects of --json are a contract"
    );
}

#[tokio::test]
async fn a_receiver_that_is_down_hears_of_it_after_a_restart() {
    let mut desk = Desk::new().await;
    let credential = desk.credential().await;
    let uid = desk.card("ntag213");
    let card = desk.place(uid).await;
    desk.faults.every(Target::Reports, Fault::CallLost);
    let issuance = issue(&desk.agent(), &card, &credential, Allowed::default())
        .await
        .unwrap();
    assert_eq!(issuance.state(), State::Reporting);
    assert!(issuance.written_at().is_some() && issuance.reported_at().is_none());

    let waiting = desk.agent().report(Urgency::Now, &nobody()).await.unwrap();
    assert_eq!(waiting.waiting.len(), 1);
    desk.faults.clear();
    // The pause is not over: nothing is sent by itself, yet a person may ask for it.
    let resting = desk
        .agent()
        .report(Urgency::WhenDue, &nobody())
        .await
        .unwrap();
    assert!(resting.closed.is_empty() && resting.next_due.is_some());
    let sent = desk.agent().report(Urgency::Now, &nobody()).await.unwrap();
    assert_eq!(sent.closed.len(), 1);
    assert_eq!(sent.closed[0].issuance_id, issuance.issuance_id);
    assert!(desk.look_up(&credential).await.is_known_issued());
}

#[tokio::test]
async fn a_report_whose_answer_was_lost_is_sent_again_and_counts_once() {
    let mut desk = Desk::new().await;
    let credential = desk.credential().await;
    let uid = desk.card("ntag213");
    let card = desk.place(uid).await;
    desk.faults.next(Target::Reports, 1, Fault::AnswerLost);
    let issuance = issue(&desk.agent(), &card, &credential, Allowed::default())
        .await
        .unwrap();
    assert_eq!(
        issuance.state(),
        State::Reporting,
        "nobody can know that it arrived"
    );
    assert!(desk.look_up(&credential).await.is_known_issued(), "it did");
    let sent = desk.agent().report(Urgency::Now, &nobody()).await.unwrap();
    assert_eq!(sent.closed.len(), 1);
    assert_eq!(reports(&desk), 2);
    assert_eq!(desk.events_of(&credential).await.len(), 1);
}

#[tokio::test]
async fn the_receivers_wish_to_be_left_alone_is_kept() {
    let mut desk = Desk::new().await;
    let credential = desk.credential().await;
    let uid = desk.card("ntag213");
    let card = desk.place(uid).await;
    let an_hour = Duration::from_secs(3600);
    desk.faults.next(
        Target::Reports,
        1,
        Fault::Refused {
            status: 503,
            retry_after: Some(an_hour),
        },
    );
    let before = Timestamp::now();
    issue(&desk.agent(), &card, &credential, Allowed::default())
        .await
        .unwrap();
    let resting = desk
        .agent()
        .report(Urgency::WhenDue, &nobody())
        .await
        .unwrap();
    let due = resting.next_due.unwrap();
    assert!(
        due >= before + SignedDuration::from_mins(59),
        "due at {due}"
    );
    assert_eq!(
        resting.waiting[0].last_error.as_deref(),
        Some("the receiver answered 503 Service Unavailable")
    );
    assert_eq!(reports(&desk), 1);
}

#[tokio::test]
async fn the_reports_of_one_credential_go_out_in_order_and_do_not_hold_up_others() {
    let mut desk = Desk::new().await;
    let [twice, other] = [desk.credential().await, desk.credential().await];
    let cards = [
        desk.card("ntag213"),
        desk.card("ntag213"),
        desk.card("ntag213"),
        desk.card("ntag213"),
        desk.card("ntag213"),
    ];
    desk.faults.every(
        Target::Reports,
        Fault::Refused {
            status: 400,
            retry_after: None,
        },
    );
    let reissue = Allowed {
        reissue: true,
        overwrite: Overwrite::Never,
    };
    for (uid, credential) in cards
        .into_iter()
        .zip([&other, &other, &other, &twice, &twice])
    {
        let card = desk.place(uid).await;
        issue(&desk.agent(), &card, credential, reissue)
            .await
            .unwrap();
        drop(card);
        desk.remove().await;
    }
    // What was tried least comes first. Its first is refused once more, so its second has to wait; the other credential does not.
    desk.faults.clear();
    desk.faults.next(
        Target::Reports,
        1,
        Fault::Refused {
            status: 400,
            retry_after: None,
        },
    );
    let sent = desk.agent().report(Urgency::Now, &nobody()).await.unwrap();
    let closed: Vec<_> = sent
        .closed
        .iter()
        .map(|one| one.acs_credential_id.as_str())
        .collect();
    assert_eq!(closed, [other.acs_credential_id.as_str(); 3]);
    let sent = desk.agent().report(Urgency::Now, &nobody()).await.unwrap();
    assert_eq!(sent.closed.len(), 2);
    assert_eq!(
        desk.event_types_of(&twice).await,
        ["acs_credential.issued", "acs_credential.reissued"]
    );
}

#[tokio::test]
async fn a_card_for_an_access_grant_is_assigned_once_seam_lets_itself_be_asked() {
    let mut desk = Desk::new().await;
    // Of the seeded hotel: its access method waits for a card that the access system knows by this number.
    let of_grant = "c0000000-0000-4000-8000-000000000023";
    let credential = desk.client.credentials().get(of_grant).await.unwrap();
    let uid = Uid::from([0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0xF6]);
    let card = cards::simulate("ntag215", uid).unwrap();
    desk.tray.add(card).unwrap();
    let card = desk.place(uid).await;
    let agent = desk.agent_with(vec![Sink::AssignCard(AssignCardSink::new(
        desk.client.clone(),
    ))]);
    desk.faults.next(
        Target::Path("/access_methods/assign_card"),
        1,
        Fault::Refused {
            status: 429,
            retry_after: Some(Duration::from_secs(3600)),
        },
    );
    let before = Timestamp::now();
    let issuance = issue(&agent, &card, &credential, Allowed::default())
        .await
        .unwrap();
    assert_eq!(issuance.state(), State::Reporting);
    let resting = agent.report(Urgency::WhenDue, &nobody()).await.unwrap();
    let due = resting.next_due.unwrap();
    assert!(
        due >= before + SignedDuration::from_mins(59),
        "due at {due}"
    );
    let sent = agent.report(Urgency::Now, &nobody()).await.unwrap();
    assert_eq!(sent.closed.len(), 1);
    let issued = desk.look_up(&credential).await;
    assert!(issued.is_known_issued());
    assert_eq!(issued.card_number.value(), Some(&uid.to_string()));
}

#[tokio::test]
async fn a_card_of_no_access_grant_is_not_taken_for_assigned() {
    let mut desk = Desk::new().await;
    let credential = desk.credential().await;
    let uid = desk.card("ntag215");
    let card = desk.place(uid).await;
    let agent = desk.agent_with(vec![Sink::AssignCard(AssignCardSink::new(
        desk.client.clone(),
    ))]);
    let issuance = issue(&agent, &card, &credential, Allowed::default())
        .await
        .unwrap();
    assert_eq!(issuance.state(), State::Reporting);
    let tried = agent.report(Urgency::Now, &nobody()).await.unwrap();
    let why = tried.waiting[0].last_error.as_deref().unwrap();
    assert!(why.contains("belongs to no access grant"), "{why}");
}

#[tokio::test]
async fn without_a_sink_an_issuance_stays_unreported() {
    let mut desk = Desk::new().await;
    let credential = desk.credential().await;
    let uid = desk.card("ntag213");
    let card = desk.place(uid).await;
    let agent = desk.agent_with(Vec::new());
    assert!(agent.reports_to_nobody());
    let issuance = issue(&agent, &card, &credential, Allowed::default())
        .await
        .unwrap();
    assert_eq!(issuance.state(), State::Reporting);
    // A sink that is configured later gets it.
    let sent = desk
        .agent()
        .report(Urgency::WhenDue, &nobody())
        .await
        .unwrap();
    assert_eq!(sent.closed.len(), 1);
}

/// A receiver that takes every report but one, which it cannot digest.
async fn picky(indigestible: String) -> reqwest::Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut caller, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"}") {
                assert!(caller.read_buf(&mut request).await.unwrap() > 0);
            }
            let is_the_one = String::from_utf8(request).unwrap().contains(&indigestible);
            let status = if is_the_one { "500 Oh" } else { "200 OK" };
            let answer =
                format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            caller.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    url.parse().unwrap()
}

#[tokio::test]
async fn a_report_that_the_receiver_cannot_digest_does_not_hold_up_the_others() {
    let mut desk = Desk::new().await;
    let [bad, good] = [desk.credential().await, desk.credential().await];
    let url = picky(bad.acs_credential_id.clone()).await;
    let agent = || {
        let secret = WebhookSecret::parse("whsec_aGVsbG8=").unwrap();
        desk.agent_with(vec![Sink::Event(EventSink::new(url.clone(), secret))])
    };
    let agents = [agent(), agent()];
    let mut states = Vec::new();
    for (agent, credential) in agents.iter().zip([&bad, &good]) {
        let uid = desk.card("ntag213");
        let card = desk.place(uid).await;
        let issuance = issue(agent, &card, credential, Allowed::default())
            .await
            .unwrap();
        states.push(issuance.state());
        drop(card);
        desk.remove().await;
    }
    assert_eq!(states, [State::Reporting, State::Closed]);
}

#[tokio::test]
async fn a_pause_that_a_wrong_clock_took_is_not_waited_for() {
    let mut desk = Desk::new().await;
    let credential = desk.credential().await;
    let uid = desk.card("ntag213");
    let card = desk.place(uid).await;
    let nobody_listens = desk.agent_with(Vec::new());
    let issuance = issue(&nobody_listens, &card, &credential, Allowed::default())
        .await
        .unwrap();
    let in_another_century = Delivery {
        attempts: 1,
        due_at: Some("2150-01-01T00:00:00Z".parse().unwrap()),
        ..Delivery::default()
    };
    let agent = desk.agent();
    agent
        .journal()
        .note_delivery(
            issuance.issuance_id,
            Report::Issued,
            SinkName::Event,
            &in_another_century,
        )
        .await
        .unwrap();
    let sent = agent.report(Urgency::WhenDue, &nobody()).await.unwrap();
    assert_eq!(sent.closed.len(), 1);
}

/// A clock that was ahead when the pause was noted: it would be waited for until that clock's time comes.
#[tokio::test]
async fn a_pause_of_a_clock_that_was_ahead_is_pulled_back() {
    let mut desk = Desk::new().await;
    let credential = desk.credential().await;
    let uid = desk.card("ntag213");
    let card = desk.place(uid).await;
    let unheard = desk.agent_with(Vec::new());
    let issuance = issue(&unheard, &card, &credential, Allowed::default())
        .await
        .unwrap();
    let ahead = Timestamp::now() + SignedDuration::from_hours(20);
    let delivery = Delivery {
        attempts: 1,
        tried_at: Some(ahead),
        due_at: Some(ahead + SignedDuration::from_secs(1)),
        ..Delivery::default()
    };
    let agent = desk.agent();
    let (id, sink) = (issuance.issuance_id, SinkName::Event);
    agent
        .journal()
        .note_delivery(id, Report::Issued, sink, &delivery)
        .await
        .unwrap();
    let sent = agent.report(Urgency::WhenDue, &nobody()).await.unwrap();
    assert_eq!(sent.closed.len(), 1);
}
