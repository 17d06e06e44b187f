//! A simulated card, as it behaves on the air: raw frames in, frames, ACK or NAK out.
//!
//! What a reader makes of it (pseudo-APDUs, status words) is the simulated reader's business, so that one card can be on
//! readers of any make.

use std::fmt::Debug;

use super::{ReaderProfile, Uid};

/// One card in the field. As strict as the silicon: what halts the tag halts this one, and a bit that can be set only once
/// stays set.
pub trait SimulatedCard: Debug + Send {
    /// The model's name, as in [`super::Model::name`].
    fn model(&self) -> &'static str;

    /// The card's fixed identifier.
    fn uid(&self) -> Uid;

    /// The identifier sent in anticollision: the fixed one, unless the card is set to random ones.
    fn sent_uid(&self) -> Uid {
        self.uid()
    }

    /// The ATR that a PC/SC part 3 reader makes for such a card.
    fn atr(&self) -> Vec<u8>;

    /// Power off and on, anticollision, selection: ends a HALT and every authentication.
    fn select(&mut self);

    /// One frame to the card, without CRC.
    ///
    /// A card of ISO/IEC 14443-4 is given whole APDUs. To MIFARE Classic `60` or `61`, block, key (6 bytes), UID (its last
    /// 4 bytes) represents the three passes of an authentication with key A or B, and what follows is deciphered; the
    /// answer is [`Answer::Ack`], or [`Answer::Silence`] when the key is wrong.
    fn exchange(&mut self, frame: &[u8]) -> Answer;

    /// What a reader answers to a command APDU of its own for such a card, where that is none of the pseudo-APDUs that readers
    /// know for other cards: a technology with a form of command of its own brings it along. `None` leaves it to the reader.
    fn answer_as_reader(&mut self, command: &[u8], reader: &ReaderProfile) -> Option<Vec<u8>> {
        let _ = (command, reader);
        None
    }

    /// The whole memory, in the order of its addresses.
    fn memory(&self) -> Vec<u8>;

    /// Puts a memory in place, as [`memory`](Self::memory) gave it; `false` when it is not of this card's size.
    fn load(&mut self, memory: &[u8]) -> bool;

    /// How many commands that write the card has accepted, whether or not they changed anything.
    fn writes(&self) -> u64;

    /// What is to go wrong with the next write; `None` if nothing is.
    fn spoil_next_write(&mut self, mishap: Option<Mishap>);

    /// Whether a write that was cut short has left a part of the card in a state that no command gets it out of.
    fn is_damaged(&self) -> bool {
        false
    }
}

/// What can go wrong with a write that the card has accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    /// The field goes away while the card stores. So many bytes are new, those behind them are old, and the card is mute
    /// until it is selected again. A card that stores all or nothing by its data sheet stores nothing.
    Torn {
        /// How many bytes are stored.
        stored: usize,
    },
    /// The card says that it has stored what it has not.
    Swallowed,
}

/// The field went away while a card stored: it gives no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldLost;

/// The writes of one simulated card.
#[derive(Debug, Default)]
pub struct Writes {
    accepted: u64,
    mishap: Option<Mishap>,
}

impl Writes {
    /// How many there were.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        self.accepted
    }

    /// What is to go wrong with the next one.
    pub fn spoil_next(&mut self, mishap: Option<Mishap>) {
        self.mishap = mishap;
    }

    /// Counts a write, and says what goes wrong with it.
    pub fn begin(&mut self) -> Option<Mishap> {
        self.accepted += 1;
        self.mishap.take()
    }

    /// Counts a write and stores `new` in its place, as far as nothing goes wrong.
    ///
    /// # Errors
    /// The card has no power to answer with.
    ///
    /// # Panics
    /// When `new` is not as long as its place.
    pub fn store(&mut self, place: &mut [u8], new: &[u8]) -> Result<(), FieldLost> {
        match self.begin() {
            None => place.copy_from_slice(new),
            Some(Mishap::Swallowed) => {}
            Some(Mishap::Torn { stored }) => {
                let stored = stored.min(new.len());
                place[..stored].copy_from_slice(&new[..stored]);
                return Err(FieldLost);
            }
        }
        Ok(())
    }
}

/// What comes back over the air.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A frame of whole bytes, without CRC.
    Frame(Vec<u8>),
    /// The 4-bit acknowledge A.
    Ack,
    /// A 4-bit NAK; a Type 2 tag is halted (or idle) after it.
    Nak,
    /// Nothing: a halted card, a frame that no such card answers.
    Silence,
}

/// A simulated card that is not fresh from the factory, and what a driver must make of it.
#[derive(Debug)]
pub struct Specimen {
    /// What was done to the card, such as `static lock bits over page 4`.
    pub what: &'static str,
    /// What a driver must find.
    pub finding: Finding,
    /// The card.
    pub card: Box<dyn SimulatedCard>,
}

/// What a driver must find on a [`Specimen`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// Content of others, on a card that could be written.
    Foreign,
    /// The same, with a whole record in our form beside it.
    Beside,
    /// A card on which a record of the model's full capacity cannot be written.
    Locked,
    /// A card whose memory is taken by others, so that it has no room for a record of the model's full capacity.
    Full,
    /// A card that others use too, or set up in their way, and that takes a record as a blank one does.
    Shared,
}
