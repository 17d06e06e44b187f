//! Seam's schemas, trimmed to the paths that are simulated, as validators.
//!
//! The file is OpenAPI 3.0, so `nullable` and `exclusiveMinimum` are translated. `oneOf` is taken as `anyOf`: the variants are unions, and several are
//! not exclusive. A field that a schema does not name is an error: the simulated API sends nothing that Seam would not.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Map, Value, json};

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../schemas/seam-acs.json")).unwrap());

static ANSWERS: LazyLock<BTreeMap<String, Validator>> = LazyLock::new(|| {
    let components = translated(&DOCUMENT["components"]);
    let answer = |path: &str, verbs: &Value| {
        let operation = verbs.as_object().unwrap().values().next().unwrap();
        let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
        let mut schema = translated(schema);
        schema["components"] = components.clone();
        let validator = jsonschema::options()
            .should_validate_formats(true)
            .build(&schema)
            .unwrap();
        (path.to_owned(), validator)
    };
    let paths = DOCUMENT["paths"].as_object().unwrap();
    paths
        .iter()
        .map(|(path, verbs)| answer(path, verbs))
        .collect()
});

/// Every path of the schemas with its verbs, in capitals.
pub(crate) fn paths() -> Vec<(String, Vec<String>)> {
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let verbs = |verbs: &Value| {
        verbs
            .as_object()
            .unwrap()
            .keys()
            .map(|verb| verb.to_uppercase())
            .collect()
    };
    paths
        .iter()
        .map(|(path, operations)| (path.clone(), verbs(operations)))
        .collect()
}

/// Stops the test if a good answer is not what the path's schema says.
pub(crate) fn check_answer(path: &str, body: &Value) {
    let Some(validator) = ANSWERS.get(path) else {
        return;
    };
    let problems: Vec<String> = validator
        .iter_errors(body)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(
        problems.is_empty(),
        "{path} answered {body:#}\n{}",
        problems.join("\n")
    );
}

/// Stops the test if a refusal is not in Seam's envelope.
pub(crate) fn check_refusal(body: &Value) {
    assert_eq!(body["ok"], json!(false), "{body}");
    let error = body["error"].as_object().unwrap();
    assert!(
        error["type"].is_string() && error["message"].is_string(),
        "{body}"
    );
    let known = ["type", "message", "data", "validation_errors"];
    assert!(
        error.keys().all(|key| known.contains(&key.as_str())),
        "{body}"
    );
    if error["type"] == "invalid_input" {
        assert!(error["validation_errors"]["_errors"].is_array(), "{body}");
    }
}

fn translated(schema: &Value) -> Value {
    match schema {
        Value::Object(fields) => translated_object(fields),
        Value::Array(values) => values.iter().map(translated).collect(),
        other => other.clone(),
    }
}

fn translated_object(fields: &Map<String, Value>) -> Value {
    let mut schema: Map<String, Value> = fields
        .iter()
        .filter(|(key, _)| *key != "nullable")
        .map(|(key, value)| {
            (
                if key == "oneOf" { "anyOf" } else { key }.to_owned(),
                translated(value),
            )
        })
        .collect();
    if schema.get("exclusiveMinimum") == Some(&json!(true)) {
        let least = schema.remove("minimum").unwrap();
        schema.insert("exclusiveMinimum".to_owned(), least);
    }
    if schema.get("properties").is_some_and(Value::is_object) && schema.contains_key("type") {
        schema.entry("additionalProperties").or_insert(json!(false));
    }
    if fields.get("nullable") != Some(&json!(true)) {
        return Value::Object(schema);
    }
    if schema.is_empty() {
        json!({"type": "null"})
    } else {
        json!({"anyOf": [schema, {"type": "null"}]})
    }
}
