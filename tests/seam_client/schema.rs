//! Seam's own description of its API, as a source of answers and as a judge of requests.

use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// The card side of Seam's OpenAPI document (`@seamapi/types`, MIT).
pub(crate) static API: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../schemas/seam-openapi-acs.json")).unwrap()
});

/// The schema of a thing that the API knows by name.
pub(crate) fn component(name: &str) -> &'static Value {
    let schema = &API["components"]["schemas"][name];
    assert!(schema.is_object(), "no schema {name}");
    schema
}

/// The schema of what can be posted to a path, if anything can.
pub(crate) fn request(path: &str) -> Option<&'static Value> {
    let body = &API["paths"][path]["post"];
    assert!(body.is_object(), "no path {path}");
    body.pointer("/requestBody/content/application~1json/schema")
}

/// The schema of what a path answers.
pub(crate) fn response(path: &str) -> &'static Value {
    API["paths"][path]["post"]
        .pointer("/responses/200/content/application~1json/schema")
        .unwrap()
}

fn resolve(schema: &'static Value) -> &'static Value {
    match schema["$ref"].as_str() {
        Some(reference) => component(reference.rsplit('/').next().unwrap()),
        None => schema,
    }
}

/// The same answer, about what was asked for: its ids are those of the request.
pub(crate) fn echoing(answer: &mut Value, request: &Value) {
    for (name, asked) in request.as_object().into_iter().flatten() {
        let name = name
            .strip_suffix("_ids")
            .map_or(name.clone(), |one| format!("{one}_id"));
        let asked = asked.get(0).unwrap_or(asked);
        for value in answer.as_object_mut().into_iter().flat_map(Map::values_mut) {
            let objects = match value {
                Value::Array(items) => items.iter_mut().collect(),
                object => vec![object],
            };
            for object in objects {
                if name.ends_with("_id") && object.get(&name).is_some_and(Value::is_string) {
                    object[&name] = asked.clone();
                }
            }
        }
    }
}

/// An answer in which every field is there, and of each union the last member.
pub(crate) fn full(schema: &'static Value) -> Value {
    let schema = resolve(schema);
    if let Some(members) = schema["oneOf"].as_array() {
        return full(members.last().unwrap());
    }
    match schema["type"].as_str() {
        Some("object") => {
            let fields = schema["properties"].as_object();
            fields
                .into_iter()
                .flatten()
                .map(|(name, field)| (name.clone(), full(field)))
                .collect()
        }
        Some("array") => json!([full(&schema["items"])]),
        Some("boolean") => schema["enum"].get(0).cloned().unwrap_or(json!(true)),
        Some("integer" | "number") => json!(7),
        Some("string") => schema["enum"]
            .get(0)
            .cloned()
            .unwrap_or_else(|| text(&schema["format"])),
        _ => Value::Null,
    }
}

fn text(format: &Value) -> Value {
    match format.as_str() {
        Some("uuid") => json!("5b2b6c34-31a5-4d5e-9d3c-0f5f0f4b6f01"),
        Some("date-time") => json!("2026-11-22T15:00:00.000Z"),
        Some("uri") => json!("https://example.com/a"),
        Some("email") => json!("guest@example.com"),
        _ => json!("text"),
    }
}

/// Any answer that fits a schema; fields and values that no schema has are sprinkled in, as the API does without notice.
pub(crate) fn fitting(schema: &'static Value) -> BoxedStrategy<Value> {
    let schema = resolve(schema);
    let value = if let Some(members) = schema["oneOf"].as_array() {
        proptest::sample::select(members.iter().collect::<Vec<_>>())
            .prop_flat_map(fitting)
            .boxed()
    } else {
        match schema["type"].as_str() {
            Some("object") => object(schema),
            Some("array") => proptest::collection::vec(fitting(&schema["items"]), 0..3)
                .prop_map(Value::Array)
                .boxed(),
            Some("boolean") => match schema["enum"].as_array() {
                Some(values) => proptest::sample::select(values.clone()).boxed(),
                None => any::<bool>().prop_map(Value::from).boxed(),
            },
            Some("integer") => any::<u32>().prop_map(Value::from).boxed(),
            Some("number") => {
                prop_oneof![any::<i32>().prop_map(Value::from), Just(json!(1.5))].boxed()
            }
            Some("string") => string(schema),
            _ => Just(Value::Null).boxed(),
        }
    };
    if schema["nullable"] == true && schema.get("type").is_some() {
        prop_oneof![3 => value, 1 => Just(Value::Null)].boxed()
    } else {
        value
    }
}

fn string(schema: &'static Value) -> BoxedStrategy<Value> {
    match schema["enum"].as_array() {
        Some(values) => prop_oneof![
            6 => proptest::sample::select(values.clone()),
            1 => "[a-z_]{1,12}".prop_map(|unknown| json!(format!("new_{unknown}"))),
        ]
        .boxed(),
        None => "\\PC{1,12}".prop_map(Value::from).boxed(),
    }
}

fn object(schema: &'static Value) -> BoxedStrategy<Value> {
    let required = schema["required"].as_array();
    let mut fields = Just(Map::new()).boxed();
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let required = required.is_some_and(|names| names.contains(&json!(name)));
        let value = if required {
            fitting(field).prop_map(Some).boxed()
        } else {
            proptest::option::weighted(0.6, fitting(field)).boxed()
        };
        fields = (fields, value)
            .prop_map(move |(mut fields, value)| {
                fields.extend(value.map(|value| (name.clone(), value)));
                fields
            })
            .boxed();
    }
    let unknown = prop_oneof![
        Just(Value::Null),
        Just(json!({"a": [1, "b"]})),
        Just(json!(2.5))
    ];
    (fields, proptest::option::weighted(0.2, unknown))
        .prop_map(|(mut fields, unknown)| {
            fields.extend(unknown.map(|value| ("a_field_of_tomorrow".to_owned(), value)));
            Value::Object(fields)
        })
        .boxed()
}

