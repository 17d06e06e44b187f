//! A desk in this process: its cards can be pulled away, and carried to another desk.

use std::sync::Arc;
use std::time::Duration;

use cardbridge::desk::target::{Selection, Target, WipeOrder, Wiped};
use cardbridge::desk::{Agent, Cards, Desk, DeskError, Manner, Update};
use cardbridge::encoder::simulated::{Fault, Loss};
use cardbridge::encoder::{EncoderName, Encoders, Tray};
use cardbridge::issuance::entry::Issuance;
use cardbridge::issuance::journal::{Journal, JournalReader};
use cardbridge::issuance::policy::{Allowed, Overwrite};
use cardbridge::issuance::{CardSettings, RecordKeys};
use cardbridge::queue::{CredentialQueue, Property, PropertySettings};
use cardbridge::report::Reporter;
use cardbridge_drivers::cards;
use cardbridge_drivers::contract::Uid;
use cardbridge_drivers::record::RecordKey;
use cardbridge_drivers::testing::site_settings;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cluster::Database;
use crate::hotel::Hotel;

/// Only so that a test that fails ends.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) const PLAIN: Allowed = Allowed {
    reissue: false,
    overwrite: Overwrite::Never,
};

pub(crate) const REISSUE: Allowed = Allowed {
    reissue: true,
    overwrite: Overwrite::Never,
};

/// One desk.
pub(crate) struct Here {
    pub(crate) desk: Desk,
    pub(crate) agent: Arc<Agent>,
    tray: Tray,
    state: TempDir,
    name: String,
}

impl Here {
    pub(crate) fn new(hotel: &Hotel, name: &str, database: &Database) -> Self {
        Self::of(hotel, name, database, tempfile::tempdir().unwrap(), tray())
    }

    fn of(hotel: &Hotel, name: &str, database: &Database, state: TempDir, tray: Tray) -> Self {
        let journal = Journal::open(state.path()).unwrap();
        let settings = PropertySettings {
            url: database.url.as_str().into(),
            desk: name.to_owned(),
            ca_file: None,
        };
        let property = Property::new(&settings, journal.id()).unwrap();
        let key = RecordKey::new(vec![1], [7; 32]).unwrap();
        let agent = Agent::new(
            CredentialQueue::new(hotel.client.clone(), Vec::new()),
            journal,
            Reporter::new(Vec::new()),
            CardSettings {
                keys: RecordKeys::new(key, Vec::new()),
                drivers: site_settings().into(),
            },
        );
        let agent = Arc::new(agent.with_property(property));
        let (encoders, events) = Encoders::simulated(&tray).unwrap();
        let manner = Manner {
            cards: Some(Cards::FinishOnly),
            ..Manner::default()
        };
        Self {
            desk: Desk::open(Arc::clone(&agent), Some(encoders), events, manner),
            agent,
            tray,
            state,
            name: name.to_owned(),
        }
    }

    /// The same desk after its process was ended, with another way to the database.
    pub(crate) async fn restarted(self, hotel: &Hotel, database: &Database) -> Self {
        let Self {
            desk,
            agent,
            tray,
            state,
            name,
        } = self;
        desk.stop().await;
        drop((desk, agent));
        Self::of(hotel, &name, database, state, tray)
    }

    /// A blank card.
    pub(crate) fn card(&self) -> Uid {
        let mut uid = [0x04; 7];
        uid[1..].copy_from_slice(&uuid::Uuid::new_v4().as_bytes()[..6]);
        let uid = Uid::from(uid);
        self.tray
            .add(cards::simulate("ntag215", uid).unwrap())
            .unwrap()
    }

    pub(crate) fn memory(&self, uid: Uid) -> Vec<u8> {
        self.tray.memory(uid).unwrap()
    }

    /// Places a card, in place of the one that was there.
    pub(crate) fn place(&self, uid: Uid) {
        self.tray.move_to(&encoder(), uid).unwrap();
    }

    /// Carries a card to another desk.
    pub(crate) fn hand(&self, uid: Uid, to: &Self) {
        let _ = self.tray.remove_from(&encoder());
        let memory = self.tray.memory(uid).unwrap();
        to.tray
            .add(cards::simulate("ntag215", uid).unwrap())
            .unwrap();
        assert!(to.tray.load(uid, &memory).unwrap());
        to.place(uid);
    }

