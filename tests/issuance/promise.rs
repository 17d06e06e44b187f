//! The promise, over whatever happens: two agents that share a journal, as two processes do, put random credentials onto
//! random cards at the same time; cards are pulled, agents stop anywhere, the receiver is down. After every step no
//! credential is on two cards unless it was allowed, no card holds what the journal does not know, and a refusal has
//! changed nothing. In the end everything is whole, and whatever was written is reported.

use std::collections::BTreeSet;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use cardbridge::desk::notice::nobody;
use cardbridge::desk::{Agent, IssueError};
use cardbridge::encoder::simulated::{Fault, Loss};
use cardbridge::encoder::{CardSession, EncoderEvent, EncoderName};
use cardbridge::issuance::entry::Issuance;
use cardbridge::issuance::policy::Allowed;
use cardbridge::issuance::state::State;
use cardbridge::report::Urgency;
use cardbridge::seam::AcsCredential;
use cardbridge::sim::{self, Target};
use cardbridge_drivers::cards;
use cardbridge_drivers::contract::{Contents, ReaderProfile, Uid, identify};
use cardbridge_drivers::record::Record;
use cardbridge_drivers::testing::{SimulatedReader, site_settings};
use proptest::collection::vec;
use proptest::prelude::*;

use uuid::Uuid;

use crate::desk::{Desk, history_of, record_key};

const ENCODERS: [&str; 2] = ["Left 00 00", "Right 01 00"];
const CREDENTIALS: usize = 2;
const CARDS: usize = 3;
/// One of each technology that is written in a way of its own.
const MODELS: [&str; 4] = ["ntag213", "ultralight-c", "classic-mini", "desfire-ev2-2k"];

/// What one agent does with one card.
#[derive(Debug, Clone)]
struct Move {
    card: usize,
    credential: usize,
    allowed: Allowed,
    /// The card is pulled at this command.
    pulled: Option<(usize, Loss)>,
    /// The agent stops after so many steps of its work.
    stops: Option<usize>,
}

#[derive(Debug, Clone)]
enum Step {
    One(Move),
    /// Both agents at the same time, with different cards.
    Both(Move, Move),
    /// The receiver does not answer, or answers again.
    Receiver {
        is_up: bool,
    },
    /// An agent sends what is unreported.
    Report,
}

fn one_move() -> impl Strategy<Value = Move> {
    let allowed = prop_oneof![
        6 => Just((false, false)),
        1 => Just((true, false)),
        2 => Just((false, true)),
        1 => Just((true, true)),
    ];
    let loss = prop_oneof![Just(Loss::Command), Just(Loss::Answer)];
    // Anywhere, and more often about the first write and the end, where the most hangs on it.
    let command = prop_oneof![0..45_usize, 5..12_usize, 28..42_usize, 42..85_usize];
    let pulled = prop::option::of((command, loss));
    let stops = prop::option::weighted(0.2, 1..25_usize);
    (0..CARDS, 0..CREDENTIALS, allowed, pulled, stops).prop_map(
        |(card, credential, (reissue, overwrite), pulled, stops)| Move {
            card,
            credential,
            allowed: Allowed {
                reissue,
                overwrite: overwrite.into(),
            },
            pulled,
            stops,
        },
    )
}

fn step() -> impl Strategy<Value = Step> {
    let both = (one_move(), one_move(), 1..CARDS).prop_map(|(one, mut other, apart)| {
        other.card = (one.card + apart) % CARDS;
        Step::Both(one, other)
    });
    prop_oneof![
        6 => one_move().prop_map(Step::One),
        4 => both,
        1 => any::<bool>().prop_map(|is_up| Step::Receiver { is_up }),
        1 => Just(Step::Report),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn holds_whatever_happens(
        models in vec(prop::sample::select(&MODELS[..]), CARDS),
        steps in vec(step(), 1..14),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut world = World::new(&models).await;
            for step in steps {
                world.carry_out(step).await;
            }
            world.come_to_rest().await;
        });
    }
}

struct World {
    desk: Desk,
    agents: [Agent; 2],
    credentials: Vec<AcsCredential>,
    cards: Vec<Uid>,
    models: Vec<&'static str>,
    /// What was wanted on one more card.
    reissued: BTreeSet<String>,
    /// Every record that was whole on some card.
    written: BTreeSet<Vec<u8>>,
}

