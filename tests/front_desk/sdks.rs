//! Programs with Seam's official SDKs at a desk of their own: endpoint and key are changed and nothing else. What they ask the hands to
//! do with cards is done here.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

use crate::desk::{Desk, uid};
use crate::foreign::{node, python, root};
use crate::held::{HeldCard, Hold};
use crate::pcscd::{Card, address, beside_pcscd};
use crate::presence::nothing_lies_there;

/// What an agent at a quick desk is configured with beside its environment: the next card is at hand.
const CONFIGURATION: &str = "[serve]\ncard_timeout_seconds = 4\n";

#[test]
fn python_at_the_desk() {
    beside_pcscd(&["Desk", "Kiosk"], async |_| {
        live(python("tests/sdk/desk.py")).await;
    });
}

#[test]
fn javascript_1_160_at_the_desk() {
    beside_pcscd(&["Desk", "Kiosk"], async |_| {
        live(installed("seam-1.160")).await;
    });
}

#[test]
fn javascript_1_245_at_the_desk() {
    beside_pcscd(&["Desk", "Kiosk"], async |_| {
        live(installed("seam-1.245")).await;
    });
}

/// The README's programs, with their own address and token and nothing else.
#[test]
fn the_readme_s_programs_encode() {
    beside_pcscd(&["Desk"], async |_| {
        let desk = Desk::new().await;
        let mut agent = desk.start(&["run", "--json"], None);
        let url = served(&mut agent).await;
        let token = token(&desk).await;
        let names = |text: &str| {
            let text = text.replace("http://127.0.0.1:7321", &url);
            text.replace("seam_local_…", &token)
        };
        let python_names = format!("acs_system_id, acs_user_id = '{SYSTEM}', '{GUEST}'\n");
        let js_names = format!("const [acsSystemId, acsUserId] = ['{SYSTEM}', '{GUEST}']\n");
        let programs = [
            ("python", "-", python_names, snippet("python")),
            (
                "node",
                "--input-type=module",
                js_names,
                snippet("js").replace("'seam'", "'seam-1.245'"),
            ),
        ];
        for (number, (program, argument, around, text)) in (1..).zip(programs) {
            let card = Card::place(0, "ntag215", uid(number)).await;
            let mut command = Command::new(root("target/test-env/bin").join(program));
            command
                .arg(argument)
                .current_dir(root("tests/sdk"))
                .env_clear();
            let said = piped(&mut command, &(around + &names(&text))).await;
            assert_eq!(said, format!("{}\n", uid(number)), "{text}");
            card.remove().await;
            nothing_lies_there().await;
        }
        agent.kill().await.unwrap();
    });
}

/// An access system of the seeded hotel, and a guest there.
const SYSTEM: &str = "5e000000-0000-4000-8000-000000000001";
const GUEST: &str = "a5000000-0000-4000-8000-000000000001";

/// The block of the README that encodes, in this language.
fn snippet(language: &str) -> String {
    const README: &str = include_str!("../../README.md");
    let begin = format!("```{language}\n");
    let blocks = README.split(&begin).skip(1);
    let mut blocks = blocks.map(|block| block.split("```").next().unwrap().to_owned());
    blocks
        .find(|block| block.contains("Seam's own SDK"))
        .unwrap()
}

/// What a program says to a text on its stdin.
async fn piped(command: &mut Command, text: &str) -> String {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut program = command.spawn().unwrap();
    let mut input = program.stdin.take().unwrap();
    input.write_all(text.as_bytes()).await.unwrap();
    drop(input);
    String::from_utf8(program.wait_with_output().await.unwrap().stdout).unwrap()
}

/// A new token of a desk.
pub(crate) async fn token(desk: &Desk) -> String {
    let made = desk.run(&["token", "new", "program", "--json"]).await;
    let token = made.document["token"].as_str();
    token.unwrap_or_else(|| panic!("{made:?}")).to_owned()
}

fn installed(version: &str) -> Command {
    assert!(
        root("tests/sdk/node_modules/made-of").exists(),
        "the official SDKs are not installed: run `make test` once, or `.ci/setup test`"
    );
    let mut command = node("tests/sdk/desk.mjs");
    command.arg(version);
    command
}

/// Runs a program to its end, which must be a good one.
async fn live(mut program: Command) {
    let desk = Desk::new().await;
    std::fs::write(desk.path("cardbridge.toml"), CONFIGURATION).unwrap();
    let mut agent = desk
        .command(&["run", "--json"], None)
        .env("CARDBRIDGE_CONFIG", desk.path("cardbridge.toml"))
        .spawn()
        .unwrap();
    let wire = Wire::to(&served(&mut agent).await).await;
    let token = token(&desk).await;
    let mut program = program
        .env_clear()
        .env("SEAM_ENDPOINT", &wire.endpoint)
        .env("SEAM_API_KEY", token)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut asked = BufReader::new(program.stdout.take().unwrap()).lines();
    let mut answers = program.stdin.take().unwrap();
    let mut hands = Hands::new(Arc::clone(&wire.loses));
    while let Some(line) = asked.next_line().await.unwrap() {
        let answer = hands.act(&serde_json::from_str(&line).unwrap()).await;
        // A program that has stopped says why below.
        let _ = answers.write_all(format!("{answer}\n").as_bytes()).await;
    }
    let ended = program.wait_with_output().await.unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{said}");
    agent.kill().await.unwrap();
}

