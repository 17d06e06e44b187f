//! One credential onto the card that lies on an encoder: decide, claim, write, read back.

use std::sync::Arc;
use std::time::Duration;

use cardbridge_drivers::contract::{CardKeys, DriverError, Progress, Uid};
use cardbridge_drivers::profiles::record_for;
use cardbridge_drivers::testing::smallest_for;
use jiff::{SignedDuration, Timestamp};
use tokio::time::timeout;
use uuid::Uuid;

use super::convert::card_credential;
use super::decide::{
    Allowed, card_may_be_written, credential_may_be_issued, is_left_by, reissue_warnings,
};
use super::intake::Reservation;
use super::issuance::{Event, Issuance, Kind, Origin, State};
use super::journal::{JournalError, Lease};
use super::keys;
use super::look::{Holds, Look, Seen};
use super::notice::{GivenUp, Notice, Watcher};
use super::refusal::Refusal;
use super::superseded::recognise;
use super::verdict;
use super::write::{WriteError, holds, write_and_read_back};
use super::{Agent, IssueError};
use crate::encoder::CardSession;
use crate::seam::{self, AcsCredential, SeamError, Time};

/// How long the API has to go on saying that a credential does not exist before its half-written card is free.
const GONE_AFTER: SignedDuration = SignedDuration::from_mins(5);

/// How long the API may take to say what has become of the stay of a card that is good already.
const PATIENCE: Duration = Duration::from_secs(5);

impl Agent {
    /// Puts one credential onto the card, and ends when the card was read back and found good. The report is another
    /// step: see [`Agent::report`](super::Agent::report).
    ///
    /// If this card is half-way to this credential already, that issuance is finished with the bytes it began with.
    ///
    /// # Errors
    /// [`IssueError::Refused`] and those that say so have changed nothing.
    pub async fn issue(
        &self,
        card: &CardSession,
        acs_credential_id: &str,
        allowed: Allowed,
        watcher: &Watcher,
    ) -> Result<Issuance, IssueError> {
        let turn = self.turn(card, allowed, watcher).await?;
        turn.issue(acs_credential_id).await
    }

    /// The same with a credential that the API has just given.
    ///
    /// # Errors
    /// As [`issue`](Self::issue).
    pub async fn issue_fetched(
        &self,
        card: &CardSession,
        credential: &AcsCredential,
        allowed: Allowed,
        watcher: &Watcher,
    ) -> Result<Issuance, IssueError> {
        let turn = self.turn(card, allowed, watcher).await?;
        let reservation = self
            .intake
            .reserve(&credential.acs_credential_id)
            .ok_or(Refusal::BeingIssued)?;
        turn.put(&reservation, credential).await
    }

    /// Puts the credential that has waited longest and can be issued onto the card; first finishes what this card is half-way to.
    ///
    /// # Errors
    /// As [`issue`](Self::issue), and [`IssueError::NothingWaiting`]. When none of those that wait can be issued, what is in
    /// the way of the first.
    pub async fn issue_next(
        &self,
        card: &CardSession,
        allowed: Allowed,
        watcher: &Watcher,
    ) -> Result<Issuance, IssueError> {
        let turn = self.turn(card, allowed, watcher).await?;
        if let Some(open) = turn.open()? {
            return turn.issue(&open.acs_credential_id).await;
        }
        // Before a credential is taken from the queue for a card that will not do.
        turn.card_may_take_one().await?;
        let mut passed_over = Vec::new();
        let queue = self.intake.queue(&self.journal).await;
        self.tell_left_out(watcher);
        for id in queue? {
            let taken = self.intake.take(&self.journal, &id).await;
            self.tell_left_out(watcher);
            let Some((reservation, credential)) = taken? else {
                continue;
            };
            match turn.put(&reservation, &credential).await {
                // One that cannot be issued now, or not on this card, must not keep the others waiting.
                Err(IssueError::Refused(refusal)) if refusal.another_credential_may_do() => {
                    tracing::info!(acs_credential_id = id, "passed over: {refusal}");
                    passed_over.push((credential, refusal));
                }
                Ok(issuance) => {
                    for (credential, refusal) in passed_over {
                        watcher(Notice::PassedOver {
                            acs_credential_id: credential.acs_credential_id,
                            display_name: credential.display_name,
                            refusal: Arc::new(refusal),
                        });
                    }
                    return Ok(issuance);
                }
                outcome => return outcome,
            }
        }
        let Some((credential, refusal)) = passed_over.into_iter().next() else {
            return Err(IssueError::NothingWaiting);
        };
        turn.tries(&credential.acs_credential_id);
        Err(IssueError::Refused(refusal))
    }

