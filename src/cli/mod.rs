//! The command line: a file per subcommand.

#![expect(
    clippy::doc_markdown,
    reason = "doc comments on commands and flags are help texts, where backticks are noise"
)]

mod card;
mod config;
mod context;
mod credentials;
mod demo;
mod desk;
mod doctor;
mod drivers;
mod encode;
mod failure;
mod front;
mod global;
mod history;
mod keys;
mod live;
mod logging;
mod narrate;
mod output;
mod read;
mod readers;
mod retry;
mod run;
mod screen;
mod serving;
mod signals;
mod sim_api;
mod sim_card;
mod simulated;
mod stream;
mod style;
mod table;
mod time;
mod token;
mod trail;
mod wipe;
mod wrap;

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::Write;
use std::process::ExitCode;
use std::{panic, thread};

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

pub use context::Context;
pub use failure::{Exit, Failure};
pub use global::Global;
pub use output::Output;
pub use style::printable;
pub use table::table;
pub use wrap::pairs;

use crate::config::Environment;

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  unexpected
  2  usage
  3  configuration: unknown key, missing or malformed key file, empty API key,
     no site keys (or not the right version) for a card that needs them
  4  the API refused or is unreachable, or this credential cannot be issued
  5  no encoder
  6  the card: none in time, pulled, incompatible, too small, locked, foreign,
     holds another credential; or an issuance is open on another card
  7  written and verified, not yet reported; it will be
  129, 130, 143  stopped by SIGHUP, SIGINT, SIGTERM before a card was written

Environment:
  SEAM_API_KEY, or SEAM_PERSONAL_ACCESS_TOKEN with SEAM_WORKSPACE_ID
  SEAM_ENDPOINT                  default https://connect.getseam.com
  CARDBRIDGE_CONFIG              the configuration file; else that of the user
                                 (~/.config/cardbridge/cardbridge.toml), else
                                 /etc/cardbridge/cardbridge.toml
  CARDBRIDGE_STATE_DIR           where the journal lives
  CARDBRIDGE_RECORD_KEY_FILE     64 hex digits, or 32 raw bytes
  CARDBRIDGE_SITE_KEYS_FILE      the keys that cards are written under
  CARDBRIDGE_REPORT_URL, CARDBRIDGE_REPORT_SECRET_FILE
  CARDBRIDGE_LISTEN              where the desk page is served; default
                                 127.0.0.1:7321
  NO_COLOR, RUST_LOG

Secrets come from a file or the environment, never from the command line.";

/// The agent beside a card encoder: puts Seam credentials onto cards and reports each issuance.
#[derive(Debug, Parser)]
#[command(name = "cardbridge", version, max_term_width = 100, after_long_help = EXIT_CODES)]
#[command(
    after_help = "`cardbridge help COMMAND` shows examples; --help also lists exit codes and environment variables."
)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Demo),
    Run(run::Run),
    Desk(desk::OpenDesk),
    Encode(Box<encode::Encode>),
    Read(read::Read),
    Wipe(wipe::Wipe),
    Readers(readers::Readers),
    Drivers(drivers::Drivers),
    #[command(subcommand)]
    Credentials(credentials::Credentials),
    History(history::History),
    Retry(retry::Retry),
    #[command(subcommand)]
    Token(token::TokenCommand),
    SimApi(sim_api::SimApi),
    SimCard(sim_card::SimCard),
    #[command(subcommand)]
    Keys(keys::Keys),
    #[command(subcommand)]
    Config(config::ConfigCommand),
    Doctor(doctor::Doctor),
}

/// Parses the command line of this process, carries it out and says how it ended.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return misused(&error),
    };
    let output = Output::new(cli.global.json);
    logging::start(cli.global.verbose, &output);
    tell_panics(&output);
    let context = Context::new(cli.global, Environment::of_process(), output.clone());
    let outcome = match cli.command {
        Command::Demo(command) => command.run(&context),
        Command::Doctor(command) => command.run(&context),
        Command::Run(command) => command.run(&context),
        Command::Desk(command) => command.run(&context),
        Command::Token(command) => command.run(&context),
        Command::Encode(command) => command.run(&context),
        Command::Read(command) => command.run(&context),
        Command::Wipe(command) => command.run(&context),
        Command::Readers(command) => command.run(&context),
        Command::Drivers(_) => drivers::run(&context),
        Command::History(history) => history.run(&context),
        Command::Retry(_) => retry::run(&context),
        Command::Credentials(command) => command.run(&context),
        Command::SimCard(command) => command.run(&context),
        Command::SimApi(command) => command.run(&context),
        Command::Keys(command) => command.run(&context),
        Command::Config(command) => command.run(&context),
    };
    let exit = outcome.unwrap_or_else(|failure| {
        output.fail(&failure);
        failure.exit()
    });
    output.drain();
    exit.into()
}

/// A panic is reported like everything else: one that waited for a reader of stderr would never end its thread.
fn tell_panics(output: &Output) {
    let output = output.clone();
    panic::set_hook(Box::new(move |panic| {
        let thread = thread::current();
        let name = thread.name().unwrap_or("unnamed").to_owned();
        output.note(&format!("thread {name} {panic}"));
        let backtrace = Backtrace::capture();
        if backtrace.status() == BacktraceStatus::Captured {
            output.note(&backtrace.to_string());
        }
        output.drain();
    }));
}

/// Help and version are no failures; anything else is reported in clap's own words, which show the usage.
fn misused(error: &clap::Error) -> ExitCode {
    // With the stream closed there is no reader left.
    let _ = error.print();
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        return Exit::Done.into();
    }
    if std::env::args_os().any(|argument| argument == "--json") {
        let _ = writeln!(std::io::stdout(), "{}", misuse(error).to_json());
    }
    Exit::Usage.into()
}

/// What clap says, in the two parts of a failure.
fn misuse(error: &clap::Error) -> Failure {
    let text = error.to_string();
    let lines = || {
        text.lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with("For more information"))
    };
    // Tips and usage come last.
    let is_advice = |line: &&str| line.starts_with("tip:") || line.starts_with("Usage:");
    let what: Vec<_> = lines().take_while(|line| !is_advice(line)).collect();
    let advice: Vec<_> = lines().skip_while(|line| !is_advice(line)).collect();
    let what = what.join(" ");
    Failure::new(
        Exit::Usage,
        what.strip_prefix("error: ").unwrap_or(&what),
        [advice.join("; "), SEE_HELP.to_owned()]
            .join("; ")
            .trim_start_matches("; "),
    )
}

const SEE_HELP: &str = "see `cardbridge --help`";
