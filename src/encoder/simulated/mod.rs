//! Encoders without hardware: a tray of simulated cards, and simulated readers to put them on.
//!
//! The cards are those of the drivers, as strict as the silicon; the readers present them through the same threads as
//! PC/SC does. What a hand at the desk can do, a program can do here: put a card down, lift it, swap it, pull the
//! encoder's plug, and lift the card in the middle of a command.

mod channel;
mod source;

pub use cardbridge_drivers::testing::Loss;

use std::collections::BTreeMap;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cardbridge_drivers::contract::{SimulatedCard, Uid};
use cardbridge_drivers::testing::ReaderProfile;
use thiserror::Error;

use super::dispatch::Notice;
use super::reader::Presence;
use super::{EncoderName, EncoderSettings};
use channel::SharedCard;
use source::{TrayReader, TrayWatch};

/// Simulated cards and the simulated encoders they can be put on. A clone is the same tray.
#[derive(Debug, Clone)]
pub struct Tray {
    desk: Arc<Desk>,
    patience: Duration,
}

/// A card of the tray, as it lies there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrayCard {
    /// The card's identifier, which names it.
    pub uid: Uid,
    /// The model's name, such as `ntag215`.
    pub model: &'static str,
    /// The encoder it lies on, if it does.
    pub on: Option<EncoderName>,
}

/// What goes wrong on a simulated encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The card is lifted before the command reaches it, or before its answer is back.
    Lifted(Loss),
    /// The reader does not come back from the command until the card is lifted or [`Tray::wake`] is called; then the
    /// command is lost.
    Hang,
}

/// What cannot be done with a tray.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TrayError {
    /// No encoder has this name.
    #[error("the tray has no encoder \"{0}\"")]
    NoEncoder(EncoderName),
    /// No card has this UID.
    #[error("the tray has no card {0}")]
    NoCard(Uid),
    /// The tray has a card with this UID already.
    #[error("the tray has a card {0} already")]
    SameUid(Uid),
    /// The card lies on another encoder.
    #[error("card {0} lies on {1}")]
    Elsewhere(Uid, EncoderName),
}

impl Tray {
    /// The name of the encoder of [`Tray::new`].
    pub const ENCODER: &'static str = "Simulated encoder 00 00";

    /// An empty tray beside one encoder.
    #[must_use]
    pub fn new() -> Self {
        Self::with_encoders([Self::ENCODER])
    }

