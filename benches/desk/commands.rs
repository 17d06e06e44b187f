//! Commands to the card, counted, against the lower bound.

use cardbridge_drivers::cards;
use cardbridge_drivers::contract::Uid;
use cardbridge_drivers::testing::cost;

/// Bytes of record: the smallest vector, a room, a room and a common door, a long stay with many doors.
const RECORDS: [usize; 5] = [58, 75, 123, 200, 800];

pub(crate) fn print() {
    println!("Commands of one issuance on a blank card (lower bound)");
    print!("{:<32}", "record bytes");
    for bytes in RECORDS {
        print!("{bytes:>12}");
    }
    println!();
    for model in cards::ALL.iter().flat_map(|driver| driver.models) {
        print!("{:<32}", model.title);
        for bytes in RECORDS {
            if bytes > model.capacity {
                print!("{:>12}", "–");
                continue;
            }
            // No zero bytes: a page that is zero on the card already would not have to be written.
            let record: Vec<u8> = (1..=255).cycle().take(bytes).collect();
            let card = cards::simulate(model.name, Uid::from([4, 1, 2, 3, 4, 5, 6])).unwrap();
            let cost = cost::of_type2_issuance(card, &record).unwrap();
            print!(
                "{:>12}",
                format!("{} ({})", cost.commands, cost.lower_bound)
            );
        }
        println!();
    }
    println!();
}
