//! A card on a simulated encoder, which the tray can still reach.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cardbridge_drivers::contract::{Answer, Mishap, ReaderProfile, SimulatedCard, Uid};

/// A card in a reader's field that can be looked at from outside.
#[derive(Debug, Clone)]
pub(super) struct SharedCard(Arc<Mutex<Box<dyn SimulatedCard>>>);

impl SharedCard {
    pub(super) fn new(card: Box<dyn SimulatedCard>) -> Self {
        Self(Arc::new(Mutex::new(card)))
    }

    fn lock(&self) -> MutexGuard<'_, Box<dyn SimulatedCard>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SimulatedCard for SharedCard {
    fn model(&self) -> &'static str {
        self.lock().model()
    }

    fn uid(&self) -> Uid {
        self.lock().uid()
    }

    fn sent_uid(&self) -> Uid {
        self.lock().sent_uid()
    }

    fn atr(&self) -> Vec<u8> {
        self.lock().atr()
    }

    fn select(&mut self) {
        self.lock().select();
    }

    fn exchange(&mut self, frame: &[u8]) -> Answer {
        self.lock().exchange(frame)
    }

    fn answer_as_reader(&mut self, command: &[u8], reader: &ReaderProfile) -> Option<Vec<u8>> {
        self.lock().answer_as_reader(command, reader)
    }

    fn memory(&self) -> Vec<u8> {
        self.lock().memory()
    }

    fn load(&mut self, memory: &[u8]) -> bool {
        self.lock().load(memory)
    }

    fn writes(&self) -> u64 {
        self.lock().writes()
    }

    fn spoil_next_write(&mut self, mishap: Option<Mishap>) {
        self.lock().spoil_next_write(mishap);
    }

    fn is_damaged(&self) -> bool {
        self.lock().is_damaged()
    }
}
