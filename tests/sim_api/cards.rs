//! Whether the shipped hotel's waiting credentials can be put on cards: the demonstration issues them all.

use cardbridge_drivers::contract::Uid;
use cardbridge_drivers::profiles::{self, CardCredential, record_for};
use cardbridge_drivers::record::RecordKey;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::desk::{Desk, warnings};

const UID: [u8; 7] = [0x04, 0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6];

/// Bytes of a record that each card has room for.
const NTAG213: usize = 123;
const NTAG215: usize = 478;
const NTAG216: usize = 862;

fn seconds(time: &Value) -> Option<i64> {
    time.as_str()
        .map(|time| time.parse::<Timestamp>().unwrap().as_second())
}

/// Bytes of the record of a credential.
fn size(credential: &Value) -> usize {
    let text = |name| credential[name].as_str();
    let number = text("card_number").unwrap_or("04a1b2c3d4e5f6");
    let mut content = CardCredential::new(text("acs_credential_id").unwrap(), number);
    content.external_type = text("external_type").map(str::to_owned);
    content.starts_at = seconds(&credential["starts_at"]);
    content.ends_at = seconds(&credential["ends_at"]);
    for &profile in profiles::ALL {
        if let Some(object) = credential.get(profile.metadata()) {
            content.add_metadata(profile, object).unwrap();
        }
    }
    let record = record_for(&content, Timestamp::now().as_second()).unwrap();
    let key = RecordKey::new(b"k1".to_vec(), [7; 32]).unwrap();
    record
        .seal(&key, &Uid::try_from(UID.as_slice()).unwrap())
        .unwrap()
        .len()
}

#[tokio::test]
async fn every_waiting_card_fits_on_some_card_and_a_room_on_the_smallest() {
    let desk = Desk::open().await;
    let all = desk.ok("/acs/credentials/list", json!({})).await;
    let now = Timestamp::now();
    let waiting = all["acs_credentials"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|credential| {
            let over = credential["ends_at"]
                .as_str()
                .is_some_and(|end| end.parse::<Timestamp>().unwrap() < now);
            warnings(credential) == ["waiting_to_be_issued"]
                && credential["errors"] == json!([])
                && !over
        });
    let sizes: Vec<usize> = waiting.map(size).collect();
    let that_fit = |room: usize| sizes.iter().filter(|size| **size <= room).count();
    assert!(
        sizes.len() >= 12 && that_fit(NTAG216) == sizes.len(),
        "{sizes:?}"
    );
    assert!(
        that_fit(NTAG215) * 2 > sizes.len() && that_fit(NTAG215) < sizes.len(),
        "{sizes:?}"
    );
    assert!(that_fit(NTAG213) >= 1, "{sizes:?}");
}
