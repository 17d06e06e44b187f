//! A history of which a part is wanted.

use crate::issuance::journal::Filter;
use crate::issuance::journal::tests::*;

pub(super) fn ids(journal: &Journal, filter: &Filter) -> Vec<String> {
    let mut ids = Vec::new();
    let pages = journal.each_page(filter, |page| {
        ids.extend(page.iter().map(|one| one.acs_credential_id().to_owned()));
        Ok::<_, JournalError>(())
    });
    pages.unwrap();
    ids
}

fn of(set: impl FnOnce(&mut Filter)) -> Filter {
    let mut filter = Filter::default();
    set(&mut filter);
    filter
}

pub(super) fn since(text: &str) -> Filter {
    of(|filter| filter.since = text.parse().ok())
}

pub(super) fn until(text: &str) -> Filter {
    of(|filter| filter.until = text.parse().ok())
}

pub(super) fn limit(count: u32) -> Filter {
    of(|filter| filter.limit = Some(count))
}

pub(super) fn in_states(states: &[State]) -> Filter {
    of(|filter| filter.states = states.to_vec())
}

/// Entries of three days, the middle one with a fraction; "b" was on two cards, and "a" on the one that "c" came onto.
fn some() -> (tempfile::TempDir, Journal) {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path()).unwrap();
    for (id, uid, claimed_at) in [
        ("a", 1, "2026-07-19T10:00:00Z"),
        ("b", 2, "2026-07-20T10:00:00.5Z"),
        ("c", 1, "2026-07-20T23:59:59.999Z"),
        ("b", 3, "2026-07-21T10:00:00Z"),
    ] {
        let mut new = plan(id, uid);
        new.claimed_at = claimed_at.parse().unwrap();
        let last = journal.last_written(id).unwrap();
        let new = journal.claim(new, last.as_ref(), &[]).unwrap();
        let mut new = new.unwrap();
        journal.advance(&mut new, Event::Verified, at(1)).unwrap();
    }
    (directory, journal)
}

#[test]
fn each_filter_leaves_out_what_it_says() {
    let (_directory, journal) = some();
    let uid = plan("", 1).card_uid;
    let card = of(|filter| filter.card_uid = Some(uid));
    let credential = of(|filter| filter.acs_credential_id = Some("b".to_owned()));
    let one_of_a_day = Filter {
        limit: Some(1),
        since: since("2026-07-20T00:00:00Z").since,
        until: until("2026-07-21T00:00:00Z").until,
        ..in_states(&[State::Reporting])
    };
    let neither = Filter {
        card_uid: Some(uid),
        ..credential.clone()
    };
    let cases = [
        (Filter::default(), "a b c b"),
        (limit(2), "c b"),
        (limit(9), "a b c b"),
        (since("2026-07-20T10:00:00Z"), "b c b"),
        (since("2026-07-20T10:00:01Z"), "c b"),
        (since("2026-07-22T00:00:00Z"), ""),
        (until("2026-07-20T10:00:00Z"), "a"),
        (until("2026-07-21T00:00:00Z"), "a b c"),
        (card, "a c"),
        (credential, "b b"),
        (in_states(&[State::Wiped]), "a"),
        (in_states(&[State::Wiped, State::Reporting]), "a b c b"),
        (in_states(&[State::Torn]), ""),
        (one_of_a_day, "c"),
        (neither, ""),
    ];
    for (filter, wanted) in cases {
        assert_eq!(ids(&journal, &filter).join(" "), wanted, "{filter:?}");
    }
}

#[test]
fn more_than_a_page_comes_whole_and_in_order() {
    let (_directory, journal) = some();
    journal
        .other()
        .execute_batch(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1300)
             INSERT INTO issuance (issuance_id, acs_credential_id, card_uid, card_number, card_type, driver, encoder, record,
                 reissue, overwrite, workspace_id, acs_system_id, connected_account_id, state, claimed_at, earlier_keys)
             SELECT printf('00000000-0000-0000-0000-%012d', i), printf('%04d', i), card_uid, card_number, card_type, driver, encoder, record,
                 0, 0, workspace_id, acs_system_id, connected_account_id, 'abandoned', claimed_at, x''
             FROM n, issuance WHERE seq = 1",
        )
        .unwrap();
    let made = in_states(&[State::Abandoned]);
    let wanted: Vec<_> = (1..=1300).map(|number| format!("{number:04}")).collect();
    assert_eq!(ids(&journal, &made), wanted);
    let newest = Filter {
        limit: Some(700),
        ..made
    };
    assert_eq!(ids(&journal, &newest), wanted[600..]);
    let both = in_states(&[State::Abandoned, State::Wiped]);
    assert_eq!(ids(&journal, &both).len(), 1301);
}

#[test]
fn a_part_is_found_by_an_index() {
    let (_directory, journal) = some();
    let plan_of = |condition: &str| {
        let other = journal.other();
        let mut statement = other
            .prepare(&format!("EXPLAIN QUERY PLAN SELECT * FROM issuance WHERE seq > 1 AND seq <= 9 AND {condition} ORDER BY seq"))
            .unwrap();
        let rows = statement.query_map([], |row| row.get(3)).unwrap();
        rows.map(Result::unwrap).collect::<Vec<String>>().join("; ")
    };
    for (condition, index) in [
        ("card_uid = 'a'", "by_card"),
        ("acs_credential_id = 'a'", "by_credential"),
        ("state = 'torn'", "by_state"),
        ("+state IN ('torn', 'closed')", "INTEGER PRIMARY KEY"),
        (
            "+substr(claimed_at, 1, 19) >= '2026'",
            "INTEGER PRIMARY KEY",
        ),
    ] {
        let plan = plan_of(condition);
        assert!(plan.contains(index), "{condition}: {plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{condition}: {plan}");
    }
    let other = journal.other();
    let bounds: String = other
        .query_row("EXPLAIN QUERY PLAN SELECT min(seq), max(seq) FROM issuance WHERE substr(claimed_at, 1, 19) >= '2026'", [], |row| row.get(3))
        .unwrap();
    assert!(bounds.contains("by_time"), "{bounds}");
}
