//! Logs go to stderr; how much is said is the caller's choice.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use super::Output;

/// Starts logging: errors only, more by `-v`, and whatever `RUST_LOG` says when it is set.
pub(super) fn start(verbose: u8, output: &Output) {
    let level = match verbose {
        0 => "cardbridge=error,cardbridge_drivers=error",
        1 => "cardbridge=info,cardbridge_drivers=info",
        2 => "cardbridge=debug,cardbridge_drivers=debug",
        _ => "cardbridge=trace,cardbridge_drivers=trace",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let terminal = std::io::stderr().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let output = output.clone();
    // A second start (tests in one process) keeps the first.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(move || output.stderr())
        .with_ansi(terminal)
        .try_init();
}
