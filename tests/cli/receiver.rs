//! The doctor asks the report receiver by the way that reports go: the proxy, the certificates, the name.
//!
//! `tls/` holds an authority and a certificate of it for `pms.hotel.test`, both good for a hundred years and for nothing else.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::desk::{Desk, Ran};
use crate::machine::finding;

const AUTHORITY: &[u8] = include_bytes!("tls/authority.pem");

/// A proxy that knows the receiver's name, which no name service does, with the receiver behind it. What each call began with
/// comes out at the other end.
fn proxy_and_receiver() -> (String, Receiver<String>) {
    let chain = CertificateDer::from_pem_slice(include_bytes!("tls/receiver.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("tls/receiver.key")).unwrap();
    let config =
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![chain], key)
            .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (calls, heard) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            // A caller who does not trust the certificate breaks off.
            let _ = serve(stream.unwrap(), Arc::clone(&config), &calls);
        }
    });
    (address, heard)
}

fn serve(
    mut stream: TcpStream,
    config: Arc<ServerConfig>,
    calls: &std::sync::mpsc::Sender<String>,
) -> std::io::Result<()> {
    let mut head = [0; 1];
    let mut connect = Vec::new();
    // Byte by byte, so that nothing of what follows is taken.
    while !connect.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut head)?;
        connect.extend(head);
    }
    let connect = String::from_utf8(connect).unwrap();
    let _ = calls.send(connect.lines().next().unwrap().to_owned());
    stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let connection = ServerConnection::new(config).unwrap();
    let mut stream = BufReader::new(StreamOwned::new(connection, stream));
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let _ = calls.send(line.trim_end().to_owned());
    // A receiver of reports has no answer to other calls, and is a receiver all the same.
    stream.get_mut().write_all(
        b"HTTP/1.1 405 Method Not Allowed\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
    )?;
    stream.get_mut().flush()
}

fn doctor(proxy: &str, url: &str, trusting: bool) -> Ran {
    let desk = Desk::new()
        .with("CARDBRIDGE_REPORT_URL", url)
        .with("CARDBRIDGE_REPORT_SECRET_FILE", "secret")
        .with("HTTPS_PROXY", proxy);
    desk.file("secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let authority = desk.file("authority.pem", AUTHORITY);
    let desk = if trusting {
        desk.with("SSL_CERT_FILE", authority.to_str().unwrap())
    } else {
        desk
    };
    desk.run(&["doctor", "--json"])
}

#[test]
fn a_receiver_behind_a_proxy_is_asked_through_it() {
    let (proxy, heard) = proxy_and_receiver();
    let ran = doctor(&proxy, "https://pms.hotel.test/hooks/cardbridge", true);
    let (verdict, text) = finding(&ran, "report receiver");
    assert_eq!(
        (verdict.as_str(), text.trim()),
        ("ok", "pms.hotel.test answers")
    );
    assert_eq!(heard.recv().unwrap(), "CONNECT pms.hotel.test:443 HTTP/1.1");
    // Not a report of something that never happened.
    assert_eq!(heard.recv().unwrap(), "HEAD /hooks/cardbridge HTTP/1.1");
}

#[test]
fn a_certificate_that_stops_every_report_is_broken_and_not_ok() {
    let (proxy, heard) = proxy_and_receiver();
    for (url, trusting) in [
        ("https://pms.hotel.test/", false),
        ("https://other.hotel.test/", true),
    ] {
        let ran = doctor(&proxy, url, trusting);
        let (verdict, text) = finding(&ran, "report receiver");
        assert_eq!(verdict, "fail", "{url}: {text}");
        assert!(text.contains("certificate"), "{text}");
        assert_eq!(ran.code, 1);
        assert!(heard.recv().unwrap().starts_with("CONNECT "));
    }
}

#[test]
fn a_proxy_that_is_gone_is_a_warning() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let ran = doctor(&proxy, "https://pms.hotel.test/", true);
    let (verdict, text) = finding(&ran, "report receiver");
    assert_eq!(verdict, "warn", "{text}");
    assert!(text.contains("the proxy"), "{text}");
}
