-- Campaigns: a list of tokens that was made once from a filter. How far each is follows from its loan.

CREATE TABLE campaign (
    id         BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name       TEXT COLLATE "C" NOT NULL UNIQUE,
    kind       TEXT NOT NULL CHECK (kind IN ('recall', 'battery', 'leavers', 'migration', 'other')),
    state      TEXT NOT NULL CHECK (state IN ('staging', 'open', 'closed')),
    filter     TEXT NOT NULL,
    note       TEXT NOT NULL,
    due_at     BIGINT NOT NULL,
    members    BIGINT NOT NULL CHECK (members >= 0),
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    version    BIGINT NOT NULL CHECK (version > 0)
);

CREATE TABLE campaign_member (
    campaign     BYTEA NOT NULL REFERENCES campaign (id) ON DELETE CASCADE,
    token        BYTEA NOT NULL REFERENCES token (id) ON DELETE CASCADE,
    loan         BYTEA CHECK (length(loan) = 16),
    user_id      TEXT,
    department   TEXT,
    excluded_for TEXT,
    cut_off_at   BIGINT,
    PRIMARY KEY (campaign, token),
    CHECK ((loan IS NULL) = (user_id IS NULL))
);

-- Whoever removes a token asks which lists it is on.
CREATE INDEX campaign_member_token ON campaign_member (token);
