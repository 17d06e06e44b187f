//! The encoders that Seam drives, as they come and go; and what was left open on them.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::time::sleep;

use super::SeamEncoder;
use super::names::named;
use crate::desk::Agent;
use crate::desk::notice::Notice;
use crate::desk::problem::Problem;
use crate::desk::shared::Shared;
use crate::desk::target::EncodeTarget;
use crate::issuance::journal::JournalReader;
use crate::queue::{FoundEncoder, QueueError};

/// How often the list is asked for. Encoders come and go rarely, and where events are read they tell.
const LIST_AGAIN: Duration = Duration::from_secs(300);

/// The same while Seam cannot be asked.
const TRY_AGAIN: Duration = Duration::from_secs(30);

/// How often Seam is asked what has come of what nothing follows any more.
const SETTLE_AGAIN: Duration = Duration::from_secs(5);

/// Keeps the list for as long as the desk is there, and settles what was left open.
pub(in crate::desk) async fn keep_listing(shared: Weak<Shared>, agent: Arc<Agent>) {
    let mut list_in = Duration::ZERO;
    loop {
        if list_in.is_zero() {
            let Some(desk) = shared.upgrade() else {
                return;
            };
            let question = desk.seam_listing.question();
            drop(desk);
            let answer = agent.queue().encoders().await;
            let Some(desk) = shared.upgrade() else {
                return;
            };
            let problem = answer.as_ref().err().map(problem);
            list_in = if let Err(error) = &answer {
                tracing::debug!("the encoders that Seam drives are not known: {error}");
                TRY_AGAIN
            } else {
                LIST_AGAIN
            };
            if let Some(found) = desk.seam_listing.after(question, &answer) {
                desk.list(targets(&agent, &found, problem.as_ref()));
            }
        }
        let is_open = settle(&shared, &agent).await;
        let pause = if is_open {
            SETTLE_AGAIN.min(list_in)
        } else {
            list_in
        };
        tokio::select! {
            () = sleep(pause) => list_in = list_in.saturating_sub(pause),
            () = agent.unsettled.notified() => {}
            () = agent.queue().encoders_changed() => list_in = Duration::ZERO,
        }
    }
}

/// Lists them now, for one that is meant before the list was there.
///
/// # Errors
/// When Seam cannot be asked.
pub(in crate::desk) async fn list_now(
    shared: &Shared,
    agent: &Arc<Agent>,
) -> Result<(), QueueError> {
    let question = shared.seam_listing.question();
    let answer = agent.queue().encoders().await;
    if let (Ok(_), Some(found)) = (&answer, shared.seam_listing.after(question, &answer)) {
        shared.list(targets(agent, &found, None));
    }
    answer.map(|_| ())
}

/// Those encoders as targets, each with a name of its own. `problem`: why Seam cannot be asked, which then is the problem of each.
fn targets(
    agent: &Arc<Agent>,
    found: &[FoundEncoder],
    problem: Option<&Problem>,
) -> Vec<Arc<dyn EncodeTarget>> {
    let named = named(found).into_iter();
    let encoders = named.filter_map(|(found, name)| {
        let encoder = SeamEncoder::new(Arc::clone(agent), found, name);
        if encoder.is_none() {
            let id = &found.encoder.acs_encoder_id;
            tracing::warn!("an encoder without a usable id is left out: {id}");
        }
        encoder
    });
    encoders
        .map(|encoder| Arc::new(encoder.with_problem(problem)) as Arc<dyn EncodeTarget>)
        .collect()
}

/// Looks at everything that is open and that no job follows; says whether something still is.
async fn settle(shared: &Weak<Shared>, agent: &Agent) -> bool {
    let open = match agent.journal().read(JournalReader::open_at_seam).await {
        Ok(open) => open,
        Err(error) => {
            tracing::warn!("{error}");
            return false;
        }
    };
    let mut is_open = false;
    for mut encode in open {
        let Some(_claim) = agent.queue().claim(&encode.acs_credential_id) else {
            is_open = true;
            continue;
        };
        if let Err(error) = agent.settle_at_seam(&mut encode).await {
            tracing::debug!("not known what came of it: {error}");
        }
        if encode.is_open() {
            is_open = true;
        } else if let Some(shared) = shared.upgrade() {
            shared.hub.publish(None, Notice::SeamHasEncoded(encode));
        }
    }
    is_open
}

fn problem(error: &QueueError) -> Problem {
    let code = match error {
        QueueError::Api(error) => error.code(),
        QueueError::Resting(_) => "api_resting",
        QueueError::Journal(error) => error.code(),
    };
    Problem::new(code, error.to_string())
}
