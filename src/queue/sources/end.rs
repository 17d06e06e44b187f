//! The end of the list where new credentials appear: a page of few rows instead of all of them.
//!
//! Seam does not document in which order it lists, so that is seen from the list itself. Where it is in no order there is no
//! such end, and only full lists tell what is new.

use jiff::Timestamp;

use crate::queue::warm::created_at;
use crate::queue::{CredentialQueue, QueueError};
use crate::seam::{AcsCredential, ListAcsCredentials, SeamError};

/// How many of the newest credentials are looked at each time: one that has just been created may not wait for a card yet.
const OVERLAP: usize = 50;

/// More rows than this at the end, and it is searched again.
const MANY: usize = 2 * OVERLAP;

/// The most pages that are looked at before a full list is the better way.
const MOST_PAGES: u32 = 10;

/// Where new credentials appear on one list.
#[derive(Debug, Clone)]
pub(in crate::queue) struct End {
    filter: ListAcsCredentials,
    place: Place,
}

#[derive(Debug, Clone)]
enum Place {
    /// Behind this cursor, at the front where there is none.
    Behind {
        cursor: Option<String>,
        rows: usize,
        /// Whether the rows are known to come in order of time, so that new ones come last.
        in_order: bool,
    },
    /// At the front, which held nothing newer than this.
    Front { newest: Timestamp },
    /// Not known.
    Nowhere,
}

/// What a full list shows of its order.
#[derive(Debug)]
pub(super) struct Shape {
    /// The cursor and the number of rows of the last two pages, the later one last.
    pages: [Option<(Option<String>, usize)>; 2],
    next: Option<String>,
    latest: Option<Timestamp>,
    newest: Timestamp,
    rises: bool,
    falls: bool,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            pages: [None, None],
            next: None,
            latest: None,
            newest: Timestamp::MIN,
            rises: true,
            falls: true,
        }
    }
}

impl Shape {
    pub(super) fn add(&mut self, page: &[AcsCredential], rows: usize, next: Option<&str>) {
        for credential in page {
            let Some(at) = created_at(credential) else {
                (self.rises, self.falls) = (false, false);
                continue;
            };
            if let Some(latest) = self.latest {
                self.rises &= latest <= at;
                self.falls &= at <= latest;
            }
            self.latest = Some(at);
            self.newest = self.newest.max(at);
        }
        let [_, last] = std::mem::take(&mut self.pages);
        self.pages = [last, Some((self.next.take(), rows))];
        self.next = next.map(str::to_owned);
    }

    pub(super) fn end(self, filter: ListAcsCredentials) -> End {
        let Self {
            pages: [before, last],
            newest,
            rises,
            falls,
            ..
        } = self;
        let place = match (before, last) {
            // Nearly all that is new would be on the last page, of which there may be little.
            (Some((cursor, rows)), Some((_, more))) if rises && more < OVERLAP => Place::Behind {
                cursor,
                rows: rows + more,
                in_order: true,
            },
            (_, Some((cursor, rows))) if rises => Place::Behind {
                cursor,
                rows,
                in_order: true,
            },
            (_, Some(_)) if falls => Place::Front { newest },
            (None, Some((cursor, rows))) => Place::Behind {
                cursor,
                rows,
                in_order: false,
            },
            _ => Place::Nowhere,
        };
        End { filter, place }
    }
}

impl End {
    pub(in crate::queue) fn is_known(&self) -> bool {
        !matches!(self.place, Place::Nowhere)
    }
}

