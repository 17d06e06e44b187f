//! What the demo shows. It fits 80 columns; a narrower or wider terminal is made use of.

use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::pin::pin;

use anstyle::{AnsiColor, Style};
use futures_util::StreamExt;
use terminal_size::{Width, terminal_size_of};

use super::desk::Desk;
use super::served::Served;
use crate::cli::style::shortened;
use crate::cli::{Context, Exit, Failure, printable};
use crate::desk::IssueError;
use crate::issuance::state::State;
use crate::seam::ListAcsCredentials;
use crate::sim::Access;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GREEN: Style = AnsiColor::Green.on_default();
const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();

/// Columns of a row, its mark included, beside the name and the card number, which share what is left of the line.
const FIXED: usize = 43;
/// What a card number gets at least: that of a card with a serial number of 7 bytes. And what a name gets.
const NUMBER: usize = 14;
const NAME: usize = 8;
/// What either gets at most.
const LONGEST: usize = 32;

/// What there is before anything happens.
pub(super) async fn welcome(desk: &Desk) -> Result<(), Failure> {
    let waiting = desk
        .agent
        .queue()
        .waiting(desk.agent.journal())
        .await
        .map_err(IssueError::from)?
        .len();
    desk.say(&format!(
        "\n{BOLD}cardbridge demo{BOLD:#}: from the Seam API onto a card, read back, reported\n\n\
         \x20 hotel  simulated Seam API at {}\n\
         \x20 queue  {waiting} card credentials wait to be issued (Visionline and Vostio)\n\
         \x20 desk   a simulated encoder, and a tray of blank cards of every type\n",
        desk.access.endpoint
    ))
}

/// The head of the table.
pub(super) fn head() -> String {
    let columns = columns(
        width(),
        ["for", "card", "serial number", "card number", "APDUs"],
    );
    format!("{BOLD}  {columns}{BOLD:#}")
}

/// One card of the table.
pub(super) fn row(served: &Served) -> String {
    let issuance = &served.issuance;
    let columns = columns(
        width(),
        [
            &served.name,
            &title(served),
            &issuance.card_uid.to_string(),
            &issuance.card_number,
            &served.commands.to_string(),
        ],
    );
    if issuance.state() == State::Closed {
        format!("{GREEN}✓{GREEN:#} {columns}")
    } else {
        format!("{BAD}✗{BAD:#} {columns}  {}", issuance.state())
    }
}

/// What the accidents are to show.
pub(super) fn promise() -> String {
    format!(
        "\n{BOLD}The promise{BOLD:#}\n{}",
        wrapped(
            "A credential never ends up on two cards, a written card is always reported, and a half-written card never \
             passes for a good one. Three things go wrong:",
            "",
        )
    )
}

/// One thing that goes wrong.
pub(super) fn heading(what: &str) -> String {
    format!("\n{BOLD}{}{BOLD:#}", wrapped(what, ""))
}

/// What happens then.
pub(super) fn step(what: &str) -> String {
    wrapped(what, "     ").replacen("     ", "   · ", 1)
}

/// The good end of it.
pub(super) fn good(what: &str) -> String {
    let text = wrapped(what, "     ");
    format!("   {GREEN}✓{GREEN:#} {}", text.trim_start())
}

/// What became of all of it, in the end one line that says whether all is well.
pub(super) async fn result(context: &Context, desk: &Desk) -> Result<Exit, Failure> {
    let all = desk.served.len();
    let closed = desk
        .served
        .iter()
        .filter(|served| served.issuance.state() == State::Closed)
        .count();
    let issued = issued(desk).await?;
    let exit = if closed == all && issued == all {
        Exit::Done
    } else {
        Exit::Unreported
    };
    if context.output.json() {
        let issuances: Vec<_> = desk.served.iter().map(|served| &served.issuance).collect();
        context.output.document(&issuances)?;
        return Ok(exit);
    }
    let commands: usize = desk.served.iter().map(|served| served.commands).sum();
    let types: HashSet<_> = desk.served.iter().map(title).collect();
    let none = match desk.hold_none.as_slice() {
        [] => String::new(),
        none => format!("; no record fits on {}", none.join(", ")),
    };
    let facts = [
        format!("{closed} of {all} written, read back, verified, reported and closed"),
        format!("{issued} of {all} the API itself now shows as issued, with the card's number"),
        match desk.too_small {
            1 => "1 card refused before writing: too small for its record".to_owned(),
            many => format!("{many} cards refused before writing: too small for their record"),
        },
        format!(
            "{} times a record too large for the card was passed over for the next that fits",
            desk.passed_over
        ),
        format!("{} card types{none}", types.len()),
        format!("{commands} APDUs in all"),
    ];
    let facts: Vec<_> = facts.iter().map(|fact| wrapped(fact, "  ")).collect();
    let limit = wrapped(
        "What is on such a card is cardbridge's own record. It identifies the guest to readers that know it; it does not \
         open a stock Visionline or Vostio lock.",
        "",
    );
    let verdict = if exit == Exit::Done {
        format!(
            "{GOOD}{}{GOOD:#}",
            wrapped(
                &format!(
                    "✓ {all} credentials, each on one card, verified and reported; the copy did not pass"
                ),
                "",
            )
        )
    } else {
        format!("{BAD}✗ not every issuance was closed{BAD:#}")
    };
    desk.say(&format!(
        "\n{}\n\n{DIM}{limit}{DIM:#}\n\n{verdict}",
        facts.join("\n")
    ))?;
    Ok(exit)
}

