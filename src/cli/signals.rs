//! When to stop: Ctrl-C at a terminal, a terminal that is closed, SIGTERM from a service manager.
//!
//! The first signal lets what is under way be finished, a second one ends the process at once. A thread of its own listens, so
//! that nothing else this process does can hold it up.

use std::future::{Future, pending};
use std::io;
use std::process;
use std::thread;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::watch;
use tokio::time::sleep;

use super::{Exit, Failure, Output};

/// How long the process may take to end, a card that is being written included.
const LONGEST: Duration = Duration::from_secs(25);

/// How long it may take once its work is over.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// What asked this process to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    /// The terminal is gone.
    Hangup,
    /// Ctrl-C.
    Interrupt,
    /// A service manager.
    Terminate,
}

impl Signal {
    fn exit(self) -> Exit {
        match self {
            Self::Hangup => Exit::Hangup,
            Self::Interrupt => Exit::Interrupt,
            Self::Terminate => Exit::Terminate,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Hangup => "SIGHUP",
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
        }
    }
}

/// Says whether this process was asked to stop. Once it is dropped the work is over, and after a signal there is only a moment left
/// to say what came of it.
#[derive(Debug)]
pub(super) struct Stop {
    signals: watch::Receiver<Option<Signal>>,
    /// How the work ended, once that is known.
    at_work: watch::Sender<Option<Exit>>,
}

impl Stop {
    /// Listens from now on.
    ///
    /// # Errors
    /// When the system does not let us: nothing may run that cannot be stopped.
    pub(super) fn listen(output: &Output) -> Result<Self, Failure> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let signals = {
            let _runtime = runtime.enter();
            Signals::new()?
        };
        let (first, stop) = watch::channel(None);
        let (at_work, work) = watch::channel(None);
        let output = output.clone();
        thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || {
                let signal = runtime.block_on(until_the_end(signals, &first, work.clone()));
                let ended = *work.borrow();
                let exit = ended.unwrap_or_else(|| {
                    output.note(
                        "ended at once\n  fix: if a card was being written, start again and place it on the encoder",
                    );
                    signal.exit()
                });
                output.drain();
                process::exit(i32::from(exit as u8));
            })?;
        Ok(Self {
            signals: stop,
            at_work,
        })
    }

    /// The work is over and ended like this, whatever still has to be said of it: no signal makes that another ending.
    pub(super) fn over(self, exit: Exit) {
        self.at_work.send_replace(Some(exit));
    }

    /// Waits for the signal.
    pub(super) fn asked(&self) -> impl Future<Output = Signal> + Send + use<> {
        let mut signals = self.signals.clone();
        async move {
            loop {
                if let Some(signal) = *signals.borrow_and_update() {
                    return signal;
                }
                // The thread that listens ends with the process only.
                if signals.changed().await.is_err() {
                    return pending().await;
                }
            }
        }
    }

    /// The same, for those who need not know which.
    pub(super) fn asked_any(&self) -> impl Future<Output = ()> + Send + use<> {
        let asked = self.asked();
        async move {
            asked.await;
        }
    }

    /// What to say when it is not known whether a credential was created or deleted.
    pub(super) async fn while_creating(&self) -> Failure {
        let signal = self.asked().await;
        Failure::new(
            signal.exit(),
            format!(
                "stopped by {} while Seam was asked to create or delete a credential",
                signal.name()
            ),
            "run the same command again: it looks for the credential before it creates another",
        )
    }

    /// What to say when nothing was begun.
    pub(super) async fn before_a_card(&self) -> Failure {
        stopped_before_a_card(self.asked().await)
    }
}

fn stopped_before_a_card(signal: Signal) -> Failure {
    Failure::new(
        signal.exit(),
        format!("stopped by {} before a card was written", signal.name()),
        "nothing was changed; run the same command again",
    )
}

/// Waits until the process must end, though its work is not done.
async fn until_the_end(
    mut signals: Signals,
    first: &watch::Sender<Option<Signal>>,
    mut work: watch::Receiver<Option<Exit>>,
) -> Signal {
    let signal = signals.next().await;
    first.send_replace(Some(signal));
    let over = async {
        while work.changed().await.is_ok() {}
        sleep(LAST_WORDS).await;
    };
    tokio::select! {
        again = signals.next() => return again,
        () = over => {}
        () = sleep(LONGEST) => {}
    }
    signal
}

/// What the system sends.
#[cfg(unix)]
struct Signals(Vec<(Signal, tokio::signal::unix::Signal)>);

#[cfg(unix)]
impl Signals {
    /// All that were not to be ignored when this process was started: `nohup` does that, and a shell in the background.
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        let ignored = ignored();
        [
            (Signal::Hangup, SignalKind::hangup()),
            (Signal::Interrupt, SignalKind::interrupt()),
            (Signal::Terminate, SignalKind::terminate()),
        ]
        .into_iter()
        .filter(|(_, kind)| ignored & (1 << (kind.as_raw_value() - 1)) == 0)
        .map(|(name, kind)| Ok((name, signal(kind)?)))
        .collect::<io::Result<_>>()
        .map(Self)
    }

    async fn next(&mut self) -> Signal {
        use std::future::poll_fn;
        use std::task::Poll;

        poll_fn(|context| {
            let heard = self
                .0
                .iter_mut()
                .find_map(|(name, signal)| signal.poll_recv(context).is_ready().then_some(*name));
            heard.map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }
}

/// The signals that this process ignores, a bit each (proc(5)); none where the system does not say.
#[cfg(unix)]
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or_default()
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Signal {
        if tokio::signal::ctrl_c().await.is_err() {
            return pending().await;
        }
        Signal::Interrupt
    }
}
