-- The first schema. The same tables and columns stand in ../sqlite: the SQL that uses them is written once.
--
-- Truth values are 0 and 1, moments are microseconds since 1970 in UTC, words are lower case and checked here, and a
-- column is NULL only where absence means something. row_mac authenticates every other column of its row.
-- Keys compare byte by byte (COLLATE "C"), as SQLite compares them.

CREATE TABLE cluster (
    id         BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    uuid       BYTEA NOT NULL CHECK (length(uuid) = 16),
    created_at BIGINT NOT NULL
);

CREATE TABLE keyring (
    kind       TEXT COLLATE "C" NOT NULL CHECK (kind IN ('dek', 'mac', 'fingerprint', 'audit', 'page')),
    id         BIGINT NOT NULL CHECK (id > 0),
    kek_id     TEXT NOT NULL,
    wrapped    BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (kind, id)
);

CREATE TABLE lot (
    id              BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name            TEXT COLLATE "C" NOT NULL UNIQUE,
    state           TEXT NOT NULL
                    CHECK (state IN ('staging', 'closed', 'open', 'quarantined', 'recalled', 'reverted')),
    file_name       TEXT NOT NULL,
    file_sha256     TEXT NOT NULL,
    format          TEXT NOT NULL,
    secret_encoding TEXT NOT NULL,
    tokens          BIGINT NOT NULL CHECK (tokens >= 0),
    imported_by     TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    version         BIGINT NOT NULL CHECK (version > 0),
    row_format      BIGINT NOT NULL,
    mac_key_id      BIGINT NOT NULL,
    row_mac         BYTEA NOT NULL
);

CREATE TABLE token (
    id                   BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    vendor               TEXT COLLATE "C" NOT NULL,
    serial               TEXT NOT NULL,
    serial_key           TEXT COLLATE "C" NOT NULL,
    key_id               TEXT COLLATE "C" NOT NULL,
    manufacturer         TEXT NOT NULL,
    model                TEXT NOT NULL,
    lot                  BYTEA NOT NULL REFERENCES lot (id),
    algorithm            TEXT NOT NULL CHECK (algorithm IN ('sha1', 'sha256', 'sha512')),
    digits               BIGINT NOT NULL CHECK (digits BETWEEN 6 AND 8),
    moving               TEXT NOT NULL CHECK (moving IN ('totp', 'hotp')),
    period               BIGINT CHECK (period > 0),
    epoch                BIGINT,
    expires_at           BIGINT,
    custody              TEXT COLLATE "C" NOT NULL
                         CHECK (custody IN ('ordered', 'in_stock', 'lent', 'lost', 'faulty', 'retired')),
    authenticator        TEXT COLLATE "C" NOT NULL CHECK (authenticator IN ('none', 'ready', 'suspended', 'disabled')),
    user_id              TEXT COLLATE "C",
    loan                 BYTEA CHECK (length(loan) = 16),
    lent_at              BIGINT,
    department           TEXT,
    location             TEXT,
    last_step            BIGINT NOT NULL CHECK (last_step >= -1),
    drift_steps          BIGINT NOT NULL,
    drift_at             BIGINT,
    last_ok_at           BIGINT,
    proven_at            BIGINT,
    fail_count           BIGINT NOT NULL CHECK (fail_count >= 0),
    next_try_at          BIGINT,
    last_request_id      BYTEA CHECK (length(last_request_id) = 16),
    last_request_hash    BYTEA CHECK (length(last_request_hash) = 32),
    last_request_outcome TEXT,
    dek_id               BIGINT,
    salt                 BYTEA CHECK (length(salt) = 32),
    seed_gen             BIGINT,
    sealed               BYTEA,
    fingerprint          BYTEA CHECK (length(fingerprint) = 32),
    version              BIGINT NOT NULL CHECK (version > 0),
    created_at           BIGINT NOT NULL,
    updated_at           BIGINT NOT NULL,
    row_format           BIGINT NOT NULL,
    mac_key_id           BIGINT NOT NULL,
    row_mac              BYTEA NOT NULL,
    -- One key of one vendor's serial is one token. The serial comes first, so that the index also finds plain serials.
    UNIQUE (serial_key, vendor, key_id),
    CHECK (custody = 'lent' OR authenticator = 'none'),
    CHECK ((moving = 'totp') = (period IS NOT NULL) AND (moving = 'totp') = (epoch IS NOT NULL)),
    CHECK ((last_request_id IS NULL) = (last_request_hash IS NULL)
           AND (last_request_id IS NULL) = (last_request_outcome IS NULL)),
    CHECK ((dek_id IS NULL) = (salt IS NULL) AND (dek_id IS NULL) = (seed_gen IS NULL)
           AND (dek_id IS NULL) = (sealed IS NULL))
) WITH (fillfactor = 80); -- room on each page, so that a verification rewrites a row in place

