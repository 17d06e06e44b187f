//! The encoders that Seam drives: listed beside the readers, asked once, and followed to the end whatever is lost on the way.

use std::sync::Arc;
use std::time::Duration;

use cardbridge::desk::contents::ContentsKind;
use cardbridge::desk::seam_encoder::AtSeamError;
use cardbridge::desk::target::{Encoded, Selection, Target, Which, WipeOrder};
use cardbridge::desk::{DeskError, IssueError, Manner};
use cardbridge::encoder::Tray;
use cardbridge::issuance::encoded::Encoded as Entry;
use cardbridge::issuance::journal::{Filter, JournalError};
use cardbridge::issuance::policy::{Allowed, Overwrite};
use cardbridge::issuance::state::State;
use cardbridge::seam::{AccessMode, CreateAcsCredential, CredentialHolder};
use cardbridge::sim::{self, Fault};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::stage::{PATIENCE, Stage, encoder, until};

const ENCODE: &str = "/acs/encoders/encode_credential";
const FRONT_DESK: u128 = 0xec00_0000_0000_4000_8000_0000_0000_0001;
const FRONT_DESK_2: u128 = FRONT_DESK + 1;
const GARDEN_DESK: u128 = FRONT_DESK + 2;

fn manner() -> Manner {
    Manner {
        seam_encoders: true,
        ..Manner::default()
    }
}

fn on(id: u128, patience: Duration) -> Target {
    Target {
        encoder: Some(Which::Id(Uuid::from_u128(id))),
        patience,
    }
}

const REISSUE: Allowed = Allowed {
    reissue: true,
    overwrite: Overwrite::Never,
};

impl Stage {
    /// A stage whose desk has listed what Seam drives.
    async fn beside_seam() -> Self {
        let stage = Self::new(manner()).await;
        stage.is_listed().await;
        stage
    }

    async fn is_listed(&self) {
        let mut events = self.desk.events();
        while self.desk.snapshot().encoders.len() < 4 {
            until(&mut events, "encoder_added").await;
        }
    }

    async fn encode_on(
        &self,
        id: u128,
        selection: Selection,
        allowed: Allowed,
        patience: Duration,
    ) -> Result<Encoded, Arc<DeskError>> {
        let ticket = self.desk.encode(selection, &on(id, patience), allowed);
        ticket.map_err(Arc::new)?.outcome().await
    }

    async fn encode_by_seam(&self, credential: &str) -> Result<Encoded, Arc<DeskError>> {
        let selection = Selection::Credential(credential.to_owned());
        self.encode_on(FRONT_DESK, selection, Allowed::default(), PATIENCE)
            .await
    }

    /// The next encode on the first encoder ends like this.
    async fn fails_next(&self, error_code: &str) {
        let path = "/acs/encoders/simulate/next_credential_encode_will_fail";
        let body = json!({"acs_encoder_id": Uuid::from_u128(FRONT_DESK), "error_code": error_code});
        self.post(path, &body).await;
    }

    async fn history(&self) -> Vec<Entry> {
        let all = |journal: &cardbridge::issuance::journal::JournalReader| {
            let mut all = Vec::new();
            journal.each_page(&Filter::default(), |page| {
                all.extend(page);
                Ok::<_, JournalError>(())
            })?;
            Ok(all)
        };
        self.agent.journal().read(all).await.unwrap()
    }

    async fn states(&self) -> Vec<State> {
        self.history().await.iter().map(Entry::state).collect()
    }

    /// From now on no attempt comes to an end, as far as anyone can see.
    fn says_not_how_far(&self) {
        let get = sim::Target::Path("/action_attempts/get");
        let refused = Fault::Refused {
            status: 503,
            retry_after: None,
        };
        self.faults.every(get, refused);
    }

    fn asked(&self) -> usize {
        let calls = self.faults.calls();
        calls.iter().filter(|call| call.ends_with(ENCODE)).count()
    }
}

#[tokio::test]
async fn they_stand_beside_the_readers_and_say_what_their_cards_open() {
    let stage = Stage::beside_seam().await;
    let encoders = json!(stage.desk.snapshot().encoders);
    let said = |name: &str| {
        let mut encoders = encoders.as_array().unwrap().iter();
        let one = encoders.find(|one| one["name"] == name).unwrap();
        ["kind", "opens", "online"].map(|field| one[field].clone())
    };
    let of_seam = [json!("seam"), json!("vendor_card"), json!(true)];
    for name in ["Front Desk 1", "Front Desk 2", "Garden Desk"] {
        assert_eq!(said(name), of_seam, "{name}");
    }
    assert_eq!(
        said(Tray::ENCODER),
        [json!("local"), json!("own_record"), json!(true)]
    );
}

