//! How long a card that is placed waits for its first write command, with few and with many credentials waiting.
//!
//! Simulated API, encoder and card in this process, over HTTP and with a real journal: neither the network nor the card takes time of
//! its own, so this is what the agent adds to them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cardbridge::desk::notice::{Notice, Observer};
use cardbridge::desk::{Agent, Cards, watch};
use cardbridge::encoder::{EncoderName, Encoders, Tray};
use cardbridge::issuance::journal::Journal;
use cardbridge::issuance::{CardSettings, RecordKeys};
use cardbridge::queue::CredentialQueue;
use cardbridge::report::Reporter;
use cardbridge::seam::{Auth, Client, Settings};
use cardbridge::sim::{self, Hotel};
use cardbridge_drivers::cards;
use cardbridge_drivers::contract::Uid;
use cardbridge_drivers::record::RecordKey;
use cardbridge_drivers::testing::site_settings;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::spread;

const MODEL: &str = "ntag215";
/// Few enough for the smaller queue, which each of them makes shorter.
const TAPS: u8 = 14;

pub(crate) const MANY: usize = 100_000;

pub(crate) fn print() {
    println!(
        "A card placed, until its first write command ({MODEL}, {TAPS} taps): median (5 % – 95 %)"
    );
    for waiting in [15, MANY] {
        let (known, taps) = Runtime::new().unwrap().block_on(taps(waiting));
        let (middle, low, high) = spread(taps);
        println!(
            "{:<36}{middle:>9.2} ms  ({low:.2} – {high:.2}), after a list of {:.2} s",
            format!("{waiting} waiting"),
            known.as_secs_f64()
        );
    }
    println!();
}

/// A seed with so many credentials that wait.
pub(crate) fn seed(waiting: usize) -> String {
    let mut seed: Value =
        serde_json::from_str(include_str!("../../src/sim/seed/hotel.json")).unwrap();
    let template = seed["acs_credentials"][0].clone();
    let credentials = (0..waiting).map(|number| {
        let mut credential = template.clone();
        credential["acs_credential_id"] = json!(format!("c0000000-0000-4000-8000-{number:012x}"));
        credential["created_at"] = json!(format!("now-{}s", 2 * waiting - number));
        credential
    });
    seed["acs_credentials"] = credentials.collect();
    seed["access_methods"] = json!([]);
    seed["access_grants"] = json!([]);
    seed.to_string()
}

/// How long the first list takes, and each tap in milliseconds.
async fn taps(waiting: usize) -> (Duration, Vec<f64>) {
    let hotel = Hotel::from_seed_file(&seed(waiting)).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let access = hotel.access(listener.local_addr().unwrap());
    tokio::spawn(sim::serve(listener, hotel, std::future::pending()));
    let auth = Auth::ApiKey(access.api_key.clone().into());
    let client = Client::new(Settings::new(auth).at(&access.endpoint)).unwrap();
    let state = tempfile::tempdir().unwrap();
    let tray = Tray::new();
    let (_encoders, events) = Encoders::simulated(&tray).unwrap();
    let agent = Arc::new(Agent::new(
        CredentialQueue::new(client, Vec::new()),
        Journal::open(state.path()).unwrap(),
        Reporter::new(Vec::new()),
        CardSettings {
            keys: RecordKeys::new(RecordKey::new(vec![1], [7; 32]).unwrap(), Vec::new()),
            drivers: site_settings().into(),
        },
    ));
    let (notices, mut told) = unbounded_channel();
    let observer: Observer = Arc::new(move |notice| {
        let at = Instant::now();
        let _ = notices.send((at, notice));
    });
    let began = Instant::now();
    tokio::spawn(watch(
        Arc::clone(&agent),
        events,
        Cards::IssueWaiting,
        observer,
        std::future::pending(),
    ));
    // The first card waits for the first list.
    let known = tap(&tray, &mut told, 0).await;
    let known = known.duration_since(began);
    let mut taps = Vec::new();
    for number in 1..=TAPS {
        let placed = Instant::now();
        let first_write = tap(&tray, &mut told, number).await;
        taps.push(first_write.duration_since(placed).as_secs_f64() * 1e3);
    }
    (known, taps)
}

/// Places a card, waits until it is written, and removes it; says when the first write command was about to be sent.
async fn tap(tray: &Tray, told: &mut UnboundedReceiver<(Instant, Notice)>, number: u8) -> Instant {
    let encoder = EncoderName(Tray::ENCODER.to_owned());
    let uid = Uid::from([4, 0x5A, number, 1, 1, 2, 3]);
    tray.add(cards::simulate(MODEL, uid).unwrap()).unwrap();
    tray.place(&encoder, uid).unwrap();
    let mut first_write = None;
    loop {
        match told.recv().await.unwrap() {
            (at, Notice::Claimed(_)) => first_write = Some(at),
            (_, Notice::Written(_)) => break,
            (_, Notice::NotIssued { error, .. }) => panic!("{error}"),
            _ => {}
        }
    }
    tray.remove_from(&encoder).unwrap();
    first_write.unwrap()
}
