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

use cardbridge_drivers::cards::Registry;
use cardbridge_drivers::record::RecordKey;
use clap::Args;
use serde_json::json;

use super::card::CardArgs;
use super::{Context, Exit, Failure, pairs};
use crate::issuance::Setup;
use crate::issuance::entry::Issuance;
use crate::issuance::inspect::{Holds, Look, Seen, Sight, examine};
use crate::issuance::journal::{Journal, JournalError};
use crate::issuance::state::State;
use crate::issuance::superseded::{note_whole, recognise, superseded_on};
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
        let drivers = Arc::new(Registry::from(composer.driver_settings()?));
        // A card can be explained without a key; only whether it is genuine cannot.
        let keys: Arc<[RecordKey]> = match config.record.key {
            Some(_) => composer.record_keys()?.all().into(),
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
            let mut reading = Reading::of(&sight, drivers.settings(), &keys)?;
            if let Ok(Seen::Known(look)) = &sight.seen {
                let known = known_here(&config.state_dir.value, look, |error| {
                    context.output.note(&format!(
                        "the journal does not say, or cannot take, what this card is: {error}"
                    ));
                });
                reading.journal(matches!(look.holds, Holds::Torn), known.begun.as_ref());
                if let Some(issuance) = &known.superseded {
                    reading.is_superseded(issuance);
                }
                if let Some(issuance) = &known.unreported {
                    reading.is_unreported(issuance);
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

/// What the journal of this desk knows of a card.
#[derive(Default)]
struct Known {
    /// What was begun on it and is not finished.
    begun: Option<Issuance>,
    /// What it holds, if it is no longer the card of that credential.
    superseded: Option<Issuance>,
    /// What it holds and is still to be reported.
    unreported: Option<Issuance>,
}

/// What the journal says of the card. A whole card that its writer could not note is noted, and so is one that is superseded:
/// whoever reads that a card is good hands it out. A journal that cannot be written does not keep a card from being explained.
fn known_here(state_dir: &Path, look: &Look, trouble: impl Fn(&JournalError)) -> Known {
    let journal = match Journal::open_existing(state_dir) {
        Ok(Some(journal)) => journal,
        Ok(None) => return Known::default(),
        Err(error) => {
            trouble(&error);
            return Known::default();
        }
    };
    let uid = &look.inspection().uid;
    let known = || {
        let mut known = Known {
            begun: journal.open_on_card(uid)?,
            ..Known::default()
        };
        if let Holds::Verified(record) = &look.holds {
            known.superseded = superseded_on(&journal, look)?;
            known.unreported = journal.of_card(uid)?.into_iter().find(|one| {
                one.state() == State::Reporting && one.acs_credential_id == record.acs_credential_id
            });
        }
        Ok::<_, JournalError>(known)
    };
    let noted = if matches!(look.holds, Holds::Verified(_)) {
        note_whole(&journal, look).and_then(|_| recognise(&journal, look))
    } else {
        Ok(None)
    };
    let known = known();
    for error in noted.err().iter().chain(known.as_ref().err()) {
        trouble(error);
    }
    known.unwrap_or_default()
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
