//! `cardbridge keys show`: which keys this desk has, by fingerprint, and which cards carry them.

use cardbridge_drivers::keys::SecretKey;
use clap::Args;
use serde::Serialize;

use crate::cli::{Context, Exit, Failure};
use crate::config::{Config, KeySource, SiteKeySource};
use crate::issuance::journal::{CardsOfKey, JournalReader};

/// Show which keys this desk has: fingerprints, never the keys.
///
/// Two desks of a property must show the same fingerprints. For each version of the site key it says how many cards this
/// desk's journal knows to carry it, and how many unfinished cards may carry it. A version may go out of the file only when no
/// card anywhere carries it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cardbridge keys show
  cardbridge keys show --json | jq -r '.site_keys[] | select(.current).fingerprint'")]
pub(in crate::cli) struct Show {}

#[derive(Debug, Serialize)]
struct Shown {
    record_keys: Vec<RecordKeyShown>,
    site_keys: Vec<SiteKeyShown>,
    /// Only where DESFire cards have a PICC key of the property's own.
    picc_key: Option<String>,
}

#[derive(Debug, Serialize)]
struct RecordKeyShown {
    id: String,
    fingerprint: String,
    current: bool,
    path: String,
}

#[derive(Debug, Serialize)]
struct SiteKeyShown {
    version: u8,
    created: Option<String>,
    fingerprint: String,
    current: bool,
    /// Cards whose latest issuance in the journal left them with this version; `null` when there is no journal yet.
    cards: Option<u64>,
    /// Unfinished cards that may carry it.
    half_way: Option<u64>,
    path: String,
}

pub(super) fn run(context: &Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let mut keys = Shown {
        record_keys: record_keys(context, &config)?,
        site_keys: Vec::new(),
        picc_key: None,
    };
    if let Some(source) = &config.cards.site_keys {
        let (shown, picc_key) = site_keys(context, &config, source)?;
        keys.site_keys = shown;
        keys.picc_key = picc_key.as_ref().map(SecretKey::fingerprint);
    }
    if context.output.json() {
        context.output.document(&keys)?;
    } else {
        tell(context, &keys)?;
    }
    Ok(Exit::Done)
}

fn record_keys(context: &Context, config: &Config) -> Result<Vec<RecordKeyShown>, Failure> {
    let shown = |(source, current): (&KeySource, bool)| -> Result<RecordKeyShown, Failure> {
        context.composer(config).warn_of(source.warning());
        Ok(RecordKeyShown {
            id: source.id.to_string(),
            fingerprint: source.read()?.fingerprint(),
            current,
            path: source.file.value.display().to_string(),
        })
    };
    let sealing = config.record.key.iter().map(|key| (key, true));
    let previous = config.record.previous.iter().map(|key| (key, false));
    sealing.chain(previous).map(shown).collect()
}

fn site_keys(
    context: &Context,
    config: &Config,
    source: &SiteKeySource,
) -> Result<(Vec<SiteKeyShown>, Option<SecretKey>), Failure> {
    context.composer(config).warn_of(source.warning());
    let file = source.read()?;
    let carried = JournalReader::open_existing(&config.state_dir.value)?
        .map(|journal| journal.cards_by_key())
        .transpose()?;
    let shown = file
        .keys
        .iter()
        .map(|key| {
            let of_version = |cards: &Vec<CardsOfKey>| {
                cards
                    .iter()
                    .find(|cards| cards.version == key.version)
                    .map_or((0, 0), |cards| (cards.whole, cards.half_way))
            };
            let counted = carried.as_ref().map(of_version);
            SiteKeyShown {
                version: key.version.get(),
                created: file.created(key.version).map(|day| day.to_string()),
                fingerprint: key.key.fingerprint(),
                current: key.version == file.keys.current().version,
                cards: counted.map(|(whole, _)| whole),
                half_way: counted.map(|(_, half_way)| half_way),
                path: source.file.value.display().to_string(),
            }
        })
        .collect();
    Ok((shown, file.picc_key))
}

fn tell(context: &Context, keys: &Shown) -> Result<(), Failure> {
    let current = |current: bool| if current { "current" } else { "earlier" }.to_owned();
    let number = |number: Option<u64>| number.map_or_else(|| "-".to_owned(), |n| n.to_string());
    if keys.record_keys.is_empty() {
        context
            .output
            .note("no record key is set: make one with `cardbridge keys new`");
    } else {
        let rows = keys.record_keys.iter().map(|key| {
            vec![
                key.id.clone(),
                key.fingerprint.clone(),
                current(key.current),
                key.path.clone(),
            ]
        });
        context
            .output
            .table(&["record key", "fingerprint", "", "file"], rows.collect())?;
    }
    if keys.site_keys.is_empty() {
        context
            .output
            .note("no site keys are set: make them with `cardbridge keys new --site`");
        return Ok(());
    }
    context.output.note("");
    let rows = keys.site_keys.iter().map(|key| {
        vec![
            key.version.to_string(),
            key.fingerprint.clone(),
            current(key.current),
            key.created.clone().unwrap_or_default(),
            number(key.cards),
            number(key.half_way),
            key.path.clone(),
        ]
    });
    context.output.table(
        &[
            "site key",
            "fingerprint",
            "",
            "created",
            "cards here",
            "unfinished",
            "file",
        ],
        rows.collect(),
    )?;
    if let Some(fingerprint) = &keys.picc_key {
        context
            .output
            .text(&format!("PICC key of the property  {fingerprint}"))?;
    }
    Ok(())
}
