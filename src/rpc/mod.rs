//! Seam's manner of calls over HTTP, for the servers that answer them: the simulated API, and the local one.
//!
//! | file | holds |
//! |---|---|
//! | `request` | the body of a call, and its parameters from body or query |
//! | `input` | what a caller sent, as one object |
//! | `fields` | typed reading of parameters: every problem is found |
//! | `envelope` | what every answer is wrapped in |

mod envelope;
mod fields;
mod input;
mod request;

pub(crate) use envelope::{Answer, Problem, Refusal, Success, name, plain};
pub(crate) use fields::Reader;
pub(crate) use input::Input;
pub(crate) use request::{BODY_LIMIT, Unreadable, expect_utf8, is_json, read_body};
