//! Where the property's database is, and who asks it.

use std::path::PathBuf;

use super::{UrlFault, postgres};
use crate::seam::Secret;

/// Where the property's database is, and who asks it.
#[derive(Debug, Clone)]
pub struct PropertySettings {
    /// The URL, which holds a password.
    pub url: Secret,
    /// How people call this desk.
    pub desk: String,
    /// PEM: the certificates that the server's is to be signed by, in place of those that the operating system trusts.
    pub ca_file: Option<PathBuf>,
}

impl PropertySettings {
    /// Checks a URL without connecting.
    ///
    /// # Errors
    /// When no database can be reached by it, or a password would travel unencrypted.
    pub fn check(url: &Secret) -> Result<(), UrlFault> {
        postgres::check(url)
    }
}
