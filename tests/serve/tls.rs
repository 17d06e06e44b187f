//! A desk that the network reaches: behind TLS, or not at all.

use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::agent::Agent;
use crate::http::{Answer, Ask};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/tls");

/// The name in the certificate.
const NAME: &str = "pms.hotel.test";

fn file() -> String {
    format!(
        "[serve]\nhost_names = [\"{NAME}\"]\n\
         certificate_file = \"{FOLDER}/receiver.pem\"\nkey_file = \"{FOLDER}/receiver.key\"\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn it_speaks_tls_with_its_certificate() {
    let agent = Agent::configured(&file(), &[]).await;
    let token = agent.token("desk").await;
    let (name, port) = agent.host.split_once(':').unwrap();
    assert_eq!(name, NAME);
    let link = agent.cardbridge(&["desk", "--print"]).await;
    assert!(link.starts_with(&format!("https://{NAME}:")), "{link}");

    let mut trusted = RootCertStore::empty();
    let authority = CertificateDer::from_pem_file(format!("{FOLDER}/authority.pem"));
    trusted.add(authority.unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(trusted)
        .with_no_client_auth();
    let address = format!("127.0.0.1:{port}");
    let stream = TcpStream::connect(&address).await.unwrap();
    let mut stream = TlsConnector::from(Arc::new(config))
        .connect(ServerName::try_from(NAME).unwrap(), stream)
        .await
        .unwrap();
    let ask = Ask::get("/desk/snapshot").bearer(&token);
    stream.write_all(&ask.bytes(&agent.host)).await.unwrap();
    assert_eq!(Answer::read(&mut stream).await.status, 200);

    // In clear text it says nothing.
    let mut clear = TcpStream::connect(&address).await.unwrap();
    clear.write_all(&ask.bytes(&agent.host)).await.unwrap();
    let mut said = Vec::new();
    let _ = tokio::io::AsyncReadExt::read_to_end(&mut clear, &mut said).await;
    assert!(!String::from_utf8_lossy(&said).contains("HTTP"));
}
