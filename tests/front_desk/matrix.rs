//! Every card technology and way of writing through the real PC/SC service: first issue, issued again, foreign, locked, of
//! another key, full. What is refused leaves card, journal and API as they were. Torn at each command: see `torn`. Every model goes
//! through the same in the conformance suite.

use std::path::PathBuf;

use cardbridge::encoder::virtual_card::VirtualCard;
use cardbridge::seam::AcsCredential;
use cardbridge::sim::Hotel;
use cardbridge_drivers::cards;
use cardbridge_drivers::contract::ModelKey;
use cardbridge_drivers::contract::{Finding, Model, Registration};
use serde_json::{Value, json};

use crate::desk::{Desk, Ran, uid};
use crate::pcscd::{Card, beside_pcscd};
use crate::presence::{a_card_lies_there, nothing_lies_there};

/// One model of each technology and way of writing.
const MODELS: &[&str] = &[
    "ntag213",
    "ultralight-c",
    "classic-mini",
    "desfire-ev1-2k",
    "desfire-ev2-2k",
    "ntag424",
];

fn models() -> impl Iterator<Item = (u16, &'static Registration, &'static Model)> {
    (1..)
        .zip(MODELS)
        .map(|(number, name)| (number, cards::model(name).unwrap()))
        .map(|(number, (driver, model))| (number, driver, model))
}

#[test]
fn no_driver_is_left_out() {
    for driver in cards::ALL {
        assert!(
            models().any(|(_, of, _)| of.name == driver.name),
            "{}",
            driver.name
        );
    }
}

/// A card on the first reader, and the file that is its memory.
struct Placed {
    card: Card,
    file: PathBuf,
}

impl Placed {
    /// `memory`: how the card was left by its last user; without one it is fresh from the factory.
    async fn put(desk: &Desk, model: &str, number: u16, memory: Option<Vec<u8>>) -> Self {
        let file = desk.path(&format!("{model}-{number}"));
        let fresh = match memory {
            Some(memory) => {
                std::fs::write(&file, memory).unwrap();
                None
            }
            None => Some(uid(number)),
        };
        let card = Card::put(0, VirtualCard::open(model, fresh, Some(&file)).unwrap()).await;
        a_card_lies_there().await;
        Self { card, file }
    }

    fn memory(&self) -> Vec<u8> {
        std::fs::read(&self.file).unwrap()
    }

    async fn remove(self) -> Vec<u8> {
        let memory = self.memory();
        self.card.remove().await;
        nothing_lies_there().await;
        memory
    }
}

async fn history(desk: &Desk) -> Value {
    desk.run(&["history", "--json"]).await.document
}

/// Refused with exit 6, in two parts; card, journal and API are as they were.
async fn refused(desk: &Desk, placed: &Placed, credential: &AcsCredential, more: &[&str]) -> Ran {
    let (memory, journal) = (placed.memory(), history(desk).await);
    let known = desk.look_up(credential).await.is_known_issued();
    let ran = desk.encode(credential, more).await;
    assert_eq!(ran.code, 6, "{}", ran.stderr);
    assert_eq!(ran.document["error"]["exit"], 6);
    let hint = ran.document["error"]["hint"].as_str().unwrap();
    assert!(
        ran.stderr.contains(&format!("fix: {hint}")),
        "{}",
        ran.stderr
    );
    assert!(placed.memory() == memory, "a refusal changed the card");
    assert_eq!(history(desk).await, journal);
    assert_eq!(desk.look_up(credential).await.is_known_issued(), known);
    ran
}

fn message(ran: &Ran) -> &str {
    ran.document["error"]["message"].as_str().unwrap()
}

async fn expect_good(desk: &Desk, credential: &AcsCredential) {
    let read = desk.run(&["read", "--json", "--timeout", "20"]).await;
    assert_eq!(read.code, 0, "{}", read.stderr);
    assert_eq!(read.document["verified"], true);
    let id = credential.acs_credential_id.as_str();
    assert_eq!(read.document["acs_credential_id"], id);
}