    /// Finishes what this card is half-way to; `None` when the journal holds nothing open for it.
    ///
    /// # Errors
    /// As [`issue`](Self::issue).
    pub async fn finish(
        &self,
        card: &CardSession,
        watcher: &Watcher,
    ) -> Result<Option<Issuance>, IssueError> {
        let turn = self.turn(card, Allowed::default(), watcher).await?;
        if let Some(open) = turn.open()? {
            return turn.issue(&open.acs_credential_id).await.map(Some);
        }
        turn.is_not_superseded(None, turn.allowed)?;
        Ok(None)
    }

    /// Says whether a credential that does not exist yet could go onto this card.
    ///
    /// # Errors
    /// As [`issue`](Self::issue) would answer.
    pub async fn check_card(
        &self,
        card: &CardSession,
        allowed: Allowed,
        watcher: &Watcher,
    ) -> Result<(), IssueError> {
        let turn = self.turn(card, allowed, watcher).await?;
        turn.supersede(turn.open()?, None)?;
        turn.card_may_take_one().await
    }

    fn recognise_superseded(&self, look: &Look) -> Result<Option<Issuance>, JournalError> {
        let superseded = recognise(&self.journal, look)?;
        if superseded.is_some() {
            self.something_to_report();
        }
        Ok(superseded)
    }

    async fn turn<'a>(
        &'a self,
        card: &'a CardSession,
        allowed: Allowed,
        watcher: &'a Watcher,
    ) -> Result<Turn<'a>, IssueError> {
        let mut seen = self.look(card).await.map_err(IssueError::Unreadable)?;
        if let Seen::Known(look) = &seen
            && self.finish_wipe(card, look, watcher).await?
        {
            seen = self.look(card).await.map_err(IssueError::Unreadable)?;
        }
        watcher(Notice::looked(card.encoder(), &seen));
        match seen {
            Seen::Known(look) => Ok(Turn {
                agent: self,
                card,
                superseded: self.recognise_superseded(&look)?,
                look: *look,
                allowed,
                watcher,
            }),
            Seen::Unknown(_) => Err(Refusal::UnknownCard.into()),
        }
    }
}

/// Open issuances that make way, each with what becomes of it.
type Superseded = Vec<(Issuance, Event)>;

/// A card's turn on its encoder: what every step with it needs.
struct Turn<'a> {
    agent: &'a Agent,
    card: &'a CardSession,
    /// What the card was and held before the first step.
    look: Look,
    /// What it holds, if it is no longer the card of that credential.
    superseded: Option<Issuance>,
    allowed: Allowed,
    watcher: &'a Watcher,
}

