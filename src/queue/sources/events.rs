//! What Seam tells has happened to credentials and to the cards of access grants.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};

use crate::issuance::journal::Journal;
use crate::queue::{CredentialQueue, QueueError};
use crate::seam::{
    AcsCredential, EventType, ListEvents, RelatedKind, RelatedToAccessMethods, SeamError, When,
};

/// Events that are younger than this may still be followed by one that is older.
const LATE: SignedDuration = SignedDuration::from_mins(1);

/// How many events one answer holds; one that is full may not be all.
const FULL: usize = 500;

/// The most credentials that are asked for one by one before a full list is the better way.
const MOST: usize = 20;

/// The most access methods that one call takes.
const MOST_METHODS: usize = 100;

/// How far the events have been read.
#[derive(Debug)]
pub(in crate::queue) struct Cursor {
    since: Timestamp,
    /// The events since then that have been read.
    read: HashSet<String>,
}

/// What events say.
#[derive(Debug, Default)]
pub(in crate::queue) struct Told {
    /// These wait no more.
    pub(in crate::queue) gone: HashSet<String>,
    /// As these are now, they may wait.
    pub(in crate::queue) changed: Vec<AcsCredential>,
    /// Whether a full list is needed to know more.
    pub(in crate::queue) is_more: bool,
}

impl Cursor {
    /// From this time on, by Seam's clock.
    pub(in crate::queue) fn since(time: Timestamp) -> Self {
        Self {
            since: earlier(time),
            read: HashSet::new(),
        }
    }
}

/// A little earlier, so that an event which comes late is read as well.
fn earlier(time: Timestamp) -> Timestamp {
    time.checked_sub(LATE).unwrap_or(time)
}

impl CredentialQueue {
    /// What has happened since the cursor, which moves on.
    pub(in crate::queue) async fn read_events(
        &self,
        journal: &Journal,
        cursor: &mut Cursor,
    ) -> Result<Told, QueueError> {
        // What happened to access methods while this program did not run is still to be read.
        let since = cursor.since.min(earlier(self.methods_read_until()));
        let mut request = ListEvents::new(When::Since(since.to_string()));
        request.filters.event_types = vec![
            EventType::AcsCredentialIssued,
            EventType::AcsCredentialDeleted,
            EventType::AcsCredentialInvalidated,
            EventType::AcsCredentialReissued,
            EventType::AccessMethodCardEncodingRequired,
            EventType::AccessMethodRevoked,
            EventType::AccessMethodIssued,
            EventType::AccessMethodReissued,
            EventType::AccessMethodDeleted,
            EventType::AcsEncoderAdded,
            EventType::AcsEncoderRemoved,
        ];
        let mut told = Told::default();
        let events = match self.heeded(self.client.events().list(&request).await) {
            Ok(page) => page,
            // Without permission to read events the list has to do.
            Err(error) if matches!(error.status(), Some(400 | 403 | 404)) => {
                tracing::debug!("no events: {error}");
                return Ok(told);
            }
            Err(error) => return Err(error.into()),
        };
        let is_whole = events.items.len() < FULL;
        told.is_more = !is_whole;
        let (mut changed, mut methods, mut of_methods) = (Vec::new(), Vec::new(), Vec::new());
        let mut newest = cursor.since;
        let mut still_read = HashSet::new();
        for event in events.items {
            if event.access_method_id.is_some() {
                of_methods.push(event.clone());
            }
            if let Ok(at) = event.created_at.parse::<Timestamp>() {
                if at < cursor.since {
                    continue;
                }
                newest = newest.max(at);
            }
            let is_new = !cursor.read.contains(&event.event_id);
            still_read.insert(event.event_id);
            if !is_new {
                continue;
            }
            if matches!(
                event.event_type,
                EventType::AcsEncoderAdded | EventType::AcsEncoderRemoved
            ) {
                self.encoders.notify_one();
                continue;
            }
            match (
                event.event_type,
                event.acs_credential_id,
                event.access_method_id,
            ) {
                (
                    EventType::AcsCredentialInvalidated | EventType::AcsCredentialReissued,
                    Some(id),
                    _,
                ) => changed.push(id),
                (_, Some(id), _) => {
                    told.gone.insert(id);
                }
                (EventType::AccessMethodCardEncodingRequired, None, Some(id)) => methods.push(id),
                (_, None, _) => {}
            }
        }
        told.is_more |= changed.len() > MOST;
        for id in changed.iter().take(MOST) {
            match self.fetch(id).await {
                Ok(credential) => told.changed.push(credential),
                Err(error) if error.is_not_found() || error.odd().is_some() => {}
                Err(error) => return Err(error.into()),
            }
        }
        for methods in methods.chunks(MOST_METHODS) {
            match self.of_access_methods(methods).await {
                Ok(credentials) => told.changed.extend(credentials),
                // One that cannot be read hides the others; the list shows them one by one.
                Err(error) if error.is_not_found() || error.odd().is_some() => told.is_more = true,
                Err(error) => return Err(error.into()),
            }
        }
        let wanted = self.read_methods(journal, of_methods, is_whole, newest);
        told.changed.extend(wanted.await?);
        cursor.since = cursor.since.max(earlier(newest));
        cursor.read = still_read;
        Ok(told)
    }

    async fn of_access_methods(&self, ids: &[String]) -> Result<Vec<AcsCredential>, SeamError> {
        let request = RelatedToAccessMethods {
            access_method_ids: ids.to_vec(),
            include: vec![RelatedKind::AcsCredentials],
            exclude: Vec::new(),
        };
        let related = self.client.access_methods().get_related(&request).await;
        Ok(self.heeded(related)?.acs_credentials.unwrap_or_default())
    }

    fn heeded<T>(&self, answer: Result<T, SeamError>) -> Result<T, SeamError> {
        answer.inspect_err(|error| self.rest.heed(error))
    }
}
