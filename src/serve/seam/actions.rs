//! Encoding and scanning: the calls that begin an action attempt.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::api::{Call, LocalApi, Reply};
use super::encoders::Meant;
use super::upstream::refusal;
use crate::issuance::attempt::{Action, Attempt};
use crate::rpc::{Reader, Refusal, Success};
use crate::seam::{AccessMode, AcsCredential, Holder, RelatedKind, RelatedToAccessMethods};

impl LocalApi {
    /// `/acs/encoders/encode_credential`: by a credential or by an access method.
    pub(super) async fn encode(self: &Arc<Self>, call: Call) -> Result<Reply, Refusal> {
        let (encoder, credential, method) = call.input.read(|body| {
            body.exactly_one(&["acs_credential_id", "access_method_id"]);
            (
                body.uuid("acs_encoder_id"),
                body.optional_uuid("acs_credential_id"),
                body.optional_uuid("access_method_id"),
            )
        })?;
        if let Some(method) = method {
            return self.encode_behind(encoder, method).await;
        }
        self.expect_encoder(encoder).await?;
        let asked = credential.unwrap_or_default().to_string();
        // What is on its way onto a card can be finished while Seam is away.
        let is_open = self.is_open(&asked).await?;
        let credential = match self.agent().queue().fetch(&asked).await {
            Ok(credential) => Some(credential),
            Err(error) if !is_open || error.status().is_some() => return Err(refusal(&error)),
            Err(_) => None,
        };
        self.encode_on(encoder, asked, credential).await
    }

    /// `/access_methods/encode`
    pub(super) async fn encode_method(self: &Arc<Self>, call: Call) -> Result<Reply, Refusal> {
        let (encoder, method) = call
            .input
            .read(|body| (body.uuid("acs_encoder_id"), body.uuid("access_method_id")))?;
        self.encode_behind(encoder, method).await
    }

    /// Encodes the credential behind an access method.
    async fn encode_behind(
        self: &Arc<Self>,
        encoder: Uuid,
        method: Uuid,
    ) -> Result<Reply, Refusal> {
        self.expect_encoder(encoder).await?;
        let credential = self.credential_behind(method).await?;
        let id = credential.acs_credential_id.clone();
        self.encode_on(encoder, id, Some(credential)).await
    }

    /// `/acs/encoders/scan_credential`
    pub(super) async fn scan(self: &Arc<Self>, call: Call) -> Result<Reply, Refusal> {
        let encoder = call.input.read(|body| {
            check_salto_options(body);
            body.uuid("acs_encoder_id")
        })?;
        let Meant::Reader { .. } = self.meant(encoder).await? else {
            return self.upstream(call).await;
        };
        self.begun(attempt(Action::Scan, encoder, None)).await
    }

    /// `/acs/encoders/scan_to_assign_credential`
    pub(super) async fn scan_to_assign(self: &Arc<Self>, call: Call) -> Result<Reply, Refusal> {
        let (encoder, user, identity) = call.input.read(|body| {
            check_salto_options(body);
            body.exactly_one(&["acs_user_id", "user_identity_id"]);
            (
                body.uuid("acs_encoder_id"),
                body.optional_uuid("acs_user_id"),
                body.optional_uuid("user_identity_id"),
            )
        })?;
        let Meant::Reader { .. } = self.meant(encoder).await? else {
            return self.upstream(call).await;
        };
        let holder = match user {
            Some(user) => Holder::AcsUser(user.to_string()),
            None => Holder::UserIdentity(identity.unwrap_or_default().to_string()),
        };
        let action = Action::ScanToAssign { holder };
        self.begun(attempt(action, encoder, None)).await
    }

    async fn encode_on(
        self: &Arc<Self>,
        encoder: Uuid,
        acs_credential_id: String,
        credential: Option<AcsCredential>,
    ) -> Result<Reply, Refusal> {
        if let Some(credential) = &credential {
            if credential.access_method != AccessMode::Card {
                let complaint = "Not a card credential";
                return Err(Refusal::invalid_field("acs_credential_id", complaint));
            }
            self.expect_system_of_desk(credential).await?;
        }
        let credential = credential.map(|credential| json!(credential));
        let action = Action::Encode { acs_credential_id };
        self.begun(attempt(action, encoder, credential)).await
    }

    async fn begun(self: &Arc<Self>, attempt: Attempt) -> Result<Reply, Refusal> {
        let attempt = self.begin(attempt).await?;
        Ok(Success::one("action_attempt", attempt).into())
    }

    /// A reader of this desk counts as an encoder of these systems alone.
    async fn expect_system_of_desk(&self, credential: &AcsCredential) -> Result<(), Refusal> {
        let systems = self.systems.of_desk().await?;
        let mut of_desk = systems.iter();
        if of_desk.any(|system| system.acs_system_id == credential.acs_system_id) {
            return Ok(());
        }
        let complaint = "The encoder belongs to another access system";
        Err(Refusal::invalid_field("acs_encoder_id", complaint))
    }

    /// The credential that an access method is carried by.
    async fn credential_behind(&self, access_method_id: Uuid) -> Result<AcsCredential, Refusal> {
        let id = access_method_id.to_string();
        // A list of what belongs to an unknown one is empty, and does not say that it is unknown.
        let methods = self.client.access_methods();
        let method = methods.get(&id).await.map_err(|error| refusal(&error))?;
        let asked = RelatedToAccessMethods {
            access_method_ids: vec![id],
            include: vec![RelatedKind::AcsCredentials],
            ..RelatedToAccessMethods::default()
        };
        let related = methods.get_related(&asked).await;
        let related = related.map_err(|error| refusal(&error))?;
        let is_card = |credential: &AcsCredential| credential.access_method == AccessMode::Card;
        let mut cards = related.acs_credentials.unwrap_or_default();
        cards.retain(is_card);
        let complaint = match (method.mode, cards.pop()) {
            (AccessMode::Card, Some(card)) if cards.is_empty() => return Ok(card),
            (AccessMode::Card, Some(_)) => "The access method has more than one card",
            (AccessMode::Card, None) => "The access method is not ready for encoding",
            _ => "The access method is not a card",
        };
        Err(Refusal::invalid_field("access_method_id", complaint))
    }
}

fn attempt(action: Action, acs_encoder_id: Uuid, credential: Option<Value>) -> Attempt {
    let begun_at = Timestamp::now();
    Attempt {
        action_attempt_id: crate::issuance::entry::new_id(begun_at),
        action,
        acs_encoder_id,
        credential,
        begun_at,
        ended: None,
    }
}

/// Only a Salto KS encoder heeds them, yet their type is checked for any.
fn check_salto_options(body: &Reader<'_>) {
    body.object("salto_ks_metadata", |options| {
        options.optional_bool("detect_new_tags");
    });
}
