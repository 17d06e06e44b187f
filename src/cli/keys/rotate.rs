//! `cardbridge keys rotate`: the next version of the site key.

use std::path::PathBuf;

use cardbridge_drivers::keys::SecretKey;
use clap::Args;
use serde_json::json;

use super::random::random;
use super::site::site_keys;
use crate::cli::time::today;
use crate::cli::{Context, Exit, Failure};

/// Add the next version of the site key to its file; cards get it when they come back.
///
/// Earlier versions stay in the file: cards still carry them, and no card can be written without the one that it carries.
/// Do this on one desk only, then copy the file to every other one. A card that this desk has rolled over is foreign to a desk
/// that has not got the new file. Running agents read the file when they start.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cardbridge keys rotate
  cardbridge keys rotate /etc/cardbridge/site-keys.toml
  cardbridge keys show       (compare the fingerprints on every desk)")]
pub(in crate::cli) struct Rotate {
    /// The site key file. Default: the configured one.
    file: Option<PathBuf>,
}

impl Rotate {
    pub(super) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let source = site_keys(context, self.file)?.ok_or_else(|| {
            Failure::new(
                Exit::Configuration,
                "there are no site keys to rotate",
                "make them with `cardbridge keys new --site`, or name the file: cardbridge keys rotate FILE",
            )
        })?;
        let rotated = source.rotate(SecretKey::new(*random()?), today())?;
        let current = rotated.file.keys.current();
        let fingerprint = current.key.fingerprint();
        if context.output.json() {
            context.output.document(&json!({
                "path": rotated.path,
                "version": current.version.get(),
                "fingerprint": fingerprint,
            }))?;
        } else {
            context.output.text(&format!(
                "{}\nversion {}, fingerprint {fingerprint}",
                rotated.path.display(),
                current.version
            ))?;
            context.output.note(
                "before any card is written: copy this file to every other desk, restart `cardbridge run` on each, and see by\n\
                 `cardbridge keys show` that this fingerprint is listed as the current one. Keep a copy in a safe place.",
            );
        }
        Ok(Exit::Done)
    }
}
