//! What waits for a card: where it comes from, kept warm, and who may encode it.
//!
//! | file | holds |
//! |---|---|
//! | `sources` | where the queue learns from what waits |
//! | `warm` | the queue that is kept, and how often the API is asked |
//! | `methods` | the access methods of access grants, and of which Seam wants another card |
//! | `grants` | what those mean for the queue |
//! | `line` | the way of one card through the queue |
//! | `roll`, `look_on` | what those who look at the queue are shown, and how they look |
//! | `claims` | who may encode a credential |
//! | `ask` | what is asked of the API past the queue |
//! | `encoders` | what is asked of it about the encoders that it drives |
//! | `rest` | the pause that the API has asked for |
//! | `odd` | what is not as the API describes it |
//!
//! The queue may be behind: that only delays. Whether a credential still waits is asked of the API once more when a card is
//! there to take it, and of the journal.

mod ask;
mod claims;
mod encoders;
mod grants;
mod line;
mod look_on;
mod methods;
mod odd;
mod rest;
mod roll;
mod sources;
mod warm;

use std::future::ready;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

use self::claims::Claims;
pub use self::claims::{
    Asked, Begun, Claim, Decide, Ended, Known, Property, PropertyError, PropertySettings, Taken,
    UrlFault,
};
pub use self::encoders::FoundEncoder;
pub use self::line::Line;
use self::methods::Methods;
use self::odd::LeftOut;
use self::rest::Rest;
use self::roll::Roll;
pub use self::roll::{Attention, Opens, Shown};
pub use self::warm::{Answering, Pace, Seen, WaitsFor, Watching};
use self::warm::{Kept, News};
use crate::issuance::journal::{Freed, Journal, JournalError};
use crate::issuance::policy::is_waiting;
use crate::seam::{AcsCredential, Client, Odd, SeamError};

/// The queue of one workspace, or of some of its systems: one for all encoders of a process.
#[derive(Debug)]
pub struct CredentialQueue {
    client: Client,
    acs_system_ids: Vec<String>,
    pace: Pace,
    claims: Claims,
    kept: Mutex<Kept>,
    roll: Mutex<Roll>,
    /// What the journal had freed when the queue was last compared with it.
    freed: Mutex<Option<Freed>>,
    /// Whether the queue was listed for the next card that takes from it.
    is_listed: AtomicBool,
    news: Arc<News>,
    left_out: LeftOut,
    rest: Rest,
    /// An event tells of encoders that came or went.
    encoders: Notify,
    methods: Mutex<Methods>,
}

/// Why the queue gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// The API refused or is unreachable.
    #[error(transparent)]
    Api(Arc<SeamError>),
    /// The API has asked for a pause, of which so much is left.
    #[error("the API has asked for a pause of another {} s", .0.as_secs().max(1))]
    Resting(Duration),
    /// The journal failed.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl From<SeamError> for QueueError {
    fn from(error: SeamError) -> Self {
        Self::Api(Arc::new(error))
    }
}

impl CredentialQueue {
    /// The credentials of these systems; of the whole workspace when none is named.
    #[must_use]
    pub fn new(client: Client, acs_system_ids: Vec<String>) -> Self {
        let news = Arc::<News>::default();
        let heard = Arc::clone(&news);
        client.on_answer(move |failure| heard.heard(failure));
        Self {
            client,
            acs_system_ids,
            pace: Pace::default(),
            claims: Claims::new(Arc::clone(&news)),
            kept: Mutex::default(),
            roll: Mutex::default(),
            freed: Mutex::default(),
            is_listed: AtomicBool::default(),
            news,
            left_out: LeftOut::default(),
            rest: Rest::default(),
            encoders: Notify::new(),
            methods: Mutex::default(),
        }
    }

    /// The same, asking the API at another pace.
    #[must_use]
    pub fn at(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }

    /// What could not be read and was left out since this was last asked, but for what was named before.
    #[must_use]
    pub fn left_out(&self) -> Vec<Odd> {
        self.left_out.take()
    }

    /// Takes a credential for one encoder; `None` while another one has it.
    #[must_use]
    pub fn claim(&self, acs_credential_id: &str) -> Option<Claim> {
        self.claims.claim(acs_credential_id)
    }

    /// Whether an encoder of this process has a credential just now.
    #[must_use]
    pub fn is_taken(&self, acs_credential_id: &str) -> bool {
        self.claims.is_taken(acs_credential_id)
    }

    /// The access systems that this desk is for; none: all of the workspace.
    #[must_use]
    pub fn acs_system_ids(&self) -> &[String] {
        &self.acs_system_ids
    }