    /// Puts a credential onto a new card.
    pub(crate) async fn encode(
        &self,
        id: &str,
        allowed: Allowed,
    ) -> Result<Issuance, Arc<DeskError>> {
        self.place(self.card());
        self.encode_here(id, allowed).await
    }

    /// The same onto the card that is there.
    pub(crate) async fn encode_here(
        &self,
        id: &str,
        allowed: Allowed,
    ) -> Result<Issuance, Arc<DeskError>> {
        let selection = Selection::Credential(id.to_owned());
        let mut ticket = self
            .desk
            .encode(selection, &Target::first_card(PATIENCE), allowed)
            .map_err(Arc::new)?;
        let encoded = ticket.outcome().await?;
        Ok(encoded.here().unwrap())
    }

    /// Begins with a new card, which is pulled away in the middle of the write and not placed again.
    pub(crate) async fn tear(&self, id: &str) -> Issuance {
        let uid = self.card();
        self.tray
            .break_after(&encoder(), 25, Fault::Removed(Loss::Answer))
            .unwrap();
        let mut events = self.desk.events();
        self.place(uid);
        let selection = Selection::Credential(id.to_owned());
        let target = Target::first_card(PATIENCE);
        let ticket = self.desk.encode(selection, &target, Allowed::default());
        let ticket = ticket.unwrap();
        loop {
            let event = next(&mut events).await;
            if event["event"] == "card_awaited" && event["error"]["code"] == "card_unfinished" {
                break;
            }
        }
        self.desk.cancel(ticket.id()).await.unwrap();
        self.shared().await;
        self.history()
            .await
            .into_iter()
            .find(|one| one.card_uid == uid)
            .unwrap()
    }

    pub(crate) async fn wipe(&self) -> Wiped {
        let order = WipeOrder {
            valid: true,
            ..WipeOrder::default()
        };
        let mut ticket = self
            .desk
            .wipe(&Target::first_card(PATIENCE), order)
            .unwrap();
        ticket.outcome().await.unwrap()
    }

    /// What the card that is there is said to be.
    pub(crate) async fn verdict(&self) -> String {
        let mut ticket = self.desk.scan(&Target::first_card(PATIENCE)).unwrap();
        let scan = ticket.outcome().await.unwrap();
        json!(scan.reading.unwrap())["verdict"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    pub(crate) async fn history(&self) -> Vec<Issuance> {
        let journal = self.agent.journal();
        journal.read(JournalReader::history).await.unwrap()
    }

    /// Ready once the other desks can know all that there is.
    async fn shared(&self) {
        let mut journal = self.agent.journal().changes();
        loop {
            let unshared = self.agent.journal().read(|journal| journal.unshared(1));
            if unshared.await.unwrap().is_empty() {
                return;
            }
            let changed = tokio::time::timeout(PATIENCE, journal.next()).await;
            changed.expect("it is never shared");
        }
    }

    /// Ready once the journal has a credential's newest issuance in this state.
    pub(crate) async fn reaches(&self, id: &str, state: &str) {
        let mut journal = self.agent.journal().changes();
        loop {
            let history = self.history().await;
            let newest = history.iter().rfind(|one| one.acs_credential_id == id);
            if newest.is_some_and(|one| one.state().as_str() == state) {
                return;
            }
            let changed = tokio::time::timeout(PATIENCE, journal.next()).await;
            changed.unwrap_or_else(|_| panic!("not {state}: {history:?}"));
        }
    }
}

fn tray() -> Tray {
    Tray::with_encoders([Tray::ENCODER])
}

fn encoder() -> EncoderName {
    EncoderName(Tray::ENCODER.to_owned())
}

async fn next(events: &mut cardbridge::desk::Events) -> Value {
    match tokio::time::timeout(PATIENCE, events.next()).await {
        Ok(Some(Update::Event(event))) => json!(&*event),
        Ok(Some(Update::Snapshot { .. })) => Value::Null,
        Ok(None) => panic!("the desk is gone"),
        Err(elapsed) => panic!("nothing happens: {elapsed}"),
    }
}

/// The code of a failure, and what it says.
pub(crate) fn refused<T: std::fmt::Debug>(
    outcome: Result<T, Arc<DeskError>>,
) -> (&'static str, String) {
    let error = outcome.unwrap_err();
    (error.code(), error.to_string())
}
