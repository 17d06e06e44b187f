//! Work on a card while the process is asked to stop: dropped as long as nothing is written, finished from then on.

use std::future::pending;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use crate::desk::notice::{Notice, Observer};
use crate::issuance::entry::Issuance;
use crate::issuance::journal::JournalError;

/// How long reports are still sent when a process was asked to stop. What does not get out is sent after the next start.
pub(super) const LAST_REPORTS: Duration = Duration::from_secs(3);

/// How long a call that could leave something behind may still take then.
pub(super) const LAST_WORDS: Duration = Duration::from_secs(2);

/// What became of work that could be stopped.
#[derive(Debug)]
pub enum Stopped<T> {
    /// It came to its end, asked to stop or not.
    Ended(T),
    /// It was dropped before anything was written.
    BeforeWriting,
    /// The card is written and verified; its report did not get out in time.
    BeforeReport(Box<Issuance>),
    /// The card is written and verified, which the journal could not note in time. The same card, placed again, is
    /// recognised.
    BeforeNoted(Arc<JournalError>),
}

/// How far the work has come.
enum Phase {
    Looking,
    /// The journal is taking something, or refusing it.
    Committing,
    Writing(Box<Issuance>),
    NotNoted(Arc<JournalError>),
    Written(Box<Issuance>),
}

/// Does `work` to its end, unless `stop` comes before anything is written. What is waited for until then (the API, the card)
/// may not answer for long.
pub async fn until_stopped<T, W>(
    stop: impl Future<Output = ()>,
    observer: &Observer,
    work: impl FnOnce(Observer) -> W,
) -> Stopped<T>
where
    W: Future<Output = T>,
{
    let (phase, mut phases) = watch::channel(Phase::Looking);
    let told = Arc::clone(observer);
    let mut work = pin!(work(Arc::new(move |notice: Notice| {
        match &notice {
            // The journal says so already, and the first command comes next.
            Notice::Claimed(issuance) => {
                phase.send_replace(Phase::Writing(Box::new(issuance.clone())));
            }
            Notice::Committing(begins) => {
                phase.send_if_modified(|phase| match (&phase, begins) {
                    (Phase::Looking, true) => {
                        *phase = Phase::Committing;
                        true
                    }
                    (Phase::Committing, false) => {
                        *phase = Phase::Looking;
                        true
                    }
                    _ => false,
                });
            }
            Notice::NotNoted { error, .. } => {
                phase.send_replace(Phase::NotNoted(Arc::clone(error)));
            }
            Notice::Written(issuance) => {
                phase.send_replace(Phase::Written(Box::new(issuance.clone())));
            }
            _ => {}
        }
        told(notice);
    })));
    tokio::select! {
        biased;
        outcome = &mut work => return Stopped::Ended(outcome),
        () = stop => {}
    }
    // An entry that nothing goes on with would keep its credential from every other card.
    let mut decided = phases.clone();
    tokio::select! {
        biased;
        outcome = &mut work => return Stopped::Ended(outcome),
        _ = decided.wait_for(|phase| !matches!(phase, Phase::Committing)) => {}
    }
    let finishing = match &*phases.borrow() {
        Phase::Looking | Phase::Committing => return Stopped::BeforeWriting,
        Phase::Writing(issuance) => Some(issuance.clone()),
        Phase::NotNoted(_) | Phase::Written(_) => None,
    };
    if let Some(issuance) = finishing {
        observer(Notice::Finishing(*issuance));
    }
    let mut later_phases = phases.clone();
    let written = async {
        let is_written = |phase: &Phase| matches!(phase, Phase::Written(_));
        if let Ok(phase) = phases.wait_for(is_written).await
            && let Phase::Written(issuance) = &*phase
        {
            issuance.clone()
        } else {
            pending().await
        }
    };
    let last_reports = async {
        let issuance = written.await;
        sleep(LAST_REPORTS).await;
        issuance
    };
    let last_notes = async {
        let is_not_noted = |phase: &Phase| matches!(phase, Phase::NotNoted(_));
        if later_phases.wait_for(is_not_noted).await.is_ok() {
            sleep(LAST_REPORTS).await;
        }
        let kept = match &*later_phases.borrow() {
            Phase::NotNoted(error) => Some(Arc::clone(error)),
            _ => None,
        };
        match kept {
            Some(error) => error,
            None => pending().await,
        }
    };
    tokio::select! {
        biased;
        outcome = &mut work => Stopped::Ended(outcome),
        error = last_notes => Stopped::BeforeNoted(error),
        issuance = last_reports => Stopped::BeforeReport(issuance),
    }
}
