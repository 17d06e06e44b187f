//! The durable log of issuances: SQLite, one file, every state written before it is acted on.
//!
//! Several processes may use one file (an agent that runs and a one-shot command beside it). What must not happen twice
//! is held by unique indexes and by transitions that name the state they start from, not by a lock that could be forgotten.
//!
//! One thread writes and one reads. A change is answered once it is durable: nothing may go on before it. A future
//! that is dropped after it was polled does not take back what it asked for.
//!
//! | file | holds |
//! |---|---|
//! | `handle` | [`Journal`]: what is asked and changed goes to the threads |
//! | `writer` | the thread that writes, several changes at once |
//! | `unwritten` | whether it can be written |
//! | `reader` | what can be asked |
//! | `claim`, `steps`, `keys`, `deliveries`, `creations`, `missing` | what can be changed |
//! | `seam_encodes` | what Seam was asked to encode on encoders of its own |
//! | `card_methods` | the access methods whose cards Seam wants, and how far its events were read |
//! | `attempts`, `encoders` | the action attempts of the local API, and the encoders that were seen |
//! | `history`, `search` | what it holds, a page at a time |
//! | `shared` | what is shared of it with the property's database |
//! | `on_cards`, `freed` | which credentials are on a card, and whether one may have left its card since |
//! | `lease` | who is writing a card now |
//! | `open`, `schema`, `rows`, `tables` | the file, its tables, its rows |
//! | `checked` | a row whose values are checked as they are read |
//! | `identity`, `witness`, `files` | that it is the journal that was there before |

mod alone;
mod attempts;
mod card_methods;
mod checked;
mod claim;
mod creations;
mod deliveries;
mod encoders;
mod error;
mod files;
mod freed;
mod handle;
mod history;
mod identity;
mod keys;
mod lease;
mod missing;
mod on_cards;
mod open;
mod reader;
mod rows;
mod schema;
mod seam_encodes;
mod search;
mod shared;
mod steps;
mod tables;
mod unwritten;
mod witness;
mod writer;

pub use self::alone::Alone;
pub use self::attempts::Begun;
pub use self::card_methods::CardMethod;
pub use self::creations::Creation;
pub use self::deliveries::{Delivery, SinkName};
pub use self::encoders::KnownEncoder;
pub use self::error::{JournalError, Lost};
pub use self::files::{
    can_be_written, is_open_to_others, make_private_directory, make_private_file, owner_of,
};
pub use self::freed::{Changes, Freed};
pub use self::handle::Journal;
pub use self::history::Filter;
pub use self::keys::CardsOfKey;
pub use self::lease::Lease;
pub use self::reader::JournalReader;
pub use self::search::Search;
pub use self::shared::{SharedState, Unshared};

#[cfg(test)]
mod tests;
