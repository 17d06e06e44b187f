//! When to stop: Ctrl-C at a terminal, SIGTERM from a service manager.

use std::io;

/// Waits until somebody asks this process to stop.
///
/// # Errors
/// When the system does not let us listen for it.
#[cfg(unix)]
pub(super) async fn stop() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminated.recv() => Ok(()),
    }
}

/// Waits until somebody asks this process to stop.
///
/// # Errors
/// When the system does not let us listen for it.
#[cfg(not(unix))]
pub(super) async fn stop() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
