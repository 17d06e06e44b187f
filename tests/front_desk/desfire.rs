//! A simulated DESFire that `cardbridge sim-card` places on a reader of a real pcscd, under a client that is not ours: Python's
//! `python-desfire`.

use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use crate::foreign::{python, told_by};
use crate::pcscd::{address, beside_pcscd};
use crate::presence::{a_card_lies_there, nothing_lies_there};

const READER: &str = "Desk 00 00";
const UID: &str = "04a1b2c3d4e580";

#[test]
fn a_foreign_client_finds_a_desfire() {
    beside_pcscd(&["Desk"], async |_| {
        for model in ["desfire-ev1-4k", "desfire-ev2-8k", "desfire-ev3-2k"] {
            let mut card = Command::new(env!("CARGO_BIN_EXE_cardbridge"))
                .args(["sim-card", "--type", model, "--uid", UID])
                .args(["--vpcd", &address(0)])
                .stdout(Stdio::piped())
                .kill_on_drop(true)
                .spawn()
                .unwrap();
            let mut lies = String::new();
            let mut said = BufReader::new(card.stdout.take().unwrap());
            said.read_line(&mut lies).await.unwrap();
            a_card_lies_there().await;
            assert_eq!(
                driven_by_python().await["done"],
                json!([
                    "identity",
                    "master_keys",
                    "applications",
                    "application_keys",
                    "enciphered_file",
                    "file_with_macs",
                    "plain_file",
                    "backup_file",
                    "deleted_file",
                    "random_uid",
                    "emptied",
                ]),
                "{model}"
            );
            card.kill().await.unwrap();
            nothing_lies_there().await;
        }
    });
}

async fn driven_by_python() -> Value {
    told_by(python("tests/python/desfire_client.py").args([READER, UID])).await
}
