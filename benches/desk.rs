//! How fast a desk is: `cargo bench --bench desk`. Prints figures; asserts none.
//!
//! | figure | against |
//! |---|---|
//! | commands and bytes of one issuance, on every card | the least that this record on this card could take |
//! | the card's part of an issuance through a real pcscd | a bare loop that sends the same commands |
//! | the whole issuance | the card's part |
//! | memory of an idle `run`, time from its start to watching | – |
//!
//! `cargo test --bench desk -- cards` prints the first of these alone, without an optimised build: it is the README's table.
//!
//! Needs what `make test` installs: it starts a pcscd of its own with a virtual reader. The virtual card answers in
//! microseconds, where a real one takes milliseconds for each command, so the ratios are the worst case.

#![allow(
    clippy::unwrap_used,
    reason = "a measurement that cannot go on should stop where it is"
)]

#[path = "desk/cards.rs"]
mod cards;
#[path = "desk/issuance.rs"]
mod issuance;
#[path = "desk/process.rs"]
mod process;

use std::process::Command;

fn main() {
    if std::env::args().any(|argument| argument == "cards") {
        return cards::print();
    }
    if std::env::var_os("PRIVATE_PCSCD").is_none() {
        let again = Command::new(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/support/private-pcscd"
        ))
        .args(["--reader", issuance::READER, "--"])
        .arg(std::env::current_exe().unwrap())
        .status()
        .unwrap();
        std::process::exit(again.code().unwrap_or(1));
    }
    cards::print();
    issuance::print();
    process::print();
}

/// The middle of some figures, and the range from the fifth to the ninety-fifth hundredth.
fn spread(mut figures: Vec<f64>) -> (f64, f64, f64) {
    figures.sort_by(f64::total_cmp);
    let at = |hundredth: usize| figures[(figures.len() - 1) * hundredth / 100];
    (at(50), at(5), at(95))
}
