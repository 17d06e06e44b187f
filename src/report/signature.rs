//! Signs a report the way Seam signs its webhooks: Svix, which is the Standard Webhooks scheme.
//!
//! Signed content is `<id>.<timestamp>.<body>`, HMAC-SHA256, and the header value `v1,<base64>`
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>).

use std::fmt;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use thiserror::Error;
use zeroize::Zeroizing;

/// Secrets are found with and without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The key shared with the receiver: `whsec_` and base64.
#[derive(Clone)]
pub struct WebhookSecret(Box<Hmac<Sha256>>);

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(REDACTED)")
    }
}

/// The text is not a webhook secret. It is not repeated here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the report secret is not `whsec_` followed by base64")]
pub struct MalformedSecret;

impl MalformedSecret {
    /// The word by which scripts know it. It never changes.
    #[must_use]
    pub fn code(self) -> &'static str {
        "report_secret_malformed"
    }
}

impl WebhookSecret {
    /// Reads the text of a secret file; white space around it does not count, the prefix may be missing.
    ///
    /// # Errors
    /// When it is not base64, or empty.
    pub fn parse(text: &str) -> Result<Self, MalformedSecret> {
        let text = text.trim();
        let key = BASE64
            .decode(text.strip_prefix("whsec_").unwrap_or(text))
            .map(Zeroizing::new)
            .map_err(|_| MalformedSecret)?;
        if key.is_empty() {
            return Err(MalformedSecret);
        }
        Hmac::new_from_slice(&key)
            .map(|mac| Self(Box::new(mac)))
            .map_err(|_| MalformedSecret)
    }

    /// The value of the signature header for one message; `timestamp` in seconds since 1970.
    #[must_use]
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let mut mac = Hmac::clone(&self.0);
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        format!("v1,{}", BASE64.encode(mac.finalize().into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::{MalformedSecret, WebhookSecret};

    /// The example of the Standard Webhooks specification's reference libraries.
    #[test]
    fn signs_as_the_published_example() {
        let secret = WebhookSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = secret.sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn takes_a_secret_with_or_without_prefix_and_padding() {
        for text in [
            "whsec_aGVsbG8=",
            "whsec_aGVsbG8",
            "aGVsbG8=",
            "  whsec_aGVsbG8\n",
        ] {
            assert_eq!(
                WebhookSecret::parse(text).unwrap().sign("a", 1, b""),
                WebhookSecret::parse("whsec_aGVsbG8=")
                    .unwrap()
                    .sign("a", 1, b"")
            );
        }
        for text in ["", "whsec_", "whsec_*", "pässword"] {
            assert_eq!(
                WebhookSecret::parse(text).unwrap_err(),
                MalformedSecret,
                "{text}"
            );
        }
    }

    #[test]
    fn debug_shows_nothing() {
        let secret = WebhookSecret::parse("whsec_aGVsbG8=").unwrap();
        assert_eq!(format!("{secret:?}"), "WebhookSecret(REDACTED)");
    }
}
