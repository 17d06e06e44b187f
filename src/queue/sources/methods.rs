//! What Seam tells has happened to the access methods of access grants. How far that was read is in the journal: what happens while this
//! program does not run is not missed.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};

use crate::issuance::journal::{CardMethod, Journal};
use crate::queue::{CredentialQueue, QueueError};
use crate::seam::{AccessMethod, AccessMode, AcsCredential, Event, EventType};

/// How far back a desk looks that has never read them. What came before is on the list of credentials all the same.
const AT_FIRST: SignedDuration = SignedDuration::from_hours(24);

/// How far may be read before that is noted although it says nothing: it would be read once more after a restart.
const NOTE_AGAIN: SignedDuration = SignedDuration::from_mins(10);

/// The most access methods that are asked for at once; the events of the others are read next time.
const MOST: usize = 20;

/// What events say of one access method.
struct Told {
    access_method_id: String,
    is_revoked: bool,
}

/// What new events say.
struct News {
    told: Vec<Told>,
    /// The events that are read by now, of those that may come once more.
    read: HashSet<String>,
    reached: Timestamp,
    /// Whether there are more of them.
    is_cut: bool,
}

impl CredentialQueue {
    /// Until when the events of access methods were read, by Seam's clock.
    pub(super) fn methods_read_until(&self) -> Timestamp {
        let until = self.methods().until;
        until.unwrap_or_else(|| {
            let now = self.now();
            now.checked_sub(AT_FIRST).unwrap_or(now)
        })
    }

    /// Takes in what `events` say of access methods, `is_whole` if these are all up to the `newest` of any kind. Gives the credentials
    /// behind those that want a card, as they are now.
    pub(super) async fn read_methods(
        &self,
        journal: &Journal,
        events: Vec<Event>,
        is_whole: bool,
        newest: Timestamp,
    ) -> Result<Vec<AcsCredential>, QueueError> {
        let since = self.methods_read_until();
        let News {
            told,
            read,
            mut reached,
            is_cut,
        } = self.new_of(events, since);
        if is_whole && !is_cut {
            reached = reached.max(newest);
        }
        let (mut wanted, mut done, mut credentials) = (Vec::new(), Vec::new(), Vec::new());
        for Told {
            access_method_id,
            is_revoked,
        } in told
        {
            match self.behind(&access_method_id).await {
                Ok((method, Some(credential))) if wants_card(&method) => {
                    let was_before = self.methods().is_again(&access_method_id);
                    wanted.push(CardMethod {
                        access_method_id,
                        acs_credential_id: credential.acs_credential_id.clone(),
                        is_again: method.is_issued || is_revoked || was_before,
                    });
                    credentials.push(credential);
                }
                Ok(_) => done.push(access_method_id),
                Err(error) if error.is_not_found() || error.odd().is_some() => {
                    done.push(access_method_id);
                }
                Err(error) => return Err(error.into()),
            }
        }
        let is_worth_noting = {
            let noted = self.methods().noted_until;
            let again = noted.and_then(|noted| noted.checked_add(NOTE_AGAIN).ok());
            !wanted.is_empty() || !done.is_empty() || again.is_none_or(|again| again <= reached)
        };
        if is_worth_noting {
            let noted = journal.note_card_methods(reached, wanted.clone(), done.clone());
            noted.await?;
        }
        let mut methods = self.methods();
        methods.until = Some(reached);
        if is_worth_noting {
            methods.noted_until = Some(reached);
        }
        for id in &done {
            methods.forget(id);
        }
        for method in wanted {
            methods.set(method);
        }
        methods.read = read;
        Ok(credentials)
    }

    /// The access methods that new events are about, some at a time.
    fn new_of(&self, mut events: Vec<Event>, since: Timestamp) -> News {
        events.sort_by(|a, b| a.created_at.cmp(&b.created_at));
        let mut news = News {
            told: Vec::new(),
            read: HashSet::new(),
            reached: since,
            is_cut: false,
        };
        let methods = self.methods();
        for event in events {
            let Some(access_method_id) = event.access_method_id else {
                continue;
            };
            let is_revoked = event.event_type == EventType::AccessMethodRevoked;
            if !methods.read.contains(&event.event_id) {
                let mut known = news.told.iter_mut();
                if let Some(known) = known.find(|one| one.access_method_id == access_method_id) {
                    known.is_revoked |= is_revoked;
                } else if news.told.len() == MOST {
                    news.is_cut = true;
                    break;
                } else {
                    news.told.push(Told {
                        access_method_id,
                        is_revoked,
                    });
                }
            }
            news.read.insert(event.event_id);
            if let Ok(at) = event.created_at.parse::<Timestamp>() {
                news.reached = news.reached.max(at);
            }
        }
        news
    }
}

/// Whether Seam wants a card for it now.
fn wants_card(method: &AccessMethod) -> bool {
    method.mode == AccessMode::Card
        && (method.is_ready_for_encoding == Some(true)
            || method.is_ready_for_assignment == Some(true))
}