#[test]
fn first_issue_and_issued_again() {
    beside_pcscd(&["Desk"], async |_| {
        let desk = Desk::new().await;
        for (number, driver, model) in models() {
            let credential = desk.credential("assa_abloy_vostio", 0).await;
            let placed = Placed::put(&desk, model.name, number, None).await;
            let issued = desk.encode(&credential, &[]).await;
            assert_eq!(issued.code, 0, "{}: {}", model.name, issued.stderr);
            let told = ["state", "card_type", "driver"].map(|field| &issued.document[field]);
            assert_eq!(told, ["closed", model.name, driver.name]);
            expect_good(&desk, &credential).await;
            // Once on a card it goes onto one again only with explicit permission.
            let again = desk.encode(&credential, &[]).await;
            assert_eq!(again.code, 4, "{}", again.stderr);
            let again = desk.encode(&credential, &["--reissue"]).await;
            assert_eq!(again.code, 0, "{}: {}", model.name, again.stderr);
            assert_ne!(
                again.document["issuance_id"],
                issued.document["issuance_id"]
            );
            expect_good(&desk, &credential).await;
            let keys = desk.run(&["read", "--json"]).await.document["keys"].clone();
            let expected = if model.key == ModelKey::Site {
                json!({"state": "site", "version": 2, "current": true})
            } else {
                json!({"state": "none", "version": null, "current": null})
            };
            assert_eq!(keys, expected, "{}", model.name);
            assert!(desk.look_up(&credential).await.is_known_issued());
            assert_eq!(
                desk.events_of(&credential).await.len(),
                2,
                "issued, reissued"
            );
            // Another guest's card now: it is not given away unasked.
            let other = desk.credential("assa_abloy_vostio", 0).await;
            let held = refused(&desk, &placed, &other, &[]).await;
            assert!(message(&held).contains(&credential.acs_credential_id));
            placed.remove().await;
        }
        let rows = history(&desk).await.as_array().unwrap().len();
        assert_eq!(rows, 2 * models().count());
    });
}

#[test]
fn foreign_and_locked_tags() {
    beside_pcscd(&["Desk"], async |_| {
        foreign_and_locked(&["ntag213", "ultralight-c"]).await;
    });
}

#[test]
fn foreign_and_locked_classics() {
    beside_pcscd(&["Desk"], async |_| {
        foreign_and_locked(&["classic-mini"]).await;
    });
}

#[test]
fn foreign_and_locked_cards_of_iso_14443_4() {
    beside_pcscd(&["Desk"], async |_| {
        foreign_and_locked(&["desfire-ev1-2k", "desfire-ev2-2k", "ntag424"]).await;
    });
}

/// The conformance suite tries the specimens of every model.
async fn foreign_and_locked(these: &[&str]) {
    let desk = Desk::new().await;
    let mut tried = Vec::new();
    let these = || models().filter(|(.., model)| these.contains(&model.name));
    for (number, driver, model) in these() {
        for specimen in (driver.specimens)(model.name, uid(number)) {
            let credential = desk.credential("assa_abloy_vostio", 0).await;
            let placed = Placed::put(&desk, model.name, number, Some(specimen.card.memory())).await;
            let what = format!("{}: {}", model.name, specimen.what);
            match specimen.finding {
                Finding::Foreign | Finding::Beside => {
                    let ran = refused(&desk, &placed, &credential, &[]).await;
                    assert!(
                        message(&ran).contains("not ours"),
                        "{what}: {}",
                        message(&ran)
                    );
                    let ran = desk.encode(&credential, &["--overwrite"]).await;
                    assert_eq!(ran.code, 0, "{what}: {}", ran.stderr);
                    expect_good(&desk, &credential).await;
                    tried.push((driver.name, specimen.finding));
                }
                // Locks may be beyond a small record: then it is written, and good.
                Finding::Locked | Finding::Full => {
                    let seen = desk.run(&["read", "--json", "--timeout", "20"]).await;
                    if seen.document["writable"]["possible"] == false {
                        refused(&desk, &placed, &credential, &["--overwrite"]).await;
                        tried.push((driver.name, specimen.finding));
                    } else {
                        let ran = desk.encode(&credential, &["--overwrite"]).await;
                        assert_eq!(ran.code, 0, "{what}: {}", ran.stderr);
                    }
                }
                Finding::Shared => {
                    let ran = desk.encode(&credential, &[]).await;
                    assert_eq!(ran.code, 0, "{what}: {}", ran.stderr);
                }
            }
            placed.remove().await;
        }
    }
    for (_, driver, _) in these() {
        let found = |finding| tried.contains(&(driver.name, finding));
        assert!(found(Finding::Locked), "{}", driver.name);
        // What others keep on a DESFire is beside ours, or under keys of theirs.
        assert_eq!(found(Finding::Foreign), driver.name != "desfire");
    }
}

