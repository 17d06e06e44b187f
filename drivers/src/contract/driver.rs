//! What a driver promises, and how it is registered.

use std::fmt::Debug;

use thiserror::Error;

use super::{
    CardChannel, CardType, ChannelError, DriverSettings, Others, ReaderProfile, Setting,
    SimulatedCard, Specimen, Uid,
};
use crate::keys::KeyVersion;

/// The code for one card technology. Holds settings and keys, never a card; built once per process.
///
/// One issuance [inspects](Self::inspect) the card, [writes](InspectedCard::write) what was inspected, and inspects again;
/// only that last look says whether the card is good.
pub trait Driver: Debug + Send + Sync {
    /// Whether this driver is for such a card.
    fn recognises(&self, card: &CardType) -> bool;

    /// Looks at what is on the card. Never writes.
    ///
    /// # Errors
    /// When the card cannot be read, or is of a size that this driver does not know.
    fn inspect(
        &self,
        card: &mut dyn CardChannel,
        card_type: &CardType,
    ) -> Result<Box<dyn InspectedCard>, DriverError>;
}

/// A card as an inspection found it: what was read, in the driver's own types, and the keys that it can be written with. The card
/// is read once, and a refusal touches nothing.
pub trait InspectedCard: Debug + Send + Sync {
    /// What every driver says of a card.
    fn summary(&self) -> &Inspection;

    /// Checks, without touching the card, that a record of so many bytes can be written on it.
    ///
    /// # Errors
    /// [`DriverError::TooSmall`] or [`DriverError::Locked`], as [`write`](Self::write) would answer: exactly so, but for parts of the
    /// card that the settings let an inspection pass over. At these `write` looks before it writes anything.
    fn check_fits(&self, record_bytes: usize) -> Result<(), DriverError>;

    /// Writes a record (the bytes of the COSE message) in such an order that a card torn at any command never passes for
    /// a good one, and that writing again repairs it. Only what differs from what was read is written. `progress` is called for
    /// every command that was carried out, one by one up to the total.
    ///
    /// `card` is the channel of the inspection, with no write in between.
    ///
    /// # Errors
    /// [`DriverError::TooSmall`] and [`DriverError::Locked`] are found before anything is written.
    fn write(
        &self,
        card: &mut dyn CardChannel,
        record: &[u8],
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), DriverError>;

    /// Takes our record, whole or torn, off the card and leaves it blank, and so does it with what is
    /// [broken](Contents::Broken): the caller knows that it is what a wipe of ours left. Changes nothing else: a
    /// card that holds nothing of ours stays as it is.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    fn wipe(&self, card: &mut dyn CardChannel) -> Result<(), DriverError>;

    /// The version of the site key that this card carries once it is written; `None` when it is written under no key.
    /// Known before the card is touched, so that it can be in the journal by then.
    fn key_version(&self) -> Option<KeyVersion>;
}

/// What an inspection found on one card, as far as it means the same on each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// The card's fixed identifier: what a record is bound to.
    pub uid: Uid,
    /// Which of the driver's models this is.
    pub model: &'static Model,
    /// How many bytes a record may have on this very card.
    pub capacity: usize,
    /// What is on it.
    pub contents: Contents,
    /// What of others is on it, as far as it is known. It would be lost if the card were written. Empty where the
    /// contents are none of [`Contents::Foreign`], [`Contents::Broken`] and [`Contents::Beside`].
    pub others: Vec<Others>,
    /// Under which keys it can be written.
    pub keys: CardKeys,
}

/// What is on a card, as far as a driver can tell without the record key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contents {
    /// Nothing of anybody's.
    Blank,
    /// A whole record, not yet verified.
    Record(Vec<u8>),
    /// The same, with something of others beside it.
    Beside(Vec<u8>),
    /// A record of ours that was not written to its end.
    Torn,
    /// Something that is not ours.
    Foreign,
    /// Where a record of ours would be, something that is not whole and whose owner is not known: as good as
    /// [`Foreign`](Self::Foreign), except to a caller that knows that a write of ours to this card was cut short.
    Broken,
}

/// The keys that a card carries, as far as an inspection can tell without harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardKeys {
    /// No key is needed to write it.
    None,
    /// Those that it left the factory with.
    Factory,
    /// The site's, of this version.
    Site(KeyVersion),
    /// Some of one kind, some of another: a change of keys was cut short. All of them are known.
    Mixed,
    /// Some that this site does not know.
    Unknown,
}

/// How far a write is, in commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Commands carried out.
    pub done: usize,
    /// Commands in all.
    pub total: usize,
}

