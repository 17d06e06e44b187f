//! A lock has no operating system: this crate, and all that it depends on, must do without `std`.
//!
//! A program without `std` brings its own panic handler, and the compiler lets no second one in. So a crate with one that
//! depends on this crate is checked here: as soon as anything in the tree links `std`, it no longer compiles.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

const MANIFEST: &str = r#"
[package]
name = "door"
version = "0.0.0"
edition = "2024"

[lib]
path = "door.rs"

[dependencies]
cardbridge-record = { path = "RECORD" }

[workspace]
"#;

#[test]
fn nothing_in_the_tree_needs_std() {
    let record = Path::new(env!("CARGO_MANIFEST_DIR"));
    let door = Path::new(env!("CARGO_TARGET_TMPDIR")).join("door");
    fs::create_dir_all(&door).unwrap();
    let manifest = MANIFEST.replace("RECORD", &record.display().to_string());
    fs::write(door.join("Cargo.toml"), manifest).unwrap();
    fs::write(door.join("door.rs"), include_str!("door.rs")).unwrap();
    // The versions that this workspace has, so that nothing has to be fetched.
    fs::copy(record.join("../../Cargo.lock"), door.join("Cargo.lock")).unwrap();
    let checked = Command::new(env!("CARGO"))
        .args(["check", "--offline", "--quiet", "--target-dir"])
        .arg(door.join("target"))
        .current_dir(&door)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&checked.stderr);
    assert!(checked.status.success(), "{said}");
}