    /// The time that decides what has ended: see [`Client::now`].
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.client.now()
    }

    /// How far this machine's clock is ahead of Seam's, if they do not agree.
    #[must_use]
    pub fn clock_ahead(&self) -> Option<SignedDuration> {
        self.client.clock_ahead()
    }

    /// What is left of the pause that the API has asked for.
    #[must_use]
    pub fn rest(&self) -> Duration {
        self.rest.left()
    }

    /// Whether our journal has a credential on a card, whole or half.
    ///
    /// # Errors
    /// When the journal fails.
    pub async fn is_on_a_card(
        &self,
        journal: &Journal,
        acs_credential_id: &str,
    ) -> Result<bool, JournalError> {
        let ids = vec![acs_credential_id.to_owned()];
        Ok(!journal.on_cards(ids).await?.is_empty())
    }

    /// Every credential that waits for its first card and is on none of ours, whole or half, as the API has it now.
    ///
    /// # Errors
    /// When the API or the journal fails.
    pub async fn waiting(&self, journal: &Journal) -> Result<Vec<AcsCredential>, QueueError> {
        let mut waiting = Vec::new();
        self.list_all(|page: Vec<AcsCredential>| {
            let now = self.now();
            waiting.extend(page.into_iter().filter(|one| is_waiting(one, now)));
            ready(Ok(()))
        })
        .await?;
        let on_cards = journal.on_cards(ids(&waiting)).await?;
        waiting.retain(|one| !on_cards.contains(&one.acs_credential_id));
        Ok(waiting)
    }

    /// The credentials that wait, the one that has waited longest first, as the API has them now.
    ///
    /// # Errors
    /// When the API or the journal fails.
    pub async fn in_order(&self, journal: &Journal) -> Result<Vec<String>, QueueError> {
        self.list_into_kept(journal).await?;
        Ok(self.kept().ids())
    }

    /// Lists what waits and says whether something does. The next card takes from this list: it does not list again.
    ///
    /// # Errors
    /// When the API or the journal fails.
    pub async fn is_something_waiting(&self, journal: &Journal) -> Result<bool, QueueError> {
        self.list_into_kept(journal).await?;
        self.is_listed.store(true, Ordering::Release);
        Ok(!self.kept().some_behind(None, 1, self.now()).is_empty())
    }

    /// Ready when there is news of what a card waits for. It costs nothing meanwhile, however many cards wait.
    pub async fn news(&self, seen: Seen, what: WaitsFor) {
        self.news.later_than(seen, what).await;
    }

    /// How far the news has come.
    #[must_use]
    pub fn seen(&self) -> Seen {
        self.news.seen()
    }

    /// Takes in what the API says of some credentials.
    async fn offer(
        &self,
        journal: &Journal,
        credentials: &[AcsCredential],
    ) -> Result<(), QueueError> {
        let now = self.now();
        let (mut kept, on_cards) = loop {
            let asked_at = self.kept().asked_at();
            let waiting = credentials.iter().filter(|one| self.waits(one, now));
            let on_cards = self.on_cards(journal, ids(waiting)).await?;
            let kept = self.kept();
            // One that was freed meanwhile must not count as on a card.
            if kept.asked_at() == asked_at {
                break (kept, on_cards);
            }
        };
        let mut is_news = false;
        for credential in credentials.iter().filter(|one| self.is_ours(one)) {
            let on_card = on_cards.contains(&credential.acs_credential_id);
            is_news |= kept.offer(credential, self.waits(credential, now), on_card);
        }
        drop(kept);
        self.change_roll(|roll| {
            for credential in credentials.iter().filter(|one| self.is_ours(one)) {
                let waits = self.waits(credential, now);
                let methods = self.methods();
                let method = methods.of(&credential.acs_credential_id);
                roll.offer(credential, waits, method, now);
            }
        });
        if is_news {
            self.news.changed();
        }
        Ok(())
    }

    /// Has the queue compared with the journal again if that may have freed a credential, here or in another process.
    async fn notice_freed(&self, journal: &Journal) -> Result<(), JournalError> {
        let now = journal.freed().await?;
        let mut freed = self.freed.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = freed.replace(now).is_some_and(|before| before != now);
        drop(freed);
        if is_news {
            self.kept().forget_cards();
            self.news.changed();
        }
        Ok(())
    }

    /// Changes what is shown, and tells those who look at it if something of it is different then.
    fn change_roll(&self, change: impl FnOnce(&mut Roll)) {
        let mut roll = self.roll();
        let before = roll.revision();
        change(&mut roll);
        let revision = roll.revision();
        drop(roll);
        if revision != before {
            self.news.shown(revision);
        }
    }

    fn leave_out(&self, odd: Odd) {
        if self.left_out.add(odd) {
            self.news.changed();
        }
    }

    fn is_ours(&self, credential: &AcsCredential) -> bool {
        self.is_of_ours(&credential.acs_system_id)
    }

    /// Whether this queue is for that access system.
    fn is_of_ours(&self, acs_system_id: &str) -> bool {
        let ours = &self.acs_system_ids;
        ours.is_empty() || ours.iter().any(|id| id.eq_ignore_ascii_case(acs_system_id))
    }

    fn roll(&self) -> MutexGuard<'_, Roll> {
        self.roll.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn methods(&self) -> MutexGuard<'_, Methods> {
        self.methods.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn ids<'a>(credentials: impl IntoIterator<Item = &'a AcsCredential>) -> Vec<String> {
    let credentials = credentials.into_iter();
    credentials
        .map(|one| one.acs_credential_id.clone())
        .collect()
}
