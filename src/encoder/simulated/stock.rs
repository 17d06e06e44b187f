//! Which cards a tray has: those that were kept, and new ones.

use std::path::Path;

use cardbridge_drivers::cards;
use cardbridge_drivers::contract::{Model, ModelKey, SimulatedCard, Uid};

use super::folder::Folder;
use super::{Tray, TrayCard, TrayError};
use crate::encoder::{EncoderName, Slot, random_uid};

/// What a record of a guest has at least, in bytes.
const LEAST_OF_USE: usize = 60;

impl Tray {
    /// The model that is taken where none is named.
    pub const USUAL: &'static str = "ntag215";

    /// The tray that a folder keeps, beside these encoders: cards and what is on them, and which card is on which encoder, outlive this
    /// process. No other process has the cards in the meantime.
    ///
    /// # Errors
    /// [`TrayError::InUse`], [`TrayError::Folder`], [`TrayError::Memory`].
    pub fn kept_in<'a>(
        folder: &Path,
        encoders: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, TrayError> {
        let folder = Folder::open(folder)?;
        let kept = folder.cards()?;
        let tray = Self::with_encoders(encoders);
        for card in kept {
            tray.add(card)?;
        }
        let places: Vec<_> = tray
            .encoders()
            .into_iter()
            .filter_map(|encoder| Some((folder.on(&encoder.0)?, encoder)))
            .collect();
        // Only now: what is read from the folder need not be written there.
        tray.desk.lock().folder = Some(folder);
        for (uid, encoder) in places {
            match tray.place(&encoder, uid) {
                // A card whose file was removed.
                Ok(()) | Err(TrayError::NoCard(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(tray)
    }

    /// A card of this model, fresh from the factory and on no encoder: one that the tray has, else a new one.
    ///
    /// # Errors
    /// [`TrayError::Random`], [`TrayError::Memory`].
    pub fn blank(&self, model: &'static Model) -> Result<Uid, TrayError> {
        match self.blanks(model)?.first() {
            Some(uid) => Ok(*uid),
            None => self.add_blank(model),
        }
    }

    /// Makes sure that at least `count` cards of this model are fresh from the factory and on no encoder.
    ///
    /// # Errors
    /// As [`blank`](Self::blank).
    pub fn have_blanks(&self, model: &'static Model, count: usize) -> Result<(), TrayError> {
        for _ in self.blanks(model)?.len()..count {
            self.add_blank(model)?;
        }
        Ok(())
    }

    fn blanks(&self, model: &Model) -> Result<Vec<Uid>, TrayError> {
        let mut blanks = Vec::new();
        for card in self.cards() {
            if card.on.is_none() && card.model == model.name && self.is_blank(card.uid)? {
                blanks.push(card.uid);
            }
        }
        Ok(blanks)
    }

    fn add_blank(&self, model: &Model) -> Result<Uid, TrayError> {
        let card = cards::simulate(model.name, random_uid()?)
            .ok_or_else(|| TrayError::UnknownType(model.name.to_owned()))?;
        self.add(card)
    }

    /// The model of this name.
    ///
    /// # Errors
    /// [`TrayError::UnknownType`].
    pub fn model(name: &str) -> Result<&'static Model, TrayError> {
        let known = cards::model(name).map(|(_, model)| model);
        known.ok_or_else(|| TrayError::UnknownType(name.to_owned()))
    }

    /// The same in the order in which a person is offered them: the usual one first, and last what this desk cannot write.
    #[must_use]
    pub fn types(&self) -> Vec<&'static Model> {
        let mut types: Vec<_> = Self::models().collect();
        types.sort_by_key(|model| {
            (
                !self.can_be_written(model),
                model.capacity < LEAST_OF_USE,
                model.name != Self::USUAL,
            )
        });
        types
    }

    /// Whether the desk has the keys that cards of this model need.
    #[must_use]
    pub fn can_be_written(&self, model: &Model) -> bool {
        self.has_site_keys || model.key != ModelKey::Site
    }

    /// The models that there are simulated cards of.
    pub fn models() -> impl Iterator<Item = &'static Model> + Clone {
        cards::ALL.iter().flat_map(|driver| driver.models)
    }

    /// The card on an encoder.
    ///
    /// # Errors
    /// [`TrayError::NoEncoder`].
    pub fn on(&self, encoder: &EncoderName) -> Result<Option<TrayCard>, TrayError> {
        let uid = self.desk.lock().slot(encoder)?.card;
        let mut cards = self.cards().into_iter();
        Ok(cards.find(|card| Some(card.uid) == uid))
    }

    /// Its encoders, as those of a PC/SC service are listed.
    #[must_use]
    pub fn survey(&self) -> Vec<Slot> {
        let has_card = |name: &EncoderName| self.on(name).is_ok_and(|card| card.is_some());
        let slot = |name: EncoderName| Slot {
            has_card: has_card(&name),
            is_in_use: false,
            gives_no_uid: false,
            name,
        };
        self.encoders().into_iter().map(slot).collect()
    }

    /// Whether a card is as the factory made it.
    fn is_blank(&self, uid: Uid) -> Result<bool, TrayError> {
        let card = self.card(uid)?;
        let fresh = cards::simulate(card.model(), uid);
        Ok(fresh.is_some_and(|fresh| fresh.memory() == card.memory()))
    }
}
