//! The sections `[drivers.NAME]` of the configuration file: settings that belong to one driver, and that nothing but its
//! [registration](Registration) knows.

use std::path::Path;

use cardbridge_drivers::contract::{OwnSettings, Registration, SettingValue};
use toml::de::{DeTable, DeValue};

use super::file::{DRIVERS, Place, edits};
use super::{ConfigError, Origin};

/// What the file says to drivers, each value checked by the driver that it is for.
pub(super) fn settings(
    path: &Path,
    text: &str,
    drivers: &[Registration],
) -> Result<OwnSettings, ConfigError> {
    let place = &Place { path, text };
    let mut own = OwnSettings::default();
    let file = place.table()?;
    let Some(section) = file.get_ref().get(DRIVERS) else {
        return Ok(own);
    };
    let whole = place.line(section.span().start);
    let section = table(place, section.get_ref(), whole, DRIVERS)?;
    for (name, values) in section {
        let line = place.line(name.span().start);
        let name = name.get_ref().as_ref();
        let path = format!("{DRIVERS}.{name}");
        let names = drivers.iter().map(|driver| driver.name);
        let Some(driver) = drivers.iter().find(|driver| driver.name == name) else {
            return Err(unknown(place, line, path, nearest(name, DRIVERS, names)));
        };
        for (key, value) in table(place, values.get_ref(), line, &path)? {
            let line = place.line(key.span().start);
            let key = key.get_ref().as_ref();
            let of_key = format!("{path}.{key}");
            let keys = driver.settings.iter().map(|setting| setting.key);
            let Some(setting) = driver.settings.iter().find(|setting| setting.key == key) else {
                return Err(unknown(place, line, of_key, nearest(key, &path, keys)));
            };
            let value = plain(value.get_ref());
            let checked = value.and_then(|value| (setting.check)(&value).map(|()| value));
            let value = checked.map_err(|problem| ConfigError::Value {
                origin: Origin::File {
                    path: place.path.to_owned(),
                    line,
                    key: of_key.into(),
                },
                problem,
            })?;
            own.set(driver.name, setting.key, value);
        }
    }
    Ok(own)
}

fn table<'a, 'b>(
    place: &Place<'_>,
    value: &'a DeValue<'b>,
    line: usize,
    key: &str,
) -> Result<&'a DeTable<'b>, ConfigError> {
    match value {
        DeValue::Table(table) => Ok(table),
        _ => Err(ConfigError::Syntax {
            path: place.path.to_owned(),
            line,
            key: Some(key.to_owned()),
            problem: "it is a section".to_owned(),
        }),
    }
}

fn plain(value: &DeValue<'_>) -> Result<SettingValue, String> {
    match value {
        DeValue::Boolean(value) => Ok(SettingValue::Switch(*value)),
        DeValue::String(text) => Ok(SettingValue::Text(text.as_ref().to_owned())),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map(SettingValue::Number)
            .map_err(|_| "the number is too large".to_owned()),
        _ => Err("it must be true or false, a whole number, or text".to_owned()),
    }
}

fn unknown(place: &Place<'_>, line: usize, key: String, nearest: Option<String>) -> ConfigError {
    ConfigError::UnknownKey {
        path: place.path.to_owned(),
        line,
        key,
        nearest,
    }
}

/// The name that was probably meant.
fn nearest(name: &str, section: &str, known: impl Iterator<Item = &'static str>) -> Option<String> {
    let near = known.map(|known| (edits(name, known), known));
    let (_, known) = near
        .filter(|(distance, _)| *distance <= 2.max(name.len() / 3))
        .min()?;
    Some(format!("{section}.{known}"))
}
