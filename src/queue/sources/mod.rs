//! Where the queue learns from what waits: the list of all credentials, the end of that list where new ones appear, and events.
//!
//! | file | holds |
//! |---|---|
//! | `list` | all of it, page by page |
//! | `end` | where new credentials appear on the list, and what is there now |
//! | `methods` | what Seam tells has happened to access methods, also while this program did not run |
//! | `events` | what Seam tells has happened |
//!
//! Seam has no event for a new credential, but for one that belongs to an access grant. So the end of the list is looked at as
//! well, whichever end that is. What all of these miss, the next full list finds.

mod end;
mod events;
mod list;
mod methods;

pub(super) use self::end::End;
pub(super) use self::events::Cursor;