/// Where an agent is served; what it says after that is read and forgotten.
pub(crate) async fn served(agent: &mut Child) -> String {
    let mut steps = BufReader::new(agent.stdout.take().unwrap()).lines();
    let mut words = agent.stderr.take().unwrap();
    tokio::spawn(async move { words.read_to_end(&mut Vec::new()).await });
    let mut url = None;
    while let Some(line) = steps.next_line().await.unwrap() {
        let step: Value = serde_json::from_str(&line).unwrap();
        if step["event"] == "serving" {
            url = Some(step["url"].as_str().unwrap().to_owned());
            break;
        }
    }
    tokio::spawn(async move { while let Ok(Some(_)) = steps.next_line().await {} });
    url.unwrap()
}

/// The hands at the readers.
struct Hands {
    cards: [Option<Card>; 2],
    /// The card that is removed while it is written.
    pulled: Option<tokio::task::JoinHandle<Held>>,
    held: Option<HeldCard>,
    loses: Arc<AtomicBool>,
    next: u16,
}

/// A card that was on a reader.
type Held = Arc<tokio::sync::Mutex<cardbridge_drivers::testing::SimulatedReader>>;

impl Hands {
    fn new(loses: Arc<AtomicBool>) -> Self {
        Self {
            cards: [None, None],
            pulled: None,
            held: None,
            loses,
            next: 0,
        }
    }

    /// Does what is asked, and gives the number of the card that is there then.
    async fn act(&mut self, asked: &Value) -> Value {
        let reader = asked[1].as_u64().unwrap_or_default();
        let place = usize::try_from(reader).unwrap();
        self.next += 1;
        let number = uid(self.next);
        match asked[0].as_str().unwrap() {
            "place" => {
                let model = asked[2].as_str().unwrap();
                let reader = u16::try_from(reader).unwrap();
                self.cards[place] = Some(Card::place(reader, model, number).await);
            }
            "remove" => {
                self.cards[place].take().unwrap().remove().await;
                if place == 0 {
                    nothing_lies_there().await;
                }
            }
            // The card is taken off the first reader as soon as its memory has changed.
            "pulled" => {
                let model = asked[1].as_str().unwrap();
                let hold = Hold::AfterFirstChange;
                let card = HeldCard::place(&address(0), model, number, hold).await;
                self.pulled = Some(tokio::spawn(async move {
                    card.moment.reached().await;
                    card.remove().await
                }));
            }
            "back" => {
                let card = self.pulled.take().unwrap().await.unwrap();
                let never = Hold::BeforeCommand(usize::MAX);
                self.held = Some(HeldCard::put(&address(0), card, never).await);
            }
            "off" => {
                self.held.take().unwrap().remove().await;
            }
            "lose" => self.loses.store(true, Ordering::SeqCst),
            other => panic!("{other}"),
        }
        json!(number.to_string())
    }
}

/// What is between the program and the agent. It can lose the answer to an encode.
struct Wire {
    endpoint: String,
    loses: Arc<AtomicBool>,
}

impl Wire {
    async fn to(url: &str) -> Self {
        let agent = url.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap().to_string();
        assert_eq!(own.len(), agent.len(), "one is put in place of the other");
        let loses = Arc::new(AtomicBool::new(false));
        let wire = Self {
            endpoint: format!("http://{own}"),
            loses: Arc::clone(&loses),
        };
        tokio::spawn(async move {
            while let Ok((program, _)) = listener.accept().await {
                let names = (own.clone(), agent.clone());
                tokio::spawn(carry(program, names, Arc::clone(&loses)));
            }
        });
        wire
    }
}

/// Carries one connection, until an answer is to be lost. The agent answers to its own address alone.
async fn carry(mut program: TcpStream, (own, agent): (String, String), loses: Arc<AtomicBool>) {
    let mut to = TcpStream::connect(&agent).await.unwrap();
    let (mut question, mut answer) = ([0; 16 * 1024], [0; 16 * 1024]);
    let mut is_encode = false;
    loop {
        tokio::select! {
            read = program.read(&mut question) => {
                let Ok(length @ 1..) = read else { return };
                let text = String::from_utf8_lossy(&question[..length]).replace(&own, &agent);
                is_encode |= text.starts_with("POST /acs/encoders/encode_credential");
                if to.write_all(text.as_bytes()).await.is_err() {
                    return;
                }
            }
            read = to.read(&mut answer) => {
                let Ok(length @ 1..) = read else { return };
                if is_encode && loses.swap(false, Ordering::SeqCst) {
                    return;
                }
                is_encode = false;
                if program.write_all(&answer[..length]).await.is_err() {
                    return;
                }
            }
        }
    }
}
