//! One card of each kind, both access systems, through the real PC/SC service: what the card's memory says to code that is not
//! ours, what the API says, what the journal says.

use std::path::Path;

use cardbridge::encoder::virtual_card::VirtualCard;
use serde_json::{Value, json};

use crate::desk::{Desk, RECORD_KEY, uid};
use crate::foreign::{python, told_by};
use crate::pcscd::{Card, beside_pcscd};
use crate::presence::nothing_lies_there;

/// Systems, and what becomes of a credential for two doors there.
const SYSTEMS: [(&str, &str); 2] = [
    ("visionline_system", "visionline_metadata"),
    ("assa_abloy_vostio", "assa_abloy_vostio_metadata"),
];

#[test]
fn a_card_takes_every_credential_that_fits() {
    beside_pcscd(&["Desk"], async |_| {
        let desk = Desk::new().await;
        let models = [
            "ntag213",
            "ntag215",
            "ultralight-ev1-48",
            "classic-mini",
            "desfire-ev2-2k",
        ];
        let mut outcomes = Vec::new();
        for (number, model) in (0..).zip(models) {
            for (system_number, (system, metadata)) in (0..).zip(SYSTEMS) {
                for doors in [0, 1, 3] {
                    let number = number * 100 + system_number * 10 + u16::try_from(doors).unwrap();
                    outcomes.push((
                        model,
                        system,
                        doors,
                        issue(&desk, model, number, system, doors, metadata).await,
                    ));
                }
            }
        }
        let fits = |model: &str| {
            outcomes
                .iter()
                .filter(|(of, .., fits)| *of == model && *fits)
                .count()
        };
        assert_eq!(fits("ntag215"), 6);
        assert!(fits("classic-mini") >= 2, "{outcomes:?}");
        assert_eq!(fits("ultralight-ev1-48"), 0);
        assert_eq!(fits("desfire-ev2-2k"), 6);
        assert!(fits("ntag213") >= 2, "{outcomes:?}");
        assert!(fits("ntag213") < 6, "{outcomes:?}");
    });
}

/// Issues one credential on one fresh card, or sees it refused; says which.
async fn issue(
    desk: &Desk,
    model: &str,
    number: u16,
    system: &str,
    doors: usize,
    metadata: &str,
) -> bool {
    let credential = desk.credential(system, doors).await;
    let file = desk.path(&format!("card-{number}"));
    let card = Card::put(
        0,
        VirtualCard::open(model, Some(uid(number)), Some(&file)).unwrap(),
    )
    .await;
    let before = std::fs::read(&file).unwrap();
    let ran = desk.encode(&credential, &[]).await;
    if ran.code == 6 {
        let message = ran.document["error"]["message"].as_str().unwrap();
        assert!(
            message.contains("needs") && message.contains("room for"),
            "{message}"
        );
        remove(card).await;
        assert_eq!(
            std::fs::read(&file).unwrap(),
            before,
            "a refusal leaves the card as it was"
        );
        assert!(!desk.look_up(&credential).await.is_known_issued());
        return false;
    }
    assert_eq!(ran.code, 0, "{model} {system} {doors}: {}", ran.stderr);
    let uid = uid(number).to_string();
    assert_eq!(ran.document["state"], "closed");
    assert_eq!(ran.document["card_uid"], uid.as_str());
    assert_eq!(ran.document["card_type"], model);
    let read = desk.run(&["read", "--json"]).await;
    assert_eq!(
        (read.code, &read.document["verified"]),
        (0, &json!(true)),
        "{}",
        read.stderr
    );
    remove(card).await;

    let issued = desk.look_up(&credential).await;
    assert!(issued.is_known_issued());
    assert_eq!(
        issued.card_number.as_deref(),
        ran.document["card_number"].as_str()
    );
    assert_eq!(desk.events_of(&credential).await.len(), 1);
    if model.starts_with("desfire") {
        // Its memory cannot be read but through its commands: `desfire_foreign` tries those with a client of others.
        return true;
    }
    let others = read_by_others(&file, &uid).await;
    assert_eq!(
        others["credential"]["acs_credential_id"],
        credential.acs_credential_id.as_str()
    );
    assert_eq!(
        others["credential"]["card_number"],
        ran.document["card_number"]
    );
    let of_credential = serde_json::to_value(&credential).unwrap();
    for (field, value) in of_credential[metadata].as_object().unwrap() {
        // Empty arrays are left out on the card.
        if *value != json!([]) {
            assert_eq!(others["credential"][metadata][field], *value, "{field}");
        }
    }
    true
}

/// Removes the card, and waits until pcscd knows.
async fn remove(card: Card) {
    card.remove().await;
    nothing_lies_there().await;
}

/// What Python's `ndeflib` and `pycose` make of a card's memory.
async fn read_by_others(memory: &Path, uid: &str) -> Value {
    told_by(python("tests/python/verify_card.py").arg(memory).args([
        uid,
        &hex::encode(RECORD_KEY),
        "01",
    ]))
    .await
}
