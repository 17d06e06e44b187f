//! The agent as a process: how soon it watches, and how much memory it has while nothing happens.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::spread;

const ROUNDS: usize = 15;
/// Long enough for whatever a start leaves to be done.
const SETTLED: Duration = Duration::from_millis(700);

pub(crate) fn print() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("record.key"), "5a".repeat(32)).unwrap();
    let (mut starts, mut memory) = (vec![], vec![]);
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        let mut agent = Command::new(env!("CARGO_BIN_EXE_cardbridge"))
            .arg("run")
            .env_clear()
            .env("HOME", home.path())
            .env("SEAM_API_KEY", "seam_test_key")
            .env("CARDBRIDGE_RECORD_KEY_FILE", home.path().join("record.key"))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        wait_until_it_watches(&mut agent);
        starts.push(begin.elapsed().as_secs_f64() * 1e3);
        sleep(SETTLED);
        memory.push(resident_megabytes(&agent));
        agent.kill().unwrap();
        agent.wait().unwrap();
    }
    println!("cardbridge run, idle, {ROUNDS} starts: median (5 % – 95 %)");
    let (middle, low, high) = spread(starts);
    println!(
        "{:<36}{middle:>9.1} ms  ({low:.1} – {high:.1})",
        "start to watching an encoder"
    );
    let (middle, low, high) = spread(memory);
    println!(
        "{:<36}{middle:>9.1} MB  ({low:.1} – {high:.1})",
        "resident memory"
    );
}

fn wait_until_it_watches(agent: &mut Child) {
    let mut lines = BufReader::new(agent.stderr.take().unwrap()).lines();
    // The first encoder's name comes from pcscd, so by then it is watched.
    while !lines.next().unwrap().unwrap().contains("Desk 00 00") {}
}

fn resident_megabytes(agent: &Child) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", agent.id())).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<f64>()
        .unwrap()
        * 1024.0
        / 1e6
}