/// A schema as a strict JSON Schema: OpenAPI's `nullable` spelt out, unions that overlap (Seam's do), and nothing besides what
/// is named.
pub(crate) fn strict(schema: &Value) -> Value {
    let mut strict = json_schema(schema);
    strict["unevaluatedProperties"] = json!(false);
    strict
}

fn json_schema(schema: &Value) -> Value {
    let Some(fields) = schema.as_object() else {
        return schema.clone();
    };
    let mut result = Map::new();
    for (name, value) in fields {
        match (name.as_str(), value) {
            ("oneOf" | "anyOf", Value::Array(members)) => {
                result.insert(
                    "anyOf".to_owned(),
                    members.iter().map(json_schema).collect(),
                );
            }
            ("allOf", Value::Array(members)) => {
                result.insert(name.clone(), members.iter().map(json_schema).collect());
            }
            ("properties", Value::Object(properties)) => {
                let properties = properties
                    .iter()
                    .map(|(name, field)| (name.clone(), field_schema(field)));
                result.insert(name.clone(), properties.collect());
            }
            ("items", items) => {
                result.insert(name.clone(), field_schema(items));
            }
            ("nullable", _) => {}
            // In OpenAPI 3.0 this says how to take the minimum; in JSON Schema it is one.
            ("exclusiveMinimum", Value::Bool(_)) => {
                result.insert(name.clone(), schema["minimum"].clone());
            }
            _ => {
                result.insert(name.clone(), value.clone());
            }
        }
    }
    let result = Value::Object(result);
    if schema["nullable"] == true {
        json!({"anyOf": [result, {"type": "null"}]})
    } else {
        result
    }
}

fn field_schema(schema: &Value) -> Value {
    let mut field = json_schema(schema);
    if schema["type"] == "object" && schema["nullable"] != true {
        field["unevaluatedProperties"] = json!(false);
    }
    field
}

/// The names of all fields of a request, nested ones separated by dots.
pub(crate) fn parameters(
    schema: &Value,
    prefix: &str,
    into: &mut std::collections::BTreeSet<String>,
) {
    for union in ["oneOf", "anyOf", "allOf"] {
        for member in schema[union].as_array().into_iter().flatten() {
            parameters(member, prefix, into);
        }
    }
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        into.insert(format!("{prefix}{name}"));
        parameters(field, &format!("{prefix}{name}."), into);
    }
}
