//! A session that was recorded from an EV1 card, frame by frame: DES, both triple DES and AES; changes of keys and of key
//! settings, applications, files, data.

use super::*;

#[test]
fn a_recorded_session_with_an_ev1_card() {
    let session: Value = serde_json::from_str(include_str!(
        "../../../../../vectors/desfire-ev1-session.json"
    ))
    .unwrap();
    let uid = bytes(&session, "uid").try_into().unwrap();
    let mut card = with_uid("desfire-ev1-8k", uid);
    card.select();
    for (number, exchange) in session["exchanges"].as_array().unwrap().iter().enumerate() {
        if exchange["rnd_b"].is_string() {
            card.random.prescribe(&bytes(exchange, "rnd_b"));
        }
        assert_eq!(
            sends(&mut card, &bytes(exchange, "c")),
            exchange["r"].as_str().unwrap(),
            "exchange {number}: {exchange}"
        );
    }
}