#[tokio::test]
async fn a_credential_is_encoded_by_seam_and_by_no_reader_here() {
    let mut stage = Stage::beside_seam().await;
    let id = stage.credential().await;
    let mut events = stage.desk.events();
    let encoded = stage.encode_by_seam(&id).await.unwrap();
    let mut seen = until(&mut events, "job_ended").await;
    seen.retain(|one| one["event"] != "seam");
    let told: Vec<_> = seen[1..]
        .iter()
        .map(|one| one["event"].as_str().unwrap())
        .collect();
    let expected = [
        "job_began",
        "credential_tried",
        "issuance",
        "issuance",
        "issuance",
        "job_ended",
    ];
    assert_eq!(told, expected);
    let states: Vec<_> = seen[3..6].iter().map(|one| one["state"].clone()).collect();
    assert_eq!(states, ["writing", "writing", "closed"]);
    assert_eq!(seen[1]["encoder"], "Front Desk 1");
    let document = json!(encoded);
    assert_eq!(document["encoded_by"], "seam");
    assert_eq!(
        document["acs_encoder_id"],
        json!(Uuid::from_u128(FRONT_DESK))
    );
    assert_eq!(document["state"], "closed");
    let credential = stage.client.credentials().get(&id).await.unwrap();
    assert_eq!(
        document["card_number"],
        json!(credential.card_number.value())
    );
    assert_eq!(json!(stage.history().await), json!([document]));
    stage.placed("ntag215");
    let refused = stage.encode(&id).await.unwrap_err();
    assert_eq!(refused.code(), "already_issued");
    let refused = stage.encode_by_seam(&id).await.unwrap_err();
    assert_eq!(refused.code(), "already_issued");
    assert_eq!((stage.asked(), stage.commands()), (1, 0));
}

#[tokio::test]
async fn what_is_on_a_card_of_ours_is_not_encoded_by_seam() {
    let mut stage = Stage::beside_seam().await;
    let id = stage.credential().await;
    stage.placed("ntag215");
    stage.encode(&id).await.unwrap();
    let refused = stage.encode_by_seam(&id).await.unwrap_err();
    assert_eq!(refused.code(), "already_written");
    assert_eq!(stage.asked(), 0);
    // As Seam has it, one card is all there is: it says so itself.
    let selection = Selection::Credential(id);
    let refused = stage
        .encode_on(FRONT_DESK, selection, REISSUE, PATIENCE)
        .await;
    assert_eq!(refused.unwrap_err().code(), "credential_cannot_be_reissued");
    assert_eq!(stage.states().await, [State::Closed, State::Abandoned]);
}

#[tokio::test]
async fn each_failure_has_its_word_and_leaves_the_credential_free() {
    let stage = Stage::beside_seam().await;
    let id = stage.credential().await;
    let words = [
        "no_credential_on_encoder",
        "encoding_interrupted",
        "uncategorized_error",
        "action_attempt_expired",
    ];
    for (times, word) in words.into_iter().enumerate() {
        stage.fails_next(word).await;
        let error = stage.encode_by_seam(&id).await.unwrap_err();
        assert_eq!(error.code(), word);
        let failed = json!(stage.history().await)[times].clone();
        assert_eq!(failed["state"], "abandoned");
        assert_eq!(failed["failure"]["code"], word);
    }
    let encoded = stage.encode_by_seam(&id).await.unwrap();
    assert_eq!(encoded.state(), State::Closed);
}

#[tokio::test]
async fn an_answer_that_is_lost_is_made_good_by_looking_at_the_credential() {
    let stage = Stage::beside_seam().await;
    let id = stage.credential().await;
    let lost = sim::Target::Path(ENCODE);
    stage.faults.next(lost, 1, Fault::AnswerLost);
    let encoded = stage.encode_by_seam(&id).await.unwrap();
    let document = json!(encoded);
    assert_eq!(document["state"], "closed");
    assert_eq!(document["action_attempt_id"], json!(null));
    assert_eq!(stage.asked(), 1);
}

#[tokio::test]
async fn what_may_have_happened_keeps_the_credential_until_a_person_decides() {
    let mut stage = Stage::beside_seam().await;
    let id = stage.credential().await;
    stage
        .faults
        .next(sim::Target::Path(ENCODE), 1, Fault::CallLost);
    let selection = || Selection::Credential(id.clone());
    let error = stage.encode_on(FRONT_DESK, selection(), Allowed::default(), Duration::ZERO);
    let error = error.await.unwrap_err();
    let DeskError::Issue(IssueError::AtSeam(AtSeamError::InDoubt { encode, .. })) = &*error else {
        panic!("{error}")
    };
    assert_eq!(encode.state(), State::Writing);
    let uid = stage.placed("ntag215");
    assert_eq!(stage.encode(&id).await.unwrap_err().code(), "asked_of_seam");
    assert_eq!(
        stage.encode_by_seam(&id).await.unwrap_err().code(),
        "asked_of_seam"
    );
    assert_eq!((stage.asked(), stage.commands()), (1, 0));
    let target = Target::named(&encoder(), PATIENCE);
    let ticket = stage.desk.encode(selection(), &target, REISSUE);
    let written = ticket.unwrap().outcome().await.unwrap().here().unwrap();
    assert_eq!((written.card_uid, written.state()), (uid, State::Closed));
    assert_eq!(stage.states().await, [State::Abandoned, State::Closed]);
}

