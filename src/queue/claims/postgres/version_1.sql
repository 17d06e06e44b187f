-- What the desks of one property know of each other's cards. Nothing here says who a guest is.
CREATE SCHEMA IF NOT EXISTS cardbridge;

-- One row: which property this is, and the version of these tables.
CREATE TABLE cardbridge.property (
    one         boolean PRIMARY KEY DEFAULT true CHECK (one),
    property_id uuid NOT NULL DEFAULT gen_random_uuid(),
    version     integer NOT NULL
);
INSERT INTO cardbridge.property (version) VALUES (1);

-- A desk is known by its journal.
CREATE TABLE cardbridge.desk (
    desk_id   uuid PRIMARY KEY,
    name      text NOT NULL,
    program   text NOT NULL,
    last_seen timestamptz NOT NULL DEFAULT now()
);

-- Every issuance of every desk. Its number says which of two came later.
--
-- `lease_until` is until when its desk may be at it. `ended_by` is the desk that has ended it, where that is another one than its own;
-- `noticed` whether its own has heard of that. `is_begun` says that its card may have been written. `is_double` marks what was begun while the database could not be asked, and collides.
CREATE SEQUENCE cardbridge.fence;
CREATE TABLE cardbridge.issuance (
    issuance_id       uuid PRIMARY KEY,
    fence             bigint NOT NULL DEFAULT nextval('cardbridge.fence'),
    desk_id           uuid NOT NULL REFERENCES cardbridge.desk,
    acs_credential_id text NOT NULL,
    card_uid          text,
    card_number       text,
    card_type         text,
    encoder           text NOT NULL,
    state             text NOT NULL,
    lease_until       timestamptz,
    claimed_at        timestamptz NOT NULL DEFAULT now(),
    written_at        timestamptz,
    ends_at           timestamptz,
    answers           text[],
    is_begun          boolean NOT NULL DEFAULT false,
    ended_by          uuid REFERENCES cardbridge.desk (desk_id),
    noticed           boolean NOT NULL DEFAULT true,
    is_double         boolean NOT NULL DEFAULT false,
    updated_at        timestamptz NOT NULL DEFAULT now()
);

-- The promise: while an issuance is open, its credential is for no other card and its card for no other credential, whichever desk asks.
CREATE UNIQUE INDEX open_credential ON cardbridge.issuance (acs_credential_id)
    WHERE state IN ('claiming', 'writing', 'torn') AND NOT is_double;
CREATE UNIQUE INDEX open_card ON cardbridge.issuance (card_uid)
    WHERE state IN ('claiming', 'writing', 'torn') AND NOT is_double;
CREATE INDEX by_credential ON cardbridge.issuance (acs_credential_id);
CREATE INDEX by_card ON cardbridge.issuance (card_uid);
CREATE INDEX unnoticed ON cardbridge.issuance (desk_id) WHERE NOT noticed;
