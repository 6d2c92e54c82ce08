-- Lots that can be read in several ways, until a displayed code settles which; and who proved them.

ALTER TABLE lot ADD COLUMN readings TEXT NOT NULL DEFAULT '';
ALTER TABLE lot ADD COLUMN rereading TEXT NOT NULL DEFAULT '';
ALTER TABLE lot ADD COLUMN seed_gen BIGINT NOT NULL DEFAULT 1 CHECK (seed_gen > 0);

CREATE TABLE lot_proof (
    id              BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    lot             BYTEA NOT NULL REFERENCES lot (id),
    token           BYTEA NOT NULL REFERENCES token (id),
    token_name      TEXT NOT NULL,
    serial          TEXT NOT NULL,
    secret_encoding TEXT NOT NULL,
    algorithm       TEXT NOT NULL CHECK (algorithm IN ('sha1', 'sha256', 'sha512')),
    digits          BIGINT NOT NULL CHECK (digits BETWEEN 6 AND 8),
    moving          TEXT NOT NULL CHECK (moving IN ('totp', 'hotp')),
    period          BIGINT CHECK (period > 0),
    epoch           BIGINT,
    reread          BIGINT NOT NULL CHECK (reread IN (0, 1)),
    proven_at       BIGINT NOT NULL,
    proven_by       TEXT NOT NULL,
    CHECK ((moving = 'totp') = (period IS NOT NULL) AND (moving = 'totp') = (epoch IS NOT NULL))
);

CREATE INDEX lot_proof_lot ON lot_proof (lot, id);
CREATE INDEX lot_proof_token ON lot_proof (token);
