//! The desk of the simulated encoders: what is on them, what happens to it, and who watches.

use std::collections::BTreeMap;
use std::sync::mpsc::Sender;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cardbridge_drivers::contract::{ReaderProfile, Signal, Uid};

use super::card::SharedCard;
use super::fault::{Fault, TrayError};
use super::folder::Folder;
use crate::encoder::EncoderName;
use crate::encoder::message::Message;
use crate::encoder::reader::Presence;

/// What every clone of a tray, and every channel to its cards, shares.
#[derive(Debug)]
pub(super) struct Desk {
    state: Mutex<DeskState>,
    /// A card was removed or a hang ended.
    pub(super) changed: Condvar,
}

#[derive(Debug)]
pub(super) struct DeskState {
    pub(super) cards: BTreeMap<Uid, SharedCard>,
    pub(super) slots: BTreeMap<EncoderName, Slot>,
    pub(super) watchers: BTreeMap<u64, Sender<Message>>,
    pub(super) next_watcher: u64,
    /// Where cards and places are kept, if they are.
    pub(super) folder: Option<Folder>,
}

/// One simulated encoder.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) unplugged: bool,
    pub(super) card: Option<Uid>,
    /// Insertions and removals so far.
    pub(super) count: u32,
    /// A program is connected to the card.
    pub(super) held: bool,
    pub(super) commands: usize,
    pub(super) fault: Option<(usize, Fault)>,
    /// The card is removed once so many more writes have reached it.
    pub(super) writes_left: Option<u64>,
    pub(super) hangs: bool,
    /// The model that it plays.
    pub(super) profile: ReaderProfile,
    /// How long one command takes on it.
    pub(super) pace: Duration,
    pub(super) signals: Vec<Signal>,
}

impl Default for Slot {
    fn default() -> Self {
        Self {
            unplugged: false,
            card: None,
            count: 0,
            held: false,
            commands: 0,
            fault: None,
            writes_left: None,
            hangs: false,
            profile: ReaderProfile::ACR122U,
            pace: Duration::ZERO,
            signals: vec![],
        }
    }
}

impl Slot {
    pub(super) fn put(&mut self, uid: Uid) {
        self.card = Some(uid);
        self.count += 1;
    }

    pub(super) fn take_off(&mut self) -> Option<Uid> {
        let uid = self.card.take()?;
        self.count += 1;
        self.hangs = false;
        self.writes_left = None;
        Some(uid)
    }

    pub(super) fn presence(&self) -> Presence {
        match self.card {
            Some(_) => Presence::Card {
                count: self.count,
                in_use: self.held,
            },
            None => Presence::Empty { count: self.count },
        }
    }
}

impl DeskState {
    pub(super) fn slot(&mut self, encoder: &EncoderName) -> Result<&mut Slot, TrayError> {
        self.slots
            .get_mut(encoder)
            .ok_or_else(|| TrayError::NoEncoder(encoder.clone()))
    }

    pub(super) fn encoder_of(&self, uid: Uid) -> Option<EncoderName> {
        self.slots
            .iter()
            .find(|(_, slot)| slot.card == Some(uid))
            .map(|(name, _)| name.clone())
    }

    pub(super) fn plugged(&self) -> Vec<EncoderName> {
        self.slots
            .iter()
            .filter(|(_, slot)| !slot.unplugged)
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// Tells every watcher the state of a plugged-in encoder, and keeps what is on it.
    pub(super) fn publish(&mut self, encoder: &EncoderName) {
        if let (Some(folder), Some(slot)) = (&mut self.folder, self.slots.get(encoder)) {
            folder.note(&encoder.0, slot.card);
        }
        if let Some(slot) = self.slots.get(encoder)
            && !slot.unplugged
        {
            for watcher in self.watchers.values() {
                let _ = watcher.send(Message::Seen(encoder.clone(), slot.presence()));
            }
        }
    }
}

impl Desk {
    /// An empty desk with these encoders.
    pub(super) fn new(slots: BTreeMap<EncoderName, Slot>) -> Self {
        Self {
            state: Mutex::new(DeskState {
                cards: BTreeMap::new(),
                slots,
                watchers: BTreeMap::new(),
                next_watcher: 0,
                folder: None,
            }),
            changed: Condvar::new(),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, DeskState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what is on an encoder and tells everyone.
    pub(super) fn change<T>(
        &self,
        encoder: &EncoderName,
        change: impl FnOnce(&mut DeskState) -> Result<T, TrayError>,
    ) -> Result<T, TrayError> {
        let mut state = self.lock();
        let done = change(&mut state)?;
        state.publish(encoder);
        self.changed.notify_all();
        Ok(done)
    }
}
