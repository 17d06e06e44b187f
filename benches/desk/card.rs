//! A card on the virtual reader of a real pcscd that remembers what it was sent, and when.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use cardbridge::encoder::vpcd::{Connection, DEFAULT_ADDRESS, Request};
use cardbridge_drivers::cards;
use cardbridge_drivers::contract::{CardChannel, ReaderProfile, Uid};
use cardbridge_drivers::testing::SimulatedReader;
use tokio::task::JoinHandle;

pub(crate) const MODEL: &str = "ntag215";

/// What went over the wire to the card, resets apart.
pub(crate) type Sent = Vec<Vec<u8>>;

/// One command.
pub(crate) struct Exchange {
    pub(crate) command: Vec<u8>,
    came: Instant,
    answered: Instant,
}

/// From the first command's arrival to the last one's answer.
pub(crate) fn span(exchanges: &[Exchange]) -> Duration {
    let (first, last) = (exchanges.first().unwrap(), exchanges.last().unwrap());
    last.answered - first.came
}

/// The card, until it is removed.
pub(crate) struct Card {
    exchanges: Arc<Mutex<Vec<Exchange>>>,
    on_the_reader: JoinHandle<()>,
}

impl Card {
    /// Places a card that takes `pace` for each command.
    pub(crate) async fn place(mut reader: SimulatedReader, pace: Duration) -> Self {
        let mut connection = Connection::open(DEFAULT_ADDRESS).await.unwrap();
        let exchanges = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&exchanges);
        let on_the_reader = tokio::spawn(async move {
            while let Ok(Some(request)) = connection.request().await {
                let command = match request {
                    Request::PowerOff => continue,
                    Request::PowerOn | Request::Reset => {
                        reader.reset();
                        continue;
                    }
                    Request::Atr => {
                        connection.answer(reader.atr()).await.unwrap();
                        continue;
                    }
                    Request::Command(command) => command,
                };
                let came = Instant::now();
                let answer = reader.answer(&command);
                if !pace.is_zero() {
                    tokio::time::sleep(pace).await;
                }
                connection.answer(&answer).await.unwrap();
                kept.lock().unwrap().push(Exchange {
                    command,
                    came,
                    answered: Instant::now(),
                });
            }
        });
        Self {
            exchanges,
            on_the_reader,
        }
    }

    /// How many commands it has answered so far.
    pub(crate) fn count(&self) -> usize {
        self.exchanges.lock().unwrap().len()
    }

    pub(crate) async fn remove(self) -> Vec<Exchange> {
        self.on_the_reader.abort();
        let _ = self.on_the_reader.await;
        std::mem::take(&mut *self.exchanges.lock().unwrap())
    }
}

pub(crate) fn uid(round: u8, part: u8) -> Uid {
    Uid::from([4, 0x5A, round, part, 1, 2, 3])
}

pub(crate) fn blank(uid: Uid) -> SimulatedReader {
    SimulatedReader::new(cards::simulate(MODEL, uid).unwrap(), ReaderProfile::ACR122U)
}

/// A card that was blank before it got these commands.
pub(crate) fn after(uid: Uid, sent: &Sent) -> SimulatedReader {
    let mut reader = blank(uid);
    for command in sent {
        reader.answer(command);
    }
    reader
}

pub(crate) fn commands(exchanges: Vec<Exchange>) -> Sent {
    exchanges.into_iter().map(|one| one.command).collect()
}