#[tokio::test]
async fn what_is_left_open_is_settled_in_the_background() {
    let stage = Stage::beside_seam().await;
    let id = stage.credential().await;
    let mut events = stage.desk.events();
    stage.says_not_how_far();
    let selection = Selection::Credential(id);
    let left = stage.encode_on(FRONT_DESK, selection, Allowed::default(), Duration::ZERO);
    let error = left.await.unwrap_err();
    assert_eq!(error.code(), "encode_not_ended");
    until(&mut events, "job_ended").await;
    stage.faults.clear();
    let settled = until(&mut events, "issuance").await;
    let settled = settled.last().unwrap();
    assert_eq!(
        (&settled["state"], &settled["ticket"]),
        (&json!("closed"), &Value::Null)
    );
    assert_eq!(stage.states().await, [State::Closed]);
    assert_eq!(stage.asked(), 1);
}

#[tokio::test]
async fn a_desk_that_is_stopped_leaves_it_to_the_next_one() {
    let stage = Stage::beside_seam().await;
    let id = stage.credential().await;
    stage.says_not_how_far();
    let mut events = stage.desk.events();
    let target = on(FRONT_DESK, PATIENCE);
    let selection = Selection::Credential(id.clone());
    let mut ticket = stage
        .desk
        .encode(selection, &target, Allowed::default())
        .unwrap();
    until(&mut events, "issuance").await;
    until(&mut events, "issuance").await;
    let too_late = stage.desk.cancel(ticket.id()).await.unwrap_err();
    assert_eq!(too_late.to_string(), "the card is being written");
    stage.desk.stop().await;
    assert_eq!(ticket.outcome().await.unwrap_err().code(), "encode_left");
    assert_eq!(stage.states().await, [State::Writing]);
    stage.faults.clear();
    let next = stage.next_desk(manner());
    let mut events = next.events();
    let settled = until(&mut events, "issuance").await;
    assert_eq!(settled.last().unwrap()["state"], "closed");
    assert_eq!(stage.asked(), 1);
}

#[tokio::test]
async fn the_next_one_is_the_next_of_that_access_system() {
    let stage = Stage::beside_seam().await;
    for (encoder, system) in [(GARDEN_DESK, 2), (FRONT_DESK_2, 1)] {
        let encoded = stage
            .encode_on(encoder, Selection::Next, Allowed::default(), PATIENCE)
            .await
            .unwrap();
        let credentials = stage.client.credentials();
        let credential = credentials.get(encoded.acs_credential_id()).await.unwrap();
        let of_system = credential.acs_system_id;
        assert!(of_system.ends_with(&format!("{system}")), "{of_system}");
        let selection = Selection::Credential(encoded.acs_credential_id().to_owned());
        let other = FRONT_DESK + u128::from(encoder == FRONT_DESK_2) * 2;
        let refused = stage.encode_on(other, selection, REISSUE, PATIENCE).await;
        assert_eq!(refused.unwrap_err().code(), "encoder_of_another_system");
    }
}

#[tokio::test]
async fn what_was_created_for_a_card_that_did_not_come_is_deleted_again() {
    let stage = Stage::beside_seam().await;
    let holder = CredentialHolder::AcsUser {
        acs_user_id: stage.holder().to_owned(),
    };
    let request = CreateAcsCredential::new(AccessMode::Card, holder);
    let create = || Selection::Create(Box::new(request.clone()));
    let mut events = stage.desk.events();
    stage.fails_next("no_credential_on_encoder").await;
    let failed = stage.encode_on(FRONT_DESK, create(), Allowed::default(), PATIENCE);
    assert_eq!(failed.await.unwrap_err().code(), "no_credential_on_encoder");
    let seen = until(&mut events, "credential_deleted").await;
    let id = seen.last().unwrap()["acs_credential_id"].clone();
    let gone = stage.client.credentials().get(id.as_str().unwrap()).await;
    assert!(gone.unwrap_err().is_not_found());
    let created = stage.encode_on(FRONT_DESK, create(), Allowed::default(), PATIENCE);
    assert_eq!(created.await.unwrap().state(), State::Closed);
}

#[tokio::test]
async fn a_card_is_scanned_and_never_wiped() {
    let stage = Stage::beside_seam().await;
    let target = on(FRONT_DESK, PATIENCE);
    let none = stage.desk.scan(&target).unwrap().outcome().await;
    assert_eq!(none.unwrap_err().code(), "no_card_in_time");
    let id = stage.credential().await;
    stage.encode_by_seam(&id).await.unwrap();
    let scan = stage.desk.scan(&target).unwrap().outcome().await.unwrap();
    let contents = scan.contents.unwrap();
    assert_eq!(contents.contents, ContentsKind::VendorCard);
    assert_eq!(
        (contents.verified, contents.acs_credential_id),
        (true, Some(id))
    );
    assert!(scan.sight.is_none() && scan.by_seam.is_some());
    let refused = stage
        .desk
        .wipe(&target, WipeOrder::default())
        .unwrap()
        .outcome()
        .await;
    assert_eq!(refused.unwrap_err().code(), "encoder_unsuitable");
}