impl Turn<'_> {
    /// What this card is half-way to.
    fn open(&self) -> Result<Option<Issuance>, IssueError> {
        Ok(self.agent.journal.open_on_card(&self.look.inspection.uid)?)
    }

    /// Tells which credential the next steps are about.
    fn tries(&self, acs_credential_id: &str) {
        (self.watcher)(Notice::tried(self.card.encoder(), acs_credential_id));
    }

    async fn issue(&self, acs_credential_id: &str) -> Result<Issuance, IssueError> {
        self.tries(acs_credential_id);
        let reservation = self
            .agent
            .intake
            .reserve(acs_credential_id)
            .ok_or(Refusal::BeingIssued)?;
        let open = self
            .open()?
            .filter(|open| open.acs_credential_id == acs_credential_id);
        if let Some(open) = &open
            && self.is_whole(open)
        {
            // Only the last answer was lost. The card is good, whatever the API says by now, and is reported.
            let issuance = self.found_whole(open.clone()).await?;
            let asked = self.agent.intake.fetch(acs_credential_id);
            match timeout(PATIENCE, asked).await {
                Ok(Ok(credential)) => self.tell_of_another_end(&issuance, &credential),
                Ok(Err(error)) => {
                    tracing::debug!("whether the stay has changed is not known: {error}");
                }
                Err(_) => tracing::debug!("whether the stay has changed is not known"),
            }
            return Ok(issuance);
        }
        match (self.agent.intake.fetch(acs_credential_id).await, open) {
            (Ok(credential), open) => {
                if let Some(open) = open {
                    self.agent.journal.note_found(open.issuance_id)?;
                }
                self.put(&reservation, &credential).await
            }
            (Err(SeamError::Refused(refusal)), Some(open)) if refusal.is_not_found() => {
                Err(self.not_found(refusal, open).await?)
            }
            (Err(error), _) => Err(error.into()),
        }
    }

    /// The API says that the credential of an open issuance does not exist. That is believed when it goes on saying so, and when
    /// its list says the same: an upstream that fails answers like that for a moment.
    async fn not_found(
        &self,
        refusal: Box<seam::Refusal>,
        open: Issuance,
    ) -> Result<IssueError, JournalError> {
        let Self { agent, .. } = self;
        let is_gone = refusal.says_not_found()
            && agent
                .intake
                .is_gone(&open.acs_credential_id, &open.origin.acs_system_id)
                .await;
        let confirmed_at = if is_gone {
            let now = Timestamp::now();
            let since = agent.journal.note_missing(open.issuance_id, now)?;
            let at = since.saturating_add(GONE_AFTER).unwrap_or(now);
            if at <= now {
                self.give_up(open, GivenUp::NotFound)?;
                return Ok(SeamError::Refused(refusal).into());
            }
            Some(at)
        } else {
            agent.journal.note_found(open.issuance_id)?;
            None
        };
        tracing::debug!(issuance_id = %open.issuance_id, ?confirmed_at, "not given up: {refusal}");
        Ok(IssueError::NotFound {
            refusal,
            issuance: Box::new(open),
            confirmed_at,
        })
    }

    /// A card that is finished holds the end that the stay had when it was begun.
    fn tell_of_another_end(&self, issuance: &Issuance, credential: &AcsCredential) {
        let on_card = issuance.ends_at();
        match credential.ends_at_time() {
            Ok(in_seam) if in_seam.map(Time::as_second) != on_card => {
                (self.watcher)(Notice::HoldsAnotherEnd {
                    issuance: issuance.clone(),
                    on_card: on_card.map(Time::from_second),
                    in_seam,
                });
            }
            Ok(_) | Err(_) => {}
        }
    }

    async fn found_whole(&self, mut issuance: Issuance) -> Result<Issuance, IssueError> {
        let found = std::slice::from_mut(&mut issuance);
        verdict::note(&self.agent.journal, found, Event::Verified, self.watcher).await?;
        (self.watcher)(Notice::Written(issuance.clone()));
        Ok(issuance)
    }

    /// Whether the card holds the record of an issuance that was to write it.
    fn is_whole(&self, open: &Issuance) -> bool {
        open.state != State::Claiming && holds(&self.look.inspection.contents, &open.record)
    }

    /// The card holds no valid record and never will hold this one: it is free again.
    fn give_up(&self, mut open: Issuance, why: GivenUp) -> Result<(), JournalError> {
        let journal = &self.agent.journal;
        journal.advance(&mut open, Event::GivenUp, Timestamp::now())?;
        (self.watcher)(Notice::GivenUp {
            issuance: open,
            why,
        });
        Ok(())
    }

    async fn put(
        &self,
        reservation: &Reservation,
        credential: &AcsCredential,
    ) -> Result<Issuance, IssueError> {
        let id = reservation.acs_credential_id();
        self.tries(id);
        match self.open()? {
            Some(open) if open.acs_credential_id == id => self.resume(open, credential).await,
            on_card => {
                let of_credential = self.agent.journal.open_of_credential(id)?;
                let (superseded, leases) = self.supersede(on_card, of_credential)?;
                let issuance = self.claim(credential, &superseded)?;
                drop(leases);
                self.write(issuance).await
            }
        }
    }

    /// Whether the card may be written with a credential that is not chosen yet. The API, which nobody has asked yet, is asked
    /// for the time when that decides.
    async fn card_may_take_one(&self) -> Result<(), IssueError> {
        if matches!(&self.look.holds, Holds::Verified(record) if record.ends_at.is_some()) {
            self.agent.intake.ask_the_time().await;
        }
        let now = self.agent.now(self.watcher);
        self.card_may_be_written(None, self.allowed, now)
    }

    /// Whether what stands on the card lets it be written. A card that only lacks a key of the site is told as that.
    fn card_may_be_written(
        &self,
        acs_credential_id: Option<&str>,
        allowed: Allowed,
        now: Timestamp,
    ) -> Result<(), IssueError> {
        let Self { agent, look, .. } = self;
        if look.inspection.keys == CardKeys::Unknown {
            let left = agent.journal.since_whole(&look.inspection.uid)?;
            keys::explain_unknown(&left, agent.setup.drivers.site_keys.as_ref())?;
            // Before what stands there is looked at: no permission to overwrite it opens a card whose keys are not known.
            look.driver
                .admits(&look.inspection, 0)
                .map_err(Refusal::Card)?;
        }
        self.is_not_superseded(acs_credential_id, allowed)?;
        Ok(card_may_be_written(look, acs_credential_id, allowed, now)?)
    }

    /// A superseded card is used again only when the person has been told, whenever it ends: for its own credential, or by
    /// being overwritten.
    fn is_not_superseded(
        &self,
        acs_credential_id: Option<&str>,
        allowed: Allowed,
    ) -> Result<(), Refusal> {
        match &self.superseded {
            Some(old)
                if !allowed.overwrite
                    && acs_credential_id != Some(old.acs_credential_id.as_str()) =>
            {
                Err(Refusal::Superseded {
                    acs_credential_id: old.acs_credential_id.clone(),
                })
            }
            _ => Ok(()),
        }
    }

    /// Why the card does not take a record; of one that is too small, which card would do at this desk and on this reader.
    fn does_not_take(&self, error: DriverError) -> Refusal {
        Refusal::Card(match error {
            DriverError::TooSmall {
                needed,
                available,
                card,
                ..
            } => DriverError::TooSmall {
                needed,
                available,
                card,
                smallest: smallest_for(needed, &self.agent.setup.drivers, self.look.reader)
                    .map(|model| model.title),
            },
            error => error,
        })
    }

    /// Which open issuances make way for a new one, and what becomes of them. While the leases are held nobody goes on with
    /// them.
    fn supersede(
        &self,
        on_card: Option<Issuance>,
        of_credential: Option<Issuance>,
    ) -> Result<(Superseded, Vec<Lease>), IssueError> {
        let mut superseded = Vec::new();
        let mut leases = Vec::new();
        if let Some(open) = on_card {
            // Nothing was written for one that is only claimed: it can go without asking.
            if open.state != State::Claiming {
                if !self.allowed.overwrite {
                    let acs_credential_id = open.acs_credential_id;
                    return Err(Refusal::OpenForAnotherCredential { acs_credential_id }.into());
                }
                leases.push(self.lease(&open)?);
            }
            // A credential that did get onto this card was issued: it goes onto no other, and is reported.
            let event = if self.is_whole(&open) {
                Event::Verified
            } else {
                Event::GivenUp
            };
            superseded.push((open, event));
        }
        if let Some(open) = of_credential {
            if open.state != State::Claiming {
                // Also before anyone is told how to give it up.
                leases.push(self.lease(&open)?);
                if !self.allowed.reissue {
                    let card_uid = open.card_uid;
                    return Err(Refusal::OpenOnAnotherCard { card_uid }.into());
                }
            }
            superseded.push((open, Event::GivenUp));
        }
        Ok((superseded, leases))
    }

    /// The right to write an issuance that was begun, or to give it up: its card may be whole already, and only its writer knows.
    fn lease(&self, open: &Issuance) -> Result<Lease, IssueError> {
        let lease = self.agent.journal.lease(open.issuance_id)?;
        let card_uid = open.card_uid;
        Ok(lease.ok_or(Refusal::BeingWritten { card_uid })?)
    }

    /// Everything that can be refused is refused here; then the credential is taken and its bytes are fixed.
    fn claim(
        &self,
        credential: &AcsCredential,
        superseded: &[(Issuance, Event)],
    ) -> Result<Issuance, IssueError> {
        let Self { agent, look, .. } = self;
        let now = agent.now(self.watcher);
        let id = &credential.acs_credential_id;
        let written = agent.journal.written(id)?;
        let kind = credential_may_be_issued(credential, &written, self.allowed, now)?;
        self.card_may_be_written(Some(id), self.allowed, now)?;
        let uid = look.inspection.uid;
        let earlier = agent.journal.cards_of(id)?;
        let card_number = card_number(credential, uid, &earlier);
        let content = card_credential(credential, card_number.clone())?;
        let claimed_at = Timestamp::now();
        let record = record_for(&content, claimed_at.as_second())
            .map_err(Refusal::Contradictory)?
            .seal(agent.setup.keys.sealing(), &uid)
            .map_err(|error| Refusal::of_sealing(error, &look.inspection))?;
        look.driver
            .admits(&look.inspection, record.len())
            .map_err(|error| self.does_not_take(error))?;
        let keys = keys::to_begin(
            look.driver.key_version(&look.inspection),
            look.inspection.keys,
            &agent.journal.since_whole(&uid)?,
            agent.setup.drivers.site_keys.as_ref(),
        );
        let new = Issuance {
            issuance_id: Uuid::now_v7(),
            acs_credential_id: id.clone(),
            card_uid: uid,
            card_number,
            card_type: look.inspection.model.name.to_owned(),
            driver: look.driver_name.to_owned(),
            state: State::Claiming,
            written_at: None,
            reported_at: None,
            display_name: Some(credential.display_name.clone())
                .filter(|name| !name.trim().is_empty()),
            invalidation: None,
            encoder: self.card.encoder().to_string(),
            claimed_at,
            record,
            key_version: keys.version,
            earlier_keys: keys.earlier,
            kind,
            answers: Some(reissue_warnings(credential).map(str::to_owned).collect()),
            overwrite: self.allowed.overwrite,
            origin: Origin {
                workspace_id: credential.workspace_id.clone(),
                acs_system_id: credential.acs_system_id.clone(),
                connected_account_id: credential.connected_account_id.clone(),
            },
        };
        // Another process may have taken the credential, or begun with this card, since the journal was looked at.
        match agent.journal.claim(new, written.first(), superseded) {
            Ok(Some(claimed)) => {
                for (old, event) in superseded {
                    if *event == Event::GivenUp {
                        (self.watcher)(Notice::GivenUp {
                            issuance: old.clone(),
                            why: GivenUp::Superseded,
                        });
                    }
                }
                if self.allowed.overwrite
                    && let Some(lost) = look.lost()
                {
                    (self.watcher)(Notice::Overwriting {
                        card_uid: uid,
                        lost,
                    });
                }
                Ok(claimed)
            }
            Ok(None) => Err(Refusal::BeingIssued.into()),
            Err(error) => Err(overtaken_is_refused(error)),
        }
    }

    /// Goes on with an issuance that stopped, with the bytes it began with.
    async fn resume(
        &self,
        mut open: Issuance,
        credential: &AcsCredential,
    ) -> Result<Issuance, IssueError> {
        let now = self.agent.now(self.watcher);
        let began = Allowed {
            reissue: self.allowed.reissue || open.kind == Kind::Again,
            overwrite: self.allowed.overwrite || open.overwrite || is_left_by(&open, &self.look),
        };
        let written = self.agent.journal.written(&open.acs_credential_id)?;
        if let Err(refusal) = credential_may_be_issued(credential, &written, began, now) {
            if refusal.is_final() {
                self.give_up(open, GivenUp::Refused(refusal.to_string()))?;
            }
            return Err(refusal.into());
        }
        let look = &self.look;
        keys::can_be_finished(&open, self.agent.setup.drivers.site_keys.as_ref())?;
        self.card_may_be_written(Some(&open.acs_credential_id), began, now)?;
        look.driver
            .admits(&look.inspection, open.record.len())
            .map_err(|error| self.does_not_take(error))?;
        let version = look.driver.key_version(&look.inspection);
        let keys = keys::to_go_on(version, look.inspection.keys, &open);
        if keys.version != open.key_version || keys.earlier != open.earlier_keys {
            self.agent
                .journal
                .note_keys(&mut open, keys.version, keys.earlier)
                .map_err(overtaken_is_refused)?;
        }
        let issuance = self.write(open).await?;
        self.tell_of_another_end(&issuance, credential);
        Ok(issuance)
    }

    async fn write(&self, mut issuance: Issuance) -> Result<Issuance, IssueError> {
        let journal = &self.agent.journal;
        // Held until the journal knows what came of it, and by the card's thread for as long as that is at it, whether or not
        // anybody still waits for it.
        let lease = Arc::new(self.lease(&issuance)?);
        journal
            .advance(&mut issuance, Event::WriteBegins, Timestamp::now())
            .map_err(overtaken_is_refused)?;
        (self.watcher)(Notice::Claimed(issuance.clone()));
        let record = issuance.record.clone();
        let setup = Arc::clone(&self.agent.setup);
        let progress = {
            let watcher = Arc::clone(self.watcher);
            let issuance_id = issuance.issuance_id;
            move |progress: Progress| {
                watcher(Notice::Writing {
                    issuance_id,
                    progress,
                });
            }
        };
        let look = self.look.clone();
        let held = Arc::clone(&lease);
        let outcome = self
            .card
            .run(move |channel| {
                let _held = held;
                write_and_read_back(channel, &look, &record, setup.keys.all(), progress)
            })
            .await;
        match outcome.unwrap_or_else(|lost| Err(WriteError::Stopped(lost.into()))) {
            Ok(()) => self.found_whole(issuance).await,
            Err(error) => {
                let event = Event::Interrupted;
                // A card that is still `writing` in the journal is finished like one that is `torn`.
                if let Err(error) = journal.advance(&mut issuance, event, Timestamp::now()) {
                    (self.watcher)(Notice::JournalTrouble(Arc::new(error)));
                }
                let issuance = Box::new(issuance);
                Err(match error {
                    WriteError::Stopped(cause) => IssueError::Interrupted { cause, issuance },
                    WriteError::Differs => IssueError::NotVerified { issuance },
                })
            }
        }
    }
}

/// The number that the API gives, else the card's UID. A number that is the UID of an earlier card of this credential is that
/// card's, and is not carried over.
fn card_number(credential: &AcsCredential, uid: Uid, earlier: &[Uid]) -> String {
    let is_of_an_earlier_card = |number: &&String| {
        earlier
            .iter()
            .any(|card| card.to_string().eq_ignore_ascii_case(number))
    };
    credential
        .card_number
        .value()
        .filter(|number| !is_of_an_earlier_card(number))
        .cloned()
        .unwrap_or_else(|| uid.to_string())
}

/// Before the first write, an issuance that another process has moved on is one that it is at.
fn overtaken_is_refused(error: JournalError) -> IssueError {
    match error {
        JournalError::Overtaken { .. } => Refusal::BeingIssued.into(),
        error => error.into(),
    }
}
