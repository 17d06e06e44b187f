//! Keeps the list for as long as a page shows it, and a little longer: a page that is loaded again finds it as it was.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch::Receiver;
use tokio::time::{sleep, timeout};

use super::Guests;
use super::day::Day;
use crate::desk::Agent;
use crate::desk::notice::{Notice, Observer};

/// How long the list is kept when no page shows it any more.
const LINGER: Duration = Duration::from_secs(60);

/// How long it is left as it is after something has changed.
const SETTLES: Duration = Duration::from_millis(250);

/// How soon it is made again when the journal could not be asked.
const TRY_AGAIN: Duration = Duration::from_secs(5);

/// Keeps the list. `is_queue_kept`: whether the queue is kept for cards already.
pub(in crate::desk) async fn keep(
    guests: Arc<Guests>,
    agent: Arc<Agent>,
    is_queue_kept: bool,
    observer: Observer,
) {
    let mut watchers = agent.queue().watchers();
    // The sender lives in the queue.
    while watchers.wait_for(|watchers| *watchers > 0).await.is_ok() {
        let queue = async {
            if is_queue_kept {
                pending::<()>().await;
            } else {
                agent.queue().keep(agent.journal()).await;
            }
        };
        tokio::select! {
            () = no_page_looks(&mut watchers) => {}
            () = queue => {}
            () = guests.learn(&agent) => {}
            () = guests.follow(&agent, &observer) => {}
        }
        // It would be an old one by the time that a page asks again.
        guests.list.send_replace(None);
    }
}

async fn no_page_looks(watchers: &mut Receiver<usize>) {
    loop {
        if watchers.wait_for(|watchers| *watchers == 0).await.is_err() {
            return;
        }
        let again = watchers.wait_for(|watchers| *watchers > 0);
        if !matches!(timeout(LINGER, again).await, Ok(Ok(_))) {
            return;
        }
    }
}

impl Guests {
    /// Makes the list again when something of it may have changed, and says if it has.
    async fn follow(self: &Arc<Self>, agent: &Arc<Agent>, observer: &Observer) {
        let queue = agent.queue();
        let mut cards = Vec::new();
        loop {
            let (revision, is_complete) = (queue.shown().0, queue.is_complete());
            let pause = match self.remake(agent).await {
                Ok(is_another) => {
                    let latest = self.latest_cards();
                    let now: Vec<_> = latest.iter().map(|id| self.reading_of(id)).collect();
                    let is_another = is_another || now != cards;
                    cards = now;
                    if is_another && let Some(list) = self.list() {
                        observer(Notice::Guests {
                            revision: list.revision,
                            waiting: list.waiting,
                            property: list.property.clone(),
                        });
                    }
                    self.wanted.notify_one();
                    self.until_tomorrow(agent)
                }
                Err(error) => {
                    tracing::warn!("the list of guests stays as it is: {error}");
                    Some(TRY_AGAIN)
                }
            };
            tokio::select! {
                () = queue.shown_since(revision, is_complete) => {}
                () = self.touched.notified() => {}
                () = sleep(pause.unwrap_or(Duration::MAX)) => {}
            }
            // More of the same is on its way, and a card that is being written comes first.
            sleep(SETTLES).await;
        }
    }

    /// How long it is today.
    fn until_tomorrow(&self, agent: &Agent) -> Option<Duration> {
        let list = self.list()?;
        let now = agent.queue().now();
        let day = Day::at(now, list.property.time_zone.as_deref());
        Duration::try_from(now.duration_until(day.ends()?)).ok()
    }
}
