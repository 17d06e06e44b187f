//! What the API says comes back out as it went in, whatever the API learns to say.

use cardbridge::seam::{
    AccessMethod, AcsCredential, AcsEncoder, AcsEntrance, AcsSystem, AcsUser, ActionAttempt,
    ActionAttemptStatus, ActionResult, Event, Nullable, Related, Workspace,
};
use cardbridge_drivers::profiles::{self, System};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::schema;

/// A type of ours and its schema.
struct Subject {
    schema: &'static str,
    round_trip: fn(&str) -> Result<Value, serde_json::Error>,
}

fn subject<T: DeserializeOwned + Serialize>(schema: &'static str) -> Subject {
    Subject {
        schema,
        round_trip: |text| serde_json::from_str::<T>(text).and_then(serde_json::to_value),
    }
}

fn subjects() -> Vec<Subject> {
    vec![
        subject::<AcsCredential>("acs_credential"),
        subject::<AcsCredential>("unmanaged_acs_credential"),
        subject::<AcsUser>("acs_user"),
        subject::<AcsSystem>("acs_system"),
        subject::<AcsEntrance>("acs_entrance"),
        subject::<AcsEncoder>("acs_encoder"),
        subject::<AccessMethod>("access_method"),
        subject::<ActionAttempt>("action_attempt"),
        subject::<Event>("event"),
        subject::<Workspace>("workspace"),
    ]
}

/// Every member of a union of objects, or the object itself.
fn members(schema: &'static Value) -> Vec<&'static Value> {
    match schema["oneOf"].as_array() {
        Some(members) => members.iter().collect(),
        None => vec![schema],
    }
}

#[test]
fn whatever_fits_the_schema_comes_out_as_it_went_in() {
    for subject in subjects() {
        let any = schema::fitting(schema::component(subject.schema));
        let mut runner = TestRunner::new(Config {
            cases: 96,
            failure_persistence: None,
            ..Config::default()
        });
        runner
            .run(&any, |value| {
                let out = (subject.round_trip)(&value.to_string());
                let out = out
                    .map_err(|error| TestCaseError::fail(format!("{}: {error}", subject.schema)))?;
                prop_assert_eq!(out, value, "{}", subject.schema);
                Ok(())
            })
            .unwrap();
    }
}

#[test]
fn every_field_of_the_schemas_has_its_type() {
    for subject in subjects() {
        for schema in members(schema::component(subject.schema)) {
            let value = schema::full(schema);
            assert_eq!((subject.round_trip)(&value.to_string()).unwrap(), value);
            for path in paths(&value) {
                let mut wrong = value.clone();
                let field = wrong.pointer_mut(&path).unwrap();
                // A field that the schema has as null alone says nothing about its type.
                if field.is_null() {
                    continue;
                }
                *field = if field.is_boolean() {
                    json!("true")
                } else {
                    json!(true)
                };
                assert!(
                    (subject.round_trip)(&wrong.to_string()).is_err() || comes_later(&wrong, &path),
                    "{} takes anything for {path}",
                    subject.schema
                );
            }
        }
    }
}

/// A credential's metadata is passed on as it came; the profile of its access system reads it, and finds what is wrong.
fn comes_later(answer: &Value, path: &str) -> bool {
    profiles::ALL.iter().any(|&profile| {
        let name = profile.metadata();
        let metadata = path
            .find(&format!("/{name}"))
            .and_then(|at| answer.pointer(&path[..=at + name.len()]));
        metadata.is_some_and(|metadata| System::read(profile, metadata).is_err())
    })
}

/// The place of every value of an answer.
fn paths(value: &Value) -> Vec<String> {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, field)| (name.clone(), field))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(n, item)| (n.to_string(), item))
            .collect(),
        _ => Vec::new(),
    };
    inner
        .into_iter()
        .flat_map(|(name, value)| {
            std::iter::once(format!("/{name}")).chain(
                paths(value)
                    .into_iter()
                    .map(move |deeper| format!("/{name}{deeper}")),
            )
        })
        .collect()
}

#[test]
fn a_field_that_must_be_there_is_missed() {
    for subject in subjects() {
        for schema in members(schema::component(subject.schema)) {
            for name in schema["required"].as_array().unwrap() {
                let name = name.as_str().unwrap();
                if !is_wanted_by_all(subject.schema, name) {
                    continue;
                }
                let mut value = schema::full(schema);
                value.as_object_mut().unwrap().remove(name);
                let out = (subject.round_trip)(&value.to_string());
                assert!(out.is_err(), "{} does not miss {name}", subject.schema);
            }
        }
    }
}

