//! What was found out about a card and the journal cannot take yet (another program holds it, the disk is full) is kept and
//! written down as soon as it can be: the card will not be asked again.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::sleep;

use crate::desk::notice::{Notice, Observer};
use crate::issuance::entry::Issuance;
use crate::issuance::journal::{Journal, JournalError};
use crate::issuance::state::Event;

/// The pause before the journal is tried again, doubled each time up to the longest.
const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);

/// Writes down what was found, however long that takes; the person is shown when it does not succeed at once.
///
/// # Errors
/// What waiting cannot help: the journal is lost, or another process has moved one of the issuances elsewhere.
pub(super) async fn note(
    journal: &Journal,
    issuances: &mut [Issuance],
    event: Event,
    observer: &Observer,
) -> Result<(), JournalError> {
    let at = Timestamp::now();
    let mut pause = FIRST;
    let mut told = false;
    loop {
        match journal.advance_all(issuances, event, at).await {
            Err(error) if error.may_pass() => {
                tracing::warn!("{error}");
                if !told {
                    told = true;
                    let error = Arc::new(error);
                    for issuance in &*issuances {
                        observer(Notice::NotNoted {
                            issuance: issuance.clone(),
                            error: Arc::clone(&error),
                        });
                    }
                }
                sleep(pause).await;
                pause = (pause * 2).min(LONGEST);
            }
            // It was written down before the error, or another process found the same.
            Err(JournalError::Overtaken { issuance_id }) => {
                match noted(journal, issuances, event).await {
                    Ok(Some(noted)) => {
                        issuances.clone_from_slice(&noted);
                        return Ok(());
                    }
                    Ok(None) => return Err(JournalError::Overtaken { issuance_id }),
                    Err(error) if error.may_pass() => {
                        tracing::warn!("{error}");
                        sleep(pause).await;
                    }
                    Err(error) => return Err(error),
                }
            }
            outcome => return outcome,
        }
    }
}

/// The issuances as the journal has them, if that event has happened to all of them.
async fn noted(
    journal: &Journal,
    issuances: &[Issuance],
    event: Event,
) -> Result<Option<Vec<Issuance>>, JournalError> {
    let mut noted = Vec::new();
    for issuance in issuances {
        let id = issuance.issuance_id;
        let now = journal.read(move |journal| journal.issuance(id)).await?;
        let happened = |now: &Issuance| match event {
            Event::Verified => now.is_written(),
            _ => issuance.state().next(event) == Ok(now.state()),
        };
        match now.filter(happened) {
            Some(now) => noted.push(now),
            None => return Ok(None),
        }
    }
    Ok(Some(noted))
}
