//! What the demo shows, in 80 columns.

use std::collections::HashSet;
use std::pin::pin;

use anstyle::Style;
use futures_util::StreamExt;

use super::desk::{Desk, Served};
use crate::agent::IssueError;
use crate::agent::issuance::State;
use crate::cli::output::shortened;
use crate::cli::{Context, Exit, Failure, table};
use crate::seam::ListAcsCredentials;
use crate::sim::Access;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// What there is before anything happens.
pub(super) async fn welcome(
    context: &Context,
    desk: &Desk,
    access: &Access,
) -> Result<(), Failure> {
    if context.output.json() {
        return Ok(());
    }
    let waiting = desk
        .agent
        .intake()
        .waiting(desk.agent.journal())
        .await
        .map_err(IssueError::from)?
        .len();
    context.output.event_text(&format!(
        "{BOLD}cardbridge demo{BOLD:#}: from the Seam API onto a card, read back, reported\n\n\
         \x20 hotel    simulated Seam API at {}\n\
         \x20 queue    {waiting} card credentials wait to be issued (Visionline and Vostio)\n\
         \x20 desk     a simulated encoder, and a tray of blank cards of every type,\n\
         \x20          for those too that the queue does not come to\n",
        access.endpoint
    ));
    Ok(())
}

/// The table, and whether all is well.
pub(super) async fn result(context: &Context, desk: &Desk) -> Result<Exit, Failure> {
    let closed = desk
        .served
        .iter()
        .filter(|served| served.issuance.state == State::Closed)
        .count();
    let all = desk.served.len();
    let exit = if closed == all {
        Exit::Done
    } else {
        Exit::Unreported
    };
    if context.output.json() {
        let issuances: Vec<_> = desk.served.iter().map(|served| &served.issuance).collect();
        context.output.document(&issuances)?;
        return Ok(exit);
    }
    let rows = desk.served.iter().map(row).collect();
    let commands: usize = desk.served.iter().map(|served| served.commands).sum();
    let issued = issued(desk).await?;
    let makes: HashSet<_> = desk.served.iter().map(Served::title).collect();
    let makes = makes.len();
    let none = match desk.hold_none.as_slice() {
        [] => String::new(),
        none => format!("; no record fits on {}", none.join(", ")),
    };
    context.output.text(&format!(
        "\n{}\n\n\
         \x20 {closed} of {all} written, read back, verified, reported and closed\n\
         \x20 {issued} of {all} the API itself now shows as issued, with the card's number\n\
         \x20 {} cards turned down beforehand: too small for their record\n\
         \x20 {makes} card types{none}\n\
         \x20 {commands} APDUs in all\n\n\
         {DIM}What stands on such a card is cardbridge's own record. It identifies the guest\n\
         to readers that know it; it does not open a stock Visionline or Vostio lock.{DIM:#}",
        table(
            &[
                "for",
                "card",
                "serial number",
                "card number",
                "APDUs",
                "state"
            ],
            rows,
            &[4]
        ),
        desk.too_small,
    ))?;
    Ok(exit)
}

/// What can be tried while the demo stays up.
pub(super) fn how_to_drive(context: &Context, access: &Access) {
    context.output.note(&format!(
        "\nThe hotel stays open until Ctrl-C. In another terminal:\n\n\
         \x20 export SEAM_ENDPOINT={} SEAM_API_KEY={}\n\
         \x20 cardbridge credentials list\n\
         \x20 cardbridge credentials create --acs-user \\\n\
         \x20   \"$(cardbridge credentials list --json | head -1 | jq -r .acs_user_id)\"\n\
         \x20 curl -s $SEAM_ENDPOINT/acs/credentials/list -H \"Authorization: Bearer $SEAM_API_KEY\"\n\n\
         A new card credential is written on the next blank card at once.\n",
        access.endpoint, access.api_key
    ));
}

fn row(served: &Served) -> Vec<String> {
    let issuance = &served.issuance;
    vec![
        shortened(&served.name, 17),
        served.title(),
        issuance.card_uid.to_string(),
        shortened(&issuance.card_number, 14),
        served.commands.to_string(),
        issuance.state.to_string(),
    ]
}

/// How many of the served credentials the API shows as issued, asked anew.
async fn issued(desk: &Desk) -> Result<usize, Failure> {
    let mut credentials = pin!(
        desk.client
            .credentials()
            .list(&ListAcsCredentials::default())
            .into_items()
    );
    let mut issued = 0;
    while let Some(credential) = credentials.next().await {
        let credential = credential?;
        let served = desk
            .served
            .iter()
            .find(|served| served.issuance.acs_credential_id == credential.acs_credential_id);
        let same_number = served.is_some_and(|served| {
            credential.card_number.value() == Some(&served.issuance.card_number)
        });
        issued += usize::from(same_number && credential.is_known_issued());
    }
    Ok(issued)
}
