//! The journal's tables, and how an older file becomes the current one.

use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode};

/// How long to wait for another process that is writing.
pub(super) const BUSY: Duration = Duration::from_secs(5);

/// How long to wait before a lock that SQLite does not wait for is tried again.
const PAUSE: Duration = Duration::from_millis(10);

/// The version this program writes, kept in SQLite's `user_version`.
pub(super) const VERSION: i64 = 14;

/// The first version in which a journal says who it is.
pub(super) const WITH_IDENTITY: i64 = 9;

/// The two unique indexes are the promise: while an issuance is open, its credential is for no other card and its card for
/// no other credential, whichever process asks.
pub(super) const VERSION_1: &str = "
CREATE TABLE issuance (
    seq                  INTEGER PRIMARY KEY,
    issuance_id          TEXT NOT NULL UNIQUE,
    acs_credential_id    TEXT NOT NULL,
    card_uid             TEXT NOT NULL,
    card_number          TEXT NOT NULL,
    card_type            TEXT NOT NULL,
    driver               TEXT NOT NULL,
    encoder              TEXT NOT NULL,
    record               BLOB NOT NULL,
    reissue              INTEGER NOT NULL CHECK (reissue IN (0, 1)),
    overwrite            INTEGER NOT NULL CHECK (overwrite IN (0, 1)),
    workspace_id         TEXT NOT NULL,
    acs_system_id        TEXT NOT NULL,
    connected_account_id TEXT NOT NULL,
    state                TEXT NOT NULL CHECK (state IN ('claiming', 'writing', 'torn', 'reporting', 'closed', 'abandoned')),
    claimed_at           TEXT NOT NULL,
    written_at           TEXT,
    reported_at          TEXT
) STRICT;
CREATE UNIQUE INDEX open_credential ON issuance (acs_credential_id) WHERE state IN ('claiming', 'writing', 'torn');
CREATE UNIQUE INDEX open_card ON issuance (card_uid) WHERE state IN ('claiming', 'writing', 'torn');
CREATE INDEX by_credential ON issuance (acs_credential_id);
CREATE INDEX unreported ON issuance (seq) WHERE state = 'reporting';

CREATE TABLE delivery (
    issuance_id  TEXT NOT NULL REFERENCES issuance (issuance_id),
    sink         TEXT NOT NULL,
    attempts     INTEGER NOT NULL,
    due_at       TEXT,
    delivered_at TEXT,
    last_error   TEXT,
    PRIMARY KEY (issuance_id, sink)
) STRICT, WITHOUT ROWID;
";

