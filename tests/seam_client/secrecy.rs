//! The key is in no Debug, no message, no hint and no log, even when the API says it back.

use std::error::Error;
use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex};

use cardbridge::seam::{Auth, SeamError, Secret, Settings};
use cardbridge::text::Hint;
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::api::{Api, KEY, Reply};
use crate::calls;

/// All that is logged, by anybody, at every level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Answers that say the key back in every place that a client reads.
fn echoes() -> Vec<fn() -> Reply> {
    vec![
        || {
            let error = json!({
                "type": KEY, "message": format!("no such key: {KEY}"), "data": {KEY: [KEY]},
                "validation_errors": {KEY: {"_errors": [KEY]}},
            });
            let headers = [
                ("content-type", "application/json"),
                ("seam-request-id", KEY),
            ];
            Reply::new(
                401,
                &headers,
                json!({"error": error}).to_string().as_bytes(),
            )
        },
        || {
            Reply::new(
                500,
                &[("content-type", "text/plain"), ("seam-request-id", KEY)],
                KEY.as_bytes(),
            )
        },
        || Reply::new(302, &[("location", KEY), ("seam-request-id", KEY)], b""),
        || Reply::new(200, &[("content-type", KEY)], KEY.as_bytes()),
        || {
            let body =
                json!({"acs_credential": {"acs_credential_id": {KEY: KEY}, KEY: KEY}, KEY: KEY});
            Reply::json(200, &body)
        },
        || Reply::Bytes(format!("HTTP/1.1 {KEY}\r\n{KEY}: {KEY}\r\n\r\n").into_bytes()),
        || Reply::Bytes(format!("{KEY}\r\n\r\n").into_bytes()),
        Reply::half,
        Reply::nothing,
    ]
}

fn say_all(error: &SeamError, into: &mut String) {
    write!(into, "{error} {error:?} {error:#?} {} ", error.hint()).unwrap();
    let mut cause = error.source();
    while let Some(error) = cause {
        write!(into, "{error} {error:?} ").unwrap();
        cause = error.source();
    }
}

#[tokio::test]
async fn the_key_is_never_shown() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    // For every thread: while one subscriber alone is known, a thread without it that comes to a place first silences that place.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let mut said = String::new();
    for echo in echoes() {
        let api = Api::always(echo).await;
        let client = api.client();
        write!(said, "{client:?} {client:#?} {:?} ", client.credentials()).unwrap();
        for sample in calls::reads().into_iter().chain(calls::writes()) {
            if let Err(error) = (sample.run)(client.clone()).await {
                say_all(&error, &mut said);
            }
        }
    }
    for auth in [
        Auth::ApiKey(KEY.into()),
        Auth::ApiKey(format!("{KEY}\n").into()),
        Auth::ApiKey(format!("x{KEY}").into()),
        Auth::PersonalAccessToken {
            token: KEY.into(),
            workspace_id: String::new(),
        },
    ] {
        let settings = Settings::new(auth);
        write!(said, "{settings:?} ").unwrap();
        match cardbridge::seam::Client::new(settings) {
            Ok(client) => write!(said, "{client:?}").unwrap(),
            Err(error) => say_all(&error, &mut said),
        }
    }
    write!(said, "{:?}", Secret::from(KEY)).unwrap();
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(
        log.contains("/acs/credentials/get"),
        "nothing was logged, so nothing was tested"
    );
    for text in [&said, &log] {
        if let Some(at) = text.find("NeverShowThis") {
            panic!("the key is out: {}", &text[at.saturating_sub(300)..at]);
        }
    }
}
