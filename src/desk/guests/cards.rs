//! Whose the cards on the encoders are, as far as Seam has said so while a page looks.

use std::collections::VecDeque;
use std::sync::{MutexGuard, PoisonError};

use super::Guests;
use crate::desk::snapshot::CardReading;

/// So many of the cards that were read last are asked about: as many as a desk has encoders, and more.
const LATEST: usize = 16;

impl Guests {
    /// A card was read.
    pub(in crate::desk) fn note_card(&self, acs_credential_id: Option<&str>) {
        let Some(id) = acs_credential_id else {
            return;
        };
        let mut cards = self.cards();
        cards.retain(|other| other != id);
        cards.push_back(id.to_owned());
        if cards.len() > LATEST {
            cards.pop_front();
        }
        drop(cards);
        self.wanted.notify_one();
    }

    /// What is known of the credential on a card.
    pub(in crate::desk) fn reading_of(&self, acs_credential_id: &str) -> Option<CardReading> {
        let shown = self.people().credential(acs_credential_id)?;
        let doors = self.places().doors(&shown);
        Some(CardReading {
            display_name: Some(shown.display_name.clone()),
            entrances: doors.rooms.into_iter().chain(doors.doors).collect(),
        })
    }

    /// The credentials on the cards that were read last.
    pub(super) fn latest_cards(&self) -> Vec<String> {
        self.cards().iter().cloned().collect()
    }

    fn cards(&self) -> MutexGuard<'_, VecDeque<String>> {
        self.on_cards.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
