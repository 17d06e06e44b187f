//! Lists that come in pages: one page in memory at a time, however long the list is.

use std::marker::PhantomData;

use futures_util::{Stream, StreamExt, stream};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::call::Call;
use super::client::Client;
use super::error::{InvalidResponse, SeamError};
use super::page::Page;

/// The pages of a list, fetched one by one as they are asked for. After an error there are no more.
#[derive(Debug)]
pub struct Pages<T> {
    client: Client,
    call: Call,
    key: &'static str,
    state: Result<Map<String, Value>, Option<SeamError>>,
    circle: CircleGuard,
    items: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Pages<T> {
    /// The pages that answer `request`, whose items are under `key`.
    pub(super) fn new(
        client: &Client,
        call: Call,
        request: &impl serde::Serialize,
        key: &'static str,
    ) -> Self {
        let state = match serde_json::to_value(request) {
            Ok(Value::Object(filters)) => Ok(filters),
            Ok(_) => Ok(Map::new()),
            Err(cause) => Err(Some(SeamError::Unsendable { call, cause })),
        };
        Self {
            client: client.clone(),
            call,
            key,
            state,
            circle: CircleGuard::default(),
            items: PhantomData,
        }
    }

    /// Fetches the next page; `None` after the last.
    pub async fn next_page(&mut self) -> Option<Result<Page<T>, SeamError>> {
        let request = match &mut self.state {
            Ok(request) => request,
            Err(error) => return error.take().map(Err),
        };
        let page = self.client.list::<T>(self.call, &*request, self.key).await;
        let page = page.and_then(|page| match &page.next_page_cursor {
            Some(cursor) if self.circle.closes_with(cursor) => Err(SeamError::in_answer(
                self.call,
                InvalidResponse::PagesInACircle,
            )),
            _ => Ok(page),
        });
        match page.as_ref().map(|page| page.next_page_cursor.clone()) {
            Ok(Some(cursor)) => {
                if let Ok(request) = &mut self.state {
                    request.insert("page_cursor".to_owned(), Value::String(cursor));
                }
            }
            Ok(None) | Err(_) => self.state = Err(None),
        }
        Some(page)
    }

    /// The pages as a stream.
    pub fn into_stream(self) -> impl Stream<Item = Result<Page<T>, SeamError>> {
        stream::unfold(self, |mut pages| async move {
            pages.next_page().await.map(|page| (page, pages))
        })
    }

    /// What is on the pages as one stream, still with one page in memory. An object that is not as the API describes it is an
    /// error in its place, after which the stream goes on.
    pub fn into_items(self) -> impl Stream<Item = Result<T, SeamError>> {
        let call = self.call;
        self.into_stream().flat_map(move |page| {
            let (items, errors) = match page {
                Ok(page) => (page.items, page.odd),
                Err(error) => return stream::iter(vec![Err(error)]),
            };
            let odd = errors.into_iter().map(|odd| {
                Err(SeamError::in_answer(
                    call,
                    InvalidResponse::Odd(Box::new(odd)),
                ))
            });
            stream::iter(items.into_iter().map(Ok).chain(odd).collect::<Vec<_>>())
        })
    }
}

/// Notices cursors that lead in a circle, whatever its length, by remembering one of them (Brent's method).
#[derive(Debug, Default)]
struct CircleGuard {
    remembered: Option<String>,
    steps: u64,
}

impl CircleGuard {
    fn closes_with(&mut self, cursor: &str) -> bool {
        if self.remembered.as_deref() == Some(cursor) {
            return true;
        }
        self.steps += 1;
        if self.steps.is_power_of_two() {
            self.remembered = Some(cursor.to_owned());
        }
        false
    }
}
