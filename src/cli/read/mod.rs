//! `cardbridge read`: what a card is, what stands on it, whether it can be trusted, and whether it could be written.
//!
//! | file | holds |
//! |---|---|
//! | `reading` | what a look found, in words and in JSON |
//! | `keys` | which keys the card carries, in words |
//! | `stranger` | what is known of a card that no driver knows |

mod keys;
mod reading;
mod stranger;

use std::path::Path;
use std::sync::Arc;

use cardbridge_drivers::contract::Uid;
use cardbridge_drivers::record::RecordKey;
use clap::Args;
use serde_json::json;

use super::card::CardArgs;
use super::{Context, Exit, Failure, pairs};
use crate::agent::Setup;
use crate::agent::issuance::Issuance;
use crate::agent::journal::Journal;
use crate::agent::look::{Holds, Seen, Sight, examine};
use crate::agent::superseded::recognise;
use reading::Reading;

/// Explain the card on the encoder: what it is, what is on it, whether it can be trusted and written.
///
/// A record is verified with the record key and the card's own serial number: an altered one, or a copy on another card,
/// is reported as such; without a record key it is shown and not checked. Exits 0 on a good card and on a blank one that can be
/// written, 3 where a record could not be checked, 6 on any other. Nothing is written. With --json it prints one object, whose fields verified, reason, contents, known_as, writable are always there.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cardbridge read
  cardbridge read --json --timeout 5 | jq '{verified, reason, acs_credential_id, ends_at}'
  cardbridge read --json | jq '{card_type, memory, capacity, keys, writable}'")]
pub(super) struct Read {
    #[command(flatten)]
    card: CardArgs,
}

impl Read {
    pub(super) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        let drivers = Arc::new(context.driver_settings(&config)?);
        // A card can be explained without a key; only whether it is genuine cannot.
        let keys: Arc<[RecordKey]> = match config.record.key {
            Some(_) => context.record_keys(&config)?.all().into(),
            None => [].into(),
        };
        context.block_on(async {
            let card = self.card.wait(context, &config).await?;
            let encoder = card.session.encoder().clone();
            let (with, under) = (Arc::clone(&drivers), Arc::clone(&keys));
            let sight = card
                .session
                .run(move |channel| examine(channel, &with, &under))
                .await?;
            let mut reading = Reading::of(&sight, &drivers, &keys)?;
            if let Ok(Seen::Known(look)) = &sight.seen {
                let begun = begun_here(&config.state_dir.value, &look.inspection.uid);
                reading.journal(matches!(look.holds, Holds::Torn), begun.as_ref());
                if matches!(look.holds, Holds::Verified(_)) {
                    let found = Journal::open_existing(&config.state_dir.value)
                        .and_then(|journal| journal.map_or(Ok(None), |it| recognise(&it, look)));
                    match found {
                        Ok(Some(issuance)) => reading.is_superseded(&issuance),
                        Ok(None) => {}
                        Err(error) => context.output.note(&format!(
                            "the journal does not say whether this card is superseded: {error}"
                        )),
                    }
                }
            }
            if context.output.json() {
                reading
                    .document
                    .insert("encoder".to_owned(), json!(encoder.to_string()));
                context.output.document(&reading.document)?;
            } else {
                context.output.text(&pairs(&reading.lines))?;
            }
            match reading.trouble {
                None => Ok(Exit::Done),
                Some(trouble) => {
                    context.output.tell(&trouble);
                    Ok(trouble.exit())
                }
            }
        })
    }
}

/// What this desk has begun on a card and not finished. A journal that cannot be read does not keep a card from being explained.
fn begun_here(state_dir: &Path, uid: &Uid) -> Option<Issuance> {
    let open = Journal::open_existing(state_dir).and_then(|journal| match journal {
        Some(journal) => journal.open_on_card(uid),
        None => Ok(None),
    });
    open.unwrap_or_else(|error| {
        tracing::warn!("what was begun on this card is not known: {error}");
        None
    })
}

/// What this command says of a card first.
pub(super) struct Verdict {
    pub(super) words: String,
    pub(super) is_verified: bool,
    /// Why it is no good card; `None` when it is one.
    pub(super) trouble: Option<Failure>,
}

impl Verdict {
    /// # Errors
    /// When the card or the reader went away.
    pub(super) fn of(sight: &Sight, setup: &Setup) -> Result<Self, Failure> {
        let reading = Reading::of(sight, &setup.drivers, setup.keys.all())?;
        let words = reading
            .lines
            .into_iter()
            .find_map(|(name, words)| (name == "verdict").then_some(words));
        Ok(Self {
            words: words.unwrap_or_default(),
            is_verified: reading.document.get("verified") == Some(&json!(true)),
            trouble: reading.trouble,
        })
    }
}
