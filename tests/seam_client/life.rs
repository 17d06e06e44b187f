//! The whole life of a credential, lived by the client against the simulated API.

use std::time::Duration;

use cardbridge::seam::{
    AccessMethod, AccessMode, AcsCredential, AcsEncoder, AcsEntrance, AcsSystem, AcsUser,
    AcsUserKey, ActionAttempt, ActionAttemptErrorType, ActionResult, AttemptError, Auth,
    CardFormat, CardFunctionType, Client, CreateAcsCredential, CreateAcsUser, CredentialHolder,
    CredentialWarningCode, EncodersOf, EventFilters, EventType, Holder, ListAccessMethods,
    ListAcsCredentials, ListAcsEncoders, ListAcsEntrances, ListAcsSystems, ListAcsUsers,
    ListActionAttempts, ListEvents, Nullable, RelatedKind, RelatedToAccessMethods, SeamError,
    Settings, SystemExternalType, ToEncode, UpdateAcsCredential, VisionlineOptions, Wait, When,
};
use cardbridge::sim::{self, Fault, Faults, Hotel, Target};
use futures_util::TryStreamExt;
use jiff::{Timestamp, ToSpan};
use tokio::sync::oneshot;

/// A simulated hotel, open until it is dropped, and a client of it.
struct Stay {
    client: Client,
    with_token: Client,
    faults: Faults,
    started_at: String,
    _close: oneshot::Sender<()>,
}

impl Stay {
    async fn begin() -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
            .await
            .unwrap();
        let hotel = Hotel::seeded();
        let access = hotel.access(listener.local_addr().unwrap());
        let (token, workspace_id) = hotel.personal_access_token();
        let faults = hotel.faults();
        let (close, closed) = oneshot::channel::<()>();
        tokio::spawn(sim::serve(listener, hotel, async { drop(closed.await) }));
        let client = |auth| Client::new(Settings::new(auth).at(&access.endpoint)).unwrap();
        Self {
            client: client(Auth::ApiKey(access.api_key.as_str().into())),
            with_token: client(Auth::PersonalAccessToken {
                token: token.into(),
                workspace_id,
            }),
            faults,
            started_at: in_hours(-48),
            _close: close,
        }
    }

    async fn visionline(&self) -> AcsSystem {
        let systems = self
            .client
            .systems()
            .list(&ListAcsSystems::default())
            .await
            .unwrap();
        let visionline = Some(SystemExternalType::VisionlineSystem);
        let system = systems
            .into_iter()
            .find(|system| system.external_type == visionline)
            .unwrap();
        assert_eq!(
            self.client
                .systems()
                .get(&system.acs_system_id)
                .await
                .unwrap(),
            system
        );
        system
    }

    async fn guest_doors(&self, system: &AcsSystem) -> Vec<AcsEntrance> {
        let of_system = ListAcsEntrances {
            acs_system_id: Some(system.acs_system_id.clone()),
            ..Default::default()
        };
        let doors: Vec<_> = self
            .client
            .entrances()
            .list(&of_system)
            .into_items()
            .try_collect()
            .await
            .unwrap();
        assert_eq!(
            self.client
                .entrances()
                .get(&doors[0].acs_entrance_id)
                .await
                .unwrap(),
            doors[0]
        );
        let is_guest = |door: &AcsEntrance| {
            let metadata = door
                .visionline_metadata
                .as_ref()
                .and_then(|metadata| metadata.door_category.as_ref());
            metadata.is_some_and(|category| category.as_str() == "guest")
        };
        doors.into_iter().filter(is_guest).collect()
    }

    async fn encoder(&self, system: &AcsSystem) -> AcsEncoder {
        let of = EncodersOf::System(system.acs_system_id.clone());
        let filters = ListAcsEncoders {
            of,
            limit: None,
            page_cursor: None,
        };
        let page = self
            .client
            .encoders()
            .list(&filters)
            .next_page()
            .await
            .unwrap()
            .unwrap();
        let encoder = page.items.into_iter().next().unwrap();
        assert_eq!(
            self.client
                .encoders()
                .get(&encoder.acs_encoder_id)
                .await
                .unwrap(),
            encoder
        );
        encoder
    }

    async fn guest(&self, system: &AcsSystem, name: &str) -> AcsUser {
        let request = CreateAcsUser {
            acs_system_id: system.acs_system_id.clone(),
            full_name: name.to_owned(),
            ..CreateAcsUser::default()
        };
        let user = self.client.users().create(&request).await.unwrap();
        let key = AcsUserKey::AcsUser {
            acs_user_id: user.acs_user_id.clone(),
        };
        assert_eq!(self.client.users().get(&key).await.unwrap(), user);
        let filters = ListAcsUsers {
            search: Some(name.to_owned()),
            ..ListAcsUsers::default()
        };
        let found: Vec<_> = self
            .client
            .users()
            .list(&filters)
            .into_items()
            .try_collect()
            .await
            .unwrap();
        assert_eq!(found, std::slice::from_ref(&user));
        user
    }

    async fn credentials_of(&self, user: &AcsUser) -> Vec<AcsCredential> {
        let filters = ListAcsCredentials {
            acs_user_id: Some(user.acs_user_id.clone()),
            ..Default::default()
        };
        self.client
            .credentials()
            .list(&filters)
            .into_items()
            .try_collect()
            .await
            .unwrap()
    }

    async fn happened_to(&self, acs_credential_id: &str) -> Vec<EventType> {
        let filters = EventFilters {
            acs_credential_id: Some(acs_credential_id.to_owned()),
            ..EventFilters::default()
        };
        let request = ListEvents {
            filters,
            ..ListEvents::new(When::Since(self.started_at.clone()))
        };
        let events = self.client.events().list(&request).await.unwrap();
        events.into_iter().map(|event| event.event_type).collect()
    }

    /// The access methods of every entrance: the API lists them by a filter only.
    async fn all_access_methods(&self) -> Vec<AccessMethod> {
        let doors = self.client.entrances().list(&ListAcsEntrances::default());
        let doors: Vec<_> = doors.into_items().try_collect().await.unwrap();
        let mut all = Vec::new();
        for door in doors {
            let filters = ListAccessMethods {
                acs_entrance_id: Some(door.acs_entrance_id),
                ..Default::default()
            };
            all.extend(self.client.access_methods().list(&filters).await.unwrap());
        }
        all
    }

    async fn ended(&self, attempt: ActionAttempt) -> Result<ActionAttempt, SeamError> {
        let wait = Wait {
            poll_interval: Duration::from_millis(20),
            ..Wait::default()
        };
        self.client
            .action_attempts()
            .wait(attempt, &wait, |_| ())
            .await
    }
}

fn in_hours(hours: i64) -> String {
    (Timestamp::now() + hours.hours()).to_string()
}

fn card_for(user: &AcsUser, door: &AcsEntrance) -> CreateAcsCredential {
    let holder = CredentialHolder::AcsUser {
        acs_user_id: user.acs_user_id.clone(),
    };
    CreateAcsCredential {
        starts_at: Some(in_hours(1)),
        ends_at: Some(in_hours(48)),
        allowed_acs_entrance_ids: vec![door.acs_entrance_id.clone()],
        visionline_metadata: Some(VisionlineOptions {
            card_format: Some(CardFormat::Rfid48),
            card_function_type: Some(CardFunctionType::Guest),
            overrides: Some(true),
            ..VisionlineOptions::default()
        }),
        ..CreateAcsCredential::new(AccessMode::Card, holder)
    }
}

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
async fn what_is_wrong_with_a_request_is_told_field_by_field() {
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
