//! The proxy between a desk and the API: the usual forms of naming one, and of naming what goes past it.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

use crate::desk::{Desk, Ran};

/// A proxy that lets nothing through and remembers what was asked of it.
fn proxy() -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, asked) = channel();
    std::thread::spawn(move || {
        for caller in listener.incoming() {
            let mut caller = caller.unwrap();
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && caller.read(&mut byte).unwrap() == 1 {
                head.push(byte[0]);
            }
            let _ = tell.send(String::from_utf8(head).unwrap());
            let _ = caller.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
        }
    });
    (port, asked)
}

fn ask(https_proxy: String, no_proxy: &str) -> Ran {
    Desk::new()
        .with("SEAM_ENDPOINT", "https://seam.hotel.invalid:8443")
        .with("SEAM_API_KEY", "seam_testkey1_NeverShowThis")
        .with("HTTPS_PROXY", https_proxy)
        .with("NO_PROXY", no_proxy)
        .run(&["credentials", "list"])
}

#[test]
fn what_the_proxy_refuses_names_the_proxy_and_not_its_password() {
    let (port, asked) = proxy();
    let ran = ask(format!("http://desk:p%23ss@127.0.0.1:{port}"), "localhost");
    let shown = format!("through the proxy http://127.0.0.1:{port} (HTTPS_PROXY)");
    let ran = ran.failed(4, &shown, "proxy");
    assert!(!ran.stderr.contains("p%23ss") && !ran.stderr.contains("p#ss"));
    let head = asked.try_iter().next().unwrap();
    assert!(
        head.starts_with("CONNECT seam.hotel.invalid:8443 "),
        "{head}"
    );
    // desk:p#ss
    assert!(head.contains("Basic ZGVzazpwI3Nz"), "{head}");
}

#[test]
fn exceptions_in_their_usual_forms_go_past_the_proxy() {
    for no_proxy in [
        "*.hotel.invalid",
        "localhost seam.hotel.invalid",
        "localhost;seam.hotel.invalid",
        "seam.hotel.invalid:8443",
    ] {
        let (port, asked) = proxy();
        let ran = ask(format!("http://127.0.0.1:{port}"), no_proxy).failed(4, "", "");
        assert!(!ran.stderr.contains("through the proxy"), "{}", ran.stderr);
        assert_eq!(asked.try_iter().next(), None, "{no_proxy}");
    }
}

#[test]
fn what_cannot_be_a_proxy_is_an_error() {
    let (port, asked) = proxy();
    for address in [
        format!(r"http://HOTEL\desk:pw@127.0.0.1:{port}"),
        format!("http://desk:p#ss@127.0.0.1:{port}"),
        format!("http://desk:p/ss@127.0.0.1:{port}"),
        "http://".to_owned(),
    ] {
        let ran = ask(address.clone(), "").failed(3, "HTTPS_PROXY is not", "%23");
        assert!(!ran.stderr.contains("desk"), "{}", ran.stderr);
        assert_eq!(asked.try_iter().next(), None, "{address}");
    }
}
