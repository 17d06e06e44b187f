//! Debian's chromium, driven by its chromedriver: opens the page as a person does, and looks at it.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::{
    CapabilitiesHelper, ChromeCapabilities, ChromiumLikeCapabilities, DesiredCapabilities,
    TypingData, WebDriver,
};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::agent::Agent;

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
    pub(crate) driver: WebDriver,
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
        // The driver's client is built for TLS, which it never speaks here. Another test may have installed it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let profile = tempfile::tempdir().unwrap();
        let url = format!("http://127.0.0.1:{port}");
        let driver = WebDriver::new(url, capabilities(look, profile.path()));
        let driver = driver.await.unwrap();
        driver.set_script_timeout(PATIENCE).await.unwrap();
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

    pub(crate) async fn cdp(&self, method: &str, parameters: Value) -> Value {
        let answer = self.driver.cdp().send_raw(method, parameters).await;
        answer.unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    pub(crate) async fn open(&self, url: &str) {
        self.driver.goto(url).await.unwrap();
    }

    /// What this expression is on the page.
    pub(crate) async fn value(&self, expression: &str) -> Value {
        let script = format!("return ({expression})");
        let value = self.driver.execute(script, Vec::new()).await;
        let value = value.unwrap_or_else(|error| panic!("{expression}: {error}"));
        value.json().clone()
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
        let arguments = vec![json!(expression)];
        let outcome = self.driver.execute_async(script, arguments).await;
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
    pub(crate) async fn keys(&self, keys: impl Into<TypingData>) {
        let typed = self.driver.action_chain().send_keys(keys);
        typed.perform().await.unwrap();
    }

    /// Keeps a picture of the tab, for people: `target/page/NAME.png`.
    pub(crate) async fn picture(&self, name: &str) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/page");
        fs::create_dir_all(&folder).unwrap();
        let picture = self.driver.screenshot_as_png().await.unwrap();
        fs::write(folder.join(format!("{name}.png")), picture).unwrap();
    }

    /// Whether anything on the page is hard to use for someone who does not see, or sees little.
    pub(crate) async fn is_accessible(&self, state: &str) {
        let axe = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/serve/page/node_modules/axe-core/axe.min.js");
        let axe = fs::read_to_string(axe).expect("axe-core: .ci/setup test installs it");
        self.driver.execute(axe, Vec::new()).await.unwrap();
        let script = "
            const done = arguments[arguments.length - 1];
            axe.run({resultTypes: ['violations']}).then(({violations, passes}) =>
              done({passes: passes.length, violations: violations.map(({id, help, nodes}) =>
                `${id}: ${help}: ${nodes.map(({target, failureSummary}) => `${target} ${failureSummary}`).join('; ')}`)}));";
        let found = self.driver.execute_async(script, Vec::new()).await.unwrap();
        let found = found.json();
        assert_eq!(found["violations"], json!([]), "{state}");
        assert!(found["passes"].as_u64().unwrap() > 10, "{state}: {found}");
    }

    /// That the browser had nothing to complain about, such as the policy of the page. Lost connections are no complaint.
    pub(crate) async fn had_no_complaint(&self) {
        let complaints = self.driver.browser_log().await.unwrap();
        let complaints: Vec<_> = complaints
            .into_iter()
            .map(|entry| entry.message)
            .filter(|message| {
                !message.contains("net::ERR_") && !message.contains("the server responded with")
            })
            .collect();
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

fn capabilities(look: Look, profile: &Path) -> ChromeCapabilities {
    let mut wanted = DesiredCapabilities::chrome();
    let size = format!("--window-size={},{}", look.size.0, look.size.1);
    let profile = format!("--user-data-dir={}", profile.display());
    for argument in [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        &size,
        &profile,
    ] {
        wanted.add_arg(argument).unwrap();
    }
    wanted
        .add_experimental_option("prefs", json!({"intl.accept_languages": look.language}))
        .unwrap();
    wanted
        .set("goog:loggingPrefs", json!({"browser": "ALL"}))
        .unwrap();
    wanted
}
