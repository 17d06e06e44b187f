//! When to stop: Ctrl-C at a terminal, SIGTERM from a service manager.

use std::io;

/// Waits until somebody asks this process to stop. Where the system does not let us listen for it, it stops at once:
/// nothing may run that cannot be stopped.
pub(super) async fn stop() {
    if let Err(error) = asked().await {
        tracing::error!("cannot listen for signals: {error}");
    }
}

#[cfg(unix)]
async fn asked() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminated.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn asked() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
