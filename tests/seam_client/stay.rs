//! A simulated hotel to live in: the API, a client of it, and what every stay needs.

use std::time::Duration;

use cardbridge::seam::{
    AccessMethod, AccessMode, AcsCredential, AcsEncoder, AcsEntrance, AcsSystem, AcsUser,
    AcsUserKey, ActionAttempt, Auth, CardFormat, CardFunctionType, Client, CreateAcsCredential,
    CreateAcsUser, CredentialHolder, EncodersOf, EventFilters, EventType, ListAccessMethods,
    ListAcsCredentials, ListAcsEncoders, ListAcsEntrances, ListAcsSystems, ListAcsUsers,
    ListEvents, SeamError, Settings, SystemExternalType, VisionlineOptions, Wait, When,
};
use cardbridge::sim::{self, Faults, Hotel};
use futures_util::TryStreamExt;
use jiff::{Timestamp, ToSpan};
use tokio::sync::oneshot;

/// A simulated hotel, open until it is dropped, and a client of it.
pub(crate) struct Stay {
    pub(crate) client: Client,
    pub(crate) with_token: Client,
    pub(crate) faults: Faults,
    started_at: String,
    _close: oneshot::Sender<()>,
}

impl Stay {
    pub(crate) async fn begin() -> Self {
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

    pub(crate) async fn visionline(&self) -> AcsSystem {
        let systems = self
            .client
            .systems()
            .list(&ListAcsSystems::default())
            .await
            .unwrap();
        let visionline = Some(SystemExternalType::VisionlineSystem);
        let system = systems
            .items
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

    pub(crate) async fn guest_doors(&self, system: &AcsSystem) -> Vec<AcsEntrance> {
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

    pub(crate) async fn encoder(&self, system: &AcsSystem) -> AcsEncoder {
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

    pub(crate) async fn guest(&self, system: &AcsSystem, name: &str) -> AcsUser {
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

    pub(crate) async fn credentials_of(&self, user: &AcsUser) -> Vec<AcsCredential> {
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

    pub(crate) async fn happened_to(&self, acs_credential_id: &str) -> Vec<EventType> {
        let filters = EventFilters {
            acs_credential_id: Some(acs_credential_id.to_owned()),
            ..EventFilters::default()
        };
        let request = ListEvents {
            filters,
            ..ListEvents::new(When::Since(self.started_at.clone()))
        };
        let events = self.client.events().list(&request).await.unwrap();
        events
            .items
            .into_iter()
            .map(|event| event.event_type)
            .collect()
    }

    /// The access methods of every entrance: the API lists them by a filter only.
    pub(crate) async fn all_access_methods(&self) -> Vec<AccessMethod> {
        let doors = self.client.entrances().list(&ListAcsEntrances::default());
        let doors: Vec<_> = doors.into_items().try_collect().await.unwrap();
        let mut all = Vec::new();
        for door in doors {
            let filters = ListAccessMethods {
                acs_entrance_id: Some(door.acs_entrance_id),
                ..Default::default()
            };
            let methods = self.client.access_methods().list(&filters).await;
            all.extend(methods.unwrap().items);
        }
        all
    }

    pub(crate) async fn ended(&self, attempt: ActionAttempt) -> Result<ActionAttempt, SeamError> {
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

pub(crate) fn card_for(user: &AcsUser, door: &AcsEntrance) -> CreateAcsCredential {
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
