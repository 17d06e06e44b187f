//! An API that connects and says nothing, or too little: a call ends in time, and those who wait hear of it before.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use cardbridge::seam::{Auth, Client, Patience, RetryPolicy, SeamError, Settings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::api::{Api, KEY, Reply};
use crate::calls;

/// A person with little patience, so that the test ends.
fn hasty() -> Settings {
    Settings {
        connect_timeout: Duration::from_millis(40),
        request_timeout: Duration::from_millis(100),
        patience: Patience {
            attempt: Duration::from_millis(50),
            in_all: Duration::from_millis(100),
        },
        retry: RetryPolicy {
            attempts: 100,
            first_wait: Duration::from_millis(1),
            ..RetryPolicy::default()
        },
        ..Settings::new(Auth::ApiKey(KEY.into()))
    }
}

#[tokio::test]
async fn a_read_without_an_answer_ends_when_patience_does() {
    let in_the_middle =
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 90\r\n\r\n{\"";
    for begin in [&b""[..], in_the_middle] {
        for read in calls::reads().into_iter().take(3) {
            let begin = begin.to_vec();
            let api = Api::always(move || Reply::Stall(begin.clone())).await;
            let error = (read.run)(api.client_with(hasty())).await.unwrap_err();
            assert!(matches!(error, SeamError::TimedOut { .. }), "{error:?}");
            let attempts = api.seen().len();
            assert!((1..=2).contains(&attempts), "{}: {attempts}", read.path);
        }
    }
}

#[tokio::test]
async fn an_answer_that_drips_is_none() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = stream.read(&mut [0; 4096]).await;
                let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
                let _ = stream.write_all(head.as_bytes()).await;
                let mut beat = tokio::time::interval(Duration::from_millis(5));
                while stream.write_all(b"1\r\n \r\n").await.is_ok() {
                    beat.tick().await;
                }
            });
        }
    });
    let client = Client::new(hasty().at(endpoint)).unwrap();
    let error = client.credentials().get("c").await.unwrap_err();
    assert!(matches!(error, SeamError::TimedOut { .. }), "{error:?}");
}

#[tokio::test]
async fn a_connection_that_is_never_encrypted_is_none() {
    // The kernel accepts, and no greeting follows.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("https://{}", listener.local_addr().unwrap());
    let create = calls::writes().remove(0);
    let client = Client::new(hasty().at(endpoint)).unwrap();
    let error = (create.run)(client).await.unwrap_err();
    assert_eq!(error.code(), "api_unreachable", "{error}");
    assert!(!error.may_have_happened());
}

#[tokio::test]
async fn those_who_wait_hear_of_silence_before_the_call_ends() {
    let api = Api::always(|| Reply::Stall(Vec::new())).await;
    for (run, told) in [
        // What changes something may take as long as an access system takes.
        (calls::writes().remove(0).run, vec!["api_silent"]),
        (
            calls::reads().remove(0).run,
            vec!["api_silent", "api_silent"],
        ),
    ] {
        let client = api.client_with(Settings {
            silent_after: Duration::from_millis(10),
            ..hasty()
        });
        let heard = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&heard);
        client.on_answer(move |error| log.lock().unwrap().push(error.map(SeamError::code)));
        run(client).await.unwrap_err();
        let told: Vec<_> = told.into_iter().map(Some).collect();
        assert_eq!(*heard.lock().unwrap(), told);
    }
}

#[tokio::test]
async fn a_refusal_is_an_answer_and_a_fault_is_none() {
    for (status, is_fault) in [(404, false), (401, false), (429, false), (500, true)] {
        let api = Api::always(move || Reply::new(status, &[], b"")).await;
        let client = api.client_with(Settings {
            retry: RetryPolicy {
                attempts: 1,
                ..RetryPolicy::default()
            },
            ..Settings::new(Auth::ApiKey(KEY.into()))
        });
        let heard = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&heard);
        client.on_answer(move |error| log.lock().unwrap().push(error.map(SeamError::code)));
        client.credentials().get("c").await.unwrap_err();
        let heard = heard.lock().unwrap();
        let heard: Vec<_> = heard.iter().map(Option::is_some).collect();
        assert_eq!(heard, [is_fault], "{status}");
    }
}
