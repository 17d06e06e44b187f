//! The handlers, a file per resource of the API.

pub(super) mod credentials;
