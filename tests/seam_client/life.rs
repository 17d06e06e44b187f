//! The whole life of a credential, lived by the client against the simulated API.

use cardbridge::seam::{
    AccessMode, AcsCredential, ActionAttemptErrorType, ActionResult, AttemptError,
    CreateAcsCredential, CredentialHolder, CredentialWarningCode, EventType, Holder,
    ListAcsCredentials, ListActionAttempts, Nullable, RelatedKind, RelatedToAccessMethods,
    SeamError, ToEncode, UpdateAcsCredential,
};
use cardbridge::sim::{Fault, Target};
use cardbridge::text::Hint;
use futures_util::TryStreamExt;

use crate::stay::{Stay, card_for};

#[tokio::test]
async fn a_card_is_created_changed_handed_over_and_deleted() {
    let stay = Stay::begin().await;
    let system = stay.visionline().await;
    let doors = stay.guest_doors(&system).await;
    let guest = stay.guest(&system, "Ada Lovelace").await;
    let calls = stay.client.credentials();

    let created = calls.create(&card_for(&guest, &doors[0])).await.unwrap();
    let id = created.acs_credential_id.as_str();
    assert!(!created.is_known_issued());
    assert!(created.has_warning(&CredentialWarningCode::WaitingToBeIssued));
    assert_eq!(created.card_number.value(), None);
    assert_eq!(calls.get(id).await.unwrap(), created);
    assert_eq!(
        stay.credentials_of(&guest).await,
        std::slice::from_ref(&created)
    );
    let opens = calls.list_accessible_entrances(id).await.unwrap();
    assert!(
        opens
            .items
            .iter()
            .any(|door| door.acs_entrance_id == doors[0].acs_entrance_id)
    );

    let later = "2031-05-05T10:00:00.000Z".to_owned();
    let update = UpdateAcsCredential {
        acs_credential_id: id.to_owned(),
        code: None,
        ends_at: Some(later.clone()),
    };
    calls.update(&update).await.unwrap();
    let ends_at = calls.get(id).await.unwrap().ends_at_time().unwrap();
    assert_eq!(ends_at, Some(later.parse().unwrap()));

    calls
        .unassign(id, &Holder::AcsUser(guest.acs_user_id.clone()))
        .await
        .unwrap();
    assert!(stay.credentials_of(&guest).await.is_empty());
    let other = stay.guest(&system, "Grace Hopper").await;
    calls
        .assign(id, &Holder::AcsUser(other.acs_user_id.clone()))
        .await
        .unwrap();
    assert_eq!(stay.credentials_of(&other).await[0].acs_credential_id, id);

    calls.delete(id).await.unwrap();
    let gone = calls.get(id).await.unwrap_err();
    assert!(gone.is_not_found());
    assert!(gone.request_id().is_some());
    assert_eq!(
        stay.happened_to(id).await,
        [EventType::AcsCredentialDeleted]
    );
}

#[tokio::test]
async fn an_encoded_card_is_issued_and_found_by_its_number() {
    let stay = Stay::begin().await;
    let system = stay.visionline().await;
    let doors = stay.guest_doors(&system).await;
    let guest = stay.guest(&system, "Ada Lovelace").await;
    let calls = stay.client.credentials();
    let created = calls.create(&card_for(&guest, &doors[0])).await.unwrap();
    let id = created.acs_credential_id.as_str();

    let encoder = stay.encoder(&system).await;
    let what = ToEncode::Credential(id.to_owned());
    let attempt = stay
        .client
        .encoders()
        .encode_credential(&encoder.acs_encoder_id, &what)
        .await
        .unwrap();
    let ended = stay.ended(attempt).await.unwrap();
    let Some(ActionResult::Credential(written)) = &ended.result else {
        panic!("{ended:?}")
    };
    assert!(written.is_known_issued());
    let number = written.card_number.value().unwrap().clone();
    assert_eq!(
        calls.get(id).await.unwrap().card_number,
        Nullable::Value(number.clone())
    );
    let by_number = ListAcsCredentials {
        search: Some(number),
        ..ListAcsCredentials::default()
    };
    let found: Vec<_> = calls
        .list(&by_number)
        .into_items()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(found.len(), 1);

    let listed = ListActionAttempts {
        action_attempt_ids: vec![ended.action_attempt_id.clone()],
        ..Default::default()
    };
    let page = stay
        .client
        .action_attempts()
        .list(&listed)
        .next_page()
        .await
        .unwrap()
        .unwrap();
    assert_eq!(page.items, [ended]);
    assert_eq!(stay.happened_to(id).await, [EventType::AcsCredentialIssued]);
}

