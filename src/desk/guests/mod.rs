//! The guests of the desk: who waits for a card, who got one today, by name and by room.
//!
//! | file | holds |
//! |---|---|
//! | `name` | a guest's name, which is shown and goes nowhere else |
//! | `guest` | one who waits, one who is done, and what wants attention |
//! | `people`, `places` | what Seam says of users, and of systems and entrances, in memory |
//! | `learn` | asks Seam for what is not known yet, a little at a time |
//! | `ledger` | what the journal says of the credentials on the list |
//! | `day` | the day in the property's time zone |
//! | `list` | all of them at one moment |
//! | `board` | makes the list again when something of it has changed |
//! | `handle`, `search`, `history` | what a page asks of the desk |
//! | `newcomer` | one who has no credential for a card yet, and which entrances there are to choose from |
//! | `orders`, `another` | what is ordered for a guest beside a card: another key, another end of the stay |
//! | `cards` | whose the cards on the encoders are |
//! | `keeper` | does all that while a page shows it |
//!
//! While no page shows it nothing is asked, and no timer runs. Names are kept in memory alone.

mod another;
mod board;
mod cards;
mod day;
mod guest;
mod handle;
mod history;
mod keeper;
mod learn;
mod ledger;
mod list;
mod name;
mod newcomer;
mod orders;
mod people;
mod places;
mod search;

use std::collections::VecDeque;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};

pub use self::another::Another;
pub use self::guest::{Done, Guest, Mark};
pub use self::history::Page;
pub(super) use self::keeper::keep;
pub use self::list::GuestList;
pub use self::name::GuestName;
pub use self::newcomer::{Choice, Newcomer};
use self::people::People;
use self::places::Places;
pub use self::places::Property;
pub use self::search::{Found, Search};

/// The guests of a desk.
#[derive(Debug, Default)]
pub struct Guests {
    people: Mutex<People>,
    places: Mutex<Places>,
    /// The credentials on cards that were read, the latest last.
    on_cards: Mutex<VecDeque<String>>,
    /// The list as it was last made; none before a page has shown it.
    list: watch::Sender<Option<Arc<GuestList>>>,
    /// The number of the last list: none has the number of one before it.
    revision: AtomicU64,
    /// Something that is on the list may be different.
    touched: Notify,
    /// Something on the list is not known yet.
    wanted: Notify,
}

impl Guests {
    /// Something has happened at this desk that the list shows.
    pub(super) fn touch(&self) {
        self.touched.notify_one();
    }

    /// The list as it was last made.
    #[must_use]
    pub fn list(&self) -> Option<Arc<GuestList>> {
        self.list.borrow().clone()
    }

    /// The list, each time that it is another.
    #[must_use]
    pub fn lists(&self) -> watch::Receiver<Option<Arc<GuestList>>> {
        self.list.subscribe()
    }

    fn people(&self) -> MutexGuard<'_, People> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
