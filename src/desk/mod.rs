//! What brings credentials onto cards, for every front end: the workflows, and the loop that serves each card that is placed.
//!
//! | file | holds |
//! |---|---|
//! | `agent` | [`Agent`]: what issues credentials |
//! | `access_method` | the credential behind an access method |
//! | `known` | what is known of a card that was read |
//! | `encode` | one credential onto one card |
//! | [`guests`] | who waits for a card, and who got one, by name |
//! | [`creation`] | a credential that is created for the card |
//! | `turns` | one such credential at a time |
//! | [`wipe`] | our record off a card |
//! | `verdict` | what the journal cannot take yet |
//! | [`stop`] | what becomes of a card when the process is asked to stop |
//! | `feedback` | the encoder's own beep and light |
//! | [`contents`] | what is on a card, in short |
//! | [`notice`] | what happens, for those who show it |
//! | `error`, [`problem`], `action` | why a card did not become a good one, the same in an event, and what can be offered then |
//! | `manner` | how a desk behaves |
//! | `service_loop` | what it does by itself with cards and reports |
//! | `handle` | [`Desk`]: commands in, a snapshot and events out |
//! | `shared` | what all its handles share |
//! | `hub`, [`snapshot`], [`event`] | what has happened so far, and what happens, for any number of readers |
//! | [`ticket`] | a command under way, for the front end that gave it |
//! | [`job`] | the same for what does it: it tells what happens, and may be cancelled |
//! | [`target`] | where a credential is encoded: a reader here, or another kind of encoder |
//! | `encoder_info` | what an encoder is, and what its cards open |
//! | `targets` | the encoders of other kinds, and which job is at each |
//! | `other_desks` | the other desks of the property: what they are asked, and learn |
//! | `parts` | what a desk works with: without an API it reads and wipes cards all the same |
//! | `local` | the readers of this machine, and the cards on them |
//! | [`reading`] | a card, explained |
//! | [`seam_encoder`] | an encoder that Seam drives as such a target |
//! | `reader` | a reader of this machine as such a target |

pub mod contents;
pub mod creation;
pub mod event;
pub mod guests;
pub mod job;
pub mod notice;
pub mod orderer;
pub mod problem;
pub mod seam_encoder;
pub mod snapshot;
pub mod stop;
pub mod target;
pub mod ticket;
pub mod wipe;

mod access_method;
mod action;
mod agent;
mod encode;
mod encoder_info;
mod error;
mod feedback;
mod handle;
mod hub;
mod known;
mod local;
mod manner;
mod other_desks;
mod parts;
mod reader;
pub mod reading;
mod service_loop;
mod shared;
mod targets;
mod turns;
mod verdict;

pub use self::action::{Action, offered, offered_by_wipe};
pub use self::agent::{Agent, Wanted};
pub use self::error::{DeskError, IssueError};
pub use self::handle::{Desk, watch};
pub use self::hub::{Events, KEPT, Update};
pub use self::local::give::KioskReader;
pub use self::manner::{Cards, Keep, Manner};
pub use self::parts::Parts;
