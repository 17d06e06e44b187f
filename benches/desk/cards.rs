//! What an issuance on each card takes, counted: the README's table.

use cardbridge_drivers::testing::cost;

pub(crate) fn print() {
    println!(
        "A record of {} bytes on each card; in brackets the lower bound\n\n{}",
        cost::RECORD_BYTES,
        cost::table().unwrap()
    );
}
