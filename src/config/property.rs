//! Section `[property]`: the desks of one property, which have one database.

use std::fs;
use std::path::PathBuf;

use super::{ConfigError, Located, SecretSource};
use crate::queue::PropertySettings;

/// The longest name that a desk may have, in characters: it is a part of sentences.
const LONGEST_NAME: usize = 60;

/// Where the property's database is, and how this desk is called there.
#[derive(Debug)]
pub struct PropertyConfig {
    /// `postgres_file`: the URL of the database.
    pub url: SecretSource,
    /// `desk`: how people call this desk. Default: the name of the machine.
    pub desk: String,
    /// `ca_file`: the certificates that sign the server's, where they are the property's own.
    pub ca_file: Option<PathBuf>,
}

impl PropertyConfig {
    pub(super) fn parse(
        url: Option<SecretSource>,
        desk: Option<Located<String>>,
        ca_file: Option<Located<PathBuf>>,
    ) -> Result<Option<Self>, ConfigError> {
        let Some(url) = url else {
            return match desk
                .map(|desk| desk.origin)
                .or(ca_file.map(|file| file.origin))
            {
                Some(origin) => Err(ConfigError::NoPropertyUrl { origin }),
                None => Ok(None),
            };
        };
        let desk = match desk {
            Some(desk) => desk.parse(name)?.value,
            None => machine(),
        };
        Ok(Some(Self {
            url,
            desk,
            ca_file: ca_file.map(|file| file.value),
        }))
    }

    /// What the database is asked by.
    ///
    /// # Errors
    /// When the URL cannot be read, or no database can be reached by it.
    pub fn settings(&self) -> Result<PropertySettings, ConfigError> {
        let url = self.url.read_url()?;
        PropertySettings::check(&url).map_err(|fault| ConfigError::PropertyUrl {
            origin: self.url.origin().clone(),
            fault,
        })?;
        Ok(PropertySettings {
            url,
            desk: self.desk.clone(),
            ca_file: self.ca_file.clone(),
        })
    }
}

fn name(text: &str) -> Result<String, String> {
    let name = text.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.contains(char::is_control) {
        return Err(format!(
            "a desk is called by 1 to {LONGEST_NAME} characters, such as \"Front desk 1\""
        ));
    }
    Ok(name.to_owned())
}

/// How the machine is called.
fn machine() -> String {
    let files = ["/proc/sys/kernel/hostname", "/etc/hostname"];
    let mut found = files
        .iter()
        .filter_map(|file| fs::read_to_string(file).ok());
    found
        .find_map(|text| name(&text).ok())
        .unwrap_or_else(|| "another desk".to_owned())
}
