//! Every call of the client, each with everything it can be given.

use std::future::Future;
use std::pin::Pin;

use cardbridge::seam::{
    AccessMode, AcsUserKey, CardFormat, CardFunctionType, Client, CreateAcsCredential,
    CreateAcsUser, CredentialHolder, EncodersOf, EventFilters, EventType, Holder, HotekOptions,
    ListAccessMethods, ListAcsCredentials, ListAcsEncoders, ListAcsEntrances, ListAcsSystems,
    ListAcsUsers, ListActionAttempts, ListEvents, NewAccessSchedule, Nullable, RelatedKind,
    RelatedToAccessMethods, SaltoKsScanOptions, SaltoSpaceOptions, SeamError, ToEncode,
    UpdateAcsCredential, VisionlineOptions, VostioOptions, When,
};

type Done = Pin<Box<dyn Future<Output = Result<(), SeamError>>>>;

/// One call of the client.
pub(crate) struct Sample {
    pub(crate) path: &'static str,
    pub(crate) run: Box<dyn Fn(Client) -> Done>,
}

fn sample<F, T>(path: &'static str, run: impl Fn(Client) -> F + 'static) -> Sample
where
    F: Future<Output = Result<T, SeamError>> + 'static,
{
    Sample {
        path,
        run: Box::new(move |client| {
            let done = run(client);
            Box::pin(async { done.await.map(drop) })
        }),
    }
}

/// An id.
fn id() -> String {
    "0198f9a2-7c1e-7aaa-8bbb-0123456789ab".to_owned()
}

#[expect(clippy::unnecessary_wraps, reason = "the fields it fills are optional")]
fn some() -> Option<String> {
    Some(id())
}

#[expect(clippy::unnecessary_wraps, reason = "the fields it fills are optional")]
fn noon() -> Option<String> {
    Some("2026-11-22T12:00:00.000Z".to_owned())
}

fn whole_credential(holder: CredentialHolder) -> CreateAcsCredential {
    CreateAcsCredential {
        access_method: AccessMode::Card,
        holder,
        allowed_acs_entrance_ids: vec![id()],
        starts_at: noon(),
        ends_at: noon(),
        code: Some("1234".into()),
        is_multi_phone_sync_credential: Some(true),
        credential_manager_acs_system_id: some(),
        visionline_metadata: Some(VisionlineOptions {
            card_format: Some(CardFormat::Rfid48),
            card_function_type: Some(CardFunctionType::Guest),
            overrides: Some(true),
            joiner_acs_credential_ids: vec![id()],
            auto_join: Some(false),
            is_override_key: Some(true),
            assa_abloy_credential_service_mobile_endpoint_id: some(),
        }),
        assa_abloy_vostio_metadata: Some(VostioOptions {
            auto_join: Some(true),
            join_all_guest_acs_entrances: Some(true),
            override_all_guest_acs_entrances: Some(false),
            override_guest_acs_entrance_ids: vec![id()],
        }),
        salto_space_metadata: Some(SaltoSpaceOptions {
            assign_new_key: Some(true),
            update_current_key: Some(false),
        }),
        hotek_metadata: Some(HotekOptions {
            auto_join: Some(true),
            overrides: Some(false),
        }),
    }
}

fn all_filters() -> EventFilters {
    EventFilters {
        event_type: Some(EventType::AcsCredentialIssued),
        event_types: vec![EventType::AcsCredentialIssued],
        event_ids: vec![id()],
        acs_credential_id: some(),
        acs_encoder_id: some(),
        acs_user_id: some(),
        acs_entrance_id: some(),
        acs_access_group_id: some(),
        acs_system_id: some(),
        acs_system_ids: vec![id()],
        access_grant_id: some(),
        access_grant_ids: vec![id()],
        access_method_id: some(),
        access_method_ids: vec![id()],
        space_id: some(),
        space_ids: vec![id()],
        connected_account_id: some(),
        user_identity_id: some(),
        customer_key: some(),
        device_id: some(),
        device_ids: vec![id()],
        access_code_id: some(),
        access_code_ids: vec![id()],
        connect_webview_id: some(),
    }
}

/// The calls that change something: each must be sent once, whatever happens.
pub(crate) fn writes() -> Vec<Sample> {
    credential_writes()
        .into_iter()
        .chain(user_and_card_writes())
        .collect()
}

