//! Every call of the client, held against Seam's schemas from both sides: what it sends, and that it takes what is answered.

use std::collections::BTreeSet;

use cardbridge::seam::{
    AccessMode, Auth, CreateAcsCredential, CredentialHolder, InvalidResponse, SeamError, Settings,
};
use serde_json::{Value, json};

use crate::api::{Api, KEY, Reply};
use crate::{calls, schema};

#[tokio::test]
async fn every_request_fits_its_schema_and_every_answer_is_understood() {
    let api = Api::start(|_, seen| {
        let mut answer = schema::full(schema::response(&seen.path));
        if let Some(pagination) = answer.get_mut("pagination") {
            pagination["next_page_cursor"] = json!("next");
        }
        schema::echoing(&mut answer, &seen.json());
        if let Some(action) = action(&seen.path) {
            answer["action_attempt"]["action_type"] = json!(action);
            answer["action_attempt"]["status"] = json!("pending");
            answer["action_attempt"]["result"] = Value::Null;
        }
        Reply::json(200, &answer)
    })
    .await;
    let client = api.client();
    let samples: Vec<_> = calls::writes().into_iter().chain(calls::reads()).collect();
    for sample in &samples {
        (sample.run)(client.clone())
            .await
            .unwrap_or_else(|error| panic!("{}: {error}", sample.path));
    }
    let seen = api.seen();
    assert_eq!(seen.len(), samples.len());
    let mut sent = BTreeSet::new();
    for (seen, sample) in seen.iter().zip(&samples) {
        assert_eq!(seen.path, sample.path);
        assert!(seen.head.starts_with("POST "));
        assert_eq!(
            seen.header("authorization"),
            Some(format!("Bearer {KEY}").as_str())
        );
        assert_eq!(seen.header("content-type"), Some("application/json"));
        let body = seen.json();
        match schema::request(&seen.path) {
            Some(schema) => {
                let judge = jsonschema::validator_for(&schema::strict(schema)).unwrap();
                let faults: Vec<_> = judge
                    .iter_errors(&body)
                    .map(|fault| fault.to_string())
                    .collect();
                assert!(faults.is_empty(), "{}: {body}: {faults:?}", seen.path);
            }
            None => assert_eq!(body, json!({})),
        }
        names(&body, &format!("{} ", seen.path), &mut sent);
    }
    let mut there = BTreeSet::new();
    for path in seen.iter().map(|seen| &seen.path) {
        if let Some(schema) = schema::request(path) {
            schema::parameters(schema, &format!("{path} "), &mut there);
        }
    }
    let never_sent: Vec<_> = there.difference(&sent).collect();
    assert!(
        never_sent.is_empty(),
        "the API takes these too: {never_sent:?}"
    );
}

/// What the attempt that a call starts is of.
fn action(path: &str) -> Option<&'static str> {
    Some(match path {
        "/acs/encoders/encode_credential" | "/access_methods/encode" => "ENCODE_CREDENTIAL",
        "/acs/encoders/scan_credential" => "SCAN_CREDENTIAL",
        "/acs/encoders/scan_to_assign_credential" => "SCAN_TO_ASSIGN_CREDENTIAL",
        "/access_methods/assign_card" => "ASSIGN_CREDENTIAL",
        _ => return None,
    })
}

