//! Commands of one issuance against the lower bound: at most three more, on every model, for every size of record.

use cardbridge_drivers::cards;
use cardbridge_drivers::contract::Uid;
use cardbridge_drivers::testing::cost;

const UID: [u8; 7] = [0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x80];

#[test]
fn an_issuance_takes_at_most_three_commands_more_than_it_must() {
    let (type2, _) = cards::model("ntag213").unwrap();
    for model in type2.models {
        let mut worst = 0;
        for bytes in 1..=model.capacity {
            // No zero bytes: a page that is zero already on the card would count as one that need not be written.
            let record: Vec<u8> = (0..bytes)
                .map(|n| u8::try_from(n % 255 + 1).unwrap())
                .collect();
            let card = cards::simulate(model.name, Uid::from(UID)).unwrap();
            let cost = cost::of_type2_issuance(card, &record).unwrap();
            assert!(
                cost.commands >= cost.lower_bound,
                "{} {bytes}: {cost:?}",
                model.name
            );
            worst = worst.max(cost.excess());
            if [27, 60, 107, 123, 127, 478, 862].contains(&bytes) {
                println!("{} {bytes}: {cost:?}", model.name);
            }
        }
        println!("{}: at most {worst} above", model.name);
        assert!(worst <= 3, "{}: {worst}", model.name);
    }
}
