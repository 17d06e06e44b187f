//! Pages of which the first are this desk's own and the others Seam's: what a caller sees is one list.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::api::{Call, LocalApi};
use crate::rpc::{Reader, Refusal, Success};

/// Rows per page where a caller does not say, as at Seam.
const ROWS: usize = 500;

/// Which page is asked for.
#[derive(Debug)]
pub(super) struct PageRequest {
    limit: usize,
    cursor: Option<String>,
}

impl PageRequest {
    pub(super) fn read(body: &Reader<'_>) -> Self {
        Self {
            limit: body.number("limit", ROWS, 1),
            cursor: body.nullable_text("page_cursor"),
        }
    }
}

/// What this desk has of a list.
#[derive(Debug)]
pub(super) struct Own {
    /// The name of the list in an answer.
    pub(super) key: &'static str,
    /// Its rows, always in the same order.
    pub(super) rows: Vec<Value>,
}

/// Where a page begins.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    /// After this many of this desk's rows.
    Own(usize),
    /// At the beginning of Seam's, or at its cursor.
    Upstream(Option<String>),
}

impl Place {
    fn encode(&self) -> String {
        let place = match self {
            Self::Own(rows) => json!({ "own": rows }),
            Self::Upstream(cursor) => json!({ "upstream": cursor }),
        };
        URL_SAFE_NO_PAD.encode(place.to_string())
    }

    fn decode(text: &str) -> Option<Self> {
        let place: Map<String, Value> =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        if let Some(rows) = place.get("own") {
            return Some(Self::Own(usize::try_from(rows.as_u64()?).ok()?));
        }
        match place.get("upstream")? {
            Value::Null => Some(Self::Upstream(None)),
            Value::String(cursor) => Some(Self::Upstream(Some(cursor.clone()))),
            _ => None,
        }
    }
}

impl LocalApi {
    /// One page. `upstream` is what Seam is asked for once this desk's own rows are through; none: nothing.
    pub(super) async fn page(
        &self,
        call: &Call,
        page: PageRequest,
        own: Own,
        upstream: Option<Value>,
    ) -> Result<Success, Refusal> {
        let place = match &page.cursor {
            None => Place::Own(0),
            Some(text) => Place::decode(text).ok_or_else(|| {
                let complaint = "Invalid page cursor: repeat the parameters it was given for";
                Refusal::invalid_field("page_cursor", complaint)
            })?,
        };
        let Own { key, rows } = own;
        let (mut shown, mut next) = match place {
            Place::Own(after) => {
                let all = rows.len();
                let shown: Vec<Value> = rows.into_iter().skip(after).take(page.limit).collect();
                let reached = after.saturating_add(shown.len());
                if reached < all {
                    (shown, Some(Place::Own(reached)))
                } else {
                    (shown, Some(Place::Upstream(None)))
                }
            }
            upstream @ Place::Upstream(_) => (Vec::new(), Some(upstream)),
        };
        if let Some(Place::Upstream(cursor)) = &next {
            let left = page.limit.saturating_sub(shown.len());
            match upstream {
                None => next = None,
                Some(_) if left == 0 => {}
                Some(request) => {
                    let asked = asked(request, left, cursor.as_deref());
                    let (rows, cursor) = self.upstream_page(call.route.path, key, &asked).await?;
                    shown.extend(rows);
                    next = cursor.map(|cursor| Place::Upstream(Some(cursor)));
                }
            }
        }
        let next = next.map(|next| next.encode());
        let pagination = json!({
            "has_next_page": next.is_some(),
            "next_page_url": next.as_deref().map(|cursor| call.input.page_url(&self.endpoint, call.route.path, cursor)),
            "next_page_cursor": next,
        });
        Ok(Success::many(key, shown).with("pagination", pagination))
    }
}

/// The same request for Seam, for another page.
fn asked(request: Value, limit: usize, cursor: Option<&str>) -> Value {
    let mut fields = match request {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    fields.remove("_strict");
    fields.insert("limit".to_owned(), json!(limit));
    fields.remove("page_cursor");
    if let Some(cursor) = cursor {
        fields.insert("page_cursor".to_owned(), json!(cursor));
    }
    Value::Object(fields)
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn a_cursor_is_read_as_it_was_given_and_nothing_else_is() {
        for place in [
            Place::Own(7),
            Place::Upstream(None),
            Place::Upstream(Some("next".to_owned())),
        ] {
            assert_eq!(Place::decode(&place.encode()), Some(place));
        }
        for nonsense in ["", "%", "bm8", "eyJvd24iOi0xfQ", "e30"] {
            assert_eq!(Place::decode(nonsense), None, "{nonsense}");
        }
    }
}
