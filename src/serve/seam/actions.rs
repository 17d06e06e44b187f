//! Encoding and scanning: the calls that begin an action attempt.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::api::{Call, LocalApi, Reply};
use super::encoders::Meant;
use super::scan::Subject;
use super::upstream::refusal;
use crate::issuance::journal::{Action, Attempt};
use crate::rpc::{Reader, Refusal, Success};
use crate::seam::{AccessMode, AcsCredential, RelatedKind, RelatedToAccessMethods};

impl LocalApi {
    /// `/acs/encoders/encode_credential`: by a credential or by an access method.
    pub(super) async fn encode(self: &Arc<Self>, call: Call) -> Result<Reply, Refusal> {
        let (encoder, credential, method) = call.input.read(|body| {
            if body.has("acs_credential_id") == body.has("access_method_id") {
                body.refuse_all("Provide exactly one of acs_credential_id and access_method_id");
            }
            (
                body.uuid("acs_encoder_id"),
                body.optional_uuid("acs_credential_id"),
                body.optional_uuid("access_method_id"),
            )
        })?;
        self.expect_encoder(encoder).await?;
        match (credential, method) {
            (Some(credential), _) => {
                let asked = credential.to_string();
                // What is on its way onto a card can be finished while Seam is away.
                let known = self.is_open(&asked).await?;
                let fetched = self.agent().queue().fetch(&asked).await;
                let credential = match fetched {
                    Ok(credential) => Some(credential),
                    Err(error) if !known || error.status().is_some() => {
                        return Err(refusal(&error));
                    }
                    Err(_) => None,
                };
                self.encode_on(encoder, asked, credential).await
            }
            (None, method) => {
                let method = method.unwrap_or_default();
                let credential = self.credential_behind(method).await?;
                let id = credential.acs_credential_id.clone();
                self.encode_on(encoder, id, Some(credential)).await
            }
        }
    }

    /// `/access_methods/encode`
    pub(super) async fn encode_method(self: &Arc<Self>, call: Call) -> Result<Reply, Refusal> {
        let (encoder, method) = call
            .input
            .read(|body| (body.uuid("acs_encoder_id"), body.uuid("access_method_id")))?;
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
        self.begun(attempt(Action::Scan, encoder, None, None)).await
    }

    /// `/acs/encoders/scan_to_assign_credential`
    pub(super) async fn scan_to_assign(self: &Arc<Self>, call: Call) -> Result<Reply, Refusal> {
        let (encoder, user, identity) = call.input.read(|body| {
            check_salto_options(body);
            if body.has("acs_user_id") == body.has("user_identity_id") {
                body.refuse_all("Provide exactly one of acs_user_id and user_identity_id");
            }
            (
                body.uuid("acs_encoder_id"),
                body.optional_uuid("acs_user_id"),
                body.optional_uuid("user_identity_id"),
            )
        })?;
        let Meant::Reader { .. } = self.meant(encoder).await? else {
            return self.upstream(call).await;
        };
        let subject = match (user, identity) {
            (Some(user), _) => Subject::User(user),
            (None, identity) => Subject::Identity(identity.unwrap_or_default()),
        };
        let subject = Some(subject.to_string());
        self.begun(attempt(Action::ScanToAssign, encoder, subject, None))
            .await
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
        let subject = Some(acs_credential_id);
        self.begun(attempt(Action::Encode, encoder, subject, credential))
            .await
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

fn attempt(
    action: Action,
    acs_encoder_id: Uuid,
    subject: Option<String>,
    credential: Option<Value>,
) -> Attempt {
    let begun_at = Timestamp::now();
    Attempt {
        action_attempt_id: crate::issuance::entry::new_id(begun_at),
        action,
        acs_encoder_id,
        subject,
        credential,
        begun_at,
        ended: None,
    }
}

/// What only a Salto KS encoder heeds is of the right type all the same.
fn check_salto_options(body: &Reader<'_>) {
    body.object("salto_ks_metadata", |options| {
        options.optional_bool("detect_new_tags");
    });
}
