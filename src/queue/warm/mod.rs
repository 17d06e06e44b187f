//! The queue, kept warm: one list at the start, then what is new, so that a card finds its credential there already.
//!
//! | file | holds |
//! |---|---|
//! | `kept` | the credentials that wait, in order |
//! | `keeper` | what keeps them as the API has them |
//! | `pace` | how often it asks |
//! | `news` | how cards wait for what is new |

mod keeper;
mod kept;
mod news;
mod pace;

pub(super) use self::kept::{Kept, Place, SystemMark, created_at};
pub(super) use self::news::News;
pub use self::news::{Answering, Seen, WaitsFor, Watching};
pub use self::pace::Pace;
