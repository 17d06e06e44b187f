//! `cardbridge history`: the journal, for people and scripts.

use clap::Args;

use super::{Context, Exit, Failure, time};
use crate::agent::issuance::Issuance;
use crate::agent::journal::Journal;

/// Show every issuance of this desk, oldest first.
///
/// With --json one array of the same objects that `encode --json` ends with.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  cardbridge history --json | jq '.[] | select(.state != \"closed\")'"
)]
pub(super) struct History {}

impl History {
    #[expect(
        clippy::unused_self,
        reason = "commands are carried out alike, with flags or without"
    )]
    pub(super) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let history = Journal::open(&context.config()?.state_dir.value)?.history()?;
        if context.output.json() {
            context.output.document(&history)?;
        } else if history.is_empty() {
            context.output.note("no card was issued at this desk yet");
        } else {
            context
                .output
                .table(HEAD, history.iter().map(row).collect())?;
        }
        Ok(Exit::Done)
    }
}

const HEAD: &[&str] = &["written", "state", "card", "type", "number", "credential"];

fn row(issuance: &Issuance) -> Vec<String> {
    vec![
        issuance
            .written_at
            .map_or_else(|| "-".to_owned(), time::to_the_second),
        issuance.state.to_string(),
        issuance.card_uid.to_string(),
        issuance.card_type.clone(),
        issuance.card_number.clone(),
        issuance.acs_credential_id.clone(),
    ]
}
