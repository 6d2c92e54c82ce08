-- The first schema. The same tables and columns stand in ../postgres: the SQL that uses them is written once.
--
-- Truth values are 0 and 1, moments are microseconds since 1970 in UTC, words are lower case and checked here, and a
-- column is NULL only where absence means something. row_mac authenticates every other column of its row.

CREATE TABLE cluster (
    id         INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    uuid       BLOB NOT NULL CHECK (length(uuid) = 16),
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE keyring (
    kind       TEXT NOT NULL CHECK (kind IN ('dek', 'mac', 'fingerprint', 'audit', 'page')),
    id         INTEGER NOT NULL CHECK (id > 0),
    kek_id     TEXT NOT NULL,
    wrapped    BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT;

CREATE TABLE lot (
    id              BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name            TEXT NOT NULL UNIQUE,
    state           TEXT NOT NULL
                    CHECK (state IN ('staging', 'closed', 'open', 'quarantined', 'recalled', 'reverted')),
    file_name       TEXT NOT NULL,
    file_sha256     TEXT NOT NULL,
    format          TEXT NOT NULL,
    secret_encoding TEXT NOT NULL,
    tokens          INTEGER NOT NULL CHECK (tokens >= 0),
    imported_by     TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    version         INTEGER NOT NULL CHECK (version > 0),
    row_format      INTEGER NOT NULL,
    mac_key_id      INTEGER NOT NULL,
    row_mac         BLOB NOT NULL
) STRICT;

CREATE TABLE token (
    id                   BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    vendor               TEXT NOT NULL,
    serial               TEXT NOT NULL,
    serial_key           TEXT NOT NULL,
    key_id               TEXT NOT NULL,
    manufacturer         TEXT NOT NULL,
    model                TEXT NOT NULL,
    lot                  BLOB NOT NULL REFERENCES lot (id),
    algorithm            TEXT NOT NULL CHECK (algorithm IN ('sha1', 'sha256', 'sha512')),
    digits               INTEGER NOT NULL CHECK (digits BETWEEN 6 AND 8),
    moving               TEXT NOT NULL CHECK (moving IN ('totp', 'hotp')),
    period               INTEGER CHECK (period > 0),
    epoch                INTEGER,
    expires_at           INTEGER,
    custody              TEXT NOT NULL
                         CHECK (custody IN ('ordered', 'in_stock', 'lent', 'lost', 'faulty', 'retired')),
    authenticator        TEXT NOT NULL CHECK (authenticator IN ('none', 'ready', 'suspended', 'disabled')),
    user_id              TEXT,
    loan                 BLOB CHECK (length(loan) = 16),
    lent_at              INTEGER,
    department           TEXT,
    location             TEXT,
    last_step            INTEGER NOT NULL CHECK (last_step >= -1),
    drift_steps          INTEGER NOT NULL,
    drift_at             INTEGER,
    last_ok_at           INTEGER,
    proven_at            INTEGER,
    fail_count           INTEGER NOT NULL CHECK (fail_count >= 0),
    next_try_at          INTEGER,
    last_request_id      BLOB CHECK (length(last_request_id) = 16),
    last_request_hash    BLOB CHECK (length(last_request_hash) = 32),
    last_request_outcome TEXT,
    dek_id               INTEGER,
    salt                 BLOB CHECK (length(salt) = 32),
    seed_gen             INTEGER,
    sealed               BLOB,
    fingerprint          BLOB CHECK (length(fingerprint) = 32),
    version              INTEGER NOT NULL CHECK (version > 0),
    created_at           INTEGER NOT NULL,
    updated_at           INTEGER NOT NULL,
    row_format           INTEGER NOT NULL,
    mac_key_id           INTEGER NOT NULL,
    row_mac              BLOB NOT NULL,
    -- One key of one vendor's serial is one token. The serial comes first, so that the index also finds plain serials.
    UNIQUE (serial_key, vendor, key_id),
    CHECK (custody = 'lent' OR authenticator = 'none'),
    CHECK ((moving = 'totp') = (period IS NOT NULL) AND (moving = 'totp') = (epoch IS NOT NULL)),
    CHECK ((last_request_id IS NULL) = (last_request_hash IS NULL)
           AND (last_request_id IS NULL) = (last_request_outcome IS NULL)),
    CHECK ((dek_id IS NULL) = (salt IS NULL) AND (dek_id IS NULL) = (seed_gen IS NULL)
           AND (dek_id IS NULL) = (sealed IS NULL))
) STRICT;

CREATE INDEX token_user ON token (user_id, id) WHERE user_id IS NOT NULL;
CREATE INDEX token_lot ON token (lot, id);
CREATE INDEX token_counts ON token (lot, custody, authenticator, proven_at);
CREATE INDEX token_fingerprint ON token (fingerprint, id) WHERE fingerprint IS NOT NULL;

CREATE TABLE token_hold (
    token  BLOB NOT NULL REFERENCES token (id) ON DELETE CASCADE,
    kind   TEXT NOT NULL CHECK (kind IN ('integrity', 'recovery')),
    since  INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (token, kind)
) STRICT;

CREATE TABLE loan (
    id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    token      BLOB NOT NULL REFERENCES token (id),
    user_id    TEXT NOT NULL,
    department TEXT,
    started_at INTEGER NOT NULL,
    started_by TEXT NOT NULL,
    checked    TEXT,
    start_note TEXT NOT NULL,
    ended_at   INTEGER,
    ended_by   TEXT,
    end_reason TEXT,
    end_note   TEXT,
    CHECK ((ended_at IS NULL) = (ended_by IS NULL) AND (ended_at IS NULL) = (end_reason IS NULL)
           AND (ended_at IS NULL) = (end_note IS NULL))
) STRICT;

CREATE INDEX loan_token ON loan (token, started_at);
CREATE INDEX loan_user ON loan (user_id, started_at);
CREATE UNIQUE INDEX loan_open ON loan (token) WHERE ended_at IS NULL;

CREATE TABLE operator (
    name        TEXT NOT NULL PRIMARY KEY,
    roles       TEXT NOT NULL CHECK (roles <> ''),
    departments TEXT,
    user_id     TEXT,
    created_at  INTEGER NOT NULL,
    revoked_at  INTEGER,
    version     INTEGER NOT NULL CHECK (version > 0),
    row_format  INTEGER NOT NULL,
    mac_key_id  INTEGER NOT NULL,
    row_mac     BLOB NOT NULL
) STRICT;

CREATE TABLE drift_observation (
    token        BLOB NOT NULL REFERENCES token (id) ON DELETE CASCADE,
    observed_at  INTEGER NOT NULL,
    offset_steps INTEGER NOT NULL,
    source       TEXT NOT NULL
) STRICT;

CREATE INDEX drift_observation_token ON drift_observation (token, observed_at);

CREATE TABLE budget (
    subject      TEXT NOT NULL,
    kind         TEXT NOT NULL,
    window_start INTEGER NOT NULL,
    used         INTEGER NOT NULL CHECK (used > 0),
    PRIMARY KEY (subject, kind, window_start)
) STRICT;

CREATE INDEX budget_window ON budget (window_start);

CREATE TABLE request (
    principal  TEXT NOT NULL,
    method     TEXT NOT NULL,
    request_id BLOB NOT NULL CHECK (length(request_id) = 16),
    hash       BLOB NOT NULL CHECK (length(hash) = 32),
    outcome    BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (principal, method, request_id)
) STRICT;

CREATE INDEX request_expiry ON request (expires_at);

CREATE TABLE audit_chain (
    chain TEXT NOT NULL PRIMARY KEY,
    seq   INTEGER NOT NULL CHECK (seq >= 0),
    hash  BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TABLE audit_event (
    chain       TEXT NOT NULL,
    seq         INTEGER NOT NULL CHECK (seq > 0),
    recorded_at INTEGER NOT NULL,
    operator    TEXT NOT NULL,
    action      TEXT NOT NULL,
    outcome     TEXT NOT NULL,
    subject     TEXT,
    user_id     TEXT,
    user_mac    BLOB,
    details     TEXT NOT NULL,
    request_id  TEXT,
    hash        BLOB NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (chain, seq)
) STRICT;

CREATE INDEX audit_event_time ON audit_event (recorded_at, chain, seq);
CREATE INDEX audit_event_operator ON audit_event (operator, recorded_at, chain, seq);
CREATE INDEX audit_event_subject ON audit_event (subject, recorded_at, chain, seq) WHERE subject IS NOT NULL;
CREATE INDEX audit_event_user ON audit_event (user_id, recorded_at, chain, seq) WHERE user_id IS NOT NULL;

CREATE TABLE import_lease (
    id     INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    epoch  INTEGER NOT NULL,
    holder TEXT NOT NULL,
    until  INTEGER NOT NULL
) STRICT;

INSERT INTO import_lease (id, epoch, holder, until) VALUES (1, 0, '', 0);
