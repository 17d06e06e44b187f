//! Debian's chromium, driven by its chromedriver: opens the page as a person does, and looks at it.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::agent::Agent;
use crate::webdriver::Session;

/// Keys that have no letter.
pub(crate) const ENTER: &str = "\u{E007}";
pub(crate) const ESCAPE: &str = "\u{E00C}";

/// A browser has several processes: more of them at a time make all tests slow.
static BROWSERS: Semaphore = Semaphore::const_new(1);

/// How long something may take to be seen on the page.
const PATIENCE: Duration = Duration::from_secs(20);

/// How a page is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    pub(crate) language: &'static str,
    pub(crate) size: (u32, u32),
    pub(crate) dark: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            language: "en-GB",
            size: (1280, 800),
            dark: false,
        }
    }
}

/// A browser with a tab. It ends with its test.
pub(crate) struct Browser {
    driver: Session,
    group: u32,
    _chromedriver: Child,
    _profile: TempDir,
    _turn: SemaphorePermit<'static>,
}

impl Browser {
    /// A browser that shows this agent's page, by a link that was asked for on its machine.
    pub(crate) async fn at(agent: &Agent, look: Look) -> Self {
        let browser = Self::start(look).await;
        let link = agent.cardbridge(&["desk", "--print"]).await;
        browser.open(&link).await;
        browser
            .until("document.body.classList.contains('ready')")
            .await;
        browser
    }

    /// A browser that shows nothing yet.
    pub(crate) async fn start(look: Look) -> Self {
        let turn = BROWSERS.acquire().await.unwrap();
        let mut chromedriver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .expect("chromedriver: .ci/setup test installs it");
        let group = chromedriver.id().unwrap();
        let mut lines = BufReader::new(chromedriver.stdout.take().unwrap()).lines();
        let port = loop {
            let line = lines.next_line().await.unwrap().unwrap();
            if let Some((_, port)) = line.split_once("successfully on port ") {
                break port.trim_end_matches('.').to_owned();
            }
        };
        let profile = tempfile::tempdir().unwrap();
        let host = format!("127.0.0.1:{port}");
        let driver = Session::new(host, &capabilities(look, profile.path())).await;
        let browser = Self {
            driver,
            group,
            _chromedriver: chromedriver,
            _profile: profile,
            _turn: turn,
        };
        browser.look(look).await;
        browser
    }

