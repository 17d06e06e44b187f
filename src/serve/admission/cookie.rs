//! A browser's token, in a cookie that no script can read and no other site's page can send.

use std::io;

use axum::http::{HeaderMap, HeaderValue, header};

use super::tokens::{LIFE_OF_BROWSER, NewToken};

/// The cookie's value.
pub(super) fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).iter();
    let mut pairs = cookies
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value)
}

/// The header that sets it.
pub(super) fn make(name: &str, token: &NewToken, encrypted: bool) -> io::Result<HeaderValue> {
    let life = LIFE_OF_BROWSER.as_secs();
    let secure = if encrypted { "; Secure" } else { "" };
    let value = token.secret.expose();
    let cookie =
        format!("{name}={value}; Path=/; Max-Age={life}; HttpOnly; SameSite=Strict{secure}");
    let mut value = HeaderValue::from_str(&cookie).map_err(io::Error::other)?;
    value.set_sensitive(true);
    Ok(value)
}
