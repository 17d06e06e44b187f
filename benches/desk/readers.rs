//! Many readers of one desk against one: cards that answer a command in 4 ms, a disk that takes 10 ms to make anything durable.
//!
//! The disk is slowed down by a library that this compiles and that is loaded before the C library.

use std::collections::HashMap;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cardbridge::desk::notice::{Notice, Observer};
use cardbridge::desk::{Agent, Cards, watch};
use cardbridge::encoder::simulated::Tray;
use cardbridge::encoder::{EncoderName, Encoders};
use cardbridge::issuance::journal::Journal;
use cardbridge::queue::CredentialQueue;
use cardbridge::report::{EventSink, Reporter, Sink, WebhookSecret};
use cardbridge::seam::{Auth, Client, Settings};
use cardbridge::sim::{self, Hotel};
use cardbridge_drivers::cards;
use cardbridge_drivers::contract::Uid;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::unbounded_channel;

use super::{issuance, taps};

const MODEL: &str = "ntag215";
const MANY: u8 = 14;
const PACE: Duration = Duration::from_millis(4);
/// Cards on each reader.
const CARDS: u8 = 12;

pub(crate) fn print() {
    if std::env::var_os("LD_PRELOAD").is_none() {
        return print_on_slow_disk();
    }
    let runtime = Runtime::new().unwrap();
    let one = runtime.block_on(rate(1));
    let many = runtime.block_on(rate(MANY));
    println!(
        "{MODEL}s with 4 ms for each command and 10 ms for each sync of the disk, {CARDS} on each reader, with reports"
    );
    println!("{:<36}{one:>9.2} cards/s", "one reader");
    println!("{:<36}{many:>9.2} cards/s", format!("{MANY} readers"));
    println!("{:<36}{:>9.1}\n", "times as many", many / one);
}

fn print_on_slow_disk() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("slow_sync.so");
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-O", "-o"])
        .arg(&library)
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/benches/desk/slow_sync.c"
        ))
        .status();
    assert!(compiled.unwrap().success());
    let again = Command::new(std::env::current_exe().unwrap())
        .arg("readers")
        .env("LD_PRELOAD", library)
        .status();
    assert!(again.unwrap().success());
}

/// Cards that are written and read back, in a second.
async fn rate(readers: u8) -> f64 {
    let count = usize::from(readers) * usize::from(CARDS);
    let hotel = Hotel::from_seed_file(&taps::seed(count)).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let access = hotel.access(listener.local_addr().unwrap());
    tokio::spawn(sim::serve(listener, hotel, std::future::pending()));
    let auth = Auth::ApiKey(access.api_key.clone().into());
    let client = Client::new(Settings::new(auth).at(&access.endpoint)).unwrap();
    let secret = WebhookSecret::parse(&access.report_secret).unwrap();
    let sink = Sink::Event(EventSink::new(access.report_url.parse().unwrap(), secret));
    let state = tempfile::tempdir().unwrap();
    let names: Vec<_> = (1..=readers)
        .map(|number| format!("Desk {number}"))
        .collect();
    let tray = Tray::with_encoders(names.iter().map(String::as_str));
    let (_encoders, events) = Encoders::simulated(&tray).unwrap();
    let agent = Arc::new(Agent::new(
        CredentialQueue::new(client, Vec::new()),
        Journal::open(state.path()).unwrap(),
        Reporter::new(vec![sink]),
        issuance::setup(),
    ));
    let (notices, mut told) = unbounded_channel();
    let observer: Observer = Arc::new(move |notice| {
        let _ = notices.send(notice);
    });
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let watching = tokio::spawn(watch(agent, events, Cards::IssueWaiting, observer, async {
        let _ = stopped.await;
    }));
    let begin = Instant::now();
    let mut placed: HashMap<EncoderName, u8> = HashMap::new();
    let place = |encoder: &EncoderName, reader: u8, number: u8| {
        let uid = Uid::from([4, 0x5A, reader, number, 1, 2, 3]);
        tray.add(cards::simulate(MODEL, uid).unwrap()).unwrap();
        tray.place(encoder, uid).unwrap();
    };
    for (reader, name) in (0..).zip(&names) {
        let encoder = EncoderName(name.clone());
        tray.set_pace(&encoder, PACE).unwrap();
        place(&encoder, reader, 0);
        placed.insert(encoder, reader);
    }
    let mut numbers = vec![0; names.len()];
    let mut written = 0;
    while written < count {
        let issuance = match told.recv().await.unwrap() {
            Notice::Written(issuance) => issuance,
            Notice::NotIssued { error, .. } => panic!("{error}"),
            _ => continue,
        };
        written += 1;
        let encoder = EncoderName(issuance.encoder.clone());
        let reader = placed[&encoder];
        let number = &mut numbers[usize::from(reader)];
        *number += 1;
        tray.remove_from(&encoder).unwrap();
        if *number < CARDS {
            place(&encoder, reader, *number);
        }
    }
    let took = begin.elapsed().as_secs_f64();
    let _ = stop.send(());
    watching.await.unwrap();
    f64::from(u16::try_from(count).unwrap()) / took
}
