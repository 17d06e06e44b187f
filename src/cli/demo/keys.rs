//! Keys for one demo alone.

use cardbridge_drivers::contract::DriverSettings;
use cardbridge_drivers::keys::{KeyVersion, SecretKey, SiteKey, SiteKeys};
use cardbridge_drivers::record::RecordKey;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::cli::Failure;
use crate::config::KeyId;
use crate::issuance::{CardSettings, RecordKeys};

/// A record key and a site key, made for this demo and gone with it.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(super) struct Keys {
    record: [u8; 32],
    site: [u8; 16],
}

impl Keys {
    pub(super) fn new() -> Result<Self, Failure> {
        let mut keys = Self {
            record: [0; 32],
            site: [0; 16],
        };
        getrandom::fill(&mut keys.record).map_err(|error| Failure::unexpected(&error))?;
        getrandom::fill(&mut keys.site).map_err(|error| Failure::unexpected(&error))?;
        Ok(keys)
    }

    /// What an agent writes and reads cards with.
    pub(super) fn setup(&self) -> Result<CardSettings, Failure> {
        let record = RecordKey::new(KeyId::default().as_bytes().to_vec(), self.record)
            .map_err(|error| Failure::unexpected(&error))?;
        let site = SiteKeys::new(vec![SiteKey {
            version: KeyVersion::FIRST,
            key: SecretKey::new(self.site),
        }])
        .map_err(|error| Failure::unexpected(&error))?;
        Ok(CardSettings {
            keys: RecordKeys::new(record, Vec::new()),
            drivers: DriverSettings {
                site_keys: Some(site),
                ..DriverSettings::default()
            }
            .into(),
        })
    }
}
