//! A card for an access method of an access grant: what goes onto it is the credential that Seam has behind the method.

use std::sync::Arc;

use cardbridge::desk::guests::Guest;
use cardbridge::desk::target::{Encoded, Selection, Target};
use cardbridge::desk::{DeskError, IssueError, Manner};
use cardbridge::issuance::policy::Allowed;
use cardbridge::issuance::refusal::Refusal;
use cardbridge::seam::UpdateAcsCredential;

use crate::guests::once;
use crate::stage::{PATIENCE, Stage};

const METHOD: &str = "ae000000-0000-4000-8000-000000000001";
const CREDENTIAL: &str = "c0000000-0000-4000-8000-000000000021";
const PIN: &str = "ae000000-0000-4000-8000-000000000004";
const NOWHERE: &str = "ffffffff-0000-4000-8000-000000000000";

impl Stage {
    async fn encode_method(&self, id: &str) -> Result<Encoded, Arc<DeskError>> {
        let selection = Selection::AccessMethod(id.to_owned());
        let target = Target::first_card(PATIENCE);
        let ticket = self.desk.encode(selection, &target, Allowed::default());
        ticket.map_err(Arc::new)?.outcome().await
    }
}

#[tokio::test]
async fn an_access_method_is_encoded_by_its_id() {
    let mut stage = Stage::new(Manner::default()).await;
    let uid = stage.placed("ntag215");
    let refused = stage.encode_method(PIN).await.unwrap_err();
    assert_eq!(refused.code(), "not_a_card");
    let unknown = stage.encode_method(NOWHERE).await.unwrap_err();
    assert_eq!(unknown.code(), "api_not_found");
    let encoded = stage.encode_method(METHOD).await.unwrap().here().unwrap();
    assert_eq!(encoded.card_uid, uid);
    assert_eq!(encoded.acs_credential_id, CREDENTIAL);
    let again = stage.encode_method(METHOD).await.unwrap_err();
    assert_eq!(again.code(), "already_written");
    // The credential is gone, and Seam has not made another one.
    let credentials = stage.client.credentials();
    credentials.delete(CREDENTIAL).await.unwrap();
    let gone = stage.encode_method(METHOD).await.unwrap_err();
    let DeskError::Issue(IssueError::Refused(refusal)) = &*gone else {
        panic!("{gone}")
    };
    assert!(
        matches!(refusal, Refusal::NothingBehind { .. }),
        "{refusal}"
    );
}

#[tokio::test]
async fn a_guest_whose_stay_was_changed_is_marked() {
    let mut stage = Stage::new(Manner::default()).await;
    stage.placed("ntag215");
    stage.encode_method(METHOD).await.unwrap();
    let request = UpdateAcsCredential {
        acs_credential_id: CREDENTIAL.to_owned(),
        code: None,
        ends_at: Some("2031-01-01T10:00:00Z".to_owned()),
    };
    stage.client.credentials().update(&request).await.unwrap();
    let is_known = |guest: &&Guest| guest.access_method_id.as_deref() == Some(METHOD);
    let list = once(&stage, |list| {
        list.guests.iter().any(|guest| is_known(&guest))
    })
    .await;
    let guest = list.guests.iter().find(is_known).unwrap();
    assert_eq!(guest.acs_credential_id, CREDENTIAL);
    assert_eq!(guest.mark.as_ref().unwrap().code, "card_encoding_required");
    assert!(guest.waiting_since.is_some());
}
