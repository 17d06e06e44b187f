//! Seam connects and says nothing: the page, the monitoring and the clerk hear of it soon.

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;

use crate::agent::Agent;
use crate::http::Ask;

const WAITING: &str = "c0000000-0000-4000-8000-000000000001";

/// A page that is open.
struct Page(Lines<BufReader<TcpStream>>);

impl Page {
    async fn of(agent: &Agent, token: &str) -> Self {
        let mut stream = TcpStream::connect(&agent.host).await.unwrap();
        let ask = Ask::get("/events").bearer(token).bytes(&agent.host);
        stream.write_all(&ask).await.unwrap();
        Self(BufReader::new(stream).lines())
    }

    /// The next event of this kind.
    async fn until(&mut self, event: &str) -> Value {
        loop {
            let line = self.0.next_line().await.unwrap().expect("it ended");
            let Some(data) = line.strip_prefix("data: ") else {
                continue;
            };
            let data: Value = serde_json::from_str(data).unwrap();
            if data["event"] == event {
                return data;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_is_told_soon_and_ends_an_order() {
    let (agent, line) = Agent::over_a_line(&["--simulated", "ntag215"]).await;
    let token = agent.token("desk").await;
    let mut page = Page::of(&agent, &token).await;
    while page.until("seam").await["reachable"] != true {}
    line.is_silent();
    let order = json!({"acs_credential_id": WAITING});
    let ask = Ask::post("/desk/encode", &order).bearer(&token);
    let ticket = agent.ask(ask).await.json()["ticket"].clone();
    let seam = page.until("seam").await;
    assert_eq!(seam["reachable"], false);
    assert!(seam["since"].is_string(), "{seam}");
    let health = agent.ask(Ask::get("/healthz").bearer(&token)).await.json();
    let reasons = health["reasons"].as_array().unwrap();
    let of_seam = reasons.iter().find(|one| one["code"] == "api_unreachable");
    let of_seam = of_seam.unwrap_or_else(|| panic!("{health}"));
    assert_eq!(of_seam["since"], seam["since"]);
    assert_eq!(of_seam["problem"]["code"], "api_silent", "{health}");
    // Shown while the call still waits, which goes on for longer.
    let message = of_seam["problem"]["message"].as_str().unwrap();
    assert!(message.ends_with("within 4 s"), "{message}");
    let ended = page.until("job_ended").await;
    assert_eq!(ended["ticket"], ticket);
    let error = &ended["error"];
    assert_eq!(error["code"], "api_silent", "{ended}");
    assert!(error["hint"].is_string(), "{ended}");
    line.speaks_again();
    while page.until("seam").await["reachable"] != true {}
}