    /// An empty tray beside these encoders, all plugged in.
    #[must_use]
    pub fn with_encoders<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let slots = names
            .into_iter()
            .map(|name| {
                (
                    EncoderName(name.to_owned()),
                    Slot::new(ReaderProfile::Pn532),
                )
            })
            .collect();
        Self {
            desk: Arc::new(Desk {
                state: Mutex::new(DeskState {
                    cards: BTreeMap::new(),
                    slots,
                    watchers: BTreeMap::new(),
                    next_watcher: 0,
                }),
                changed: Condvar::new(),
            }),
            patience: EncoderSettings::default().patience,
        }
    }

    /// The same tray with another time limit for one command; see [`EncoderSettings::patience`].
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The same tray with encoders of another make: what raw commands they pass on, and how.
    #[must_use]
    pub fn with_profile(self, profile: ReaderProfile) -> Self {
        for slot in self.desk.lock().slots.values_mut() {
            slot.profile = profile;
        }
        self
    }

    /// Lays a card on the tray, on no encoder yet. It is called by its UID from now on.
    ///
    /// # Errors
    /// [`TrayError::SameUid`].
    pub fn add(&self, card: Box<dyn SimulatedCard>) -> Result<Uid, TrayError> {
        let uid = card.uid();
        let mut state = self.desk.lock();
        if state.cards.contains_key(&uid) {
            return Err(TrayError::SameUid(uid));
        }
        state.cards.insert(uid, SharedCard::new(card));
        Ok(uid)
    }

    /// The cards of the tray, in the order of their UIDs.
    #[must_use]
    pub fn cards(&self) -> Vec<TrayCard> {
        let state = self.desk.lock();
        state
            .cards
            .iter()
            .map(|(uid, card)| TrayCard {
                uid: *uid,
                model: card.model(),
                on: state.encoder_of(*uid),
            })
            .collect()
    }

    /// The encoders that are plugged in.
    #[must_use]
    pub fn encoders(&self) -> Vec<EncoderName> {
        self.desk.lock().plugged()
    }

    /// Puts a card on an encoder. A card that lies there already is taken away first, so quickly that the encoder never
    /// sees itself empty.
    ///
    /// # Errors
    /// [`TrayError::NoEncoder`], [`TrayError::NoCard`], [`TrayError::Elsewhere`].
    pub fn place(&self, encoder: &EncoderName, uid: Uid) -> Result<(), TrayError> {
        self.desk.change(encoder, |state| {
            if !state.cards.contains_key(&uid) {
                return Err(TrayError::NoCard(uid));
            }
            match state.encoder_of(uid) {
                Some(other) if other != *encoder => Err(TrayError::Elsewhere(uid, other)),
                _ => state.slot(encoder).map(|slot| {
                    slot.take_off();
                    slot.put(uid);
                }),
            }
        })
    }

    /// Lifts the card off an encoder and says which it was.
    ///
    /// # Errors
    /// [`TrayError::NoEncoder`].
    pub fn lift(&self, encoder: &EncoderName) -> Result<Option<Uid>, TrayError> {
        self.desk
            .change(encoder, |state| Ok(state.slot(encoder)?.take_off()))
    }

    /// Pulls the encoder's plug. What lies on it stays there.
    ///
    /// # Errors
    /// [`TrayError::NoEncoder`].
    pub fn unplug(&self, encoder: &EncoderName) -> Result<(), TrayError> {
        self.desk.plug(encoder, false)
    }

    /// Plugs the encoder in again.
    ///
    /// # Errors
    /// [`TrayError::NoEncoder`].
    pub fn plug_in(&self, encoder: &EncoderName) -> Result<(), TrayError> {
        self.desk.plug(encoder, true)
    }

    /// Lets `fault` happen on this encoder at the command after the next `commands` ones, once.
    ///
    /// # Errors
    /// [`TrayError::NoEncoder`].
    pub fn break_after(
        &self,
        encoder: &EncoderName,
        commands: usize,
        fault: Fault,
    ) -> Result<(), TrayError> {
        self.desk.lock().slot(encoder)?.fault = Some((commands, fault));
        Ok(())
    }

    /// Ends a [`Fault::Hang`] that is going on, or takes back a fault that has not happened yet.
    ///
    /// # Errors
    /// [`TrayError::NoEncoder`].
    pub fn wake(&self, encoder: &EncoderName) -> Result<(), TrayError> {
        let mut state = self.desk.lock();
        let slot = state.slot(encoder)?;
        slot.fault = None;
        slot.hangs = false;
        self.desk.changed.notify_all();
        Ok(())
    }

    /// How many commands reached the cards on this encoder so far.
    ///
    /// # Errors
    /// [`TrayError::NoEncoder`].
    pub fn commands(&self, encoder: &EncoderName) -> Result<usize, TrayError> {
        Ok(self.desk.lock().slot(encoder)?.commands)
    }

    /// The whole memory of a card, in the order of its addresses.
    ///
    /// # Errors
    /// [`TrayError::NoCard`].
    pub fn memory(&self, uid: Uid) -> Result<Vec<u8>, TrayError> {
        self.card(uid).map(|card| card.memory())
    }

    /// Puts a memory into a card, as [`memory`](Self::memory) gave it; `false` when it is not of this card's size.
    ///
    /// # Errors
    /// [`TrayError::NoCard`].
    pub fn load(&self, uid: Uid, memory: &[u8]) -> Result<bool, TrayError> {
        self.card(uid).map(|mut card| card.load(memory))
    }

    fn card(&self, uid: Uid) -> Result<SharedCard, TrayError> {
        let state = self.desk.lock();
        state.cards.get(&uid).cloned().ok_or(TrayError::NoCard(uid))
    }

    pub(super) fn patience(&self) -> Duration {
        self.patience
    }

    /// Tells `notices` what happens on the tray, from how it lies now on.
    pub(super) fn watch(&self, notices: Sender<Notice>) -> TrayWatch {
        TrayWatch::start(Arc::clone(&self.desk), notices)
    }
}

