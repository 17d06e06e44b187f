//! TLS as the client speaks it: rustls over ring, trusting what the operating system trusts.

use std::sync::Arc;

use rustls::client::danger::ServerCertVerifier;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

/// The TLS configuration for an encrypted place, or the empty one for plain http. The provider is named here rather than
/// installed for the whole process, so that nothing else in it depends on the order of start-up.
pub(crate) fn config(encrypted: bool) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?;
    if encrypted {
        let verifier: Arc<dyn ServerCertVerifier> = Arc::new(Verifier::new(provider)?);
        Ok(builder
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth())
    } else {
        // Reading the system's certificates costs time and memory that plain http has no use for.
        Ok(builder
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth())
    }
}
