//! The URL of the database: checked, and never shown.

use std::net::IpAddr;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use crate::queue::claims::UrlFault;
use crate::seam::Secret;

/// Checks a URL without connecting.
pub(in crate::queue::claims) fn check(url: &Secret) -> Result<(), UrlFault> {
    parse(url).map(|_| ())
}

/// What to connect to. A server on another machine is reached by TLS only; its certificate is always checked.
pub(super) fn parse(url: &Secret) -> Result<Config, UrlFault> {
    // The words that have libpq check a certificate, which is always done here.
    let url = url
        .expose()
        .replace("sslmode=verify-full", "sslmode=require")
        .replace("sslmode=verify-ca", "sslmode=require");
    // What the parser says may repeat a part of the password.
    let mut config: Config = url.parse().map_err(|_| UrlFault::NotOne)?;
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        return Err(UrlFault::NoHost);
    }
    if config.get_user().is_none_or(str::is_empty) {
        return Err(UrlFault::NoUser);
    }
    if config.get_dbname().is_none_or(str::is_empty) {
        return Err(UrlFault::NoDatabase);
    }
    let mode = match (is_here(&config), config.get_ssl_mode()) {
        (false, SslMode::Disable) => return Err(UrlFault::Unencrypted),
        (false, _) | (true, SslMode::Require) => SslMode::Require,
        (true, _) => SslMode::Disable,
    };
    config.ssl_mode(mode);
    Ok(config)
}

/// Whether every server that may be asked is on this machine.
fn is_here(config: &Config) -> bool {
    let addresses = config.get_hostaddrs();
    if !addresses.is_empty() {
        return addresses.iter().all(IpAddr::is_loopback);
    }
    config.get_hosts().iter().all(|host| match host {
        #[cfg(unix)]
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(url: &str) -> Result<SslMode, UrlFault> {
        parse(&Secret::from(url)).map(|config| config.get_ssl_mode())
    }

    #[test]
    fn another_machine_is_reached_by_tls_only() {
        for url in [
            "postgresql://desk:word@db.hotel.example/cardbridge",
            "postgres://desk:word@192.0.2.1/cardbridge?sslmode=prefer",
            "postgresql://desk@db.hotel.example/cardbridge?sslmode=verify-full",
            "host=db.hotel.example user=desk dbname=cardbridge sslmode=verify-ca",
            "postgresql://desk@localhost,db.hotel.example/cardbridge",
            "postgresql://desk@localhost/cardbridge?hostaddr=192.0.2.1",
        ] {
            assert_eq!(mode(url), Ok(SslMode::Require), "{url}");
        }
        let open = "postgresql://desk:word@db.hotel.example/cardbridge?sslmode=disable";
        assert_eq!(mode(open), Err(UrlFault::Unencrypted));
    }

    #[test]
    fn this_machine_may_be_reached_without() {
        for url in [
            "postgresql://desk:word@localhost/cardbridge",
            "postgresql://desk:word@127.0.0.1:5433/cardbridge",
            "postgresql://desk@%2Frun%2Fpostgresql/cardbridge",
            "host=/run/postgresql user=desk dbname=cardbridge",
        ] {
            assert_eq!(mode(url), Ok(SslMode::Disable), "{url}");
        }
        let wanted = "postgresql://desk:word@localhost/cardbridge?sslmode=require";
        assert_eq!(mode(wanted), Ok(SslMode::Require));
    }

    #[test]
    fn what_is_no_url_is_not_repeated() {
        for (url, fault) in [
            ("", UrlFault::NoHost),
            ("mysql://desk:pass?word@db/cardbridge", UrlFault::NotOne),
            ("postgresql://db.hotel.example/cardbridge", UrlFault::NoUser),
            ("postgresql://desk@db.hotel.example", UrlFault::NoDatabase),
        ] {
            assert_eq!(mode(url), Err(fault), "{url}");
        }
    }
}
