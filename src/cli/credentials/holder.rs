//! Whom a credential goes to or comes from, and how flags name it.

use clap::Args;

use crate::seam::Holder;

/// Exactly one of the two.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct HolderArgs {
    /// A user of the access control system.
    #[arg(long, value_name = "ID", visible_alias = "acs-user-id")]
    acs_user: Option<String>,
    /// A user identity.
    #[arg(long, value_name = "ID", visible_alias = "user-identity-id")]
    user_identity: Option<String>,
}

impl HolderArgs {
    pub(super) fn holder(&self) -> Holder {
        match (&self.acs_user, &self.user_identity) {
            (Some(id), _) => Holder::AcsUser(id.clone()),
            // The group above requires one of them.
            (None, id) => Holder::UserIdentity(id.clone().unwrap_or_default()),
        }
    }
}
