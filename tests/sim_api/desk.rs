//! A served hotel and a caller with its key. Every answer is checked on its way back: content type, request id, envelope, and
//! Seam's schema of the path.

use std::net::SocketAddr;

use cardbridge::sim::{self, Access, Faults, Hotel};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::schemas;
use crate::wire::{Call, Reply};

/// Ids of the shipped hotel.
pub(crate) const WORKSPACE: &str = "00000000-0000-4000-8000-000000000001";
pub(crate) const VISIONLINE: &str = "5e000000-0000-4000-8000-000000000001";
pub(crate) const VOSTIO: &str = "5e000000-0000-4000-8000-000000000002";
/// A guest of the Visionline system, and the person behind it.
pub(crate) const ADA: &str = "a5000000-0000-4000-8000-000000000001";
pub(crate) const ADA_IDENTITY: &str = "1d000000-0000-4000-8000-000000000001";
pub(crate) const JONAS: &str = "a5000000-0000-4000-8000-000000000002";
/// A guest of the Vostio system.
pub(crate) const OMAR: &str = "a5000000-0000-4000-8000-000000000004";
pub(crate) const ROOM_101: &str = "d0000000-0000-4000-8000-000000000101";
pub(crate) const MAIN_ENTRANCE: &str = "d0000000-0000-4000-8000-000000000001";
pub(crate) const SUITE_301: &str = "d0000000-0000-4000-8000-000000000301";
pub(crate) const SPA: &str = "d0000000-0000-4000-8000-000000000032";
pub(crate) const ENCODER: &str = "ec000000-0000-4000-8000-000000000001";
pub(crate) const VOSTIO_ENCODER: &str = "ec000000-0000-4000-8000-000000000003";
/// A waiting card credential of one door.
pub(crate) const WAITING: &str = "c0000000-0000-4000-8000-000000000001";
pub(crate) const ISSUED: &str = "c0000000-0000-4000-8000-000000000091";
pub(crate) const BEING_DELETED: &str = "c0000000-0000-4000-8000-000000000093";
pub(crate) const CODE: &str = "c0000000-0000-4000-8000-000000000095";
pub(crate) const NEEDS_REISSUE: &str = "c0000000-0000-4000-8000-000000000097";
pub(crate) const NOWHERE: &str = "ffffffff-0000-4000-8000-000000000000";

/// A served hotel.
pub(crate) struct Desk {
    pub(crate) access: Access,
    pub(crate) faults: Faults,
    pub(crate) personal_access_token: (String, String),
    address: SocketAddr,
    _stop: oneshot::Sender<()>,
}

impl Desk {
    pub(crate) async fn open() -> Self {
        Self::open_at(Hotel::seeded()).await
    }

    pub(crate) async fn open_at(hotel: Hotel) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let desk = Self {
            access: hotel.access(address),
            faults: hotel.faults(),
            personal_access_token: hotel.personal_access_token(),
            address,
            _stop: stop,
        };
        tokio::spawn(sim::serve(listener, hotel, async {
            let _ = stopped.await;
        }));
        desk
    }

    /// Sends a call as it is.
    pub(crate) async fn send(&self, call: Call) -> Reply {
        self.try_send(&call)
            .await
            .unwrap_or_else(|error| panic!("{call:?}: {error}"))
    }

    /// As [`Self::send`], where the connection may end without an answer.
    pub(crate) async fn try_send(&self, call: &Call) -> std::io::Result<Reply> {
        let reply = call.send(&self.address.to_string()).await?;
        check(call, &reply);
        Ok(reply)
    }

    /// A call with the key.
    pub(crate) fn call(&self, verb: &str, target: &str) -> Call {
        Call::new(verb, target).header("authorization", &format!("Bearer {}", self.access.api_key))
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(self.call("POST", path).json(&body)).await
    }

    pub(crate) async fn get(&self, target: &str) -> Reply {
        self.send(self.call("GET", target)).await
    }

    /// The answer to a POST that is to succeed.
    pub(crate) async fn ok(&self, path: &str, body: Value) -> Value {
        let asked = format!("{path} {body}");
        self.post(path, body).await.succeeded(&asked)
    }

    /// The error of a POST that is to be refused.
    pub(crate) async fn refused(&self, path: &str, body: Value, status: u16, kind: &str) -> Value {
        let asked = format!("{path} {body}");
        self.post(path, body).await.refused(&asked, status, kind)
    }

    /// The messages for one field of a POST that is to be refused.
    pub(crate) async fn invalid(&self, path: &str, body: Value, field: &str) -> Vec<String> {
        let error = self.refused(path, body, 400, "invalid_input").await;
        let place = field
            .split('.')
            .fold(&error["validation_errors"], |level, step| &level[step]);
        let messages = place["_errors"]
            .as_array()
            .unwrap_or_else(|| panic!("nothing about {field:?} in {error}"));
        assert!(!messages.is_empty(), "nothing about {field:?} in {error}");
        messages
            .iter()
            .map(|message| message.as_str().unwrap().to_owned())
            .collect()
    }

    pub(crate) async fn credential(&self, id: &str) -> Value {
        self.ok("/acs/credentials/get", json!({"acs_credential_id": id}))
            .await["acs_credential"]
            .clone()
    }

    /// The attempt once it is no longer pending.
    pub(crate) async fn finished(&self, attempt: &Value) -> Value {
        let id = &attempt["action_attempt_id"];
        loop {
            let body = json!({"action_attempt_id": id});
            let now = self.ok("/action_attempts/get", body).await["action_attempt"].clone();
            if now["status"] != "pending" {
                return now;
            }
        }
    }

    /// The types of all events about a credential, oldest first.
    pub(crate) async fn events_of(&self, credential: &str) -> Vec<String> {
        let body = json!({"since": "2000-01-01", "acs_credential_id": credential});
        let answer = self.ok("/events/list", body).await;
        let events = answer["events"].as_array().unwrap().iter();
        events
            .map(|event| event["event_type"].as_str().unwrap().to_owned())
            .collect()
    }
}

fn check(call: &Call, reply: &Reply) {
    if reply
        .headers
        .get("content-type")
        .is_none_or(|kind| !kind.starts_with("application/json"))
    {
        return;
    }
    let Ok(body) = serde_json::from_slice::<Value>(&reply.body) else {
        return;
    };
    if reply
        .headers
        .get("seam-request-id")
        .is_none_or(String::is_empty)
    {
        panic!("no request id: {reply:?}");
    }
    if reply.status == 200 {
        assert_eq!(body["ok"], json!(true), "{body}");
        schemas::check_answer(call.target.split('?').next().unwrap(), &body);
    } else {
        schemas::check_refusal(&body);
    }
}

/// The field of each object of a list.
pub(crate) fn column(list: &Value, field: &str) -> Vec<String> {
    let objects = list.as_array().unwrap().iter();
    objects
        .map(|object| object[field].as_str().unwrap().to_owned())
        .collect()
}

pub(crate) fn warnings(credential: &Value) -> Vec<String> {
    column(&credential["warnings"], "warning_code")
}
