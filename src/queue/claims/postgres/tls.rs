//! TLS to the database: what the operating system trusts, or the certificates of one file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::queue::claims::PropertyError;
use crate::seam::tls_config;

/// What opens encrypted connections; `encrypted`: whether there will be any.
pub(super) fn connector(
    encrypted: bool,
    ca_file: Option<&Path>,
) -> Result<MakeRustlsConnect, PropertyError> {
    let config = match ca_file.filter(|_| encrypted) {
        Some(path) => trusting(path)?,
        None => {
            tls_config(encrypted).map_err(|error| PropertyError::NotTrusted(error.to_string()))?
        }
    };
    Ok(MakeRustlsConnect::new(config))
}

fn trusting(path: &Path) -> Result<ClientConfig, PropertyError> {
    let unusable = |problem: String| PropertyError::Certificates {
        path: PathBuf::from(path),
        problem,
    };
    let mut roots = RootCertStore::empty();
    let certificates = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unusable(error.to_string()))?;
    for certificate in certificates {
        roots
            .add(certificate)
            .map_err(|error| unusable(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(unusable("it holds no certificate".to_owned()));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(error.to_string()))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
