//! `cardbridge wipe`: takes our record off a card.

use std::io::{BufRead, IsTerminal};

use cardbridge_drivers::contract::{CardChannel, CardKeys, Contents, DriverError, Uid};
use cardbridge_drivers::record::Record;
use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use super::card::{CardArgs, under_unknown_keys};
use super::{Context, Exit, Failure};
use crate::agent::look::{Holds, Look, Seen};
use crate::agent::write::{expect_same_card, inspect_again};

/// Take our record off the card that is put down, and leave it blank.
///
/// At a terminal it asks before it wipes a card whose record is valid; --yes answers beforehand. Data of others is left
/// alone, and the credential itself stays in Seam.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  cardbridge wipe --yes --timeout 10")]
pub(super) struct Wipe {
    #[command(flatten)]
    card: CardArgs,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

impl Wipe {
    pub(super) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        let setup = context.setup(&config)?;
        let has_site_keys = setup.drivers.site_keys.is_some();
        context.block_on(async {
            let card = self.card.wait(context, &config).await?;
            let Seen::Known(look) = card.look(setup).await? else {
                return Err(Failure::new(
                    Exit::Card,
                    "this card is of a type that cardbridge does not know",
                    "nothing was changed",
                ));
            };
            let uid = look.inspection.uid;
            match &look.holds {
                Holds::Nothing => {}
                Holds::Foreign if look.inspection.keys == CardKeys::Unknown => {
                    return Err(under_unknown_keys(has_site_keys));
                }
                Holds::Foreign => {
                    return Err(Failure::new(
                        Exit::Card,
                        "the card holds data that is not ours, and was left as it is",
                        "take another card, or write it with `cardbridge encode --overwrite` if its data may be lost",
                    ));
                }
                Holds::Verified(record)
                    if is_valid(record) && !self.yes && !confirmed(context, record)? =>
                {
                    context.output.note("left as it is");
                    return say(context, uid, "record");
                }
                Holds::Verified(_) | Holds::Unverified(_) | Holds::Torn => {
                    card.session
                        .run(move |channel| wipe(channel, &look))
                        .await??;
                }
            }
            say(context, uid, "blank")
        })
    }
}

/// What stands on the card now, in the words of `read`.
fn say(context: &Context, uid: Uid, contents: &str) -> Result<Exit, Failure> {
    if context.output.json() {
        let document = json!({"card_uid": uid.to_string(), "contents": contents});
        context.output.document(&document)?;
    } else if contents == "blank" {
        context.output.text(&format!("card {uid} is blank"))?;
    }
    Ok(Exit::Done)
}

/// Wipes, and believes it only when the card says so itself.
fn wipe(channel: &mut dyn CardChannel, look: &Look) -> Result<(), DriverError> {
    expect_same_card(channel, look)?;
    look.driver.wipe(channel, &look.inspection)?;
    channel.reconnect()?;
    match inspect_again(channel, look)?.contents {
        Contents::Blank => Ok(()),
        Contents::Record(_) | Contents::Torn | Contents::Foreign => Err(DriverError::Malformed {
            step: "wipe the card".to_owned(),
        }),
    }
}

fn is_valid(record: &Record) -> bool {
    record
        .ends_at
        .is_none_or(|end| end > Timestamp::now().as_second())
}

/// Asks at a terminal. A script that says `wipe` means it.
fn confirmed(context: &Context, record: &Record) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Ok(true);
    }
    context.output.note(&format!(
        "this card holds credential {}, which is still valid",
        record.acs_credential_id
    ));
    context.output.ask("wipe it? [y/N] ");
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
