//! `cardbridge keys`: the key that card records are sealed with.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use cardbridge_drivers::record::RecordKey;
use clap::Subcommand;
use serde_json::json;
use zeroize::Zeroizing;

use super::{Context, Exit, Failure};
use crate::config::{ConfigError, KeyId};

/// Make the key that card records are sealed with.
#[derive(Debug, Subcommand)]
pub(super) enum Keys {
    /// Make a new record key and write it to a file that only you can read.
    ///
    /// Every desk of a property needs the same key: copy the file, and compare the fingerprints. A file that is
    /// there already is never overwritten, since cards sealed with a lost key do not verify any more.
    #[command(after_help = "Example:\n  cardbridge keys new /etc/cardbridge/record.key")]
    New {
        /// Where to write it. Default: the configured record key file, else the user's own configuration directory.
        file: Option<PathBuf>,
    },
}

impl Keys {
    pub(super) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let Self::New { file } = self;
        let file = match file {
            Some(file) => file,
            None => usual_file(context)?,
        };
        let mut key = Zeroizing::new([0_u8; 32]);
        getrandom::fill(key.as_mut()).map_err(|error| Failure::unexpected(&error))?;
        let unwritable = |source| ConfigError::Unwritable {
            path: file.clone(),
            source,
        };
        let directory = file
            .parent()
            .filter(|directory| !directory.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        fs::create_dir_all(directory).map_err(unwritable)?;
        let digits = Zeroizing::new(format!("{}\n", hex::encode(*key)));
        write_new(&file, &digits)
            .and_then(|()| File::open(directory)?.sync_all())
            .map_err(|source| {
                if source.kind() == io::ErrorKind::AlreadyExists {
                    kept(&file)
                } else {
                    unwritable(source).into()
                }
            })?;
        // Where the file is found from any other directory too.
        let file = fs::canonicalize(&file)?;
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
}

/// The file that the configuration names, so that `keys new` mends what `config check` misses.
fn usual_file(context: &Context) -> Result<PathBuf, Failure> {
    if let Some(key) = context.config()?.record.key {
        return Ok(key.file.value);
    }
    context
        .environment()
        .config_dir()
        .map(|directory| directory.join("record.key"))
        .ok_or_else(|| {
            Failure::new(
                Exit::Usage,
                "there is no home directory to put the key in",
                "name a file: cardbridge keys new FILE",
            )
        })
}

/// Writes a file that did not exist before, for the user's eyes only, down to the disk.
fn write_new(path: &Path, content: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
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
