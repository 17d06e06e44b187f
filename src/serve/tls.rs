//! TLS, for a desk that is reached over the network. A certificate that was renewed counts from the next connection on.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use rustls::ServerConfig;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use thiserror::Error;
use tokio_rustls::TlsAcceptor;

/// What a server proves to be itself with.
#[derive(Debug)]
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    current: Mutex<Current>,
}

struct Current {
    of: Option<Times>,
    acceptor: TlsAcceptor,
}

impl fmt::Debug for Current {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Current").finish_non_exhaustive()
    }
}

/// When the two files were last changed.
type Times = (SystemTime, SystemTime);

/// Why there is no TLS.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file cannot be read, or is not PEM.
    #[error("{}: {source}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it; never its content.
        source: pem::Error,
    },
    /// The certificate and the key do not go together, or are of a kind that is not supported.
    #[error("{} cannot be used with its key: {source}", .certificate.display())]
    Unusable {
        /// The certificate's file.
        certificate: PathBuf,
        /// Why.
        source: rustls::Error,
    },
}

impl TlsError {
    /// The word that never changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "certificate_unusable"
    }
}

impl Tls {
    /// These files.
    ///
    /// # Errors
    /// When they cannot be read or used.
    pub fn new(certificate: PathBuf, key: PathBuf) -> Result<Self, TlsError> {
        let of = times(&certificate, &key).ok();
        let acceptor = acceptor(&certificate, &key)?;
        Ok(Self {
            certificate,
            key,
            current: Mutex::new(Current { of, acceptor }),
        })
    }

    /// What accepts the next connection.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        let mut current = self.current();
        let now = times(&self.certificate, &self.key).ok();
        if now.is_some() && now != current.of {
            // Half of a renewal may be there: what worked goes on until both files are good.
            match acceptor(&self.certificate, &self.key) {
                Ok(acceptor) => *current = Current { of: now, acceptor },
                Err(error) => tracing::warn!("the renewed certificate is not used yet: {error}"),
            }
        }
        current.acceptor.clone()
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn times(certificate: &Path, key: &Path) -> io::Result<Times> {
    let of = |path| fs::metadata(path)?.modified();
    Ok((of(certificate)?, of(key)?))
}

fn acceptor(certificate: &Path, key: &Path) -> Result<TlsAcceptor, TlsError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| TlsError::File { path, source }
    };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(unreadable(certificate))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(unreadable(key))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|source| TlsError::Unusable {
            certificate: certificate.to_owned(),
            source,
        })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
