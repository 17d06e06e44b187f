//! What a program that runs drivers sets for them.

use std::collections::BTreeMap;

use crate::keys::{SecretKey, SiteKeys};

/// The settings of every driver; each takes what concerns it.
#[derive(Debug, Clone, Default)]
pub struct DriverSettings {
    /// The keys that cards are written under. Without them no card that needs keys can be written.
    pub site_keys: Option<SiteKeys>,
    /// The AES PICC master key that the site's DESFire cards carry already, where another system gave it to them. It is
    /// used to make our application and never changed.
    pub picc_key: Option<SecretKey>,
    /// The DESFire application that holds the record.
    pub desfire_aid: DesfireAid,
    /// Whether NTAG21x and Ultralight EV1 get a password on writing.
    pub type2_password: bool,
    /// Which sectors of a MIFARE Classic get the site's keys.
    pub classic_sectors: ClassicSectors,
    /// What else drivers have settings for.
    pub own: OwnSettings,
}

/// Which sectors of a MIFARE Classic get the site's keys when a card is first written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ClassicSectors {
    /// Every sector that is free.
    #[default]
    All,
    /// Those that the record needs. The others stay as they came from the factory, and are not looked at.
    Needed,
}

/// A DESFire application identifier: 3 bytes in the order in which they are sent, lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DesfireAid([u8; 3]);

impl DesfireAid {
    /// `None` for 000000, which is the card itself.
    #[must_use]
    pub fn new(bytes: [u8; 3]) -> Option<Self> {
        (bytes != [0; 3]).then_some(Self(bytes))
    }

    /// The bytes as they are sent.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 3] {
        &self.0
    }
}

impl Default for DesfireAid {
    /// `CB 1D 9E`, which is not registered, as far as we know.
    fn default() -> Self {
        Self([0xCB, 0x1D, 0x9E])
    }
}

/// A value of a setting that is a driver's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingValue {
    /// `true` or `false`.
    Switch(bool),
    /// A whole number.
    Number(i64),
    /// Text.
    Text(String),
}

/// A setting of a driver's own: a key in the section `[drivers.NAME]` of the configuration, which only the driver has to know.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// The key.
    pub key: &'static str,
    /// What it does, in one line.
    pub about: &'static str,
    /// Checks a value. The text says what is wrong with it: `0 is no cell`.
    pub check: fn(&SettingValue) -> Result<(), String>,
    /// Values that make a difference: the conformance suite tries the driver with each of them, and without the setting.
    pub tried: fn() -> Vec<SettingValue>,
}

/// What the settings of drivers' own say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnSettings(BTreeMap<(String, String), SettingValue>);

impl OwnSettings {
    /// What a driver's setting says, where it is set.
    #[must_use]
    pub fn value(&self, driver: &str, key: &str) -> Option<&SettingValue> {
        self.0.get(&(driver.to_owned(), key.to_owned()))
    }

    /// Sets a driver's setting. A value that was read from somewhere is [checked](Setting::check) first.
    pub fn set(&mut self, driver: &str, key: &str, value: SettingValue) {
        self.0.insert((driver.to_owned(), key.to_owned()), value);
    }
}
