//! What no client would send, in the shape of what one would: JSON whose fields are those of the API and whose values are anything.

use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::{Map, Value};

/// The same values in each run of the test.
pub(crate) struct Garbage(TestRunner);

impl Garbage {
    pub(crate) fn new(seed: u64) -> Self {
        Self(TestRunner::new(Config {
            rng_seed: RngSeed::Fixed(seed),
            ..Config::default()
        }))
    }

    /// The next one.
    pub(crate) fn next<T: std::fmt::Debug>(&mut self, of: &impl Strategy<Value = T>) -> T {
        of.new_tree(&mut self.0).unwrap().current()
    }
}

/// Objects with these fields and others. Among their values are `good` ones, so that the paths behind the checks are met too.
pub(crate) fn bodies(
    fields: &[&'static str],
    good: &[Value],
) -> impl Strategy<Value = Value> + use<> {
    let field = prop_oneof![
        8 => proptest::sample::select(fields.to_vec()).prop_map(str::to_owned),
        1 => "\\PC{0,8}",
    ]
    .boxed();
    let object = |fields: Vec<(String, Value)>| Value::Object(Map::from_iter(fields));
    let nonsense = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    let leaf = prop_oneof![1 => nonsense, 2 => proptest::sample::select(good.to_vec())];
    let inner_field = field.clone();
    let value = leaf.prop_recursive(3, 16, 4, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((inner_field.clone(), inner), 0..4).prop_map(object),
        ]
    });
    proptest::collection::vec((field, value), 0..6).prop_map(object)
}

/// An object as the query of a GET.
pub(crate) fn query_of(body: &Value) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (field, value) in body.as_object().unwrap() {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        query.append_pair(field, &text);
    }
    query.finish()
}
