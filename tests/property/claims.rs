//! A credential that one desk has, no other desk gives out.

use crate::cluster::Database;
use crate::hotel::{Ended, Hotel};

fn is_given_out(ended: &Ended) -> bool {
    ended.exit == 0 && ended.document["state"] == "closed"
}

#[tokio::test(flavor = "multi_thread")]
async fn at_two_desks_at_once_it_goes_onto_one_card() {
    let hotel = Hotel::new().await;
    let database = Database::new().await;
    let [one, other] =
        ["Front desk 1", "Front desk 2"].map(|name| hotel.desk(name, Some(&database)));
    for _ in 0..6 {
        let credential = hotel.credential().await;
        let (first, second) =
            tokio::join!(one.encode(&credential, &[]), other.encode(&credential, &[]));
        let (refused, by) = match (is_given_out(&first), is_given_out(&second)) {
            (true, false) => (second, "Front desk 1"),
            (false, true) => (first, "Front desk 2"),
            _ => panic!("{first:?}\n{second:?}"),
        };
        assert!(
            ["already_written", "being_issued_elsewhere"].contains(&refused.code()),
            "{refused:?}"
        );
        let error = &refused.document["error"];
        assert!(error["message"].as_str().unwrap().contains(by), "{error}");
        assert_ne!(error["hint"], "", "{error}");
        assert_eq!(refused.exit, 4, "{error}");
    }
}