/// Answers about something else, or that do not say that all is well, are no answers: whatever is read or begun.
#[tokio::test]
async fn no_call_believes_an_answer_about_something_else() {
    let mut spoilt = 0;
    for sample in calls::writes().into_iter().chain(calls::reads()) {
        for what in ["another", "not ok", "no ok"] {
            let api = Api::start(move |_, seen| {
                let mut answer = schema::full(schema::response(&seen.path));
                schema::echoing(&mut answer, &seen.json());
                if let Some(action) = action(&seen.path) {
                    answer["action_attempt"]["action_type"] = json!(action);
                }
                match what {
                    "not ok" => answer["ok"] = json!(false),
                    "no ok" => drop(answer.as_object_mut().unwrap().remove("ok")),
                    _ => {
                        if !another(&seen.json(), &mut answer) {
                            return Reply::json(500, &json!({}));
                        }
                    }
                }
                Reply::json(200, &answer)
            })
            .await;
            let Err(error) = (sample.run)(api.client()).await else {
                panic!("{}: believes {what}", sample.path);
            };
            match (what, error) {
                ("another", SeamError::Unusable { fault, .. }) => {
                    assert!(
                        matches!(fault, InvalidResponse::OfAnother(_)),
                        "{}: {fault:?}",
                        sample.path
                    );
                    spoilt += 1;
                }
                // The answer names nothing that the request does.
                ("another", SeamError::Refused(_)) => {}
                (_, SeamError::Unusable { fault, .. }) => {
                    assert_eq!(fault, InvalidResponse::NotOk, "{}", sample.path);
                }
                (_, error) => panic!("{}: {error:?}", sample.path),
            }
        }
    }
    assert!(spoilt >= 20, "{spoilt}");
}

/// The ids by which the API says what an answer is about.
const NAMES: &[&str] = &[
    "acs_credential_id",
    "acs_encoder_id",
    "acs_entrance_id",
    "acs_system_id",
    "acs_user_id",
    "access_method_id",
    "action_attempt_id",
    "event_id",
    "user_identity_id",
];

/// Makes an answer one about something else, if it says what it is about.
fn another(request: &Value, answer: &mut Value) -> bool {
    if answer["action_attempt"]["action_type"].is_string()
        && request.get("action_attempt_id").is_none()
    {
        answer["action_attempt"]["action_type"] = json!("UNLOCK_DOOR");
        answer["action_attempt"]["result"] = Value::Null;
        return true;
    }
    let mut other = answer.clone();
    let asked: Value = request
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, _)| NAMES.contains(&name.trim_end_matches('s')))
        .map(|(name, asked)| match asked {
            Value::Array(_) => (name.clone(), json!(["another"])),
            _ => (name.clone(), json!("another")),
        })
        .collect();
    schema::echoing(&mut other, &asked);
    let changed = other != *answer;
    *answer = other;
    changed
}

/// The names of all fields of a body, spelt as [`schema::parameters`] spells them.
fn names(body: &Value, prefix: &str, into: &mut BTreeSet<String>) {
    for (name, field) in body.as_object().into_iter().flatten() {
        into.insert(format!("{prefix}{name}"));
        names(field, &format!("{prefix}{name}."), into);
    }
}

#[tokio::test]
async fn what_is_not_given_is_not_sent() {
    let mut answer = schema::full(schema::response("/acs/credentials/create"));
    answer["acs_credential"]["acs_user_id"] = json!("u");
    let api = Api::always(move || Reply::json(200, &answer)).await;
    let holder = CredentialHolder::AcsUser {
        acs_user_id: "u".to_owned(),
    };
    api.client()
        .credentials()
        .create(&CreateAcsCredential::new(AccessMode::Card, holder))
        .await
        .unwrap();
    assert_eq!(
        api.seen()[0].json(),
        json!({"access_method": "card", "acs_user_id": "u"})
    );
}

#[tokio::test]
async fn a_token_names_its_workspace() {
    let answer = schema::full(schema::response("/workspaces/get"));
    let api = Api::always(move || Reply::json(200, &answer)).await;
    let auth = Auth::PersonalAccessToken {
        token: "seam_at1_token".into(),
        workspace_id: "workspace-1".to_owned(),
    };
    api.client_with(Settings::new(auth))
        .workspaces()
        .get()
        .await
        .unwrap();
    assert_eq!(
        api.seen()[0].header("authorization"),
        Some("Bearer seam_at1_token")
    );
    assert_eq!(api.seen()[0].header("seam-workspace"), Some("workspace-1"));
}

#[tokio::test]
async fn this_machine_is_reached_by_name() {
    let answer = schema::full(schema::response("/workspaces/get"));
    let mut api = Api::always(move || Reply::json(200, &answer)).await;
    api.endpoint = api.endpoint.replace("127.0.0.1", "localhost");
    api.client().workspaces().get().await.unwrap();
}
