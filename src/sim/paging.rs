//! Pages: `limit` and `page_cursor` in, `pagination` out.
//!
//! A cursor is a place after a row, not for an offset, so rows that come and go between two pages are neither
//! repeated nor lost. It belongs to the parameters it was made for and is refused with any others.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::call::Call;
use crate::rpc::{Reader, Refusal, Success};

/// Which page is asked for.
#[derive(Debug)]
pub(super) struct PageRequest {
    limit: usize,
    cursor: Option<String>,
}

impl PageRequest {
    pub(super) fn read(reader: &Reader<'_>, default_limit: usize) -> Self {
        Self {
            limit: reader.number("limit", default_limit, 1),
            cursor: reader.nullable_text("page_cursor"),
        }
    }

    /// The page of `rows`, which come in ascending order of their sequence number.
    pub(super) fn answer<'a, T: 'a>(
        &self,
        call: &Call<'_>,
        key: &str,
        rows: impl Iterator<Item = (u64, &'a T)>,
        view: impl Fn(&T) -> Value,
    ) -> Result<Success, Refusal> {
        let fingerprint = fingerprint(call);
        let after = match &self.cursor {
            None => None,
            Some(text) => {
                let cursor = Cursor::decode(text).filter(|cursor| cursor.parameters == fingerprint);
                Some(
                    cursor
                        .ok_or_else(|| {
                            Refusal::invalid_field(
                                "page_cursor",
                                "Invalid page cursor: repeat the parameters it was given for",
                            )
                        })?
                        .after,
                )
            }
        };
        let mut rows = rows.filter(|(sequence, _)| after.is_none_or(|after| *sequence > after));
        let mut page = Vec::new();
        let mut last = None;
        for (sequence, row) in rows.by_ref().take(self.limit) {
            page.push(view(row));
            last = Some(sequence);
        }
        let next = rows.next().and(last).map(|after| {
            Cursor {
                parameters: fingerprint,
                after,
            }
            .encode()
        });
        let pagination = json!({
            "has_next_page": next.is_some(),
            "next_page_url": next.as_deref().map(|cursor| call.input.page_url(call.endpoint, call.path, cursor)),
            "next_page_cursor": next,
        });
        Ok(Success::many(key, page).with("pagination", pagination))
    }
}

#[derive(Serialize, Deserialize)]
struct Cursor {
    parameters: String,
    after: u64,
}

impl Cursor {
    fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(json!(self).to_string())
    }

    fn decode(text: &str) -> Option<Self> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
    }
}

/// Path and parameters but the page itself. Text and typed forms of a value are distinct on purpose: a cursor of a GET is
/// repeated in a GET.
fn fingerprint(call: &Call<'_>) -> String {
    let mut fields = call.input.fields.clone();
    fields.remove("page_cursor");
    fields.remove("limit");
    let digest = Sha256::digest(format!("{} {}", call.path, Value::Object(fields)));
    hex::encode(digest.get(..8).unwrap_or_default())
}
