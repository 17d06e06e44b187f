//! Encoders without hardware: a tray of simulated cards, and simulated readers to put them on.
//!
//! The cards are those of the drivers, as strict as the silicon; the readers present them through the same threads as
//! PC/SC does. What a hand at the desk can do, a program can do here: place a card, remove it, swap it, pull the
//! encoder's plug, and remove the card in the middle of a command.

mod card;
mod channel;
mod desk;
mod fault;
mod folder;
mod source;
mod stock;
mod watched;

pub use self::fault::{Fault, TrayError};
pub use self::watched::{OnChange, WatchedCard};
pub use cardbridge_drivers::testing::Loss;

use std::num::NonZeroU64;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use cardbridge_drivers::contract::{ReaderProfile, Signal, SimulatedCard, Uid};

use super::message::Message;
use super::name::EncoderName;
use super::settings::EncoderSettings;
use card::SharedCard;
use desk::{Desk, Slot};
use source::{TrayWatch, plug};

/// Simulated cards and the simulated encoders they can be put on. A clone is the same tray.
#[derive(Debug, Clone)]
pub struct Tray {
    desk: Arc<Desk>,
    patience: Duration,
    has_site_keys: bool,
}

/// A card of the tray and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrayCard {
    /// The card's identifier, which names it.
    pub uid: Uid,
    /// The model's name, such as `ntag215`.
    pub model: &'static str,
    /// The encoder it is on, if any.
    pub on: Option<EncoderName>,
}

impl Tray {
    /// The name of the encoder of [`Tray::new`].
    pub const ENCODER: &'static str = Self::ENCODERS[0];

    /// The names of the encoders that a desk has instead of real ones. They say what they are, because they are in the journal and in
    /// reports.
    pub const ENCODERS: [&'static str; 2] = ["Simulated encoder 1", "Simulated encoder 2"];

    /// What one command to a card on a real encoder takes.
    pub const REAL_PACE: Duration = Duration::from_millis(20);

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
            .map(|name| (EncoderName(name.to_owned()), Slot::default()))
            .collect();
        Self {
            desk: Arc::new(Desk::new(slots)),
            patience: EncoderSettings::default().patience,
            has_site_keys: true,
        }
    }

    /// The same tray with another time limit for one command; see [`EncoderSettings::patience`].
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The same tray at a desk that has no site keys: types of cards that need them come last.
    #[must_use]
    pub fn without_site_keys(mut self) -> Self {
        self.has_site_keys = false;
        self
    }

    /// Adds a card to the tray, on no encoder yet. It is called by its UID from now on.
    ///
    /// # Errors
    /// [`TrayError::SameUid`], [`TrayError::Memory`].
    pub fn add(&self, card: Box<dyn SimulatedCard>) -> Result<Uid, TrayError> {
        let uid = card.uid();
        let mut state = self.desk.lock();
        if state.cards.contains_key(&uid) {
            return Err(TrayError::SameUid(uid));
        }
        let card = match &state.folder {
            Some(folder) => folder.keep(card)?,
            None => card,
        };
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

    /// Puts a card on an encoder. A card that is there already is taken away first, so quickly that the encoder never
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

    /// Puts a card on an encoder, also one that is on another encoder.
    ///
    /// # Errors
    /// [`TrayError::NoEncoder`], [`TrayError::NoCard`].
    pub fn move_to(&self, encoder: &EncoderName, uid: Uid) -> Result<(), TrayError> {
        let from = self.desk.lock().encoder_of(uid);
        if let Some(other) = from.filter(|other| other != encoder) {
            self.remove_from(&other)?;
        }
        self.place(encoder, uid)
    }

    /// Lets the card be removed from an encoder in the middle of a write, this one or the next one: once so many more writes have
    /// reached it. The last of them is not answered any more.
    ///
    /// # Errors
    /// [`TrayError::NoEncoder`].
    pub fn remove_after(&self, encoder: &EncoderName, writes: NonZeroU64) -> Result<(), TrayError> {
        self.desk.lock().slot(encoder)?.writes_left = Some(writes.get());
        Ok(())
    }

    /// Removes the card from an encoder and says which it was.
    ///
    /// # Errors
    /// [`TrayError::NoEncoder`].
    pub fn remove_from(&self, encoder: &EncoderName) -> Result<Option<Uid>, TrayError> {
        self.desk
            .change(encoder, |state| Ok(state.slot(encoder)?.take_off()))
    }

    /// Pulls the encoder's plug. What is on it stays there.
    ///
    /// # Errors
    /// [`TrayError::NoEncoder`].
    pub fn unplug(&self, encoder: &EncoderName) -> Result<(), TrayError> {
        plug(&self.desk, encoder, false)
    }

    /// Plugs the encoder in again.
    ///
    /// # Errors
    /// [`TrayError::NoEncoder`].
    pub fn plug_in(&self, encoder: &EncoderName) -> Result<(), TrayError> {
        plug(&self.desk, encoder, true)
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

    /// Makes an encoder one of this model, from the next card on: it answers as that model does, and no longer as an ACR122U.
    ///
    /// # Errors
    /// [`TrayError::NoEncoder`].
    pub fn play(&self, encoder: &EncoderName, profile: ReaderProfile) -> Result<(), TrayError> {
        self.desk.lock().slot(encoder)?.profile = profile;
        Ok(())
    }

    /// The model that an encoder plays.
    ///
    /// # Errors
    /// [`TrayError::NoEncoder`].
    pub fn profile(&self, encoder: &EncoderName) -> Result<ReaderProfile, TrayError> {
        Ok(self.desk.lock().slot(encoder)?.profile)
    }

    /// Lets every command on this encoder take so long, from the next card on: about 20 ms on a real one. Without it none takes any
    /// time.
    ///
    /// # Errors
    /// [`TrayError::NoEncoder`].
    pub fn set_pace(&self, encoder: &EncoderName, pace: Duration) -> Result<(), TrayError> {
        self.desk.lock().slot(encoder)?.pace = pace;
        Ok(())
    }

    /// Every signal that this encoder gave so far.
    ///
    /// # Errors
    /// [`TrayError::NoEncoder`].
    pub fn signals(&self, encoder: &EncoderName) -> Result<Vec<Signal>, TrayError> {
        Ok(self.desk.lock().slot(encoder)?.signals.clone())
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

    /// Tells `messages` what happens on the tray, from its state now on.
    pub(super) fn watch(&self, messages: Sender<Message>) -> TrayWatch {
        TrayWatch::start(Arc::clone(&self.desk), messages)
    }
}

impl Default for Tray {
    fn default() -> Self {
        Self::new()
    }
}
