//! A site with keys, so that every kind of card can be written in tests.

use crate::contract::DriverSettings;
use crate::keys::{KeyVersion, SecretKey, SiteKey, SiteKeys};

/// The settings of a site with two versions of its keys: 16 bytes of 1, 16 bytes of 2.
#[must_use]
pub fn site_settings() -> DriverSettings {
    let key = |version: u8| SiteKey {
        version: KeyVersion::new(version).unwrap_or(KeyVersion::FIRST),
        key: SecretKey::new([version; 16]),
    };
    DriverSettings {
        site_keys: SiteKeys::new(vec![key(1), key(2)]).ok(),
        ..DriverSettings::default()
    }
}
