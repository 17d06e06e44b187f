-- The tables as cardbridge made them before journals had versions of site keys, and what one desk left in them.

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

INSERT INTO issuance (issuance_id, acs_credential_id, card_uid, card_number, card_type, driver, encoder, record, reissue, overwrite,
    workspace_id, acs_system_id, connected_account_id, state, claimed_at, written_at, reported_at) VALUES
('019aa8f0-0000-7000-8000-000000000001', 'whole', '04010101010101', '04010101010101', 'ntag215', 'type2', 'Virtual PCD 00 00', x'D184',
    0, 0, 'w', 's', 'c', 'closed', '2026-07-20T10:00:00Z', '2026-07-20T10:00:01Z', '2026-07-20T10:00:02Z'),
('019aa8f0-0000-7000-8000-000000000002', 'half-way', '04020202020202', '04020202020202', 'ntag215', 'type2', 'Virtual PCD 00 00', x'D185',
    1, 1, 'w', 's', 'c', 'torn', '2026-07-20T11:00:00Z', NULL, NULL);
INSERT INTO delivery (issuance_id, sink, attempts, due_at, delivered_at, last_error) VALUES
('019aa8f0-0000-7000-8000-000000000001', 'event', 1, NULL, '2026-07-20T10:00:02Z', NULL);
PRAGMA user_version = 1;