    /// Has the tab look like this from now on.
    pub(crate) async fn look(&self, Look { size, dark, .. }: Look) {
        let metrics =
            json!({"width": size.0, "height": size.1, "deviceScaleFactor": 1, "mobile": false});
        self.cdp("Emulation.setDeviceMetricsOverride", metrics)
            .await;
        let scheme = if dark { "dark" } else { "light" };
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}, {"name": "prefers-reduced-motion", "value": "reduce"}]});
        self.cdp("Emulation.setEmulatedMedia", media).await;
    }

    async fn cdp(&self, method: &str, parameters: Value) {
        let order = json!({"cmd": method, "params": parameters});
        self.driver.post("goog/cdp/execute", &order).await.unwrap();
    }

    pub(crate) async fn open(&self, url: &str) {
        let order = json!({"url": url});
        self.driver.post("url", &order).await.unwrap();
    }

    /// A new tab, which is looked at from now on.
    pub(crate) async fn new_tab(&self) {
        let order = json!({"type": "tab"});
        let tab = self.driver.post("window/new", &order).await.unwrap();
        self.switch_to(tab["handle"].as_str().unwrap()).await;
    }

    pub(crate) async fn tab(&self) -> String {
        let tab = self.driver.get("window").await;
        tab.as_str().unwrap().to_owned()
    }

    pub(crate) async fn switch_to(&self, tab: &str) {
        let order = json!({"handle": tab});
        self.driver.post("window", &order).await.unwrap();
    }

    /// What this expression is on the page.
    pub(crate) async fn value(&self, expression: &str) -> Value {
        let script = format!("return ({expression})");
        let value = self.driver.script("sync", &script, &[]).await;
        value.unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    /// What this script calls its last argument with.
    pub(crate) async fn outcome(&self, script: &str, arguments: &[Value]) -> Value {
        let outcome = self.driver.script("async", script, arguments).await;
        outcome.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Waits until this expression is true: it is asked whenever the page has changed.
    pub(crate) async fn until(&self, expression: &str) {
        let script = "
            const done = arguments[arguments.length - 1];
            const is = new Function(`return (${arguments[0]})`);
            let asked = false;
            const look = () => {
              asked = false;
              if (!is()) return;
              watcher.disconnect();
              done(true);
            };
            const soon = () => asked || (asked = true, queueMicrotask(look));
            const watcher = new MutationObserver(soon);
            watcher.observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
            soon();";
        let arguments = [json!(expression)];
        let outcome = self.driver.script("async", script, &arguments).await;
        if let Err(error) = outcome {
            let shown = self.value("document.body.innerText").await;
            panic!("never {expression}: {error}\n{}", shown.as_str().unwrap());
        }
    }

    /// Waits until the big state is in this phase.
    pub(crate) async fn until_phase(&self, phase: &str) {
        self.until(&format!(
            "document.getElementById('big').dataset.phase === '{phase}'"
        ))
        .await;
    }

    /// Waits until this text is on the page.
    pub(crate) async fn until_shown(&self, text: &str) {
        self.until(&format!(
            "document.body.innerText.includes({})",
            json!(text)
        ))
        .await;
    }

    /// Types, into whatever has the focus.
    pub(crate) async fn keys(&self, keys: &str) {
        self.driver.keys(keys).await;
    }

    /// Types what finds a guest, and orders a card for that one.
    pub(crate) async fn order(&self, guest: &str) {
        self.keys(guest).await;
        self.until_shown("Encode a card").await;
        self.keys(ENTER).await;
        self.until_phase("place").await;
    }

    /// Keeps a picture of the tab as `target/page/NAME.png`.
    pub(crate) async fn picture(&self, name: &str) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/page");
        fs::create_dir_all(&folder).unwrap();
        let picture = self.driver.get("screenshot").await;
        let picture = STANDARD.decode(picture.as_str().unwrap()).unwrap();
        fs::write(folder.join(format!("{name}.png")), picture).unwrap();
    }

    /// Whether anything on the page is hard to use for someone who does not see, or sees little.
    pub(crate) async fn is_accessible(&self, state: &str) {
        let axe = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/serve/page/node_modules/axe-core/axe.min.js");
        let axe = fs::read_to_string(axe).expect("axe-core: .ci/setup test installs it");
        self.driver.script("sync", &axe, &[]).await.unwrap();
        let script = "
            const done = arguments[arguments.length - 1];
            axe.run({resultTypes: ['violations']}).then(({violations, passes}) =>
              done({passes: passes.length, violations: violations.map(({id, help, nodes}) =>
                `${id}: ${help}: ${nodes.map(({target, failureSummary}) => `${target} ${failureSummary}`).join('; ')}`)}));";
        let found = self.driver.script("async", script, &[]).await.unwrap();
        assert_eq!(found["violations"], json!([]), "{state}");
        assert!(found["passes"].as_u64().unwrap() > 10, "{state}: {found}");
    }

    /// That the browser had nothing to complain about, such as the policy of the page. Lost connections are no complaint.
    pub(crate) async fn had_no_complaint(&self) {
        let order = json!({"type": "browser"});
        let complaints = self.driver.post("se/log", &order).await.unwrap();
        let complaints = complaints.as_array().unwrap().iter();
        let messages = complaints.map(|entry| entry["message"].as_str().unwrap());
        let lost =
            |message: &str| message.contains("net::ERR_") || message.contains("responded with");
        let complaints: Vec<_> = messages.filter(|message| !lost(message)).collect();
        assert!(complaints.is_empty(), "{complaints:?}");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The browser's own processes are in the group of the chromedriver.
        let group = format!("-{}", self.group);
        let _ = std::process::Command::new("kill")
            .args(["-KILL", "--", &group])
            .status();
    }
}

fn capabilities(look: Look, profile: &Path) -> Value {
    let size = format!("--window-size={},{}", look.size.0, look.size.1);
    let profile = format!("--user-data-dir={}", profile.display());
    json!({
        "browserName": "chrome",
        "timeouts": {"script": PATIENCE.as_millis()},
        "goog:loggingPrefs": {"browser": "ALL"},
        "goog:chromeOptions": {
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", size, profile],
            "prefs": {"intl.accept_languages": look.language},
        },
    })
}
