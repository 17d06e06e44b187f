//! What happened, for `/events/list` and `/events/get`.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::model::{AccessMethod, Credential, Event, User};
use super::state::State;
use super::time::Time;

impl State {
    /// Notes what happened to a credential.
    pub(super) fn note_credential(
        &mut self,
        event_type: &'static str,
        credential: &Credential,
        occurred_at: Time,
    ) {
        let mut subject = self.acs_subject(credential.acs_system_id);
        subject.insert(
            "acs_credential_id".to_owned(),
            json!(credential.acs_credential_id),
        );
        self.note(event_type, subject, occurred_at);
    }

    /// Notes what happened to a user of an access system.
    pub(super) fn note_user(&mut self, event_type: &'static str, user: &User, occurred_at: Time) {
        let mut subject = self.acs_subject(user.acs_system_id);
        subject.insert("acs_user_id".to_owned(), json!(user.acs_user_id));
        self.note(event_type, subject, occurred_at);
    }

    /// Notes what happened to an access method.
    pub(super) fn note_method(
        &mut self,
        event_type: &'static str,
        method: &AccessMethod,
        occurred_at: Time,
    ) {
        let mut subject = Map::new();
        subject.insert(
            "access_method_id".to_owned(),
            json!(method.access_method_id),
        );
        subject.insert(
            "access_grant_ids".to_owned(),
            json!([method.access_grant_id]),
        );
        let key = self
            .grants
            .get(method.access_grant_id)
            .and_then(|grant| grant.access_grant_key.as_ref());
        if let Some(key) = key {
            subject.insert("access_grant_keys".to_owned(), json!([key]));
        }
        self.note(event_type, subject, occurred_at);
    }

    fn acs_subject(&self, acs_system_id: Uuid) -> Map<String, Value> {
        let mut subject = Map::new();
        subject.insert("acs_system_id".to_owned(), json!(acs_system_id));
        if let Some(system) = self.systems.get(acs_system_id) {
            subject.insert(
                "connected_account_id".to_owned(),
                json!(system.connected_account_id),
            );
        }
        subject
    }

    fn note(&mut self, event_type: &'static str, subject: Map<String, Value>, occurred_at: Time) {
        let event_id = Uuid::new_v4();
        let created_at = Time::now();
        let mut body = subject;
        body.insert("event_id".to_owned(), json!(event_id));
        body.insert("event_type".to_owned(), json!(event_type));
        body.insert(
            "workspace_id".to_owned(),
            json!(self.workspace.workspace_id),
        );
        body.insert("created_at".to_owned(), json!(created_at));
        body.insert("occurred_at".to_owned(), json!(occurred_at));
        self.events.push(Event {
            event_id,
            event_type,
            created_at,
            body,
        });
    }
}
