//! How fast a desk is: `cargo bench --bench desk`. Prints figures; asserts none.
//!
//! | figure | against |
//! |---|---|
//! | commands and bytes of one issuance, on every card | the least that this record on this card could take |
//! | the card's part of an issuance through a real pcscd | a bare loop that sends the same commands |
//! | the whole issuance | the card's part |
//! | the whole issuance at 4 ms for each command | scripts for `nfc-pcsc` and for `pyscard` that do the same job |
//! | a card that is placed, until the first command that writes it, with few and with many credentials waiting | 5 ms |
//! | cards a second on 14 readers, with a disk that takes 10 ms to sync | 11 times those on one |
//! | memory and wake-ups of an idle `run`, time from its start to watching | 10 MB, none |
//! | the first paint of the desk page on loopback | 100 ms |
//! | a click on the desk page, until the first command that writes the card; what 50 open pages cost | |
//! | the same of `run --auto` with many credentials waiting | 40 MB, none |
//!
//! `cargo test --bench desk -- cards` prints the first of these alone, without an optimised build: it is the README's table.
//! `cargo bench --bench desk -- taps`, `… -- foreign`, `… -- process` and `… -- pages` print those alone.
//!
//! Needs what `make test` installs: it starts a pcscd of its own with a virtual reader. The virtual card answers in
//! microseconds, where a real one takes milliseconds for each command, so the ratios are the worst case.

#![allow(
    clippy::unwrap_used,
    reason = "a measurement that cannot go on should stop where it is"
)]

#[path = "desk/card.rs"]
mod card;
#[path = "desk/cards.rs"]
mod cards;
#[path = "desk/foreign.rs"]
mod foreign;
#[path = "desk/issuance.rs"]
mod issuance;
#[path = "desk/pages.rs"]
mod pages;
#[path = "desk/paint.rs"]
mod paint;
#[path = "desk/process.rs"]
mod process;
#[path = "desk/readers.rs"]
mod readers;
#[path = "desk/taps.rs"]
mod taps;

use std::process::Command;

fn main() {
    let is_asked_for = |what: &str| std::env::args().any(|argument| argument == what);
    if is_asked_for("cards") {
        return cards::print();
    }
    if is_asked_for("taps") {
        return taps::print();
    }
    if is_asked_for("pages") {
        return pages::print();
    }
    if is_asked_for("readers") {
        return readers::print();
    }
    if std::env::var_os("PRIVATE_PCSCD").is_none() {
        let again = Command::new(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/support/private-pcscd"
        ))
        .args(["--reader", issuance::READER, "--"])
        .arg(std::env::current_exe().unwrap())
        .args(std::env::args().skip(1))
        .status()
        .unwrap();
        std::process::exit(again.code().unwrap_or(1));
    }
    if is_asked_for("foreign") {
        return foreign::print();
    }
    if is_asked_for("process") {
        return process::print();
    }
    cards::print();
    issuance::print();
    foreign::print();
    readers::print();
    taps::print();
    process::print();
    pages::print();
}

/// The middle of some figures, and the range from the fifth to the ninety-fifth hundredth.
fn spread(mut figures: Vec<f64>) -> (f64, f64, f64) {
    figures.sort_by(f64::total_cmp);
    let at = |hundredth: usize| figures[(figures.len() - 1) * hundredth / 100];
    (at(50), at(5), at(95))
}
