//! A hostile page on another port of this machine, in the browser of a clerk who is logged in: it tries every path by every verb, and
//! achieves nothing.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::tray::Tray;
use crate::agent::Agent;
use crate::browser::{Browser, Look};
use crate::http::Ask;

/// What the page tries with one path. What it could read, or have done, it says.
const TRIES: &str = "
    const done = arguments[arguments.length - 1];
    const [own, paths] = arguments;
    const gained = [];
    const tries = [];
    const attempt = async (what, request) => {
      try {
        const answer = await request();
        if (answer.type !== 'opaque' && answer.type !== 'opaqueredirect') gained.push(`${what}: read ${answer.status}`);
      } catch { /* As it should be. */ }
    };
    for (const path of paths) {
      const url = own + path;
      for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
        for (const credentials of ['include', 'omit']) {
          const body = ['GET', 'HEAD'].includes(method) ? undefined : '{}';
          const options = {method, credentials, body};
          tries.push(() => attempt(`${method} ${path}`, () => fetch(url, options)));
          tries.push(() => attempt(`${method} ${path} as JSON`, () => fetch(url, {...options, headers: {'content-type': 'application/json'}})));
          tries.push(() => attempt(`${method} ${path} without asking`, () => fetch(url, {...options, mode: 'no-cors'})));
        }
      }
      tries.push(() => new Promise(resolve => {
        const script = document.createElement('script');
        script.src = url;
        script.onload = () => { gained.push(`${path}: ran as a script`); resolve(); };
        script.onerror = () => resolve();
        document.body.append(script);
      }));
      tries.push(() => new Promise(resolve => {
        const image = new Image();
        image.onload = () => { gained.push(`${path}: seen as an image`); resolve(); };
        image.onerror = () => resolve();
        image.src = url;
      }));
    }
    tries.push(() => new Promise(resolve => {
      const events = new EventSource(own + '/events', {withCredentials: true});
      events.onopen = () => { gained.push('events heard'); resolve(); };
      events.onerror = () => { events.close(); resolve(); };
    }));
    tries.push(() => new Promise(resolve => {
      const frame = document.createElement('iframe');
      frame.src = own + '/';
      frame.onload = () => {
        try {
          if (frame.contentDocument.body.innerText) gained.push('looked into the frame');
        } catch { /* As it should be. */ }
        resolve();
      };
      document.body.append(frame);
    }));
    (async () => {
      // As many as the browser has connections for, and slower than the agent's limit.
      while (tries.length) await Promise.all(tries.splice(0, 6).map(one => one()));
      done(gained);
    })();";

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_origin_achieves_nothing() {
    let agent = Agent::start(&["--simulated", "ntag215", "ntag216"]).await;
    let tray = Tray::of(&agent).await;
    tray.place_new(&agent, "ntag215").await;
    let token = agent.token("desk").await;
    let state = async || {
        let mut states = Vec::new();
        for path in ["/desk/snapshot", "/simulated/cards", "/desk/history"] {
            states.push(agent.ask(Ask::get(path).bearer(&token)).await.json());
        }
        // What goes on by itself: the events of the page that the clerk has open, and when Seam last answered.
        let snapshot = &mut states[0]["snapshot"];
        for field in ["number", "queue", "seam"] {
            snapshot[field] = Value::Null;
        }
        let tokens = agent.cardbridge(&["token", "list", "--json"]).await;
        (states, tokens)
    };
    let browser = Browser::at(&agent, Look::default()).await;
    browser.until_shown("Ada Lindqvist").await;
    let before = state().await;

    let paths = paths();
    for known in [
        "/events",
        "/desk/encode",
        "/desk/wipe",
        "/simulated/cards/place",
        "/acs/encoders/encode_credential",
        "/metrics",
    ] {
        assert!(paths.contains(known), "{known}: {paths:?}");
    }
    let own = format!("http://{}", agent.host);
    // Another port of the same machine is the same site: the cookie comes along. By another name it does not.
    for name in ["127.0.0.1", "localhost"] {
        let hostile = hostile_page(name).await;
        browser.open(&hostile).await;
        let arguments = [json!(own), json!(paths)];
        let gained = browser.outcome(TRIES, &arguments).await;
        assert_eq!(gained, json!([]), "from {hostile}");
    }
    assert_eq!(state().await, before);

    // A form that is sent, and a link that is followed, lead away from the hostile page and change nothing.
    for path in ["/desk/encode", "/desk/cancel", "/simulated/cards/remove"] {
        browser.open(&hostile_page("127.0.0.1").await).await;
        let send = format!(
            "const form = document.createElement('form');
             form.method = 'post'; form.action = '{own}{path}'; form.enctype = 'text/plain';
             document.body.append(form); form.submit(); arguments[0](true);"
        );
        browser.outcome(&send, &[]).await;
        browser
            .until("document.body.innerText.includes('\"ok\":false')")
            .await;
    }
    assert_eq!(state().await, before);
}

/// Every path in the source of what is served.
fn paths() -> BTreeSet<String> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/serve")];
    let mut paths = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                let source = std::fs::read_to_string(path).unwrap();
                let quoted = source.split('"').map(str::to_owned);
                let is_path = |text: &String| {
                    text.len() > 1
                        && text.starts_with('/')
                        && text.chars().all(|c| c.is_ascii_alphanumeric() || "/_.{}".contains(c))
                        // The page's own files say nothing.
                        && !text.starts_with("/page/")
                        && text != "/kiosk"
                };
                paths.extend(quoted.filter(is_path));
            }
        }
    }
    paths
}

/// Serves an empty page, and gives its address by this name.
async fn hostile_page(name: &str) -> String {
    const PAGE: &str = "<!doctype html><title>win a free night</title><body></body>";
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = [0; 4096];
            let _ = stream.read(&mut head).await;
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{PAGE}",
                PAGE.len()
            );
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    format!("http://{name}:{port}/")
}
