//! What a credential or an access method is carried by.

use serde::{Deserialize, Serialize};

/// What a credential or an access method is carried by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sim) enum Mode {
    Code,
    #[default]
    Card,
    MobileKey,
    CloudKey,
}

impl Mode {
    /// The values as the API spells them.
    pub(in crate::sim) const ALL: &[(&str, Self)] = &[
        ("code", Self::Code),
        ("card", Self::Card),
        ("mobile_key", Self::MobileKey),
        ("cloud_key", Self::CloudKey),
    ];
}
