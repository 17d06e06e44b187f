//! One issuance: its states, what may be written, the journal that survives a power cut, and writing and verifying a card.
//!
//! | file | holds |
//! |---|---|
//! | [`state`] | the state machine, pure |
//! | [`entry`] | one issuance as the journal knows it, pure |
//! | `json` | the same for scripts |
//! | [`elsewhere`] | what other desks of the property have done, pure |
//! | [`encoded`] | a credential on its way onto a card, whichever encoder writes it |
//! | [`seam_encode`] | a credential that Seam's own encoder was asked to encode |
//! | [`attempt`] | an action attempt of the local API |
//! | [`past`] | which cards a credential is on, or may be, at all desks, pure |
//! | [`policy`] | may this credential go onto this card, pure |
//! | [`refusal`] | what can prevent it |
//! | [`journal`] | the durable log |
//! | [`mod@inspect`] | what is on the card |
//! | `write_verify` | the one place where a card is written, and read back |
//! | [`superseded`] | a card whose credential is on another one by now |
//! | `key_versions` | which site keys a card carries and may carry, pure |
//! | `convert` | Seam's credential as what goes onto a card |
//! | [`mod@time`] | times for the person at the desk |

pub mod attempt;
pub(crate) mod convert;
pub mod elsewhere;
pub mod encoded;
pub mod entry;
pub mod inspect;
pub mod journal;
mod json;
pub(crate) mod key_versions;
pub mod past;
pub mod policy;
pub mod refusal;
pub mod seam_encode;
pub mod state;
pub mod superseded;
pub mod time;
pub(crate) mod write_verify;

use cardbridge_drivers::cards::Registry;
use cardbridge_drivers::record::RecordKey;

/// What cards are read and written with.
#[derive(Debug)]
pub struct CardSettings {
    /// The keys of records.
    pub keys: RecordKeys,
    /// The drivers, with the keys of cards.
    pub drivers: Registry,
}

/// The keys that records are made and checked with.
#[derive(Debug, Default)]
pub struct RecordKeys {
    sealing: Option<RecordKey>,
    all: Vec<RecordKey>,
}

impl RecordKeys {
    /// New records are made with `sealing`; records made with one of `earlier` are still recognised.
    #[must_use]
    pub fn new(sealing: RecordKey, earlier: Vec<RecordKey>) -> Self {
        let mut all = vec![sealing.clone()];
        all.extend(earlier);
        Self {
            sealing: Some(sealing),
            all,
        }
    }

    /// The key for new records; none where records are only shown, and not checked.
    #[must_use]
    pub fn sealing(&self) -> Option<&RecordKey> {
        self.sealing.as_ref()
    }

    /// Every key that a record may verify with.
    #[must_use]
    pub fn all(&self) -> &[RecordKey] {
        &self.all
    }
}