/// The calls that only look.
pub(crate) fn reads() -> Vec<Sample> {
    [
        credential_and_user_reads(),
        system_reads(),
        attempt_and_method_reads(),
        event_and_encoder_lists(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn credential_writes() -> Vec<Sample> {
    let by_user = || CredentialHolder::AcsUser { acs_user_id: id() };
    let by_identity = || CredentialHolder::UserIdentity {
        user_identity_id: id(),
        acs_system_id: id(),
    };
    vec![
        sample("/acs/credentials/create", move |client| async move {
            client
                .credentials()
                .create(&whole_credential(by_user()))
                .await
        }),
        sample("/acs/credentials/create", move |client| async move {
            client
                .credentials()
                .create(&whole_credential(by_identity()))
                .await
        }),
        sample("/acs/credentials/create", move |client| async move {
            client
                .credentials()
                .create(&CreateAcsCredential::new(AccessMode::MobileKey, by_user()))
                .await
        }),
        sample("/acs/credentials/update", |client| async move {
            let request = UpdateAcsCredential {
                acs_credential_id: id(),
                code: Some("77".into()),
                ends_at: noon(),
            };
            client.credentials().update(&request).await
        }),
        sample("/acs/credentials/assign", |client| async move {
            client
                .credentials()
                .assign(&id(), &Holder::AcsUser(id()))
                .await
        }),
        sample("/acs/credentials/assign", |client| async move {
            client
                .credentials()
                .assign(&id(), &Holder::UserIdentity(id()))
                .await
        }),
        sample("/acs/credentials/unassign", |client| async move {
            client
                .credentials()
                .unassign(&id(), &Holder::AcsUser(id()))
                .await
        }),
        sample("/acs/credentials/unassign", |client| async move {
            client
                .credentials()
                .unassign(&id(), &Holder::UserIdentity(id()))
                .await
        }),
        sample("/acs/credentials/delete", |client| async move {
            client.credentials().delete(&id()).await
        }),
    ]
}

fn user_and_card_writes() -> Vec<Sample> {
    let salto = Some(SaltoKsScanOptions {
        detect_new_tags: Some(true),
    });
    vec![
        sample("/acs/users/create", |client| async move {
            let request = CreateAcsUser {
                acs_system_id: id(),
                full_name: "Ada Lovelace".to_owned(),
                email_address: Some("ada@example.com".to_owned()),
                email: Some("ada@example.com".to_owned()),
                phone_number: Some("+4912345678".to_owned()),
                user_identity_id: some(),
                acs_access_group_ids: vec![id()],
                access_schedule: Some(NewAccessSchedule {
                    starts_at: noon(),
                    ends_at: Nullable::Null,
                }),
            };
            client.users().create(&request).await
        }),
        sample("/acs/encoders/encode_credential", |client| async move {
            client
                .encoders()
                .encode_credential(&id(), &ToEncode::Credential(id()))
                .await
        }),
        sample("/acs/encoders/encode_credential", |client| async move {
            client
                .encoders()
                .encode_credential(&id(), &ToEncode::AccessMethod(id()))
                .await
        }),
        sample("/acs/encoders/scan_credential", move |client| async move {
            client.encoders().scan_credential(&id(), salto).await
        }),
        sample(
            "/acs/encoders/scan_to_assign_credential",
            move |client| async move {
                client
                    .encoders()
                    .scan_to_assign_credential(&id(), &Holder::AcsUser(id()), salto)
                    .await
            },
        ),
        sample(
            "/acs/encoders/scan_to_assign_credential",
            |client| async move {
                client
                    .encoders()
                    .scan_to_assign_credential(&id(), &Holder::UserIdentity(id()), None)
                    .await
            },
        ),
        sample("/access_methods/encode", |client| async move {
            client.access_methods().encode(&id(), &id()).await
        }),
        sample("/access_methods/assign_card", |client| async move {
            client
                .access_methods()
                .assign_card(&id(), "164d29dc4a09b65f")
                .await
        }),
    ]
}

fn credential_and_user_reads() -> Vec<Sample> {
    vec![
        sample("/acs/credentials/get", |client| async move {
            client.credentials().get(&id()).await
        }),
        sample("/acs/credentials/list", |client| async move {
            let filters = ListAcsCredentials {
                acs_user_id: some(),
                acs_system_id: some(),
                user_identity_id: None,
                created_before: noon(),
                is_multi_phone_sync_credential: Some(false),
                search: Some("164d".to_owned()),
                limit: Some(7),
                page_cursor: some(),
            };
            client
                .credentials()
                .list(&filters)
                .next_page()
                .await
                .unwrap()
        }),
        sample("/acs/credentials/list", |client| async move {
            let filters = ListAcsCredentials {
                user_identity_id: some(),
                ..Default::default()
            };
            client
                .credentials()
                .list(&filters)
                .next_page()
                .await
                .unwrap()
        }),
        sample(
            "/acs/credentials/list_accessible_entrances",
            |client| async move { client.credentials().list_accessible_entrances(&id()).await },
        ),
        sample("/acs/users/get", |client| async move {
            client
                .users()
                .get(&AcsUserKey::AcsUser { acs_user_id: id() })
                .await
        }),
        sample("/acs/users/get", |client| async move {
            client
                .users()
                .get(&AcsUserKey::UserIdentity {
                    user_identity_id: id(),
                    acs_system_id: some(),
                })
                .await
        }),
        sample("/acs/users/list", |client| async move {
            let filters = ListAcsUsers {
                acs_system_id: some(),
                user_identity_id: some(),
                user_identity_email_address: some(),
                user_identity_phone_number: some(),
                created_before: noon(),
                search: some(),
                limit: Some(7),
                page_cursor: some(),
            };
            client.users().list(&filters).next_page().await.unwrap()
        }),
    ]
}

fn system_reads() -> Vec<Sample> {
    vec![
        sample("/acs/systems/get", |client| async move {
            client.systems().get(&id()).await
        }),
        sample("/acs/systems/list", |client| async move {
            let filters = ListAcsSystems {
                connected_account_id: some(),
                customer_key: some(),
                search: some(),
            };
            client.systems().list(&filters).await
        }),
        sample("/acs/entrances/get", |client| async move {
            client.entrances().get(&id()).await
        }),
        sample("/acs/entrances/list", |client| async move {
            let filters = ListAcsEntrances {
                acs_system_id: some(),
                acs_credential_id: some(),
                acs_entrance_ids: vec![id()],
                space_id: some(),
                location_id: some(),
                connected_account_id: some(),
                customer_key: some(),
                search: some(),
                limit: Some(7),
                page_cursor: some(),
            };
            client.entrances().list(&filters).next_page().await.unwrap()
        }),
        sample("/acs/encoders/get", |client| async move {
            client.encoders().get(&id()).await
        }),
    ]
}

fn attempt_and_method_reads() -> Vec<Sample> {
    vec![
        sample("/action_attempts/get", |client| async move {
            client.action_attempts().get(&id()).await
        }),
        sample("/action_attempts/list", |client| async move {
            let filters = ListActionAttempts {
                action_attempt_ids: vec![id()],
                device_id: some(),
                limit: Some(7),
                page_cursor: some(),
            };
            client
                .action_attempts()
                .list(&filters)
                .next_page()
                .await
                .unwrap()
        }),
        sample("/access_methods/get", |client| async move {
            client.access_methods().get(&id()).await
        }),
        sample("/access_methods/list", |client| async move {
            let filters = ListAccessMethods {
                access_grant_id: some(),
                access_grant_key: some(),
                acs_entrance_id: some(),
                device_id: some(),
                space_id: some(),
                access_code_id: some(),
            };
            client.access_methods().list(&filters).await
        }),
        sample("/access_methods/get_related", |client| async move {
            let request = RelatedToAccessMethods {
                access_method_ids: vec![id()],
                include: RelatedKind::KNOWN.to_vec(),
                exclude: vec![RelatedKind::Devices],
            };
            client.access_methods().get_related(&request).await
        }),
        sample("/workspaces/get", |client| async move {
            client.workspaces().get().await
        }),
    ]
}

fn event_and_encoder_lists() -> Vec<Sample> {
    let mut reads = Vec::new();
    for when in [
        When::Since(noon().unwrap()),
        When::Between(noon().unwrap(), noon().unwrap()),
    ] {
        let request = ListEvents {
            filters: all_filters(),
            limit: Some(7),
            unstable_offset: Some(7),
            ..ListEvents::new(when)
        };
        reads.push(sample("/events/list", move |client| {
            let request = request.clone();
            async move { client.events().list(&request).await }
        }));
    }
    for of in [
        EncodersOf::System(id()),
        EncodersOf::Systems(vec![id()]),
        EncodersOf::Encoders(vec![id()]),
    ] {
        let filters = ListAcsEncoders {
            of,
            limit: Some(7),
            page_cursor: some(),
        };
        reads.push(sample("/acs/encoders/list", move |client| {
            let filters = filters.clone();
            async move { client.encoders().list(&filters).next_page().await.unwrap() }
        }));
    }
    reads
}
