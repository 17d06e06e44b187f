//! What an error of the server, or on the way to it, means.

use std::error::Error as _;

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::queue::claims::PropertyError;

impl From<Error> for PropertyError {
    fn from(error: Error) -> Self {
        if let Some(said) = error.as_db_error() {
            // Not its details: there are values of rows in them.
            let words = said.message().to_owned();
            return match said.code() {
                &SqlState::INVALID_PASSWORD | &SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
                    Self::LoginRefused(words)
                }
                &SqlState::INVALID_CATALOG_NAME => Self::NoDatabase(words),
                &SqlState::INSUFFICIENT_PRIVILEGE => Self::NoRights(words),
                &SqlState::READ_ONLY_SQL_TRANSACTION => Self::ReadOnly(words),
                code if is_passing(code) => Self::Unreachable(words),
                _ => Self::Failed(words),
            };
        }
        let mut words = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            if let Some(rustls::Error::InvalidCertificate(fault)) = tls_error(error) {
                return Self::NotTrusted(fault.to_string());
            }
            let more = error.to_string();
            if !words.contains(&more) {
                words = format!("{words}: {more}");
            }
            cause = error.source();
        }
        if words.contains("server does not support TLS") {
            return Self::NoTls;
        }
        if error.is_closed() || is_of_network(&error) {
            return Self::Unreachable(words);
        }
        if words.starts_with("authentication error") || words.starts_with("invalid configuration") {
            return Self::LoginRefused(words);
        }
        Self::Failed(words)
    }
}

/// An error of TLS, which may be inside one of the network.
fn tls_error<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    if let Some(found) = error.downcast_ref() {
        return Some(found);
    }
    error
        .downcast_ref::<std::io::Error>()
        .and_then(|error| error.get_ref())
        .and_then(|inner| inner.downcast_ref())
}

fn is_of_network(error: &Error) -> bool {
    let words = error.to_string();
    [
        "error connecting",
        "error communicating",
        "timeout",
        "error performing TLS",
    ]
    .iter()
    .any(|begin| words.starts_with(begin))
}

/// What the same question may not meet again a moment later.
fn is_passing(code: &SqlState) -> bool {
    // Connections, resources, and what an operator does to the server.
    matches!(code.code().get(..2), Some("08" | "53" | "57"))
        || matches!(
            code,
            &SqlState::LOCK_NOT_AVAILABLE
                | &SqlState::T_R_DEADLOCK_DETECTED
                | &SqlState::T_R_SERIALIZATION_FAILURE
                | &SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_whatever_the_server_sends() {
        for (code, passes) in [
            ("57P01", true),
            ("08006", true),
            ("23505", false),
            ("5", false),
            ("", false),
            ("é7", false),
        ] {
            assert_eq!(is_passing(&SqlState::from_code(code)), passes, "{code}");
        }
    }
}
