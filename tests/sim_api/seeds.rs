//! A hotel from a file.

use cardbridge::sim::Hotel;
use cardbridge::text::Hint;
use serde_json::json;

use crate::desk::Desk;

#[tokio::test]
async fn a_small_hotel_needs_a_few_lines() {
    let seed = r#"{
        "api_key": "seam_test_small", "report_secret": "whsec_c2VjcmV0",
        "acs_systems": [{"acs_system_id": "5e000000-0000-4000-8000-000000000009", "name": "Inn", "external_type": "assa_abloy_vostio"}],
        "acs_credentials": [{"acs_system_id": "5e000000-0000-4000-8000-000000000009", "ends_at": "now+2h"}]
    }"#;
    let desk = Desk::open_at(Hotel::from_seed_file(seed).unwrap()).await;
    assert_eq!(desk.access.api_key, "seam_test_small");
    assert_eq!(desk.access.report_secret, "whsec_c2VjcmV0");
    let credentials = desk.ok("/acs/credentials/list", json!({})).await;
    let credential = &credentials["acs_credentials"][0];
    assert_eq!(credential["access_method"], "card");
    assert_eq!(
        credential["assa_abloy_vostio_metadata"],
        json!({"door_names": []})
    );
}

#[tokio::test]
async fn a_mistake_is_named_by_its_place() {
    let cases = [
        ("{", "not JSON: EOF"),
        ("{", "line 1"),
        ("5", "the whole file: invalid type"),
        ("[]", "line 1"),
        (r#"{"acs_credential": []}"#, "acs_credential"),
        (
            r#"{"acs_credentials": [{"acs_system_id": "x"}]}"#,
            "acs_credentials[0].acs_system_id",
        ),
        (
            r#"{"acs_credentials": [{"acs_system_id": "5e000000-0000-4000-8000-000000000009", "ends_at": "later"}]}"#,
            "acs_credentials[0].ends_at",
        ),
        (
            r#"{"acs_systems": [{"name": "A", "external_type": "salto"}]}"#,
            "acs_systems[0].external_type",
        ),
        (
            "{\n \"acs_systems\": [\n  {\"nmae\": \"A\"}]}",
            "acs_systems[0].nmae: unknown field `nmae`",
        ),
        ("{\n \"acs_systems\": [\n  {\"nmae\": \"A\"}]}", "line 3"),
        (
            r#"{"acs_encoders": [{"acs_system_id": "5e000000-0000-4000-8000-000000000009", "display_name": "Desk"}]}"#,
            "acs_encoders[0].acs_system_id",
        ),
        (r#"{"api_key": "seam_at_x"}"#, "api_key"),
        (
            r#"{"personal_access_token": "seam_x"}"#,
            "personal_access_token",
        ),
        (r#"{"report_secret": "whsec_"}"#, "report_secret"),
        ("{} x", "after the end"),
        (
            r#"{"workspace": {"workspace_id": 5}}"#,
            "workspace.workspace_id",
        ),
    ];
    for (seed, place) in cases {
        let error = Hotel::from_seed_file(seed).unwrap_err();
        assert!(error.to_string().contains(place), "{seed}: {error}");
        assert!(!error.hint().is_empty());
    }
}

#[test]
fn a_server_on_every_address_is_reached_by_loopback() {
    let hotel = Hotel::seeded();
    for (bound, endpoint) in [
        ("127.0.0.1:4040", "http://127.0.0.1:4040"),
        ("0.0.0.0:4040", "http://127.0.0.1:4040"),
        ("[::]:4040", "http://[::1]:4040"),
        ("192.0.2.7:4040", "http://192.0.2.7:4040"),
    ] {
        let access = hotel.access(bound.parse().unwrap());
        assert_eq!(access.endpoint, endpoint);
        assert!(access.report_url.starts_with(endpoint));
    }
}
