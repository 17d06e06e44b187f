//! One encoder that Seam drives, by its name.

use std::sync::Arc;

use super::SeamEncoder;
use super::names::named;
use crate::desk::{Agent, DeskError, IssueError};
use crate::encoder::{EncoderError, EncoderName, choose};

/// The encoder of that name, or the only one with that part in its name; none where no name has it.
///
/// # Errors
/// When Seam cannot be asked, or several have it.
pub async fn find(agent: &Arc<Agent>, part: &str) -> Result<Option<SeamEncoder>, DeskError> {
    let found = agent.queue().encoders().await.map_err(IssueError::from)?;
    let all = named(&found);
    let names = all.iter().map(|(_, name)| EncoderName(name.clone()));
    let chosen = match choose(Some(part), names.collect()) {
        Err(EncoderError::NoEncoder { .. }) => return Ok(None),
        chosen => chosen?,
    };
    let mut meant = all
        .into_iter()
        .filter(|(_, name)| chosen.iter().any(|chosen| chosen.0 == *name));
    let meant = meant.next();
    Ok(meant.and_then(|(found, name)| SeamEncoder::new(Arc::clone(agent), found, name)))
}
