//! The agent as a process: how soon it watches, how much memory it has while nothing happens, and how often it wakes up.

use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::issuance::READER;
use super::{spread, taps};

const ROUNDS: usize = 15;
/// Long enough for whatever a start leaves to be done.
const SETTLED: Duration = Duration::from_millis(700);
/// How long wake-ups are counted.
const IDLE: Duration = Duration::from_secs(10);

pub(crate) fn print() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("record.key"), "5a".repeat(32)).unwrap();
    let (mut starts, mut memory) = (vec![], vec![]);
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        let (mut agent, _lines) = watching(command(home.path()).arg("run"));
        starts.push(begin.elapsed().as_secs_f64() * 1e3);
        sleep(SETTLED);
        memory.push(megabytes(&agent, "VmRSS:"));
        stop(&mut agent);
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
    let (mut agent, _lines) = watching(command(home.path()).arg("run"));
    tell_wake_ups(&agent);
    stop(&mut agent);
    print_auto(home.path());
}

/// With a queue that is kept warm.
fn print_auto(home: &Path) {
    for waiting in [15, taps::MANY] {
        let (mut hotel, access) = hotel(home, waiting);
        let mut run = command(home);
        run.args(["run", "--auto"])
            .env("SEAM_ENDPOINT", access["endpoint"].as_str().unwrap())
            .env("SEAM_API_KEY", access["api_key"].as_str().unwrap())
            .env("RUST_LOG", "cardbridge::queue=debug");
        let (mut agent, _lines) = started(&mut run, &[READER, "the queue was listed"]);
        sleep(SETTLED);
        println!("\ncardbridge run --auto, idle, {waiting} waiting");
        println!(
            "{:<36}{:>9.1} MB  (at most {:.1})",
            "resident memory",
            megabytes(&agent, "VmRSS:"),
            megabytes(&agent, "VmHWM:")
        );
        tell_wake_ups(&agent);
        stop(&mut agent);
        stop(&mut hotel);
    }
}

pub(crate) fn command(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cardbridge"));
    command
        .env_clear()
        .env("HOME", home)
        .env("SEAM_API_KEY", "seam_test_key")
        .env("CARDBRIDGE_LISTEN", "127.0.0.1:0")
        .env("CARDBRIDGE_RECORD_KEY_FILE", home.join("record.key"));
    command
}

/// Starts it and waits until it watches. The first encoder's name comes from pcscd, so by then it is watched.
fn watching(run: &mut Command) -> (Child, Lines<BufReader<ChildStderr>>) {
    started(run, &[READER])
}

/// Starts it and waits until it has said all of this, in whatever order; what else it says comes behind that.
fn started(run: &mut Command, says: &[&str]) -> (Child, Lines<BufReader<ChildStderr>>) {
    let mut agent = run.stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(agent.stderr.take().unwrap()).lines();
    let mut awaited = says.to_vec();
    while !awaited.is_empty() {
        let line = lines.next().unwrap().unwrap();
        awaited.retain(|words| !line.contains(words));
    }
    (agent, lines)
}

/// A simulated API in a process of its own, and how to reach it.
pub(crate) fn hotel(home: &Path, waiting: usize) -> (Child, serde_json::Value) {
    let seed = home.join("seed.json");
    std::fs::write(&seed, taps::seed(waiting)).unwrap();
    let mut hotel = command(home)
        .args(["sim-api", "--listen", "127.0.0.1:0", "--seed"])
        .arg(&seed)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(hotel.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    (hotel, serde_json::from_str(&line).unwrap())
}

pub(crate) fn stop(process: &mut Child) {
    process.kill().unwrap();
    process.wait().unwrap();
}

fn tell_wake_ups(agent: &Child) {
    let before = switches(agent);
    sleep(IDLE);
    println!(
        "{:<36}{:>9}     (in {} s, all threads)",
        "wake-ups",
        switches(agent) - before,
        IDLE.as_secs()
    );
}

/// How often any of its threads has gone to sleep so far.
fn switches(agent: &Child) -> u64 {
    let tasks = std::fs::read_dir(format!("/proc/{}/task", agent.id())).unwrap();
    tasks
        .map(|task| {
            let status = std::fs::read_to_string(task.unwrap().path().join("status")).unwrap();
            field(&status, "voluntary_ctxt_switches:")
        })
        .sum()
}

pub(crate) fn megabytes(agent: &Child, what: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", agent.id())).unwrap();
    let kilobytes = u32::try_from(field(&status, what)).unwrap();
    f64::from(kilobytes) * 1024.0 / 1e6
}

fn field(status: &str, name: &str) -> u64 {
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
