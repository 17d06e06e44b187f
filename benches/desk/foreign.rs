//! One issuance at the pace of a real card, beside scripts for two libraries that others use, which do the same job: identify the
//! card, see what is on it and whether it is locked, write the same record in the same safe order, and read it back.
//!
//! All three are measured at the card, from the first command to the last answer, so that no start counts; ours includes
//! the API, the journal and the report. The scripts read 16 bytes at a time and write a page at a time, as those libraries do.
//!
//! nfc-pcsc is installed by `make test`. pyscard is not, since it would be for this figure alone: `target/test-env/bin/python -m pip install pyscard`.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use cardbridge::issuance::policy::{Allowed, Overwrite};
use cardbridge_drivers::testing::SimulatedReader;
use tokio::process::Command;
use tokio::runtime::Runtime;

use super::card::{Exchange, MODEL, Sent, after, blank, commands, span, uid};
use super::issuance::{Desk, READER};
use super::spread;

const PACE: Duration = Duration::from_millis(4);
const ROUNDS: u8 = 10;
/// NDEF begins on page 4, and every page has 4 bytes (NTAG213/215/216 data sheet, 8.5).
const NDEF: usize = 4 * 4;

/// The reader's own commands for its signals (API of the ACR122U, 6.2 and 6.7).
const SIGNALS: [[u8; 3]; 2] = [[0xFF, 0x00, 0x40], [0xFF, 0x00, 0x52]];

const SCRIPTS: [(&str, &str, &str); 2] = [
    ("nfc-pcsc", "node", "benches/desk/foreign/nfc-pcsc.mjs"),
    (
        "pyscard",
        "python",
        "benches/desk/foreign/pyscard_script.py",
    ),
];

#[derive(Default)]
struct Figures {
    milliseconds: Vec<f64>,
    commands: usize,
}

impl Figures {
    fn add(&mut self, mut exchanges: Vec<Exchange>) {
        // The scripts do not beep.
        let is_signal = |command: &[u8]| SIGNALS.iter().any(|signal| command.starts_with(signal));
        exchanges.retain(|exchange| !is_signal(&exchange.command));
        self.milliseconds.push(span(&exchanges).as_secs_f64() * 1e3);
        self.commands = exchanges.len();
    }
}

pub(crate) fn print() {
    println!(
        "One issuance on {MODEL} through pcscd, {} ms for each command, {ROUNDS} rounds in turn: median (5 % – 95 %)",
        PACE.as_millis()
    );
    let runtime = Runtime::new().unwrap();
    for (what, is_again) in [("first issue", false), ("issued again", true)] {
        let (ours, theirs) = runtime.block_on(rounds(is_again));
        let own = tell(&format!("{what}, cardbridge"), ours);
        for ((library, ..), figures) in SCRIPTS.iter().zip(theirs) {
            if figures.commands == 0 {
                println!("{what}, {library:<25} is not installed");
                continue;
            }
            let other = tell(&format!("{what}, {library}"), figures);
            println!("{:<36}{:>9.3}", "    cardbridge / that", own / other);
        }
    }
    println!();
}

fn tell(what: &str, figures: Figures) -> f64 {
    let (middle, low, high) = spread(figures.milliseconds);
    let commands = figures.commands;
    println!("{what:<36}{middle:>9.1} ms  ({low:.1} – {high:.1}), {commands} commands");
    middle
}

async fn rounds(is_again: bool) -> (Figures, [Figures; 2]) {
    let mut desk = Desk::new().await;
    let (mut ours, mut theirs) = (Figures::default(), <[Figures; 2]>::default());
    for round in 0..ROUNDS {
        let uid = uid(round, 3);
        let earlier = desk.issue(blank(uid), Duration::ZERO, Allowed::default());
        let earlier = commands(earlier.await.1);
        let card = || {
            if is_again {
                after(uid, &earlier)
            } else {
                blank(uid)
            }
        };
        let allowed = Allowed {
            overwrite: Overwrite::Any,
            ..Allowed::default()
        };
        let (_, exchanges) = desk.issue(card(), PACE, allowed).await;
        let sent = exchanges.iter().map(|exchange| exchange.command.clone());
        let ndef = ndef_after(card(), &sent.collect());
        ours.add(exchanges);
        for ((_, program, script), figures) in SCRIPTS.iter().zip(&mut theirs) {
            if let Some(mut script) = command(program, script) {
                let script = script.args([format!("{READER} 00 00"), hex::encode(&ndef)]);
                let work = async {
                    let output = script.output().await.unwrap();
                    assert!(output.status.success(), "{output:?}");
                };
                figures.add(desk.alone(card(), PACE, work).await);
            }
        }
    }
    (ours, theirs)
}

/// What a card has from its first NDEF byte on to the end of the record, in whole pages, after these commands.
fn ndef_after(mut card: SimulatedReader, sent: &Sent) -> Vec<u8> {
    for command in sent {
        card.answer(command);
    }
    let memory = &card.card().memory()[NDEF..];
    // 03, the length of the message, the message, FE (NFC Forum Type 2 Tag, 2.3).
    let end = 2 + usize::from(memory[1]) + 1;
    memory[..end.next_multiple_of(4)].to_vec()
}

/// The script under its interpreter, if what it needs is installed.
fn command(program: &str, script: &str) -> Option<Command> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let bin = root.join("target/test-env/bin");
    let is_installed = match program {
        "node" => root.join("tests/nfc-pcsc/node_modules/made-of").exists(),
        _ => std::process::Command::new(bin.join(program))
            .args(["-c", "import smartcard.System"])
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success()),
    };
    is_installed.then(|| {
        let mut command = Command::new(bin.join(program));
        command.arg(root.join(script));
        command
    })
}