#[tokio::test]
async fn a_create_whose_answer_is_lost_has_made_one_credential() {
    let stay = Stay::begin().await;
    let system = stay.visionline().await;
    let doors = stay.guest_doors(&system).await;
    let guest = stay.guest(&system, "Ada Lovelace").await;
    stay.faults.next(
        Target::Path("/acs/credentials/create"),
        1,
        Fault::AnswerLost,
    );
    let error = stay
        .client
        .credentials()
        .create(&card_for(&guest, &doors[0]))
        .await
        .unwrap_err();
    assert!(error.may_have_happened(), "{error:?}");
    assert_eq!(stay.credentials_of(&guest).await.len(), 1);
}

#[tokio::test]
async fn every_kind_of_credential_is_created() {
    let stay = Stay::begin().await;
    let system = stay.visionline().await;
    let doors = stay.guest_doors(&system).await;
    let guest = stay.guest(&system, "Ada Lovelace").await;
    let holder = CredentialHolder::AcsUser {
        acs_user_id: guest.acs_user_id.clone(),
    };
    let code = CreateAcsCredential {
        code: Some("4711".into()),
        ..CreateAcsCredential::new(AccessMode::Code, holder.clone())
    };
    let mobile_key = CreateAcsCredential {
        is_multi_phone_sync_credential: Some(true),
        allowed_acs_entrance_ids: vec![doors[0].acs_entrance_id.clone()],
        ..CreateAcsCredential::new(AccessMode::MobileKey, holder)
    };
    let code = stay.client.credentials().create(&code).await.unwrap();
    assert_eq!(
        code.code.value().map(cardbridge::seam::Sensitive::expose),
        Some("4711")
    );
    let mobile_key = stay.client.credentials().create(&mobile_key).await.unwrap();
    assert_eq!(mobile_key.is_multi_phone_sync_credential, Some(true));
    assert_eq!(stay.credentials_of(&guest).await.len(), 2);
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_listed_by_field() {
    let stay = Stay::begin().await;
    let system = stay.visionline().await;
    let doors = stay.guest_doors(&system).await;
    let guest = stay.guest(&system, "Ada Lovelace").await;
    let request = CreateAcsCredential {
        ends_at: Some("tomorrow".to_owned()),
        ..card_for(&guest, &doors[0])
    };
    let error = stay
        .client
        .credentials()
        .create(&request)
        .await
        .unwrap_err();
    let SeamError::Refused(refusal) = error else {
        panic!("{error:?}")
    };
    assert_eq!(
        (refusal.status, refusal.error_type.as_deref()),
        (400, Some("invalid_input"))
    );
    assert_eq!(refusal.validation_errors[0].field, "ends_at");
    assert!(stay.credentials_of(&guest).await.is_empty());
}

#[tokio::test]
async fn a_token_and_its_workspace_are_as_good_as_a_key() {
    let stay = Stay::begin().await;
    let by_key = stay.client.workspaces().get().await.unwrap();
    assert_eq!(stay.with_token.workspaces().get().await.unwrap(), by_key);
    assert!(by_key.is_sandbox);
}

#[tokio::test]
async fn all_pages_of_the_hotel_hold_each_credential_once() {
    let stay = Stay::begin().await;
    let all: Vec<_> = list(&stay, None).await;
    let by_three: Vec<_> = list(&stay, Some(3)).await;
    assert!(all.len() >= 12);
    assert_eq!(by_three, all);
}

async fn list(stay: &Stay, limit: Option<u32>) -> Vec<AcsCredential> {
    let filters = ListAcsCredentials {
        limit,
        ..ListAcsCredentials::default()
    };
    stay.client
        .credentials()
        .list(&filters)
        .into_items()
        .try_collect()
        .await
        .unwrap()
}

#[tokio::test]
async fn an_access_method_leads_to_its_credential_and_is_encoded() {
    let stay = Stay::begin().await;
    let methods = stay.client.access_methods();
    let waiting = stay.all_access_methods().await;
    let method = waiting
        .iter()
        .find(|method| method.is_ready_for_encoding == Some(true))
        .unwrap();
    assert_eq!(
        methods.get(&method.access_method_id).await.unwrap(),
        *method
    );
    let wanted = RelatedToAccessMethods {
        access_method_ids: vec![method.access_method_id.clone()],
        include: vec![RelatedKind::AcsCredentials],
        exclude: Vec::new(),
    };
    let related = methods.get_related(&wanted).await.unwrap();
    let credential = &related.acs_credentials.unwrap()[0];
    let system = stay
        .client
        .systems()
        .get(&credential.acs_system_id)
        .await
        .unwrap();
    let encoder = stay.encoder(&system).await;
    let attempt = methods
        .encode(&method.access_method_id, &encoder.acs_encoder_id)
        .await
        .unwrap();
    stay.ended(attempt).await.unwrap();
    assert!(
        methods
            .get(&method.access_method_id)
            .await
            .unwrap()
            .is_issued
    );
}

#[tokio::test]
async fn a_card_that_the_access_system_does_not_know_is_not_assigned() {
    let stay = Stay::begin().await;
    let methods = stay.client.access_methods();
    let all = stay.all_access_methods().await;
    let method = all
        .iter()
        .find(|method| method.is_ready_for_assignment == Some(true))
        .unwrap();
    let attempt = methods
        .assign_card(&method.access_method_id, "no such card")
        .await
        .unwrap();
    let error = stay.ended(attempt).await.unwrap_err();
    let SeamError::Attempt(AttemptError::Failed { failure, .. }) = &error else {
        panic!("{error:?}")
    };
    assert_eq!(
        failure.error_type,
        ActionAttemptErrorType::CredentialNotFound
    );
    assert!(error.hint().starts_with("check the card number"));
}

#[tokio::test]
async fn a_card_is_scanned_and_given_to_another_user() {
    let stay = Stay::begin().await;
    let system = stay.visionline().await;
    let doors = stay.guest_doors(&system).await;
    let encoder = stay.encoder(&system).await.acs_encoder_id;
    let guest = stay.guest(&system, "Ada Lovelace").await;
    let other = stay.guest(&system, "Grace Hopper").await;
    let encoders = stay.client.encoders();

    let attempt = encoders.scan_credential(&encoder, None).await.unwrap();
    let error = stay.ended(attempt).await.unwrap_err();
    let SeamError::Attempt(AttemptError::Failed { failure, .. }) = &error else {
        panic!("{error:?}")
    };
    assert_eq!(
        failure.error_type,
        ActionAttemptErrorType::NoCredentialOnEncoder
    );

    let created = stay
        .client
        .credentials()
        .create(&card_for(&guest, &doors[0]))
        .await
        .unwrap();
    let what = ToEncode::Credential(created.acs_credential_id.clone());
    let attempt = encoders.encode_credential(&encoder, &what).await.unwrap();
    stay.ended(attempt).await.unwrap();

    let attempt = encoders.scan_credential(&encoder, None).await.unwrap();
    let Some(ActionResult::Scan(on_card)) = stay.ended(attempt).await.unwrap().result else {
        panic!()
    };
    let on_seam = on_card.acs_credential_on_seam.unwrap();
    assert_eq!(on_seam.acs_credential_id, created.acs_credential_id);
    assert_eq!(
        on_card
            .acs_credential_on_encoder
            .unwrap()
            .card_number
            .as_ref(),
        on_seam.card_number.value()
    );

    let holder = Holder::AcsUser(other.acs_user_id.clone());
    let attempt = encoders
        .scan_to_assign_credential(&encoder, &holder, None)
        .await
        .unwrap();
    let Some(ActionResult::Credential(given)) = stay.ended(attempt).await.unwrap().result else {
        panic!()
    };
    assert_eq!(given.acs_user_id, Some(other.acs_user_id));
}
