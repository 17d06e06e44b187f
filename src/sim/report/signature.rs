//! The signature of a report: Standard Webhooks, which is Svix's, which is Seam's.
//!
//! `v1,<base64(HMAC-SHA256(key, "<id>.<timestamp>.<body>"))>`; several values are separated by blanks and versions other than
//! `v1` are passed over. The three headers come as `svix-*` or as `webhook-*`.

use std::fmt;

use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use thiserror::Error;

use crate::sim::time::Time;

/// How far a report's timestamp may be from now, in seconds either way.
const TOLERANCE: i64 = 5 * 60;

const PREFIX: &str = "whsec_";

/// Padding may be left out of a secret.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What reports are signed with.
#[derive(Clone)]
pub(in crate::sim) struct ReportSecret(Vec<u8>);

impl fmt::Display for ReportSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", STANDARD.encode(&self.0))
    }
}

/// Why a signature is not good.
#[derive(Debug, Error, PartialEq, Eq)]
pub(in crate::sim) enum SignatureError {
    #[error("the header svix-{0} (or webhook-{0}) is missing")]
    HeaderMissing(&'static str),
    #[error("the timestamp is not a number of seconds")]
    TimestampMalformed,
    #[error("the timestamp is more than {TOLERANCE} seconds away from now")]
    TimestampOutOfTolerance,
    #[error("no signature matches")]
    NoMatch,
}

impl ReportSecret {
    /// A secret from its text, with or without `whsec_`; an empty one is none.
    pub(in crate::sim) fn parse(text: &str) -> Option<Self> {
        let key = LENIENT
            .decode(text.strip_prefix(PREFIX).unwrap_or(text))
            .ok()?;
        (!key.is_empty()).then_some(Self(key))
    }

    pub(in crate::sim) fn new(key: Vec<u8>) -> Self {
        Self(key)
    }

    /// The message id of a report that is rightly signed.
    pub(in crate::sim) fn verify(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Time,
    ) -> Result<String, SignatureError> {
        let family = if headers.contains_key("svix-id") {
            "svix"
        } else {
            "webhook"
        };
        let header = |name: &'static str| {
            let value = headers
                .get(format!("{family}-{name}"))
                .and_then(|value| value.to_str().ok());
            value
                .filter(|value| !value.is_empty())
                .ok_or(SignatureError::HeaderMissing(name))
        };
        let (id, timestamp, signatures) =
            (header("id")?, header("timestamp")?, header("signature")?);
        let sent: i64 = timestamp
            .parse()
            .map_err(|_| SignatureError::TimestampMalformed)?;
        if sent.abs_diff(now.as_second()) > TOLERANCE.unsigned_abs() {
            return Err(SignatureError::TimestampOutOfTolerance);
        }
        let signed = |signature: &str| {
            let Some(given) = signature
                .strip_prefix("v1,")
                .and_then(|text| STANDARD.decode(text).ok())
            else {
                return false;
            };
            let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
                return false;
            };
            for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
                mac.update(part);
            }
            // Compares in constant time.
            mac.verify_slice(&given).is_ok()
        };
        if signatures.split(' ').any(signed) {
            Ok(id.to_owned())
        } else {
            Err(SignatureError::NoMatch)
        }
    }
}
