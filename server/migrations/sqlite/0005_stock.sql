-- Where tokens are kept, and how many there are of which kind.

CREATE TABLE location (
    name       TEXT NOT NULL PRIMARY KEY,
    title_en   TEXT NOT NULL,
    title_ja   TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL
) STRICT;

-- The stock is counted from this index alone; the lot stands first, since its state decides whether a token counts.
CREATE INDEX token_stock ON token (lot, location, vendor, model, custody, department);

-- The next free token of a kind: the oldest on the shelf.
CREATE INDEX token_shelf ON token (location, model, id) WHERE custody = 'in_stock';

-- Tokens on their way from one location to another. One that has come, or never will, has an end.

CREATE TABLE transfer (
    name         TEXT NOT NULL PRIMARY KEY,
    destination  TEXT NOT NULL REFERENCES location (name),
    note         TEXT NOT NULL,
    sent_at      INTEGER NOT NULL,
    sent_by      TEXT NOT NULL,
    completed_at INTEGER
) STRICT;

CREATE INDEX transfer_time ON transfer (sent_at, name);
CREATE INDEX transfer_open ON transfer (sent_at, name) WHERE completed_at IS NULL;

CREATE TABLE transfer_item (
    transfer TEXT NOT NULL REFERENCES transfer (name),
    token    BLOB NOT NULL REFERENCES token (id),
    origin   TEXT,
    ended_at INTEGER,
    ended_by TEXT,
    arrival  TEXT CHECK (arrival IN ('received', 'gone')),
    PRIMARY KEY (transfer, token),
    CHECK ((ended_at IS NULL) = (ended_by IS NULL) AND (ended_at IS NULL) = (arrival IS NULL))
) STRICT;

-- A token is on one way at a time.
CREATE UNIQUE INDEX transfer_item_open ON transfer_item (token) WHERE ended_at IS NULL;

-- Counts of what is in a location. What is scanned names a token, or a serial nobody knows; what a closed one says stays,
-- whatever becomes of the tokens.

CREATE TABLE stocktake (
    name       TEXT NOT NULL PRIMARY KEY,
    location   TEXT NOT NULL REFERENCES location (name),
    started_at INTEGER NOT NULL,
    started_by TEXT NOT NULL,
    closed_at  INTEGER,
    closed_by  TEXT,
    found      INTEGER,
    missing    INTEGER,
    surplus    INTEGER,
    CHECK ((closed_at IS NULL) = (closed_by IS NULL) AND (closed_at IS NULL) = (found IS NULL)
           AND (closed_at IS NULL) = (missing IS NULL) AND (closed_at IS NULL) = (surplus IS NULL))
) STRICT;

CREATE UNIQUE INDEX stocktake_open ON stocktake (location) WHERE closed_at IS NULL;
CREATE INDEX stocktake_time ON stocktake (started_at, name);

CREATE TABLE stocktake_scan (
    stocktake  TEXT NOT NULL REFERENCES stocktake (name),
    scanned    TEXT NOT NULL,
    token      BLOB CHECK (length(token) = 16),
    scanned_at INTEGER NOT NULL,
    scanned_by TEXT NOT NULL,
    PRIMARY KEY (stocktake, scanned)
) STRICT;

CREATE TABLE stocktake_line (
    stocktake TEXT NOT NULL REFERENCES stocktake (name),
    place     INTEGER NOT NULL,
    serial    TEXT NOT NULL,
    token     BLOB CHECK (length(token) = 16),
    word      TEXT NOT NULL,
    PRIMARY KEY (stocktake, place)
) STRICT;

-- Tokens that are kept for a person for a while. One that has run out keeps nothing, though its row is still there; what
-- was used or cancelled has no row: the record tells it.

CREATE TABLE reservation (
    token      BLOB NOT NULL PRIMARY KEY REFERENCES token (id),
    user_id    TEXT NOT NULL,
    department TEXT,
    note       TEXT NOT NULL,
    made_at    INTEGER NOT NULL,
    made_by    TEXT NOT NULL,
    kept_until INTEGER NOT NULL
) STRICT;

CREATE INDEX reservation_due ON reservation (kept_until, token);

-- What is known of a model besides its tokens, and how few of it may be left: in one location, or, under an empty name, in
-- all together.

CREATE TABLE model (
    vendor        TEXT NOT NULL,
    model         TEXT NOT NULL,
    battery_years INTEGER CHECK (battery_years > 0),
    drift_ppb     INTEGER CHECK (drift_ppb >= 0),
    updated_at    INTEGER NOT NULL,
    updated_by    TEXT NOT NULL,
    PRIMARY KEY (vendor, model)
) STRICT;

CREATE TABLE stock_level (
    vendor   TEXT NOT NULL,
    model    TEXT NOT NULL,
    location TEXT NOT NULL,
    least    INTEGER NOT NULL CHECK (least > 0),
    PRIMARY KEY (vendor, model, location)
) STRICT;

-- One token of a model tells what all of them are like.
CREATE INDEX token_model ON token (vendor, model, id);
