//! `cardbridge read`: what a card is, what is on it, whether it can be trusted, and whether it could be written.
//!
//! | file | holds |
//! |---|---|
//! | `reading` | what a look found, in words and in JSON |
//! | `keys` | which keys the card carries, in words |
//! | `stranger` | what is known of a card that no driver knows |

mod keys;
mod reading;
mod stranger;

use cardbridge_drivers::contract::DriverSettings;
use cardbridge_drivers::record::RecordKey;
use clap::Args;
use serde_json::json;

use super::card::CardArgs;
use super::front::Front;
use super::simulated::Finds;
use super::{Context, Exit, Failure, pairs};
use crate::desk::notice::nobody;
use crate::desk::target::Scan;
use crate::desk::{Desk, DeskError, Parts};
use crate::issuance::inspect::{Holds, Seen, Sight};
use crate::issuance::journal::{Journal, JournalError};
use crate::issuance::{CardSettings, RecordKeys};
use reading::Reading;

/// Explain the card on the encoder: what it is, what is on it, whether it can be trusted and written.
///
/// A record is verified with the record key and the card's own serial number: an altered one, or a copy on another card,
/// is reported as such; without a record key it is shown and not checked. Exits 0 on a good card and on a blank one that can be
/// written, 3 where a record could not be checked, 6 on any other. Nothing is written to the card. With --json it prints one object, whose fields verified, reason, contents, known_as, writable are always there.
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
        let composer = context.composer(&config);
        // A card can be explained without a key; only whether it is genuine cannot.
        let keys = match config.record.key {
            Some(_) => composer.record_keys()?,
            None => RecordKeys::default(),
        };
        let drivers = composer.driver_settings()?.into();
        let setup = CardSettings { keys, drivers };
        let (settings, keys) = (setup.drivers.settings().clone(), setup.keys.all().to_vec());
        // Whatever is wrong with the journal does not keep a card from being explained.
        let (journal, trouble) = match Journal::open_existing(&config.state_dir.value) {
            Ok(journal) => (journal, None),
            Err(error) => (None, Some(error)),
        };
        context.block_on(async {
            let parts = Parts::to_read(setup, journal);
            let finds = Finds::WhatIsThere;
            let mut front =
                Front::open(context, &config, &self.card, finds, parts, nobody(), None)?;
            let scan = match front.done(Desk::scan).await {
                Ok(scan) => scan,
                Err(error) => return Err(front.failure(&error).await),
            };
            let reading = explained(context, &scan, &settings, &keys, trouble.as_ref())?;
            if context.output.json() {
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

fn explained(
    context: &Context,
    scan: &Scan,
    settings: &DriverSettings,
    keys: &[RecordKey],
    trouble: Option<&JournalError>,
) -> Result<Reading, Failure> {
    let Some(sight) = &scan.sight else {
        return Err(DeskError::Unsupported {
            encoder: scan.encoder.clone(),
        }
        .into());
    };
    let mut reading = Reading::of(sight, settings, keys)?;
    if let Ok(Seen::Known(look)) = &sight.seen {
        if let Some(error) = trouble.or(scan.journal_trouble.as_deref()) {
            context.output.note(&format!(
                "the journal does not say, or cannot take, what this card is: {error}"
            ));
        }
        let known = &scan.on_record;
        reading.journal(matches!(look.holds, Holds::Torn), known.begun.as_ref());
        if let Some(issuance) = &known.superseded {
            reading.is_superseded(issuance);
        }
        if let Some(issuance) = &known.unreported {
            reading.is_unreported(issuance);
        }
    }
    let encoder = json!(scan.encoder);
    reading.document.insert("encoder".to_owned(), encoder);
    Ok(reading)
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
    pub(super) fn of(sight: &Sight, setup: &CardSettings) -> Result<Self, Failure> {
        let reading = Reading::of(sight, setup.drivers.settings(), setup.keys.all())?;
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
