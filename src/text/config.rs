//! After errors of the configuration: every text says what to type.

use std::io;

use cardbridge_drivers::keys::SiteKeysError;
use cardbridge_drivers::record::RecordKeyError;

use super::{Advice, Front, Hint, UPKEEP};
use crate::config::{ConfigError, KeyKind, Origin, RotateFault, SiteKeyFault};
use crate::report::MalformedSecret;

impl Hint for ConfigError {
    fn advice(&self, at: Front) -> Advice {
        if at == Front::Page {
            return UPKEEP.into();
        }
        let hint = match self {
            Self::Unreadable { path, source } => {
                let path = path.display();
                return match source.kind() {
                    io::ErrorKind::NotFound => format!("create {path}, or name another file"),
                    io::ErrorKind::PermissionDenied => {
                        format!("let the user that runs cardbridge read it: ls -l {path}")
                    }
                    _ => format!("look at it: ls -l {path}"),
                }
                .into();
            }
            Self::Unwritable { .. } => "name a place where this user may write",
            Self::NoKeyFile { path, kind } => return no_key_file(*kind, &path.display()).into(),
            Self::Syntax { .. } => "fix that line, then run `cardbridge config check`",
            Self::UnknownKey {
                nearest: Some(nearest),
                ..
            } => return format!("did you mean `{nearest}`?").into(),
            Self::UnknownKey { nearest: None, .. } => {
                "remove the line; `cardbridge config example` shows every key there is"
            }
            Self::Value { .. } => "correct it, then run `cardbridge config check`",
            Self::EmptySecret {
                origin: Origin::Variable(name),
            } => {
                return format!("set {name} to the key, or unset it to use the configuration file")
                    .into();
            }
            Self::EmptySecret { .. } | Self::EmptySecretFile { .. } => {
                "put the secret into that file"
            }
            Self::SecretInWrapping { .. } => {
                "leave only the secret itself there, on one line: for example whsec_… or seam_…"
            }
            Self::RecordKey {
                source: RecordKeyError::Digits { .. } | RecordKeyError::Malformed { .. },
                ..
            } => {
                "put the site's own record key back; only for a first set-up, make one with `cardbridge keys new`"
            }
            Self::RecordKey { source, .. } => return source.hint().into(),
            Self::SiteKeys { source, .. } => return source.advice(at),
            Self::Rotate { source, .. } => return source.advice(at),
            Self::Exposed { path } => return format!("chmod 600 {}", path.display()).into(),
            Self::ReportSecret { source, .. } => return source.advice(at),
            Self::PropertyUrl { fault, .. } => return fault.advice(at),
            Self::NoPropertyUrl { .. } => {
                "set postgres_file in section [property] to the file with the URL of the property's database, or CARDBRIDGE_POSTGRES"
            }
            Self::TwoCredentials => {
                "keep one: SEAM_API_KEY, or SEAM_PERSONAL_ACCESS_TOKEN with SEAM_WORKSPACE_ID"
            }
            Self::NoWorkspace => "set SEAM_WORKSPACE_ID, or workspace_id in section [seam]",
            Self::NoReportSecret { .. } => {
                "set CARDBRIDGE_REPORT_SECRET_FILE, or secret_file in section [report], to the file with the whsec_… string"
            }
            Self::NoSiteKeys => {
                "copy the property's site keys from another desk, or create the first with `cardbridge keys new --site`; then set CARDBRIDGE_SITE_KEYS_FILE, or site_keys_file in section [cards]"
            }
            Self::NoStateDir => "set CARDBRIDGE_STATE_DIR, or state_dir in the configuration file",
            Self::NoAuth => {
                "set SEAM_API_KEY, or api_key_file in section [seam]; `cardbridge demo` needs neither"
            }
            Self::NoRecordKey => {
                "copy the property's record key from another desk, or create the first one with `cardbridge keys new FILE`; then set CARDBRIDGE_RECORD_KEY_FILE, or key_file in section [record]"
            }
        };
        hint.into()
    }
}

fn no_key_file(kind: KeyKind, path: &std::path::Display<'_>) -> String {
    match kind {
        KeyKind::Record => format!(
            "copy the property's record key there from another desk; at the first desk of a property, create it with `cardbridge keys new {path}`"
        ),
        KeyKind::Site => format!(
            "copy the property's site keys there from another desk; at the first desk of a property, create them with `cardbridge keys new --site {path}`"
        ),
    }
}

impl Hint for SiteKeyFault {
    fn advice(&self, at: Front) -> Advice {
        if at == Front::Page {
            return UPKEEP.into();
        }
        let hint = match self {
            Self::Set(SiteKeysError::Empty) => {
                "copy the file from another desk, or create one with `cardbridge keys new --site`"
            }
            Self::Set(SiteKeysError::Twice(_)) => {
                "run `cardbridge keys show` on the other desks to see which one is right, and remove the other"
            }
            Self::NotText
            | Self::Syntax { .. }
            | Self::Unknown { .. }
            | Self::Value { .. }
            | Self::Missing { .. } => {
                "fix that line, or copy the file from another desk; `cardbridge keys show` reads it without showing keys"
            }
        };
        hint.into()
    }
}

impl Hint for RotateFault {
    fn advice(&self, at: Front) -> Advice {
        if at == Front::Page {
            return UPKEEP.into();
        }
        let hint = match self {
            Self::LastVersion => {
                "keep using this key: a card has one byte for the version, and a number that is used again would name the old key"
            }
            Self::Form => {
                "write each key as a section of its own, as `cardbridge keys new --site` does"
            }
        };
        hint.into()
    }
}

impl Hint for MalformedSecret {
    fn advice(&self, at: Front) -> Advice {
        if at == Front::Page {
            return UPKEEP.into();
        }
        "copy the whole signing secret of the receiver, beginning with whsec_, into the secret file"
            .into()
    }
}
