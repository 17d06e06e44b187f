//! What holds its breath: a card that does not answer a chosen command, and a wire that does not pass on a chosen piece,
//! until the test releases it. Between the two is every moment at which an agent can be killed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cardbridge::encoder::vpcd::{Connection, Request};
use cardbridge_drivers::cards;
use cardbridge_drivers::contract::ReaderProfile;
use cardbridge_drivers::contract::{CardChannel, Uid};
use cardbridge_drivers::testing::SimulatedReader;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, Notify};
use tokio::task::JoinHandle;

use crate::presence::{a_card_lies_there, nothing_lies_there};

/// One moment that the test waits for, and the permission to go on after it.
#[derive(Debug, Default)]
pub(crate) struct Moment {
    reached: Notify,
    go_on: Notify,
}

impl Moment {
    async fn hold(&self) {
        self.reached.notify_one();
        self.go_on.notified().await;
    }

    /// Waits until the moment has come.
    pub(crate) async fn reached(&self) {
        self.reached.notified().await;
    }

    /// Lets what is held go on.
    pub(crate) fn go_on(&self) {
        self.go_on.notify_one();
    }
}

/// Where a command is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    /// Before the card has it: it never gets it.
    BeforeCommand(usize),
    /// After the card has carried it out, before its answer.
    BeforeAnswer(usize),
    /// The same, of the first command that changes the card's memory.
    AfterFirstChange,
}

/// A card on the first reader that holds one of its commands.
pub(crate) struct HeldCard {
    card: Arc<Mutex<SimulatedReader>>,
    lies: JoinHandle<()>,
    pub(crate) moment: Arc<Moment>,
}

impl HeldCard {
    /// Places a card fresh from the factory.
    pub(crate) async fn place(address: &str, model: &str, uid: Uid, hold: Hold) -> Self {
        let card =
            SimulatedReader::new(cards::simulate(model, uid).unwrap(), ReaderProfile::ACR122U);
        Self::put(address, Arc::new(Mutex::new(card)), hold).await
    }

    /// Places a card that was there before.
    pub(crate) async fn put(address: &str, card: Arc<Mutex<SimulatedReader>>, hold: Hold) -> Self {
        let moment = Arc::new(Moment::default());
        let connection = Connection::open(address).await.unwrap();
        let lies = tokio::spawn(lie(
            connection,
            Arc::clone(&card),
            hold,
            Arc::clone(&moment),
        ));
        a_card_lies_there().await;
        Self { card, lies, moment }
    }

    /// The card's memory.
    pub(crate) async fn memory(&self) -> Vec<u8> {
        self.card.lock().await.card().memory()
    }

    /// Removes the card.
    pub(crate) async fn remove(self) -> Arc<Mutex<SimulatedReader>> {
        self.lies.abort();
        let _ = self.lies.await;
        nothing_lies_there().await;
        self.card
    }
}

async fn lie(
    mut connection: Connection,
    card: Arc<Mutex<SimulatedReader>>,
    hold: Hold,
    moment: Arc<Moment>,
) {
    let mut commands = 0;
    let mut waits_for_change = hold == Hold::AfterFirstChange;
    while let Ok(Some(request)) = connection.request().await {
        let answer = match request {
            Request::PowerOff => continue,
            Request::PowerOn | Request::Reset => {
                card.lock().await.reset();
                continue;
            }
            Request::Atr => card.lock().await.atr().to_vec(),
            Request::Command(_) if hold == Hold::BeforeCommand(commands) => {
                moment.hold().await;
                commands += 1;
                vec![0x6F, 0x00]
            }
            Request::Command(command) => {
                let mut card = card.lock().await;
                let before = card.card().memory();
                let answer = card.answer(&command);
                let changed = waits_for_change && card.card().memory() != before;
                drop(card);
                if changed {
                    waits_for_change = false;
                }
                if changed || hold == Hold::BeforeAnswer(commands) {
                    moment.hold().await;
                }
                commands += 1;
                answer
            }
        };
        if connection.answer(&answer).await.is_err() {
            return;
        }
    }
}

/// A wire to the API that holds one of the pieces it passes on, in either direction.
pub(crate) struct Wire {
    /// Host and port to call instead of the API's.
    pub(crate) address: String,
    pub(crate) moment: Arc<Moment>,
}

impl Wire {
    /// A wire that holds piece number `held` (from 0), counted over all connections.
    pub(crate) async fn to(api: String, held: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let moment = Arc::new(Moment::default());
        let pieces = Arc::new(AtomicUsize::new(0));
        let kept = Arc::clone(&moment);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let far = TcpStream::connect(&api).await.unwrap();
                let (near_in, near_out) = near.into_split();
                let (far_in, far_out) = far.into_split();
                tokio::spawn(pass(
                    near_in,
                    far_out,
                    Arc::clone(&pieces),
                    held,
                    Arc::clone(&kept),
                ));
                tokio::spawn(pass(
                    far_in,
                    near_out,
                    Arc::clone(&pieces),
                    held,
                    Arc::clone(&kept),
                ));
            }
        });
        Self { address, moment }
    }
}

async fn pass(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    pieces: Arc<AtomicUsize>,
    held: usize,
    moment: Arc<Moment>,
) {
    let mut piece = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        if pieces.fetch_add(1, Ordering::SeqCst) == held {
            moment.hold().await;
        }
        if to.write_all(&piece[..length]).await.is_err() {
            return;
        }
    }
}
