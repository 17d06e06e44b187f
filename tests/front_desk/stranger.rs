//! A card that no driver knows: all there is of it is an answer to reset, a UID, and answers to a few commands.

use cardbridge::encoder::vpcd::{Connection, Request};
use tokio::task::JoinHandle;

use crate::pcscd::address;
use crate::presence::{a_card_lies_there, nothing_lies_there};

/// A strange card on the first reader.
pub(crate) struct Stranger {
    lies: JoinHandle<()>,
}

impl Stranger {
    /// Places a card. `answers` are commands and what comes back, status word included, in hex; anything else is
    /// answered 6D00, the word of a card that does not know an instruction.
    pub(crate) async fn put(atr: &str, answers: &[(&str, &str)]) -> Self {
        let atr = hex::decode(atr).unwrap();
        let answers: Vec<(Vec<u8>, Vec<u8>)> = answers
            .iter()
            .map(|(command, answer)| (hex::decode(command).unwrap(), hex::decode(answer).unwrap()))
            .collect();
        let mut connection = Connection::open(&address(0)).await.unwrap();
        let lies = tokio::spawn(async move {
            let mut continued = 0;
            while let Ok(Some(request)) = connection.request().await {
                let answer = match request {
                    Request::PowerOff | Request::PowerOn | Request::Reset => continue,
                    Request::Atr => atr.clone(),
                    Request::Command(command) => {
                        // The same command again gets the next of its answers: a chained answer comes so.
                        let mut known = answers.iter().filter(|(known, _)| *known == command);
                        let more = command.get(1) == Some(&0xAF);
                        let answer = known.nth(if more { continued } else { 0 });
                        continued = if more { continued + 1 } else { 0 };
                        answer.map_or_else(|| vec![0x6D, 0x00], |(_, answer)| answer.clone())
                    }
                };
                if connection.answer(&answer).await.is_err() {
                    return;
                }
            }
        });
        a_card_lies_there().await;
        Self { lies }
    }

    /// Removes it.
    pub(crate) async fn remove(self) {
        self.lies.abort();
        let _ = self.lies.await;
        nothing_lies_there().await;
    }
}