/// One size or type of card that a driver supports.
#[derive(Debug, PartialEq, Eq)]
pub struct Model {
    /// The name for the command line, such as `ntag215`.
    pub name: &'static str,
    /// The name, as shown to people, such as `NTAG215`.
    pub title: &'static str,
    /// How many bytes of memory the manufacturer says that it has.
    pub memory: usize,
    /// How many bytes of record such a card holds when it is new.
    pub capacity: usize,
    /// What it is written under.
    pub key: ModelKey,
    /// Whether that key goes to it by its own commands, which not every reader passes on.
    pub key_needs_raw_path: bool,
}

/// What a model of card is written under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelKey {
    /// No key.
    None,
    /// A key of the site's where the settings want one: [`DriverSettings::type2_password`].
    IfWanted,
    /// A key of the site's always.
    Site,
}

impl Model {
    /// Whether a card of this model, new from the factory, is written under a key of the site's.
    #[must_use]
    pub fn wants_key(&self, settings: &DriverSettings) -> bool {
        match self.key {
            ModelKey::None => false,
            ModelKey::IfWanted => settings.type2_password,
            ModelKey::Site => true,
        }
    }

    /// Whether it can be written with these settings on this model of reader.
    #[must_use]
    pub fn can_be_written(&self, settings: &DriverSettings, reader: &ReaderProfile) -> bool {
        !self.wants_key(settings)
            || settings.site_keys.is_some() && !(self.key_needs_raw_path && reader.raw.is_empty())
    }
}

/// One line per driver in [`crate::cards::ALL`].
#[derive(Debug, Clone, Copy)]
pub struct Registration {
    /// The driver's name, such as `type2`.
    pub name: &'static str,
    /// What it is for, in one line.
    pub about: &'static str,
    /// The cards it supports.
    pub models: &'static [Model],
    /// The settings that are its own.
    pub settings: &'static [Setting],
    /// Makes the driver.
    pub build: fn(&DriverSettings) -> Box<dyn Driver>,
    /// Makes a simulated card fresh from the factory; `None` for a model that is not one of `models`, or a UID whose
    /// length such a card cannot have.
    pub simulate: fn(model: &str, uid: Uid) -> Option<Box<dyn SimulatedCard>>,
    /// Makes simulated cards of a model that are locked, in every way the technology knows, or hold another system's
    /// content: the conformance suite tries the driver on each.
    pub specimens: fn(model: &str, uid: Uid) -> Vec<Specimen>,
}

/// Why a driver stopped. Nothing here says that the card was written: only an inspection does.
///
/// Code that shows a hint for each of them must notice a new one, so the enum is exhaustive.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DriverError {
    /// The channel failed.
    #[error(transparent)]
    Channel(#[from] ChannelError),
    /// The record is larger than the card.
    #[error("the record needs {needed} bytes, this {card} has room for {available}")]
    TooSmall {
        /// Bytes of the record.
        needed: usize,
        /// Bytes this card can hold.
        available: usize,
        /// The card in hand.
        card: &'static str,
        /// The smallest supported card that would hold it, if one does.
        smallest: Option<&'static str>,
    },
    /// The card forbids the write: lock bits, a read-only capability container, a password.
    #[error("the card is locked: {what}")]
    Locked {
        /// Which lock, in the field's words.
        what: &'static str,
    },
    /// The card is written under keys, and the site has none.
    #[error("{card} needs site keys; none are configured")]
    NoSiteKeys {
        /// The card in hand.
        card: &'static str,
    },
    /// Something is longer than the field for its length can say; nothing was written.
    #[error("{what} is longer than its length on the card can say")]
    TooLong {
        /// What is too long.
        what: &'static str,
    },
    /// This reader model has no way to do what the card needs.
    #[error("this encoder cannot {what}")]
    Reader {
        /// What the card needs, as a verb phrase: "send an Ultralight C its own commands".
        what: &'static str,
    },
    /// The card has no size or make that the driver knows.
    #[error("this card is not supported: {what}")]
    Unsupported {
        /// What was found.
        what: &'static str,
    },
    /// The card refused a command that it should have accepted.
    #[error("the card refused to {step} (status {status:04X})")]
    Refused {
        /// What was being done, as a verb phrase: "write page 5".
        step: String,
        /// The status word SW1 SW2.
        status: u16,
    },
    /// What was read is not what the step must give.
    #[error("unexpected response to {step}")]
    Malformed {
        /// What was being done.
        step: String,
    },
}

impl DriverError {
    /// The word by which scripts know it. It never changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Channel(error) => error.code(),
            Self::TooSmall { .. } => "card_too_small",
            Self::Locked { .. } => "card_locked",
            Self::NoSiteKeys { .. } => "no_site_keys",
            Self::TooLong { .. } => "length_too_long",
            Self::Reader { .. } => "encoder_unsuitable",
            Self::Unsupported { .. } => "card_unsupported",
            Self::Refused { .. } => "card_refused_command",
            Self::Malformed { .. } => "card_answer_malformed",
        }
    }
}