CREATE INDEX token_user ON token (user_id, id) WHERE user_id IS NOT NULL;
CREATE INDEX token_lot ON token (lot, id);
CREATE INDEX token_counts ON token (lot, custody, authenticator, proven_at);
CREATE INDEX token_fingerprint ON token (fingerprint, id) WHERE fingerprint IS NOT NULL;

CREATE TABLE token_hold (
    token  BYTEA NOT NULL REFERENCES token (id) ON DELETE CASCADE,
    kind   TEXT COLLATE "C" NOT NULL CHECK (kind IN ('integrity', 'recovery')),
    since  BIGINT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (token, kind)
);

CREATE TABLE loan (
    id         BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    token      BYTEA NOT NULL REFERENCES token (id),
    user_id    TEXT COLLATE "C" NOT NULL,
    department TEXT,
    started_at BIGINT NOT NULL,
    started_by TEXT NOT NULL,
    checked    TEXT,
    start_note TEXT NOT NULL,
    ended_at   BIGINT,
    ended_by   TEXT,
    end_reason TEXT,
    end_note   TEXT,
    CHECK ((ended_at IS NULL) = (ended_by IS NULL) AND (ended_at IS NULL) = (end_reason IS NULL)
           AND (ended_at IS NULL) = (end_note IS NULL))
);

CREATE INDEX loan_token ON loan (token, started_at);
CREATE INDEX loan_user ON loan (user_id, started_at);
CREATE UNIQUE INDEX loan_open ON loan (token) WHERE ended_at IS NULL;

CREATE TABLE operator (
    name        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    roles       TEXT NOT NULL CHECK (roles <> ''),
    departments TEXT,
    user_id     TEXT,
    created_at  BIGINT NOT NULL,
    revoked_at  BIGINT,
    version     BIGINT NOT NULL CHECK (version > 0),
    row_format  BIGINT NOT NULL,
    mac_key_id  BIGINT NOT NULL,
    row_mac     BYTEA NOT NULL
);

CREATE TABLE drift_observation (
    token        BYTEA NOT NULL REFERENCES token (id) ON DELETE CASCADE,
    observed_at  BIGINT NOT NULL,
    offset_steps BIGINT NOT NULL,
    source       TEXT NOT NULL
);

CREATE INDEX drift_observation_token ON drift_observation (token, observed_at);

CREATE TABLE budget (
    subject      TEXT COLLATE "C" NOT NULL,
    kind         TEXT COLLATE "C" NOT NULL,
    window_start BIGINT NOT NULL,
    used         BIGINT NOT NULL CHECK (used > 0),
    PRIMARY KEY (subject, kind, window_start)
);

CREATE INDEX budget_window ON budget (window_start);

CREATE TABLE request (
    principal  TEXT COLLATE "C" NOT NULL,
    method     TEXT COLLATE "C" NOT NULL,
    request_id BYTEA NOT NULL CHECK (length(request_id) = 16),
    hash       BYTEA NOT NULL CHECK (length(hash) = 32),
    outcome    BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (principal, method, request_id)
);

CREATE INDEX request_expiry ON request (expires_at);

CREATE TABLE audit_chain (
    chain TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    seq   BIGINT NOT NULL CHECK (seq >= 0),
    hash  BYTEA NOT NULL CHECK (length(hash) = 32)
);

CREATE TABLE audit_event (
    chain       TEXT COLLATE "C" NOT NULL,
    seq         BIGINT NOT NULL CHECK (seq > 0),
    recorded_at BIGINT NOT NULL,
    operator    TEXT COLLATE "C" NOT NULL,
    action      TEXT NOT NULL,
    outcome     TEXT NOT NULL,
    subject     TEXT COLLATE "C",
    user_id     TEXT COLLATE "C",
    user_mac    BYTEA,
    details     TEXT NOT NULL,
    request_id  TEXT,
    hash        BYTEA NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (chain, seq)
);

CREATE INDEX audit_event_time ON audit_event (recorded_at, chain, seq);
CREATE INDEX audit_event_operator ON audit_event (operator, recorded_at, chain, seq);
CREATE INDEX audit_event_subject ON audit_event (subject, recorded_at, chain, seq) WHERE subject IS NOT NULL;
CREATE INDEX audit_event_user ON audit_event (user_id, recorded_at, chain, seq) WHERE user_id IS NOT NULL;

CREATE TABLE import_lease (
    id     BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    epoch  BIGINT NOT NULL,
    holder TEXT NOT NULL,
    until  BIGINT NOT NULL
);

INSERT INTO import_lease (id, epoch, holder, until) VALUES (1, 0, '', 0);
