//! TLS in front of the database, whose own server listens on a socket only.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio_rustls::TlsAcceptor;

use crate::cluster::Database;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/tls");

/// The name in the certificate.
pub(crate) const NAME: &str = "pms.hotel.test";

/// What signs the certificate.
pub(crate) fn authority() -> String {
    format!("{FOLDER}/authority.pem")
}

/// The port of a server with that certificate, for the database.
pub(crate) async fn serve(database: &Database) -> u16 {
    let certificate = CertificateDer::from_pem_file(format!("{FOLDER}/receiver.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(format!("{FOLDER}/receiver.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let socket = database.socket.clone();
    tokio::spawn(async move {
        while let Ok((desk, _)) = listener.accept().await {
            tokio::spawn(pass(desk, acceptor.clone(), socket.clone()));
        }
    });
    port
}

async fn pass(mut desk: TcpStream, acceptor: TlsAcceptor, socket: PathBuf) {
    // The request for TLS: its length, and the number that means it.
    let mut request = [0; 8];
    desk.read_exact(&mut request).await.unwrap();
    assert_eq!(request, [0, 0, 0, 8, 4, 210, 22, 47]);
    desk.write_all(b"S").await.unwrap();
    // A desk that trusts it not goes away.
    let Ok(mut desk) = acceptor.accept(desk).await else {
        return;
    };
    let mut server = UnixStream::connect(socket).await.unwrap();
    let _ = copy_bidirectional(&mut desk, &mut server).await;
}
