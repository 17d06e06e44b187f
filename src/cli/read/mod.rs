//! `cardbridge read`: what a card is, what is on it, whether it can be trusted, and whether it could be written.
//!
//! | file | holds |
//! |---|---|
//! | `reading` | what was read, in lines for a terminal |

mod reading;

use clap::Args;

use super::card::CardArgs;
use super::front::Front;
use super::simulated::Finds;
use super::{Context, Exit, Failure, pairs};
use crate::desk::notice::nobody;
use crate::desk::target::Scan;
use crate::desk::{Desk, DeskError, Parts};
use crate::issuance::journal::Journal;
use crate::issuance::{CardSettings, RecordKeys};

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
        // Whatever is wrong with the journal does not keep a card from being explained.
        let (journal, journal_trouble) = match Journal::open_existing(&config.state_dir.value) {
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
            let Some((lines, trouble)) = reading::of(&scan) else {
                let encoder = scan.encoder;
                let what = "show what is on a card in full";
                return Err(DeskError::Unsupported { encoder, what }.into());
            };
            if let Some(error) = journal_trouble.as_ref().or(scan.journal_trouble.as_deref()) {
                context.output.note(&format!(
                    "the journal does not say, or cannot take, what this card is: {error}"
                ));
            }
            if context.output.json() {
                context.output.document(&scan)?;
            } else {
                context.output.text(&pairs(&lines))?;
            }
            match trouble {
                None => Ok(Exit::Done),
                Some(trouble) => {
                    context.output.tell(&trouble);
                    Ok(trouble.exit())
                }
            }
        })
    }
}

/// What this command says of a card first.
pub(super) struct Explained {
    pub(super) words: String,
    pub(super) is_verified: bool,
    /// Why it is no good card; `None` when it is one.
    pub(super) trouble: Option<Failure>,
}

impl Explained {
    /// Of a card that a reader of this machine has read.
    pub(super) fn of(scan: &Scan) -> Option<Self> {
        let reading = scan.reading.as_ref()?;
        Some(Self {
            words: reading::words(&reading.verdict),
            is_verified: reading.verified,
            trouble: reading::trouble(&reading.verdict),
        })
    }
}
