//! Site key versions in the journal, and files from before it had them.

use crate::issuance::journal::tests::*;

const VERSION_1: &str = include_str!("version_1.sql");

fn version(number: u8) -> KeyVersion {
    KeyVersion::new(number).unwrap()
}

fn old_file() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    Connection::open(directory.path().join(FILE))
        .unwrap()
        .execute_batch(VERSION_1)
        .unwrap();
    directory
}

/// Carries an issuance to its end.
fn whole(journal: &Journal, mut issuance: Issuance) -> Issuance {
    for event in [Event::WriteBegins, Event::Verified, Event::Reported] {
        journal.advance(&mut issuance, event, at(1)).unwrap();
    }
    issuance
}

fn with_keys(credential: &str, uid: u8, key: Option<u8>, earlier: &[u8]) -> Plan {
    Plan {
        key_version: key.map(version),
        earlier_keys: earlier.iter().copied().map(version).collect(),
        ..plan(credential, uid)
    }
}

fn counts(journal: &Journal) -> Vec<(u8, u64, u64)> {
    let mut counts: Vec<_> = journal
        .cards_by_key()
        .unwrap()
        .into_iter()
        .map(|cards| (cards.version.get(), cards.whole, cards.half_way))
        .collect();
    counts.sort_unstable();
    counts
}

#[test]
fn a_file_from_before_there_were_keys_is_taken_over_whole() {
    let directory = old_file();
    let journal = Journal::open(directory.path()).unwrap();
    let history = journal.history().unwrap();
    let told: Vec<_> = history
        .iter()
        .map(|issuance| (issuance.acs_credential_id.as_str(), issuance.state()))
        .collect();
    assert_eq!(told, [("whole", State::Closed), ("half-way", State::Torn)]);
    for issuance in &history {
        assert_eq!(issuance.key_version, None);
        assert_eq!(issuance.earlier_keys, []);
        assert_eq!(issuance.display_name, None);
    }
    let delivery = journal
        .delivery(history[0].issuance_id, Report::Issued, SinkName::Event)
        .unwrap();
    assert!(delivery.delivered_at.is_some());
    // What was promised before holds after: the card and the credential are still taken.
    let mut half_way = history[1].clone();
    let mut other = plan("other", 9);
    other.card_uid = half_way.card_uid;
    assert_eq!(journal.claim(other, None, &[]).unwrap(), None);
    journal
        .note_keys(&mut half_way, Some(version(3)), vec![version(1)])
        .unwrap();
    drop(journal);

    let journal = Journal::open(directory.path()).unwrap();
    assert_eq!(
        journal.issuance(half_way.issuance_id).unwrap(),
        Some(half_way)
    );
    claimed(&journal, plan("new", 7));
}

#[test]
fn many_processes_can_be_the_first_with_an_old_file() {
    for _ in 0..20 {
        let directory = old_file();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| Journal::open(directory.path()).unwrap());
            }
        });
        let journal = Journal::open(directory.path()).unwrap();
        assert_eq!(journal.history().unwrap().len(), 2);
    }
}

#[test]
fn an_old_file_has_the_tables_of_a_new_one() {
    let [old, new] = [old_file(), tempfile::tempdir().unwrap()].map(|directory| {
        let journal = Journal::open(directory.path()).unwrap();
        let connection = journal.other();
        let mut statement = connection
            .prepare("SELECT m.name, c.name, c.type, c.\"notnull\", c.dflt_value FROM sqlite_schema AS m, pragma_table_info(m.name) AS c ORDER BY 1, 2")
            .unwrap();
        let rows = statement
            .query_map([], |row| {
                Ok((0..5)
                    .map(|column| format!("{:?}", row.get_ref(column).unwrap()))
                    .collect::<Vec<_>>())
            })
            .unwrap();
        rows.map(Result::unwrap).collect::<Vec<_>>()
    });
    assert!(new.len() > 20, "{new:?}");
    assert_eq!(old, new);
}

#[test]
fn keys_are_noted_only_in_the_state_that_was_seen() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path()).unwrap();
    let mut mine = claimed(&journal, with_keys("a", 1, Some(1), &[]));
    let mut theirs = mine.clone();
    journal
        .advance(&mut theirs, Event::Interrupted, at(1))
        .unwrap();
    assert!(matches!(
        journal.note_keys(&mut mine, Some(version(2)), vec![version(1)]),
        Err(JournalError::Overtaken { .. })
    ));
    assert_eq!(
        mine.key_version,
        Some(version(1)),
        "what failed must not show"
    );
    assert_eq!(journal.history().unwrap(), [theirs]);
}

#[test]
fn cards_are_counted_by_what_was_last_left_on_them() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path()).unwrap();
    // Card 1 was rolled over from 1 to 2, card 2 still carries 1, card 3 carries none.
    whole(&journal, claimed(&journal, with_keys("a", 1, Some(1), &[])));
    whole(
        &journal,
        claimed(&journal, with_keys("b", 1, Some(2), &[1])),
    );
    whole(&journal, claimed(&journal, with_keys("c", 2, Some(1), &[])));
    whole(&journal, claimed(&journal, with_keys("d", 3, None, &[])));
    assert_eq!(counts(&journal), [(1, 1, 0), (2, 1, 0)]);

    // Card 2 is on its way from 1 to 2; given up there, it still may carry either.
    let mut half_way = claimed(&journal, with_keys("e", 2, Some(2), &[1]));
    let half_way_counts = [(1, 0, 1), (2, 1, 1)];
    assert_eq!(counts(&journal), half_way_counts);
    journal
        .advance(&mut half_way, Event::GivenUp, at(2))
        .unwrap();
    assert_eq!(counts(&journal), half_way_counts);

    let since = |uid: u8| -> Vec<_> {
        let since = journal.since_whole(&plan("", uid).card_uid).unwrap();
        since
            .into_iter()
            .map(|issuance| issuance.acs_credential_id.clone())
            .collect()
    };
    assert_eq!(since(2), ["e", "c"]);
    // What was there before the last time that the card was whole is gone.
    assert_eq!(since(1), ["b"]);
}

#[test]
fn a_version_that_no_card_can_carry_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path()).unwrap();
    claimed(&journal, plan("a", 1));
    let refused = journal
        .other()
        .execute("UPDATE issuance SET key_version = 256", []);
    assert!(refused.is_err());
    journal
        .other()
        .execute("UPDATE issuance SET earlier_keys = x'0100'", [])
        .unwrap();
    assert!(matches!(
        journal.history(),
        Err(JournalError::Corrupt {
            what: "earlier_keys",
            ..
        })
    ));
}

#[test]
fn looking_for_a_journal_makes_none() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state");
    assert!(JournalReader::open_existing(&state).unwrap().is_none());
    assert!(!state.exists());
    drop(Journal::open(&state).unwrap());
    assert!(JournalReader::open_existing(&state).unwrap().is_some());
}
