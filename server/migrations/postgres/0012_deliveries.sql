-- What the box of a lot held, written down when it came; and that the seed file of a lot was destroyed.

CREATE TABLE delivery (
    lot            TEXT NOT NULL PRIMARY KEY,
    vendor         TEXT NOT NULL,
    model          TEXT NOT NULL,
    purchase_order TEXT NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('expected', 'met', 'accepted', 'cancelled')),
    tokens         BIGINT NOT NULL CHECK (tokens > 0),
    -- The serials, one a line, in one piece: they are read together or not at all. Empty where they were only counted.
    has_serials    BIGINT NOT NULL CHECK (has_serials IN (0, 1)),
    serials        TEXT NOT NULL,
    entered_at     BIGINT NOT NULL,
    entered_by     TEXT NOT NULL,
    ended_at       BIGINT,
    ended_by       TEXT,
    missing        BIGINT,
    surplus        BIGINT,
    others         BIGINT,
    version        BIGINT NOT NULL CHECK (version > 0),
    CHECK ((state = 'expected') = (ended_at IS NULL)),
    CHECK ((ended_at IS NULL) = (ended_by IS NULL) AND (ended_at IS NULL) = (missing IS NULL)
           AND (ended_at IS NULL) = (surplus IS NULL) AND (ended_at IS NULL) = (others IS NULL))
);

CREATE INDEX delivery_open ON delivery (lot) WHERE state = 'expected';

CREATE TABLE lot_destruction (
    lot          BYTEA NOT NULL PRIMARY KEY REFERENCES lot (id),
    method       TEXT NOT NULL
                 CHECK (method IN ('deleted', 'overwritten', 'media_destroyed', 'key_destroyed', 'other')),
    destroyed_by TEXT NOT NULL,
    destroyed_at BIGINT NOT NULL,
    note         TEXT NOT NULL,
    confirmed_by TEXT NOT NULL,
    confirmed_at BIGINT NOT NULL
);