impl CredentialQueue {
    /// Hands on what is at the end of a list. Says whether that is all that is new there; where not, a full list is needed.
    pub(in crate::queue) async fn look_at_end<F>(
        &self,
        end: &mut End,
        mut take: impl FnMut(Vec<AcsCredential>) -> F,
    ) -> Result<bool, QueueError>
    where
        F: Future<Output = Result<(), QueueError>>,
    {
        let End { filter, place } = end;
        let mut pages = 0;
        let looked = match place {
            Place::Nowhere => return Ok(true),
            Place::Behind { cursor, rows, .. } => {
                let request = ListAcsCredentials {
                    page_cursor: cursor.clone(),
                    ..filter.clone()
                };
                *rows = 0;
                let page = |page: Vec<AcsCredential>, more, _: Option<&str>| {
                    *rows += more;
                    pages += 1;
                    let (taken, goes_on) = (take(page), pages < MOST_PAGES);
                    async move { taken.await.map(|()| goes_on) }
                };
                self.each_page(&request, page).await
            }
            Place::Front { newest } => {
                let request = ListAcsCredentials {
                    limit: u32::try_from(OVERLAP).ok(),
                    ..filter.clone()
                };
                let (known, mut is_reached) = (*newest, false);
                let page = |page: Vec<AcsCredential>, _, _: Option<&str>| {
                    let times = || page.iter().filter_map(created_at);
                    is_reached = times().any(|at| at <= known);
                    *newest = times().max().unwrap_or(known).max(*newest);
                    pages += 1;
                    let goes_on = !is_reached && pages < MOST_PAGES;
                    let taken = take(page);
                    async move { taken.await.map(|()| goes_on) }
                };
                let looked = self.each_page(&request, page).await;
                looked.map(|at_the_end| at_the_end || is_reached)
            }
        };
        match looked {
            Ok(whole) => {
                self.find_anew(end).await;
                Ok(whole)
            }
            Err(QueueError::Api(error)) if is_of_the_cursor(&error) => {
                tracing::debug!("the end of the list has to be found again: {error}");
                end.place = Place::Nowhere;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Finds a place behind which there are few rows, where there are many. It may well stay as it is.
    pub(in crate::queue) async fn find_anew(&self, end: &mut End) {
        let Place::Behind {
            cursor,
            rows,
            in_order: true,
        } = &mut end.place
        else {
            return;
        };
        if *rows <= MANY {
            return;
        }
        let request = ListAcsCredentials {
            page_cursor: cursor.clone(),
            limit: u32::try_from(*rows - OVERLAP).ok(),
            ..end.filter.clone()
        };
        let mut pages = self.client.credentials().list(&request);
        match pages.next_page().await {
            Some(Ok(page)) => {
                if let Some(next) = page.next_page_cursor {
                    (*cursor, *rows) = (Some(next), OVERLAP);
                }
            }
            Some(Err(error)) => {
                self.rest.heed(&error);
                tracing::debug!("no shorter end of the list: {error}");
            }
            None => {}
        }
    }
}

/// Whether the API refuses this request, and not this client or any request now.
fn is_of_the_cursor(error: &SeamError) -> bool {
    matches!(error.status(), Some(400 | 404 | 410 | 422))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn page(times: &[&str]) -> Vec<AcsCredential> {
        let credential = |created_at: &&str| {
            serde_json::from_value(json!({
                "acs_credential_id": "a", "acs_system_id": "s", "connected_account_id": "c", "workspace_id": "w",
                "display_name": "Room 101", "access_method": "card", "created_at": created_at, "is_managed": true,
                "errors": [], "warnings": [],
            }))
            .unwrap()
        };
        times.iter().map(credential).collect()
    }

    fn end(pages: &[&[&str]]) -> Place {
        let mut shape = Shape::default();
        for (number, times) in pages.iter().enumerate() {
            let next = (number + 1 < pages.len()).then(|| number.to_string());
            shape.add(&page(times), times.len(), next.as_deref());
        }
        shape.end(ListAcsCredentials::default()).place
    }

    const EARLY: &str = "2026-07-20T08:00:00Z";
    const LATE: &str = "2026-07-20T08:00:00.500Z";
    const LATEST: &str = "2026-07-20T10:00:00Z";

    #[test]
    fn new_ones_come_last_on_a_list_that_begins_with_the_oldest() {
        let Place::Behind {
            cursor,
            rows,
            in_order,
        } = end(&[&[EARLY], &[EARLY, LATE], &[LATEST]])
        else {
            panic!("it is in order")
        };
        // From before the page that holds nearly nothing.
        assert_eq!((cursor.as_deref(), rows, in_order), (Some("0"), 3, true));
    }

    #[test]
    fn new_ones_come_first_on_a_list_that_begins_with_the_newest() {
        let Place::Front { newest } = end(&[&[LATEST, LATE], &[EARLY]]) else {
            panic!("it is in order")
        };
        assert_eq!(newest.to_string(), LATEST);
    }

    #[test]
    fn a_list_in_no_order_has_no_such_end_unless_it_is_one_page() {
        assert!(matches!(end(&[&[EARLY, LATEST], &[LATE]]), Place::Nowhere));
        assert!(matches!(end(&[&["some day"], &[LATE]]), Place::Nowhere));
        let whole = end(&[&[EARLY, LATEST, LATE]]);
        assert!(matches!(
            whole,
            Place::Behind {
                cursor: None,
                in_order: false,
                ..
            }
        ));
    }
}
