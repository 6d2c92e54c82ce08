-- Campaigns: a list of tokens that was made once from a filter. How far each is follows from its loan.

CREATE TABLE campaign (
    id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name       TEXT NOT NULL UNIQUE,
    kind       TEXT NOT NULL CHECK (kind IN ('recall', 'battery', 'leavers', 'migration', 'other')),
    state      TEXT NOT NULL CHECK (state IN ('staging', 'open', 'closed')),
    filter     TEXT NOT NULL,
    note       TEXT NOT NULL,
    due_at     INTEGER NOT NULL,
    members    INTEGER NOT NULL CHECK (members >= 0),
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    version    INTEGER NOT NULL CHECK (version > 0)
) STRICT;

CREATE TABLE campaign_member (
    campaign     BLOB NOT NULL REFERENCES campaign (id) ON DELETE CASCADE,
    token        BLOB NOT NULL REFERENCES token (id) ON DELETE CASCADE,
    loan         BLOB CHECK (length(loan) = 16),
    user_id      TEXT,
    department   TEXT,
    excluded_for TEXT,
    cut_off_at   INTEGER,
    PRIMARY KEY (campaign, token),
    CHECK ((loan IS NULL) = (user_id IS NULL))
) STRICT;

-- Whoever removes a token asks which lists it is on.
CREATE INDEX campaign_member_token ON campaign_member (token);
