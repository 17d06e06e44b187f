//! What a sink answers, and what is done about it.

use std::sync::Arc;
use std::time::Duration;

use cardbridge::desk::notice::nobody;
use cardbridge::issuance::entry::Report;
use cardbridge::issuance::journal::{JournalReader, SinkName};
use cardbridge::issuance::policy::Allowed;
use cardbridge::issuance::state::State;
use cardbridge::report::{AssignCardSink, EventSink, Sink, Urgency, WebhookSecret};
use cardbridge::sim::{Fault, Target};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Barrier;
use tokio::time::timeout;

use crate::desk::{Desk, issue};
use crate::reports::reports;

/// A one-shot command sends the report of its own credential; what else waits is for `run` and `retry`.
#[tokio::test]
async fn a_one_shot_command_leaves_the_backlog_alone() {
    let mut desk = Desk::new().await;
    let credentials = [
        desk.credential().await,
        desk.credential().await,
        desk.credential().await,
    ];
    let unheard = desk.agent_with(Vec::new());
    let mut states = Vec::new();
    for (number, credential) in credentials.iter().enumerate() {
        let uid = desk.card("ntag213");
        let card = desk.place(uid).await;
        let agent = if number < 2 { &unheard } else { &desk.agent() };
        let issued = issue(agent, &card, credential, Allowed::default()).await;
        states.push(issued.unwrap().state());
        drop(card);
        desk.remove().await;
    }
    assert_eq!(states, [State::Reporting, State::Reporting, State::Closed]);
    assert_eq!(reports(&desk), 1);
    let sent = desk.agent().report(Urgency::Now, &nobody()).await.unwrap();
    assert_eq!(sent.closed.len(), 2);
}

#[tokio::test]
async fn that_assign_card_has_no_place_for_a_card_is_asked_once() {
    let mut desk = Desk::new().await;
    let credential = desk.credential().await;
    let uid = desk.card("ntag215");
    let card = desk.place(uid).await;
    let agent = || {
        let assign_card = Sink::AssignCard(AssignCardSink::new(desk.client.clone()));
        desk.agent_with(vec![assign_card, desk.event_sink()])
    };
    desk.faults.every(Target::Reports, Fault::CallLost);
    let agents = [agent(), agent()];
    issue(&agents[0], &card, &credential, Allowed::default())
        .await
        .unwrap();
    let looked = || {
        let path = "POST /acs/credentials/list_accessible_entrances";
        let calls = desk.faults.calls();
        calls.into_iter().filter(|call| call == path).count()
    };
    assert_eq!(looked(), 1);
    // Also after a restart, until a person asks.
    for agent in &agents {
        agent.report(Urgency::WhenDue, &nobody()).await.unwrap();
    }
    assert_eq!(looked(), 1);
    desk.faults.clear();
    let sent = agents[1].report(Urgency::Now, &nobody()).await.unwrap();
    assert_eq!((sent.closed.len(), looked()), (1, 2));
}

/// A receiver that answers every report with this.
async fn answering(answer: &'static str) -> reqwest::Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook?token=t0ken", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut caller, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"}") {
                assert!(caller.read_buf(&mut request).await.unwrap() > 0);
            }
            caller.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    url.parse().unwrap()
}

