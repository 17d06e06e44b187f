//! What holds for every record and for any bytes.

use ciborium::Value;
use proptest::prelude::*;
use uuid::Uuid;

use super::fields::Writer;
use super::*;
use crate::profiles::Form;

fn id() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<[u8; 16]>().prop_map(|bytes| Uuid::from_bytes(bytes).to_string()),
        any::<[u8; 16]>().prop_map(|bytes| Uuid::from_bytes(bytes).simple().to_string()),
        any::<String>(),
    ]
}

fn ids() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(id(), 0..5)
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..12).prop_map(hex::encode),
        prop::collection::vec(any::<u8>(), 0..12).prop_map(hex::encode_upper),
        any::<String>(),
    ]
}

/// Anything that a field of this form may say.
fn value(form: Form) -> BoxedStrategy<profiles::Value> {
    match form {
        Form::Bool => any::<bool>().prop_map(profiles::Value::from).boxed(),
        Form::Int => any::<i64>().prop_map(profiles::Value::from).boxed(),
        Form::Text | Form::Id => id().prop_map(profiles::Value::from).boxed(),
        Form::Word(known) => prop_oneof![
            prop::sample::select(known).prop_map(profiles::Value::from),
            any::<String>().prop_map(profiles::Value::from),
        ]
        .boxed(),
        Form::Texts | Form::Ids => ids().prop_map(profiles::Value::from).boxed(),
    }
}

fn system_of(profile: &'static dyn Profile) -> BoxedStrategy<System> {
    let fields = profile.fields().iter();
    fields.fold(Just(System::new(profile)).boxed(), |system, field| {
        (system, prop::option::of(value(field.form)))
            .prop_map(|(mut system, value)| {
                if let Some(value) = value {
                    system.set(field.name(), value).unwrap();
                }
                system
            })
            .boxed()
    })
}

fn known_system() -> impl Strategy<Value = System> {
    prop::sample::select(profiles::ALL).prop_flat_map(system_of)
}

fn system() -> impl Strategy<Value = Option<System>> {
    prop_oneof![1 => Just(None), 2 => known_system().prop_map(Some)]
}

fn record() -> impl Strategy<Value = Record> {
    (
        id(),
        number(),
        any::<(Option<i64>, Option<i64>, i64)>(),
        system(),
    )
        .prop_map(
            |(acs_credential_id, card_number, (starts_at, ends_at, written_at), system)| Record {
                acs_credential_id,
                card_number,
                starts_at,
                ends_at,
                written_at,
                system,
            },
        )
}

fn any_uid() -> impl Strategy<Value = Uid> {
    prop_oneof![
        any::<[u8; 4]>().prop_map(|bytes| uid_of(&bytes)),
        any::<[u8; 7]>().prop_map(|bytes| uid_of(&bytes)),
        any::<[u8; 10]>().prop_map(|bytes| uid_of(&bytes)),
    ]
    .prop_filter("names a card", |uid| !uid.is_random())
}

fn any_key() -> impl Strategy<Value = RecordKey> {
    (prop::collection::vec(any::<u8>(), 1..9), any::<[u8; 32]>())
        .prop_map(|(kid, key)| RecordKey::new(kid, key).unwrap())
}

proptest! {
    #[test]
    fn what_is_sealed_opens_as_it_was(record in record(), key in any_key(), uid in any_uid()) {
        let bytes = record.seal(&key, &uid).unwrap();
        prop_assert_eq!(&record.seal(&key, &uid).unwrap(), &bytes);
        prop_assert_eq!(&Record::peek(&bytes).unwrap(), &record);
        prop_assert_eq!(Record::open(&bytes, &[key], &uid), Ok(record));
    }

    #[test]
    fn metadata_comes_back_from_the_apis_object(system in known_system()) {
        let object = serde_json::to_value(&system).unwrap();
        prop_assert_eq!(System::read(system.profile(), object).unwrap(), system);
    }

    #[test]
    fn what_is_sealed_is_deterministic_cbor(record in record()) {
        let bytes = record.seal(&key(), &uid()).unwrap();
        prop_assert_eq!(strict::check(&bytes[1..]), Ok(()));
        prop_assert_eq!(strict::check(&claims::encode(&record).unwrap()), Ok(()));
    }

    #[test]
    fn another_card_or_key_does_not_verify(record in record(), other in any_uid(), secret: [u8; 32]) {
        prop_assume!(other != uid() && secret != KEY);
        let bytes = record.seal(&key(), &uid()).unwrap();
        prop_assert_eq!(Record::open(&bytes, &[key()], &other), Err(RecordError::DoesNotVerify));
        let forger = RecordKey::new(vec![1], secret).unwrap();
        prop_assert_eq!(Record::open(&bytes, &[forger], &uid()), Err(RecordError::DoesNotVerify));
    }

    #[test]
    fn a_flipped_bit_does_not_verify(record in record(), bit: prop::sample::Index) {
        let mut bytes = record.seal(&key(), &uid()).unwrap();
        let bit = bit.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(open(&bytes).is_err());
    }

    #[test]
    fn any_bytes_are_read_without_panic(bytes in prop_oneof![
        prop::collection::vec(any::<u8>(), 0..6),
        prop::collection::vec(any::<u8>(), 0..400),
    ]) {
        prop_assert!(open(&bytes).is_err());
        let mut ours = vec![0xD1, 0x84];
        ours.extend(&bytes);
        prop_assert!(open(&ours).is_err());
        let _ = open(&sealed(&bytes));
    }

    /// Near misses get further than noise: ids and numbers as text where that may not be their encoding, a byte exchanged
    /// here and there, and all of it sealed with the right key.
    #[test]
    fn what_opens_at_all_is_sealed_back_to_the_same_bytes(
        id in id(),
        number in number(),
        edits in prop::collection::vec(any::<(prop::sample::Index, u8)>(), 0..2),
    ) {
        let card = Writer::default().put(1, Value::from(number));
        let claims = Writer::default().put(6, 0.into()).put(7, id.into()).put(-65537, card.finish());
        let mut payload = Vec::new();
        ciborium::into_writer(&claims.finish(), &mut payload).unwrap();
        for (at, byte) in edits {
            *at.get_mut(&mut payload) = byte;
        }
        let bytes = sealed(&payload);
        if let Ok(record) = open(&bytes) {
            prop_assert_eq!(record.seal(&key(), &uid()), Ok(bytes));
        }
    }
}
