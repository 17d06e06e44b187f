//! What a handler is given.

use super::time::Time;
use crate::rpc::Input;

/// A call that was let in.
pub(super) struct Call<'a> {
    pub(super) input: &'a Input,
    pub(super) now: Time,
    pub(super) path: &'static str,
    /// The base URL under which the API is served.
    pub(super) endpoint: &'a str,
}
