//! `cardbridge keys new`: a key of either kind, in a file of its own.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use cardbridge_drivers::keys::{KeyVersion, SecretKey, SiteKey};
use cardbridge_drivers::record::RecordKey;
use clap::Args;
use serde_json::json;
use zeroize::Zeroizing;

use super::random::random;
use crate::cli::time::today;
use crate::cli::{Context, Exit, Failure};
use crate::config::{ConfigError, KeyId, create_private, site_key_entry};

/// Create a new record key, or with --site a first site key, in a file that only you can read.
///
/// Records are sealed with the record key; MIFARE Classic, Ultralight C and DESFire cards are written under keys made from the
/// site key. Every desk of a property needs the same of both: copy the files, and compare the fingerprints. An existing file is
/// never overwritten: cards sealed with a lost record key no longer verify, and cards under a lost site
/// key can never be written again.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cardbridge keys new /etc/cardbridge/record.key
  cardbridge keys new --site /etc/cardbridge/site-keys.toml")]
pub(in crate::cli) struct New {
    /// Create a site key file, with version 1.
    #[arg(long)]
    site: bool,
    /// Where to write it. Default: the file that is configured for such a key, else the user's own configuration directory.
    file: Option<PathBuf>,
}

impl New {
    pub(super) fn run(self, context: &Context) -> Result<Exit, Failure> {
        if self.site {
            new_site_keys(context, self.file)
        } else {
            new_record_key(context, self.file)
        }
    }
}

fn new_record_key(context: &Context, named: Option<PathBuf>) -> Result<Exit, Failure> {
    let file = match named {
        Some(file) => file,
        // The file that the configuration names, so that this fixes what `config check` misses.
        None => match context.config()?.record.key {
            Some(key) => key.file.value,
            None => in_config_dir(context, "record.key")?,
        },
    };
    let key = random::<32>()?;
    let digits = Zeroizing::new(format!("{}\n", hex::encode(*key)));
    let file = write_new(&file, &digits)?;
    let fingerprint = RecordKey::new(KeyId::default().as_bytes().to_vec(), *key)
        .map_err(|error| Failure::unexpected(&error))?
        .fingerprint();
    if context.output.json() {
        context
            .output
            .document(&json!({"path": file, "fingerprint": fingerprint}))?;
    } else {
        context
            .output
            .text(&format!("{}\nfingerprint {fingerprint}", file.display()))?;
        context.output.note(&format!(
            "use it: export CARDBRIDGE_RECORD_KEY_FILE={}, or key_file in section [record]; keep a copy in a safe place",
            file.display()
        ));
    }
    Ok(Exit::Done)
}

fn new_site_keys(context: &Context, named: Option<PathBuf>) -> Result<Exit, Failure> {
    const ABOUT: &str = "\
# The site keys of cardbridge. Every card gets keys of its own made from the highest version; cards that come back under an
# earlier one are rolled over. Whoever has this file can write every card of the property. A version that is lost or taken
# out makes the cards that carry it unwritable for ever. Every desk needs the same file: `cardbridge keys show` compares.

";
    let file = match named {
        Some(file) => file,
        None => match context.config()?.cards.site_keys {
            Some(keys) => keys.file.value,
            None => in_config_dir(context, "site-keys.toml")?,
        },
    };
    let key = SiteKey {
        version: KeyVersion::FIRST,
        key: SecretKey::new(*random()?),
    };
    let entry = site_key_entry(&key, today());
    let file = write_new(&file, &Zeroizing::new([ABOUT, entry.as_str()].concat()))?;
    let fingerprint = key.key.fingerprint();
    if context.output.json() {
        context.output.document(&json!({
            "path": file,
            "version": key.version.get(),
            "fingerprint": fingerprint,
        }))?;
    } else {
        context.output.text(&format!(
            "{}\nversion {}, fingerprint {fingerprint}",
            file.display(),
            key.version
        ))?;
        context.output.note(&format!(
            "use it on every desk: export CARDBRIDGE_SITE_KEYS_FILE={}, or site_keys_file in section [cards]\n\
             keep a copy in a safe place: without it the cards written under it can never be written again",
            file.display()
        ));
    }
    Ok(Exit::Done)
}

fn in_config_dir(context: &Context, name: &str) -> Result<PathBuf, Failure> {
    context
        .environment()
        .config_dir()
        .map(|directory| directory.join(name))
        .ok_or_else(|| {
            Failure::new(
                Exit::Usage,
                "there is no home directory to put the key in",
                "name a file: cardbridge keys new FILE",
            )
        })
}

/// Writes a file that did not exist before, for the user's eyes only, down to the disk; gives the path by which it is found
/// from any other directory too.
fn write_new(file: &Path, content: &str) -> Result<PathBuf, Failure> {
    let unwritable = |source| ConfigError::Unwritable {
        path: file.to_owned(),
        source,
    };
    let directory = file
        .parent()
        .filter(|directory| !directory.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    fs::create_dir_all(directory).map_err(unwritable)?;
    write_private(file, content)
        .and_then(|()| File::open(directory)?.sync_all())
        .map_err(|source| {
            if source.kind() == io::ErrorKind::AlreadyExists {
                kept(file)
            } else {
                unwritable(source).into()
            }
        })?;
    Ok(fs::canonicalize(file)?)
}

fn write_private(path: &Path, content: &str) -> io::Result<()> {
    let mut file = create_private(path)?;
    file.write_all(content.as_bytes())?;
    file.sync_all()
}

fn kept(path: &Path) -> Failure {
    Failure::new(
        Exit::Configuration,
        format!("{} is there already, and is left as it is", path.display()),
        "keep using it, or name another file",
    )
}
