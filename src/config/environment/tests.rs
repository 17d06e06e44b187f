//! Which journal is meant on a machine with a service and on one without.

use super::*;
use crate::config::{AuthSource, Config, Layer};

/// A machine below a folder, as a user in a shell meets it.
fn shell(machine: &tempfile::TempDir) -> Environment {
    let mut environment: Environment = [("HOME", "/home/desk"), ("SEAM_API_KEY", "seam_users_own")]
        .into_iter()
        .collect();
    environment.machine = Some(machine.path().to_owned());
    environment
}

fn put(machine: &tempfile::TempDir, path: &str, content: &str) {
    let path = machine.path().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

#[test]
fn where_the_service_is_installed_its_journal_is_meant() {
    for unit in UNITS {
        let machine = tempfile::tempdir().unwrap();
        let of_user = shell(&machine).state_dir().unwrap();
        assert_eq!(
            of_user.value,
            PathBuf::from("/home/desk/.local/state/cardbridge")
        );
        put(&machine, unit, "");
        let of_service = shell(&machine).state_dir().unwrap();
        assert_eq!(of_service.value, machine.path().join("var/lib/cardbridge"));
        assert_eq!(of_service.origin, Origin::Service);
    }
}

#[test]
fn another_journal_must_be_asked_for_and_is_seen_to_be_another() {
    let machine = tempfile::tempdir().unwrap();
    put(&machine, UNITS[0], "");
    let mut environment = shell(&machine);
    environment
        .variables
        .insert("CARDBRIDGE_STATE_DIR".into(), "/elsewhere".into());
    let config = Config::load(Layer::default(), &environment).unwrap();
    assert_eq!(config.state_dir.value, PathBuf::from("/elsewhere"));
    let of_service = machine.path().join("var/lib/cardbridge");
    assert_eq!(config.state_dir_of_service, Some(of_service));
}

#[test]
fn the_service_is_looked_at_with_its_own_secrets_and_state() {
    let machine = tempfile::tempdir().unwrap();
    put(
        &machine,
        "etc/credstore/cardbridge.seam_api_key",
        "seam_of_service",
    );
    let service = shell(&machine).of_service();
    let config = Config::load(Layer::default(), &service).unwrap();
    let of_service = machine.path().join("var/lib/cardbridge");
    assert_eq!(config.state_dir.value, of_service);
    let Some(AuthSource::ApiKey(key)) = config.seam.auth else {
        panic!("no key");
    };
    assert_eq!(key.read().unwrap().expose(), "seam_of_service");
    assert!(config.record.key.is_none(), "nothing of a user's");
}
