//! `cardbridge credentials update`: the two things that the API lets be changed.

use std::path::PathBuf;

use clap::{ArgGroup, Args};

use super::create::read_code;
use crate::cli::{Failure, time};
use crate::seam::UpdateAcsCredential;

/// Change the end or the code of a credential.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  cardbridge credentials update 73a0a199-024f-454d-a916-9bbda8502c12 --ends-at 2026-08-03T11:00:00+02:00")]
#[command(group = ArgGroup::new("change").required(true).multiple(true).args(["ends_at", "code_file"]))]
pub(in crate::cli) struct Update {
    /// The credential.
    #[arg(value_name = "ID")]
    acs_credential_id: String,
    /// Its new end (RFC 3339).
    #[arg(long, value_name = "TIME", value_parser = time::rfc3339)]
    ends_at: Option<String>,
    /// Its new PIN, read from this file; - reads standard input.
    #[arg(long, value_name = "FILE")]
    code_file: Option<PathBuf>,
}

impl Update {
    pub(super) fn acs_credential_id(&self) -> &str {
        &self.acs_credential_id
    }

    pub(super) fn request(&self) -> Result<UpdateAcsCredential, Failure> {
        Ok(UpdateAcsCredential {
            acs_credential_id: self.acs_credential_id.clone(),
            code: self.code_file.as_deref().map(read_code).transpose()?,
            ends_at: self.ends_at.clone(),
        })
    }
}