/// What can be tried while the demo stays up.
pub(super) fn how_to_drive(context: &Context, access: &Access, state_dir: &Path, link: &str) {
    context.output.note(&format!(
        "\nThe hotel stays open until Ctrl-C, and its desk page is at\n\n\
         \x20 {link}\n\n\
         \x20 1. Choose a guest, press \"Encode a card\", and place a card of the tray.\n\
         \x20 2. For the next guest press \"Pull away half-written\" before you place one.\n\
         \x20 3. Place that card again: it is finished, and no other gets its guest.\n\n\
         The link works once, within a minute. Another one:\n\n\
         \x20 cardbridge desk --print \\\n\
         \x20   --state-dir {}\n\n\
         The simulated API, in another terminal:\n\n\
         \x20 export SEAM_ENDPOINT={}\n\
         \x20 export SEAM_API_KEY={}\n\
         \x20 cardbridge credentials list\n\
         \x20 cardbridge credentials create --acs-user \\\n\
         \x20   \"$(cardbridge credentials list --json | head -1 | jq -r .acs_user_id)\"\n\
         \x20 curl -s $SEAM_ENDPOINT/acs/credentials/list \\\n\
         \x20   -H \"Authorization: Bearer $SEAM_API_KEY\"\n",
        state_dir.display(),
        access.endpoint,
        access.api_key
    ));
}

/// The card's type in fourteen letters: "MIFARE Ultralight EV1 (128 bytes)" would take half the line.
fn title(served: &Served) -> String {
    served
        .model
        .title
        .replace("MIFARE Ultralight", "UL")
        .replace("MIFARE ", "")
        .replace(" bytes", "")
}

/// A line of the table below or beside its mark.
fn columns(width: usize, [name, card, serial, number, commands]: [&str; 5]) -> String {
    let left = width.saturating_sub(FIXED);
    // A lock system may know the card by its number; of a name the beginning says enough.
    let for_number = (left / 3).clamp(NUMBER, LONGEST);
    let for_name = left.saturating_sub(for_number).clamp(NAME, LONGEST);
    let name = shortened(&printable(name), for_name);
    let number = shortened(&printable(number), for_number);
    format!("{name:<for_name$}  {card:<14}  {serial:<14}  {number:<for_number$}  {commands:>5}")
}

/// The terminal's, or 80.
fn width() -> usize {
    terminal_size_of(io::stdout()).map_or(80, |(Width(width), _)| usize::from(width))
}

/// Text in lines that the terminal does not break by itself.
fn wrapped(text: &str, indent: &str) -> String {
    wrapped_at(width().clamp(40, 100), text, indent)
}

fn wrapped_at(width: usize, text: &str, indent: &str) -> String {
    let mut lines = Vec::new();
    let mut line = indent.to_owned();
    for word in printable(text).split_whitespace() {
        let begins = line.len() == indent.len();
        if !begins && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(std::mem::replace(&mut line, indent.to_owned()));
        }
        if line.len() > indent.len() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines.join("\n")
}

/// How many of the served credentials the API shows as issued, asked again.
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

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: [&str; 5] = [
        "Suite 302, Garden Gate",
        "DESFire EV1 2K",
        "04b331c3e2cabc",
        "04b331c3e2cabc",
        "37",
    ];

    #[test]
    fn a_row_fits_the_terminal_and_80_columns_cut_no_number() {
        for width in [65, 80, 100, 200] {
            let row = columns(width, ROW);
            // A mark and a space come before it.
            assert!(row.chars().count() + 2 <= width, "{width}: {row}");
        }
        let [name, card, uid, number, commands] = ROW;
        let row = columns(80, ROW);
        for whole in [card, uid, number, commands] {
            assert!(row.contains(whole), "{row}");
        }
        assert!(columns(100, ROW).contains(name));
    }

    #[test]
    fn text_breaks_between_words_and_keeps_its_indent() {
        assert_eq!(
            wrapped_at(14, "one card after another", "  "),
            "  one card\n  after\n  another"
        );
        assert_eq!(wrapped_at(4, "longer words", ""), "longer\nwords");
    }
}