/// What each later version adds to the one before it.
///
/// `key_version` is the site key version that the card carries once the issuance is whole. `earlier_keys` holds, one byte
/// each, the other versions that it may carry until then: a change of keys that was cut short can only be finished by
/// a desk that has all of them.
///
/// `answers` holds, as a JSON array, the `created_at` of each of Seam's warnings `needs_to_be_reissued` that the card answers.
///
/// `display_name` is how Seam named the credential to people when it was claimed.
///
/// `invalidated_at` and `invalidation_id` are there when it is to be reported that a card is no longer good. SQLite cannot add a
/// state to a CHECK, so the table is made again; the states are checked where a row is read.
///
/// `by_time` and `by_state` are for a history of which only a part is wanted; the words of the former are those of the query.
///
/// `identity` is which journal this is, and how many times it was written to.
///
/// `attempt` is what was asked of encoders through the local API, `subject` the credential or the user that it is for; `encoder` is
/// when each encoder was seen first. `pending_encode` is the promise that no two encoders wait with one credential.
///
/// `seam_encode` is what Seam was asked to encode on encoders of its own, with the columns of `issuance` where these say the same; `seq`
/// is counted across both. `issued_before` is Seam's `issued_at` of the credential before it was asked.
///
/// `card_method` is each access method that Seam wants a card for, and the credential that carries it; `events_read` is until when Seam's
/// events were read, by its clock.
///
/// `fence` is the number under which the property's database has an entry, `shared` the state that it has of it; `of_property` is which
/// database that is. What is still to be shared is in the indexes `unshared`.
const LATER: &[&str] = &[
    "
ALTER TABLE issuance ADD COLUMN key_version INTEGER CHECK (key_version BETWEEN 1 AND 255);
ALTER TABLE issuance ADD COLUMN earlier_keys BLOB NOT NULL DEFAULT x'';
CREATE INDEX by_card ON issuance (card_uid);
",
    "
ALTER TABLE issuance ADD COLUMN answers TEXT;
",
    "
ALTER TABLE issuance ADD COLUMN display_name TEXT;
",
    "
CREATE TABLE missing (
    issuance_id TEXT NOT NULL PRIMARY KEY REFERENCES issuance (issuance_id),
    since       TEXT NOT NULL
) STRICT, WITHOUT ROWID;
",
    "
CREATE TABLE new_issuance (
    seq                  INTEGER PRIMARY KEY,
    issuance_id          TEXT NOT NULL UNIQUE,
    acs_credential_id    TEXT NOT NULL,
    card_uid             TEXT NOT NULL,
    card_number          TEXT NOT NULL,
    card_type            TEXT NOT NULL,
    driver               TEXT NOT NULL,
    encoder              TEXT NOT NULL,
    record               BLOB NOT NULL,
    reissue              INTEGER NOT NULL CHECK (reissue IN (0, 1)),
    overwrite            INTEGER NOT NULL CHECK (overwrite IN (0, 1)),
    workspace_id         TEXT NOT NULL,
    acs_system_id        TEXT NOT NULL,
    connected_account_id TEXT NOT NULL,
    state                TEXT NOT NULL,
    claimed_at           TEXT NOT NULL,
    written_at           TEXT,
    reported_at          TEXT,
    key_version          INTEGER CHECK (key_version BETWEEN 1 AND 255),
    earlier_keys         BLOB NOT NULL DEFAULT x'',
    answers              TEXT,
    display_name         TEXT,
    invalidation_id      TEXT UNIQUE,
    invalidated_at       TEXT CHECK ((invalidated_at IS NULL) = (invalidation_id IS NULL)),
    invalidation_reported_at TEXT
) STRICT;
INSERT INTO new_issuance (seq, issuance_id, acs_credential_id, card_uid, card_number, card_type, driver, encoder, record,
        reissue, overwrite, workspace_id, acs_system_id, connected_account_id, state, claimed_at, written_at, reported_at,
        key_version, earlier_keys, answers, display_name)
    SELECT seq, issuance_id, acs_credential_id, card_uid, card_number, card_type, driver, encoder, record,
        reissue, overwrite, workspace_id, acs_system_id, connected_account_id, state, claimed_at, written_at, reported_at,
        key_version, earlier_keys, answers, display_name
    FROM issuance;
CREATE TABLE new_delivery (
    issuance_id  TEXT NOT NULL REFERENCES issuance (issuance_id),
    report       TEXT NOT NULL CHECK (report IN ('issued', 'invalidated')),
    sink         TEXT NOT NULL,
    attempts     INTEGER NOT NULL,
    due_at       TEXT,
    delivered_at TEXT,
    last_error   TEXT,
    PRIMARY KEY (issuance_id, report, sink)
) STRICT, WITHOUT ROWID;
INSERT INTO new_delivery SELECT issuance_id, 'issued', sink, attempts, due_at, delivered_at, last_error FROM delivery;
DROP TABLE delivery;
DROP TABLE issuance;
ALTER TABLE new_issuance RENAME TO issuance;
ALTER TABLE new_delivery RENAME TO delivery;
CREATE UNIQUE INDEX open_credential ON issuance (acs_credential_id) WHERE state IN ('claiming', 'writing', 'torn');
CREATE UNIQUE INDEX open_card ON issuance (card_uid) WHERE state IN ('claiming', 'writing', 'torn');
CREATE INDEX by_credential ON issuance (acs_credential_id);
CREATE INDEX by_card ON issuance (card_uid);
CREATE INDEX unreported ON issuance (seq)
    WHERE written_at IS NOT NULL AND reported_at IS NULL OR invalidated_at IS NOT NULL AND invalidation_reported_at IS NULL;
",
    "
CREATE TABLE creation (
    request           TEXT NOT NULL PRIMARY KEY,
    before            TEXT NOT NULL,
    acs_credential_id TEXT
) STRICT, WITHOUT ROWID;
",
    "
ALTER TABLE delivery ADD COLUMN tried_at TEXT;
ALTER TABLE delivery ADD COLUMN unconcerned_at TEXT;
",
    "
CREATE TABLE identity (
    one        INTEGER PRIMARY KEY CHECK (one = 1),
    id         TEXT NOT NULL,
    generation INTEGER NOT NULL
) STRICT;
INSERT INTO identity (one, id, generation) VALUES (1, lower(hex(randomblob(16))), 0);
",
    "
CREATE INDEX by_time ON issuance (substr(claimed_at, 1, 19));
CREATE INDEX by_state ON issuance (state);
",
    "
CREATE TABLE attempt (
    seq               INTEGER PRIMARY KEY,
    action_attempt_id TEXT NOT NULL UNIQUE,
    action            TEXT NOT NULL,
    acs_encoder_id    TEXT NOT NULL,
    subject           TEXT,
    credential        TEXT,
    begun_at          TEXT NOT NULL,
    ended_at          TEXT,
    result            TEXT,
    error_type        TEXT,
    error_message     TEXT,
    CHECK ((ended_at IS NULL) = (result IS NULL AND error_type IS NULL))
) STRICT;
CREATE INDEX attempt_of_subject ON attempt (subject);
CREATE UNIQUE INDEX pending_encode ON attempt (subject) WHERE action = 'ENCODE_CREDENTIAL' AND ended_at IS NULL;
CREATE TABLE encoder (
    acs_encoder_id TEXT NOT NULL PRIMARY KEY,
    name           TEXT NOT NULL,
    first_seen_at  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
",
    "
CREATE TABLE seam_encode (
    seq               INTEGER PRIMARY KEY,
    issuance_id       TEXT NOT NULL UNIQUE,
    acs_credential_id TEXT NOT NULL,
    acs_encoder_id    TEXT NOT NULL,
    encoder           TEXT NOT NULL,
    display_name      TEXT,
    reissue           INTEGER NOT NULL CHECK (reissue IN (0, 1)),
    answers           TEXT NOT NULL,
    issued_before     TEXT,
    claimed_at        TEXT NOT NULL,
    action_attempt_id TEXT,
    card_number       TEXT,
    failure_code      TEXT,
    failure_message   TEXT,
    ended_at          TEXT,
    state             TEXT NOT NULL,
    CHECK ((ended_at IS NULL) = (state = 'writing'))
) STRICT;
CREATE UNIQUE INDEX open_at_seam ON seam_encode (acs_credential_id) WHERE state = 'writing';
CREATE INDEX seam_by_credential ON seam_encode (acs_credential_id);
CREATE INDEX seam_by_time ON seam_encode (substr(claimed_at, 1, 19));
",
    "
CREATE TABLE card_method (
    access_method_id  TEXT NOT NULL PRIMARY KEY,
    acs_credential_id TEXT NOT NULL,
    is_again          INTEGER NOT NULL CHECK (is_again IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE TABLE events_read (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    until TEXT NOT NULL
) STRICT;
",
    "
ALTER TABLE issuance ADD COLUMN fence INTEGER;
ALTER TABLE issuance ADD COLUMN shared TEXT;
ALTER TABLE seam_encode ADD COLUMN fence INTEGER;
ALTER TABLE seam_encode ADD COLUMN shared TEXT;
CREATE INDEX unshared ON issuance (seq) WHERE shared IS NOT state;
CREATE INDEX unshared_encode ON seam_encode (seq) WHERE shared IS NOT state;
CREATE TABLE of_property (
    one         INTEGER PRIMARY KEY CHECK (one = 1),
    property_id TEXT NOT NULL
) STRICT;
",
];

/// What the file turned out to be.
pub(super) enum Found {
    /// The current version, created now if the file was new.
    Ready,
    /// Made by a later program.
    Newer(i64),
}

/// Makes the tables where there are none, and adds what an older file lacks.
pub(super) fn prepare(connection: &mut Connection) -> rusqlite::Result<Found> {
    write_ahead(connection)?;
    connection.pragma_update(None, "synchronous", "full")?;
    // A table that others refer to could not be made again otherwise.
    connection.pragma_update(None, "foreign_keys", false)?;
    let found = version(connection)?;
    if found < 0 {
        // No cardbridge has ever written that. Treated as an empty file, it would get our tables.
        return Ok(Found::Newer(found));
    }
    // A process that only reads does not wait for a writer: only a new or older file is locked, and then looked at again.
    if found < VERSION {
        let transaction =
            connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let found = version(&transaction)?;
        if found < VERSION {
            let steps = [VERSION_1].into_iter().chain(LATER.iter().copied());
            for step in steps.skip(usize::try_from(found).unwrap_or_default()) {
                transaction.execute_batch(step)?;
            }
            transaction.pragma_update(None, "user_version", VERSION)?;
            transaction.commit()?;
        }
    }
    connection.pragma_update(None, "foreign_keys", true)?;
    match version(connection)? {
        VERSION => Ok(Found::Ready),
        newer => Ok(Found::Newer(newer)),
    }
}

/// Sets the journal mode, which stays with the file. SQLite does not wait for a second process that does the same to a new
/// file in this moment, whatever its busy timeout (seen with two first commands at once).
fn write_ahead(connection: &Connection) -> rusqlite::Result<()> {
    let begin = Instant::now();
    loop {
        match connection.pragma_update(None, "journal_mode", "wal") {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && begin.elapsed() < BUSY =>
            {
                thread::sleep(PAUSE);
            }
            outcome => return outcome,
        }
    }
}

pub(super) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}
