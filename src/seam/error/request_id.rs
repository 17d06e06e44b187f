//! How a message names the request that it is about.

use std::fmt;

/// The end of a message that names the request.
pub(in crate::seam) struct RequestId<'a>(pub(in crate::seam) Option<&'a str>);

impl fmt::Display for RequestId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(id) => write!(f, ", request {id}"),
            None => Ok(()),
        }
    }
}