/// Sealed with another record key, and written under another site's keys.
#[test]
fn cards_of_another_key() {
    beside_pcscd(&["Desk"], async |_| {
        let desk = Desk::new().await;
        let others = Desk::new().await;
        std::fs::write(others.path("record.key"), hex::encode([0x77; 32])).unwrap();
        let same_keys = others.path("site-keys.toml");
        let foreign_keys = others.path("foreign-keys.toml");
        let text = std::fs::read_to_string(&same_keys).unwrap();
        let text = text.replace(&"02".repeat(16), &"7b".repeat(16));
        std::fs::copy(&same_keys, &foreign_keys).unwrap();
        std::fs::write(&foreign_keys, text).unwrap();
        for (number, _, model) in models() {
            for site_keys in [&same_keys, &foreign_keys] {
                let foreign = *site_keys == foreign_keys && model.key == ModelKey::Site;
                let theirs = others.credential("assa_abloy_vostio", 0).await;
                let placed = Placed::put(&others, model.name, number, None).await;
                let id = theirs.acs_credential_id.as_str();
                let encode = ["encode", "--json", "--timeout", "20", "--credential", id];
                let ran = others.run_under(Some(site_keys), &encode).await;
                assert_eq!(ran.code, 0, "{}: {}", model.name, ran.stderr);
                let memory = placed.remove().await;
                std::fs::remove_file(others.path(&format!("{}-{number}", model.name))).unwrap();

                let placed = Placed::put(&desk, model.name, number, Some(memory)).await;
                let read = desk.run(&["read", "--json", "--timeout", "20"]).await;
                assert_eq!((read.code, &read.document["verified"]), (6, &json!(false)));
                let ours = desk.credential("assa_abloy_vostio", 0).await;
                refused(&desk, &placed, &ours, &[]).await;
                if foreign {
                    assert_eq!(read.document["keys"]["state"], "unknown", "{}", model.name);
                    assert_eq!(read.document["writable"]["possible"], false);
                    refused(&desk, &placed, &ours, &["--overwrite"]).await;
                } else {
                    assert_eq!(read.document["contents"], "record", "{}", model.name);
                    let ran = desk.encode(&ours, &["--overwrite"]).await;
                    assert_eq!(ran.code, 0, "{}: {}", model.name, ran.stderr);
                    expect_good(&desk, &ours).await;
                }
                placed.remove().await;
            }
        }
    });
}

/// A record of exactly the capacity goes on; one byte more is refused with both sizes. A card number of the right length
/// makes the record so long.
#[test]
fn cards_that_are_full() {
    beside_pcscd(&["Desk"], async |_| {
        for (number, _, model) in models() {
            let too_long = model.capacity;
            let desk = Desk::of_hotel(hotel(&[too_long])).await;
            let placed = Placed::put(&desk, model.name, number, None).await;
            let credential = only(&desk, 0).await;
            let ran = refused(&desk, &placed, &credential, &[]).await;
            let needed = needed(message(&ran));
            placed.remove().await;

            // Every letter of the number is a byte of the record, but for the lengths of lengths.
            let about = too_long - (needed - model.capacity);
            let lengths: Vec<_> = (about - 1..about + 3).rev().collect();
            let desk = Desk::of_hotel(hotel(&lengths)).await;
            let placed = Placed::put(&desk, model.name, number, None).await;
            let mut over = 0;
            loop {
                let ran = refused(&desk, &placed, &only(&desk, over).await, &[]).await;
                let available = format!("room for {}", model.capacity);
                assert!(message(&ran).contains(&available), "{}", message(&ran));
                over += 1;
                if self::needed(message(&ran)) == model.capacity + 1 {
                    break;
                }
            }
            let full = only(&desk, over).await;
            let ran = desk.encode(&full, &[]).await;
            assert_eq!(ran.code, 0, "{}: {}", model.name, ran.stderr);
            expect_good(&desk, &full).await;
            placed.remove().await;
        }
    });
}

/// A hotel with one credential for each of these lengths of card number.
fn hotel(lengths: &[usize]) -> Hotel {
    let system = "5e000000-0000-4000-8000-000000000009";
    let credentials: Vec<_> = (0..)
        .zip(lengths)
        .map(|(number, length)| {
            json!({
                "acs_credential_id": credential_id(number),
                "acs_system_id": system,
                "card_number": "Z".repeat(*length),
                "starts_at": "now-1h",
                "ends_at": "now+2h",
            })
        })
        .collect();
    let seed = json!({
        "acs_systems": [{"acs_system_id": system, "name": "Inn", "external_type": "assa_abloy_vostio"}],
        "acs_credentials": credentials,
    });
    Hotel::from_seed_file(&seed.to_string()).unwrap()
}

fn credential_id(number: usize) -> String {
    format!("c0000000-0000-4000-8000-{number:012}")
}

async fn only(desk: &Desk, number: usize) -> AcsCredential {
    let credentials = desk.client.credentials();
    credentials.get(&credential_id(number)).await.unwrap()
}

/// The size in "the record needs 130 bytes, …".
fn needed(message: &str) -> usize {
    let (_, rest) = message
        .split_once("needs ")
        .unwrap_or_else(|| panic!("{message}"));
    rest.split(' ').next().unwrap().parse().unwrap()
}
