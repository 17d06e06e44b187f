//! What a client refuses to be made from, before anything is sent.

use cardbridge::seam::{Auth, Client, SeamError, Settings, SettingsError};
use cardbridge::text::Hint;

fn refusal(settings: Settings) -> SettingsError {
    match Client::new(settings).unwrap_err() {
        SeamError::Settings(error) => error,
        other => panic!("{other:?}"),
    }
}

fn key(text: &str) -> Settings {
    Settings::new(Auth::ApiKey(text.into()))
}

fn token(text: &str, workspace_id: &str) -> Settings {
    Settings::new(Auth::PersonalAccessToken {
        token: text.into(),
        workspace_id: workspace_id.to_owned(),
    })
}

#[test]
fn each_kind_of_key_is_taken_for_what_it_is() {
    assert!(Client::new(key("seam_testkey1_abc")).is_ok());
    assert!(Client::new(key("seam_local_abc")).is_ok());
    assert!(Client::new(token("seam_at1_abc", "w")).is_ok());
    assert!(matches!(refusal(key("")), SettingsError::KeyEmpty));
    assert!(matches!(
        refusal(key("sk_live")),
        SettingsError::KeyWithoutPrefix
    ));
    assert!(matches!(
        refusal(key("seam_at1_abc")),
        SettingsError::TokenGivenAsKey
    ));
    assert!(matches!(
        refusal(key("seam_cst1_abc")),
        SettingsError::KeyOfAnotherKind(_)
    ));
    assert!(matches!(
        refusal(key("seam_pk1_abc")),
        SettingsError::KeyOfAnotherKind(_)
    ));
    assert!(matches!(
        refusal(key("eyJhbGciOi")),
        SettingsError::KeyOfAnotherKind(_)
    ));
    assert!(matches!(
        refusal(key("seam_a\nb")),
        SettingsError::KeyUnreadable
    ));
    assert!(matches!(
        refusal(token("seam_testkey1_abc", "w")),
        SettingsError::TokenWithoutPrefix
    ));
    assert!(matches!(
        refusal(token("seam_at1_abc", "")),
        SettingsError::WorkspaceMissing
    ));
    assert!(matches!(
        refusal(token("seam_at1_abc", "w\r\nx: y")),
        SettingsError::WorkspaceUnreadable
    ));
}

#[test]
fn plain_http_is_for_this_machine_only() {
    for endpoint in [
        "http://127.0.0.1:8080",
        "http://127.8.9.1",
        "http://[::1]:80",
        "http://localhost:1",
        "https://seam.example",
    ] {
        assert!(
            Client::new(key("seam_k").at(endpoint)).is_ok(),
            "{endpoint}"
        );
    }
    for endpoint in [
        "http://connect.getseam.com",
        "http://192.168.1.2",
        "http://0.0.0.0",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://[::ffff:8.8.8.8]",
    ] {
        let error = refusal(key("seam_k").at(endpoint));
        assert!(
            matches!(error, SettingsError::EndpointInTheClear(_)),
            "{endpoint}: {error}"
        );
        assert!(error.hint().starts_with("use https"));
    }
}

#[test]
fn an_endpoint_is_an_address_and_no_more() {
    let refused = |endpoint: &str| refusal(key("seam_k").at(endpoint));
    assert!(matches!(
        refused("connect.getseam.com"),
        SettingsError::EndpointUnreadable(_)
    ));
    assert!(matches!(refused(""), SettingsError::EndpointUnreadable(_)));
    assert!(matches!(
        refused("ftp://seam.example"),
        SettingsError::EndpointScheme(_)
    ));
    assert!(matches!(
        refused("mailto:a@seam.example"),
        SettingsError::EndpointScheme(_)
    ));
    assert!(matches!(
        refused("https://a:b@seam.example"),
        SettingsError::EndpointWithCredentials
    ));
    assert!(matches!(
        refused("https://seam.example/?a=b"),
        SettingsError::EndpointWithQuery
    ));
    assert!(matches!(
        refused("https://seam.example/#a"),
        SettingsError::EndpointWithQuery
    ));
}
