//! A hotel from a file.

use cardbridge::sim::Hotel;
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
        ("{", "line 1"),
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