/// Whether each member of a union wants a field, and wants a value in it. What only some of them want is optional in the one
/// type of ours; what may be null anyway counts as null when it is missing.
fn is_wanted_by_all(schema: &str, name: &str) -> bool {
    members(schema::component(schema)).iter().all(|member| {
        let field = &member["properties"][name];
        member["required"]
            .as_array()
            .unwrap()
            .contains(&json!(name))
            && field["nullable"] != true
    })
}

fn credential(change: impl FnOnce(&mut Value)) -> Result<AcsCredential, serde_json::Error> {
    let mut value = schema::full(schema::component("acs_credential"));
    change(&mut value);
    serde_json::from_value(value)
}

#[test]
fn null_and_absent_are_not_the_same() {
    let absent =
        credential(|value| drop(value.as_object_mut().unwrap().remove("card_number"))).unwrap();
    let null = credential(|value| value["card_number"] = Value::Null).unwrap();
    let value = credential(|value| value["card_number"] = json!("164d29dc4a09b65f")).unwrap();
    assert_eq!(absent.card_number, Nullable::Absent);
    assert_eq!(null.card_number, Nullable::Null);
    assert_eq!(value.card_number.as_deref(), Some("164d29dc4a09b65f"));
    assert!(
        serde_json::to_value(absent)
            .unwrap()
            .get("card_number")
            .is_none()
    );
    assert_eq!(
        serde_json::to_value(null).unwrap().get("card_number"),
        Some(&Value::Null)
    );
}

#[test]
fn a_credential_of_which_nothing_is_said_is_not_issued() {
    let silent =
        credential(|value| drop(value.as_object_mut().unwrap().remove("is_issued"))).unwrap();
    assert!(!silent.is_known_issued());
    assert!(
        credential(|value| value["is_issued"] = json!(true))
            .unwrap()
            .is_known_issued()
    );
}

#[test]
fn a_pin_is_not_shown_by_debug_but_goes_back_to_the_api() {
    let credential = credential(|value| value["code"] = json!("90210")).unwrap();
    assert!(!format!("{credential:?}").contains("90210"));
    assert_eq!(serde_json::to_value(&credential).unwrap()["code"], "90210");
}

#[test]
fn times_are_instants_with_an_offset_or_an_error() {
    let later = credential(|value| value["ends_at"] = json!("2026-11-24T11:00:00+01:00")).unwrap();
    assert_eq!(
        later.ends_at_time().unwrap().unwrap().as_second(),
        1_795_514_400
    );
    let never = credential(|value| drop(value.as_object_mut().unwrap().remove("ends_at"))).unwrap();
    assert_eq!(never.ends_at_time().unwrap(), None);
    let nonsense = credential(|value| value["ends_at"] = json!("2026-11-24T11:00:00")).unwrap();
    let error = nonsense.ends_at_time().unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"ends_at is not a time with an offset (RFC 3339): "2026-11-24T11:00:00""#
    );
}

#[test]
fn the_result_of_an_attempt_is_what_its_action_makes_it() {
    let credential = schema::full(schema::component("acs_credential"));
    let attempt = |action: &str, status: &str, result: &Value| {
        serde_json::from_value::<ActionAttempt>(json!({
            "action_attempt_id": "a", "action_type": action, "status": status, "result": result, "error": null,
        }))
    };
    let encoded = attempt("ENCODE_CREDENTIAL", "success", &credential).unwrap();
    assert!(matches!(encoded.result, Some(ActionResult::Credential(_))));
    let unknown = attempt("POLISH_CREDENTIAL", "halfway", &json!({"shine": 3})).unwrap();
    assert_eq!(
        unknown.result,
        Some(ActionResult::Unknown(json!({"shine": 3})))
    );
    assert!(
        matches!(&unknown.status, ActionAttemptStatus::Unknown(status) if status.as_str() == "halfway")
    );
    let error = attempt(
        "ENCODE_CREDENTIAL",
        "success",
        &json!({"acs_credential_id": "c"}),
    )
    .unwrap_err();
    assert!(error.to_string().starts_with("in result"), "{error}");
}

#[test]
fn related_things_of_every_kind_survive() {
    let batch =
        schema::full(&schema::response("/access_methods/get_related")["properties"]["batch"]);
    let related: Related = serde_json::from_value(batch.clone()).unwrap();
    assert!(related.extra.is_empty(), "{:?}", related.extra);
    assert_eq!(serde_json::to_value(related).unwrap(), batch);
}