impl Default for Tray {
    fn default() -> Self {
        Self::new()
    }
}

/// What every clone of a tray, and every channel to its cards, shares.
#[derive(Debug)]
struct Desk {
    state: Mutex<DeskState>,
    /// A card was lifted or a hang ended.
    changed: Condvar,
}

#[derive(Debug)]
struct DeskState {
    cards: BTreeMap<Uid, SharedCard>,
    slots: BTreeMap<EncoderName, Slot>,
    watchers: BTreeMap<u64, Sender<Notice>>,
    next_watcher: u64,
}

/// One simulated encoder.
#[derive(Debug)]
struct Slot {
    profile: ReaderProfile,
    unplugged: bool,
    card: Option<Uid>,
    /// Insertions and removals so far.
    count: u32,
    /// A program is connected to the card.
    held: bool,
    commands: usize,
    fault: Option<(usize, Fault)>,
    hangs: bool,
}

impl Slot {
    fn new(profile: ReaderProfile) -> Self {
        Self {
            profile,
            unplugged: false,
            card: None,
            count: 0,
            held: false,
            commands: 0,
            fault: None,
            hangs: false,
        }
    }

    fn put(&mut self, uid: Uid) {
        self.card = Some(uid);
        self.count += 1;
    }

    fn take_off(&mut self) -> Option<Uid> {
        let uid = self.card.take()?;
        self.count += 1;
        self.hangs = false;
        Some(uid)
    }

    fn presence(&self) -> Presence {
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
    fn slot(&mut self, encoder: &EncoderName) -> Result<&mut Slot, TrayError> {
        self.slots
            .get_mut(encoder)
            .ok_or_else(|| TrayError::NoEncoder(encoder.clone()))
    }

    fn encoder_of(&self, uid: Uid) -> Option<EncoderName> {
        self.slots
            .iter()
            .find(|(_, slot)| slot.card == Some(uid))
            .map(|(name, _)| name.clone())
    }

    fn plugged(&self) -> Vec<EncoderName> {
        self.slots
            .iter()
            .filter(|(_, slot)| !slot.unplugged)
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// Tells every watcher how a plugged-in encoder stands now.
    fn publish(&self, encoder: &EncoderName) {
        if let Some(slot) = self.slots.get(encoder)
            && !slot.unplugged
        {
            for watcher in self.watchers.values() {
                let _ = watcher.send(Notice::Seen(encoder.clone(), slot.presence()));
            }
        }
    }
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, DeskState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what lies on an encoder and tells everyone.
    fn change<T>(
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

    fn plug(self: &Arc<Self>, encoder: &EncoderName, plugged: bool) -> Result<(), TrayError> {
        let mut state = self.lock();
        let slot = state.slot(encoder)?;
        if slot.unplugged != plugged {
            return Ok(());
        }
        slot.unplugged = !plugged;
        slot.hangs = false;
        for watcher in state.watchers.values() {
            let _ = watcher.send(if plugged {
                Notice::Appeared(TrayReader::shared(self, encoder))
            } else {
                Notice::Vanished(encoder.clone())
            });
        }
        state.publish(encoder);
        self.changed.notify_all();
        Ok(())
    }
}
