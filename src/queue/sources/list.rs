//! The list of all credentials that this desk may take, a page at a time: a long list is never in memory as a whole.

use super::End;
use super::end::Shape;
use crate::issuance::journal::Journal;
use crate::queue::roll::Roll;
use crate::queue::{CredentialQueue, QueueError};
use crate::seam::{AcsCredential, ListAcsCredentials};

impl CredentialQueue {
    /// One list for each access system that is configured, or one for all.
    pub(super) fn filters(&self) -> Vec<ListAcsCredentials> {
        if self.acs_system_ids.is_empty() {
            return vec![ListAcsCredentials::default()];
        }
        let system = |id: &String| ListAcsCredentials {
            acs_system_id: Some(id.clone()),
            ..ListAcsCredentials::default()
        };
        self.acs_system_ids.iter().map(system).collect()
    }

    /// Lists all, and says where on each list new ones will appear.
    pub(in crate::queue) async fn list_all<F>(
        &self,
        mut take: impl FnMut(Vec<AcsCredential>) -> F,
    ) -> Result<Vec<End>, QueueError>
    where
        F: Future<Output = Result<(), QueueError>>,
    {
        let mut ends = Vec::new();
        for filter in self.filters() {
            let mut shape = Shape::default();
            self.each_page(&filter, |page, rows, next| {
                shape.add(&page, rows, next);
                let taken = take(page);
                async { taken.await.map(|()| true) }
            })
            .await?;
            ends.push(shape.end(filter));
        }
        Ok(ends)
    }

    /// One full list into the queue.
    pub(in crate::queue) async fn list_into_kept(
        &self,
        journal: &Journal,
    ) -> Result<Vec<End>, QueueError> {
        self.load_methods(journal).await?;
        self.kept().begin_list();
        self.change_roll(Roll::begin_list);
        let offer = |page: Vec<AcsCredential>| async move { self.offer(journal, &page).await };
        let ends = self.list_all(offer).await?;
        self.kept().end_list();
        self.change_roll(Roll::end_list);
        self.news.completed();
        Ok(ends)
    }

    /// Hands on each page: what is on it, how many rows it has, those that cannot be read included, and the cursor of the next.
    /// Ends early where that is not wanted any more; says whether it did not.
    pub(super) async fn each_page<F>(
        &self,
        request: &ListAcsCredentials,
        mut take: impl FnMut(Vec<AcsCredential>, usize, Option<&str>) -> F,
    ) -> Result<bool, QueueError>
    where
        F: Future<Output = Result<bool, QueueError>>,
    {
        let rest = self.rest.left();
        if !rest.is_zero() {
            return Err(QueueError::Resting(rest));
        }
        // A list is not waited for where the queue is kept.
        let client = if self.news.state().is_kept {
            self.client.in_the_background()
        } else {
            self.client.clone()
        };
        let mut pages = client.credentials().list(request);
        while let Some(page) = pages.next_page().await {
            let page = page.inspect_err(|error| self.rest.heed(error))?;
            let rows = page.items.len() + page.odd.len();
            page.odd.into_iter().for_each(|odd| self.leave_out(odd));
            if !take(page.items, rows, page.next_page_cursor.as_deref()).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