#[tokio::test]
async fn what_takes_no_report_is_told_with_what_to_do_and_the_report_is_kept() {
    let mut desk = Desk::new().await;
    let close = "Connection: close\r\n";
    let page = "<html><title>Sign in to the Wi-Fi</title></html>";
    let told: [(String, &[&str]); 6] = [
        (
            format!("200 OK\r\nContent-Type: text/html\r\n{close}Content-Length: 48\r\n\r\n{page}"),
            &["200", "login page or a proxy", "report.url"],
        ),
        (
            format!("200 OK\r\n{close}Content-Length: 48\r\n\r\n{page}"),
            &["login page or a proxy"],
        ),
        (
            format!(
                "307 Temporary Redirect\r\nLocation: https://www.pms.example.com/hook?token=t0ken\r\n{close}Content-Length: 0\r\n\r\n"
            ),
            &["307", "https://www.pms.example.com/hook", "set report.url"],
        ),
        (
            format!("401 Unauthorized\r\n{close}Content-Length: 0\r\n\r\n"),
            &["401", "report.secret_file"],
        ),
        (
            format!("403 Forbidden\r\n{close}Content-Length: 0\r\n\r\n"),
            &["403", "report.secret_file"],
        ),
        (
            format!("410 Gone\r\n{close}Content-Length: 0\r\n\r\n"),
            &["410"],
        ),
    ];
    for (answer, says) in told {
        let answer: &'static str = format!("HTTP/1.1 {answer}").leak();
        let url = answering(answer).await;
        let secret = WebhookSecret::parse("whsec_aGVsbG8=").unwrap();
        let agent = desk.agent_with(vec![Sink::Event(EventSink::new(url, secret))]);
        let credential = desk.credential().await;
        let uid = desk.card("ntag213");
        let card = desk.place(uid).await;
        let issued = issue(&agent, &card, &credential, Allowed::default())
            .await
            .unwrap();
        assert_eq!(issued.state(), State::Reporting, "{answer}");
        let id = issued.issuance_id;
        let delivery = async || {
            let of_event = move |journal: &JournalReader| {
                journal.delivery(id, Report::Issued, SinkName::Event)
            };
            agent.journal().read(of_event).await.unwrap()
        };
        let error = delivery().await.last_error.unwrap();
        for word in says {
            assert!(error.contains(word), "`{word}` is not in: {error}");
        }
        assert!(!error.contains("t0ken"), "{error}");
        assert!(delivery().await.due_at.is_some());
        if answer.contains("410") {
            assert!(!error.contains("gone from there"), "{error}");
            for _ in 0..10 {
                agent.report(Urgency::Now, &nobody()).await.unwrap();
            }
            let error = delivery().await.last_error.unwrap();
            for word in ["gone from there", "report.url", "retry"] {
                assert!(error.contains(word), "{error}");
            }
        }
        drop(card);
        desk.remove().await;
    }
    assert_eq!(
        desk.agent()
            .journal()
            .read(JournalReader::unreported)
            .await
            .unwrap()
            .len(),
        6
    );
}

/// A receiver that answers the first report, and the others only once so many wait for their answer.
async fn answering_together(count: usize) -> reqwest::Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let together = Arc::new(Barrier::new(count));
    tokio::spawn(async move {
        for number in 0.. {
            let (mut caller, _) = listener.accept().await.unwrap();
            let together = Arc::clone(&together);
            tokio::spawn(async move {
                let mut request = Vec::new();
                while !request.ends_with(b"}") {
                    assert!(caller.read_buf(&mut request).await.unwrap() > 0);
                }
                if number > 0 {
                    together.wait().await;
                }
                let answer = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
                caller.write_all(answer).await.unwrap();
            });
        }
    });
    url.parse().unwrap()
}

#[tokio::test]
async fn credentials_are_reported_side_by_side() {
    const AT_ONCE: usize = 8;
    let mut desk = Desk::new().await;
    let unheard = desk.agent_with(Vec::new());
    for _ in 0..=AT_ONCE {
        let credential = desk.credential().await;
        let uid = desk.card("ntag213");
        let card = desk.place(uid).await;
        issue(&unheard, &card, &credential, Allowed::default())
            .await
            .unwrap();
        drop(card);
        desk.remove().await;
    }
    let secret = WebhookSecret::parse("whsec_aGVsbG8=").unwrap();
    let sink = Sink::Event(EventSink::new(answering_together(AT_ONCE).await, secret));
    let sent = desk.agent_with(vec![sink]);
    let observer = nobody();
    let sent = sent.report(Urgency::Now, &observer);
    // One after the other would never get an answer.
    let sent = timeout(Duration::from_secs(20), sent)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((sent.closed.len(), sent.waiting.len()), (AT_ONCE + 1, 0));
    assert!(sent.closed.is_sorted_by_key(|issuance| issuance.claimed_at));
}
