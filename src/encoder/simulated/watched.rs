//! A simulated card that tells of every change of its memory.

use std::fmt;

use cardbridge_drivers::contract::{Answer, Mishap, ReaderProfile, SimulatedCard, Uid};

/// What is done with a card's memory after each command that changes it, before the command is answered. False when that failed: the card
/// is then mute.
pub type OnChange = Box<dyn FnMut(Vec<u8>) -> bool + Send>;

/// The status of a reader whose card did not answer (PC/SC part 3, 3.2.2.1.1).
const FAILED: [u8; 2] = [0x63, 0x00];

/// A card whose memory is seen after each command that changes it.
pub struct WatchedCard {
    card: Box<dyn SimulatedCard>,
    on_change: OnChange,
    seen: Vec<u8>,
}

impl WatchedCard {
    /// This card, watched from now on.
    #[must_use]
    pub fn new(card: Box<dyn SimulatedCard>, on_change: OnChange) -> Self {
        let seen = card.memory();
        Self {
            card,
            on_change,
            seen,
        }
    }

    /// Whether what is in the memory now was taken.
    fn look(&mut self) -> bool {
        let memory = self.card.memory();
        if memory == self.seen {
            return true;
        }
        self.seen.clone_from(&memory);
        (self.on_change)(memory)
    }
}

impl SimulatedCard for WatchedCard {
    fn model(&self) -> &'static str {
        self.card.model()
    }

    fn uid(&self) -> Uid {
        self.card.uid()
    }

    fn sent_uid(&self) -> Uid {
        self.card.sent_uid()
    }

    fn atr(&self) -> Vec<u8> {
        self.card.atr()
    }

    fn select(&mut self) {
        self.card.select();
    }

    fn exchange(&mut self, frame: &[u8]) -> Answer {
        let answer = self.card.exchange(frame);
        if self.look() { answer } else { Answer::Silence }
    }

    fn answer_as_reader(&mut self, command: &[u8], reader: &ReaderProfile) -> Option<Vec<u8>> {
        let answer = self.card.answer_as_reader(command, reader);
        if self.look() {
            answer
        } else {
            answer.map(|_| FAILED.to_vec())
        }
    }

    fn memory(&self) -> Vec<u8> {
        self.card.memory()
    }

    fn load(&mut self, memory: &[u8]) -> bool {
        self.card.load(memory) && self.look()
    }

    fn writes(&self) -> u64 {
        self.card.writes()
    }

    fn spoil_next_write(&mut self, mishap: Option<Mishap>) {
        self.card.spoil_next_write(mishap);
    }

    fn is_damaged(&self) -> bool {
        self.card.is_damaged()
    }
}

impl fmt::Debug for WatchedCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WatchedCard").field(&self.card).finish()
    }
}
