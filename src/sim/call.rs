//! What a handler is given.

use super::input::Input;
use super::time::Time;

/// A call that was let in.
pub(super) struct Call<'a> {
    pub(super) input: &'a Input,
    pub(super) now: Time,
    pub(super) path: &'static str,
    /// The base URL under which the API is served.
    pub(super) endpoint: &'a str,
}