impl World {
    async fn new(models: &[&'static str]) -> Self {
        let mut desk = Desk::with_encoders(ENCODERS).await;
        let mut credentials = Vec::new();
        for _ in 0..CREDENTIALS {
            credentials.push(desk.credential().await);
        }
        Self {
            agents: [desk.agent(), desk.agent()],
            cards: models.iter().map(|model| desk.card(model)).collect(),
            models: models.to_vec(),
            credentials,
            desk,
            reissued: BTreeSet::new(),
            written: BTreeSet::new(),
        }
    }

    async fn carry_out(&mut self, step: Step) {
        match step {
            Step::One(one) => self.make(&[one]).await,
            Step::Both(one, other) => self.make(&[one, other]).await,
            Step::Receiver { is_up: true } => self.desk.faults.clear(),
            Step::Receiver { is_up: false } => {
                self.desk
                    .faults
                    .every(Target::Reports, sim::Fault::CallLost);
            }
            Step::Report => self.report().await,
        }
    }

    async fn make(&mut self, moves: &[Move]) {
        // What an agent that stopped had sent to its journal is written all the same, though perhaps only now.
        for agent in &self.agents {
            agent.journal().note_found(Uuid::nil()).await.unwrap();
        }
        let before = self.everything().await;
        let mut sessions = Vec::new();
        for (name, one) in ENCODERS.iter().zip(moves) {
            let encoder = EncoderName((*name).to_owned());
            let session = self.desk.place_on(&encoder, self.cards[one.card]).await;
            if let Some((commands, loss)) = one.pulled {
                self.desk
                    .tray
                    .break_after(&encoder, commands, Fault::Removed(loss))
                    .unwrap();
            }
            sessions.push(session);
        }
        let outcomes = match (moves, &sessions[..]) {
            ([one], [card]) => vec![self.issue(0, one, card).await],
            ([one, other], [left, right]) => {
                let (one, other) =
                    tokio::join!(self.issue(0, one, left), self.issue(1, other, right));
                vec![one, other]
            }
            _ => unreachable!(),
        };
        drop(sessions);
        for name in &ENCODERS[..moves.len()] {
            let encoder = EncoderName((*name).to_owned());
            self.desk.tray.wake(&encoder).unwrap();
            self.desk.tray.remove_from(&encoder).unwrap();
        }
        let mut removed = 0;
        while removed < moves.len() {
            let event = self.desk.events.recv().await.unwrap();
            removed += usize::from(matches!(event, EncoderEvent::CardRemoved(_)));
        }
        for one in moves.iter().filter(|one| one.allowed.reissue) {
            let id = &self.credentials[one.credential].acs_credential_id;
            self.reissued.insert(id.clone());
        }
        let refused = |outcome: &Option<Result<_, _>>| {
            matches!(
                outcome,
                Some(Err(IssueError::Refused(_) | IssueError::Unreadable(_)))
            )
        };
        if outcomes.iter().all(refused) {
            let (cards, history) = self.everything().await;
            assert_eq!(cards, before.0, "{outcomes:?}");
            assert_eq!(history.len(), before.1.len(), "{outcomes:?}");
            // A card that is no longer good may have been found; whatever it held before is gone with it.
            let changed = history.iter().zip(&before.1);
            let changed: Vec<_> = changed
                .filter_map(|(now, then)| (now != then).then_some(now))
                .collect();
            let of_state = |state| changed.iter().filter(move |now| now.state() == state);
            let superseded: Vec<_> = of_state(State::Superseded)
                .map(|now| now.card_uid)
                .collect();
            let gone = of_state(State::Wiped).filter(|now| superseded.contains(&now.card_uid));
            assert_eq!(
                superseded.len() + gone.count(),
                changed.len(),
                "{outcomes:?}"
            );
        }
        self.check().await;
    }

    /// `None` when the agent stopped on the way.
    async fn issue(
        &self,
        agent: usize,
        one: &Move,
        card: &CardSession,
    ) -> Option<Result<Issuance, IssueError>> {
        let observer = nobody();
        let id = &self.credentials[one.credential].acs_credential_id;
        let issuing = Box::pin(self.agents[agent].issue(card, id, one.allowed, &observer));
        let outcome = stopped_after(one.stops, issuing).await?;
        if let Ok(issuance) = &outcome {
            assert_eq!(&issuance.acs_credential_id, id);
            assert_eq!(issuance.card_uid, self.cards[one.card]);
            assert_eq!(
                self.on_card(issuance.card_uid),
                Some(issuance.record.clone())
            );
        }
        Some(outcome)
    }

    async fn report(&self) {
        let urgency = Urgency::Now;
        self.agents[0].report(urgency, &nobody()).await.unwrap();
    }

    async fn everything(&self) -> (Vec<Vec<u8>>, Vec<Issuance>) {
        let memory = |uid: &Uid| self.desk.tray.memory(*uid).unwrap();
        (
            self.cards.iter().map(memory).collect(),
            self.history().await,
        )
    }

    async fn history(&self) -> Vec<Issuance> {
        history_of(&self.agents[0]).await
    }

    /// The record on a card, as another desk of the property reads it from a copy of the card.
    fn on_card(&self, uid: Uid) -> Option<Vec<u8>> {
        let place = self.cards.iter().position(|card| *card == uid).unwrap();
        let mut copy = cards::simulate(self.models[place], uid).unwrap();
        assert!(copy.load(&self.desk.tray.memory(uid).unwrap()));
        let mut reader = SimulatedReader::new(copy, ReaderProfile::GENERIC);
        let card_type = identify(&mut reader).unwrap();
        let (_, driver) = cards::driver_for(&card_type, &site_settings()).unwrap();
        match driver
            .inspect(&mut reader, &card_type)
            .unwrap()
            .summary()
            .contents
            .clone()
        {
            Contents::Record(record) => Some(record),
            Contents::Blank | Contents::Torn => None,
            Contents::Beside(_) | Contents::Foreign | Contents::Broken => {
                panic!("card {uid} became foreign")
            }
        }
    }

    async fn check(&mut self) {
        let history = self.history().await;
        let mut issued = BTreeSet::new();
        let mut current = BTreeSet::new();
        for uid in self.cards.clone() {
            let Some(bytes) = self.on_card(uid) else {
                continue;
            };
            let record =
                Record::open(&bytes, &[record_key()], &uid).expect("a card is never wrong");
            let id = record.acs_credential_id;
            let is_first = issued.insert(id.clone());
            let is_wanted = self.reissued.contains(&id);
            assert!(is_first || is_wanted, "{id} is on two cards: {history:#?}");
            let known = history.iter().rev().find(|one| {
                (one.card_uid, &one.acs_credential_id) == (uid, &id) && one.record == bytes
            });
            let known = known.expect("the journal knows every record");
            let will_be_reported = known.state() != State::Claiming
                && (known.state() != State::Abandoned || is_wanted);
            assert!(will_be_reported, "{id} is on {uid}: {history:#?}");
            let is_older_card = history
                .iter()
                .skip_while(|one| one.issuance_id != known.issuance_id)
                .any(|one| {
                    one.acs_credential_id == id && one.card_uid != uid && one.written_at().is_some()
                });
            if matches!(known.state(), State::Reporting | State::Closed) && !is_older_card {
                assert!(current.insert(id.clone()), "{id} has two: {history:#?}");
            }
            self.written.insert(bytes);
        }
    }

    /// Every card is placed once more, so that the unfinished ones are finished, and then again: one that was finished late may
    /// have superseded one that was looked at before. Everything is reported.
    async fn come_to_rest(&mut self) {
        let encoder = EncoderName(ENCODERS[0].to_owned());
        let cards = self.cards.clone();
        for uid in cards.iter().chain(&cards).copied() {
            let card = self.desk.place_on(&encoder, uid).await;
            if let Err(error) = self.agents[1].finish(&card, &nobody()).await {
                assert!(matches!(error, IssueError::Refused(_)), "{error}");
            }
            drop(card);
            self.desk.tray.remove_from(&encoder).unwrap();
            while !matches!(
                self.desk.events.recv().await.unwrap(),
                EncoderEvent::CardRemoved(_)
            ) {}
            self.check().await;
        }
        self.desk.faults.clear();
        self.report().await;
        let history = self.history().await;
        for one in &history {
            assert!(
                matches!(
                    one.state(),
                    State::Closed | State::Abandoned | State::Superseded | State::Wiped
                ) && one.due_reports().next().is_none(),
                "{history:#?}"
            );
        }
        // Two of one second have the same bytes.
        for record in &self.written {
            let is_settled = |one: &Issuance| {
                matches!(
                    one.state(),
                    State::Closed | State::Superseded | State::Wiped
                ) || self.reissued.contains(&one.acs_credential_id)
            };
            let mut of_record = history.iter().filter(|one| one.record == *record);
            assert!(of_record.any(is_settled), "{history:#?}");
        }
        for credential in &self.credentials {
            let id = &credential.acs_credential_id;
            let reported = history
                .iter()
                .filter(|one| one.acs_credential_id == *id && one.reported_at().is_some());
            let types = self.desk.event_types_of(credential).await;
            let issued = types.iter().filter(|kind| kind.ends_with("issued"));
            assert_eq!(issued.count(), reported.count(), "{history:#?}");
        }
        // Whatever card still opens a door is the one of its credential, or is known not to be.
        for uid in &self.cards {
            let Some(bytes) = self.on_card(*uid) else {
                continue;
            };
            let one = history
                .iter()
                .rev()
                .find(|one| one.card_uid == *uid && one.record == bytes)
                .unwrap();
            let is_last = history
                .iter()
                .rev()
                .find(|last| {
                    last.acs_credential_id == one.acs_credential_id && last.written_at().is_some()
                })
                .is_some_and(|last| last.card_uid == *uid);
            assert!(
                one.state() == State::Superseded || one.state() == State::Closed && is_last,
                "{uid}: {history:#?}"
            );
        }
    }
}

/// Drops `work` after so many polls: what is then on its way is not waited for any more, as when a process is killed.
async fn stopped_after<T>(polls: Option<usize>, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    let mut polled = 0;
    poll_fn(|context| {
        if polls == Some(polled) {
            return Poll::Ready(None);
        }
        polled += 1;
        work.as_mut().poll(context).map(Some)
    })
    .await
}
