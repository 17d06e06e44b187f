//! The local API: Seam's own calls, answered for the encoders of this desk, so that a Seam SDK pointed here encodes on them
//! unchanged. Whatever else it may call is passed on to Seam with the desk's own key.
//!
//! | file | holds |
//! |---|---|
//! | `api` | [`LocalApi`]: from a request to its answer |
//! | `routes` | every path: its verbs, what a caller needs for it, what answers it |
//! | `foreign_key` | keys of other kinds and other workspaces, which Seam refuses too |
//! | `systems` | the access systems whose encoders the readers of this desk count as |
//! | `encoders` | `/acs/encoders/get` and `list` |
//! | `actions` | encoding and scanning: what begins an action attempt |
//! | `attempts`, `attempt_view` | action attempts until they have ended; one in Seam's shape |
//! | `ending` | noting that they have ended |
//! | `repetition` | whether one that has succeeded can be given again |
//! | `left_over` | those that a restart has cut off |
//! | `action_attempts` | `/action_attempts/get` and `list` |
//! | `scan`, `scan_view` | what is on a card and what Seam has beside it; the same in Seam's shape |
//! | `simulate`, `stage` | what the next attempts on simulated encoders come to |
//! | `failure` | why an attempt failed, in Seam's words |
//! | `upstream` | what is passed on |
//! | `pages` | pages of which the first are this desk's and the others Seam's |

mod action_attempts;
mod actions;
mod api;
mod attempt_view;
mod attempts;
mod encoders;
mod ending;
mod failure;
mod foreign_key;
mod left_over;
mod pages;
mod repetition;
mod routes;
mod scan;
mod scan_view;
mod simulate;
mod stage;
mod systems;
mod upstream;

pub use self::api::LocalApi;
