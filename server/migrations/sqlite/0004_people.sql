-- Who is who, as the university's own list has it. An import writes a whole edition of it in small steps and makes it the
-- current one by changing one row: readers see the old list or the new one. Whoever is missing from a list goes over into
-- the next edition with the moment since when.

CREATE TABLE directory (
    id          INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    edition     INTEGER NOT NULL CHECK (edition >= 0),
    people      INTEGER NOT NULL CHECK (people >= 0),
    imported_at INTEGER,
    CHECK ((edition = 0) = (imported_at IS NULL))
) STRICT;

INSERT INTO directory (id, edition, people, imported_at) VALUES (1, 0, 0, NULL);

CREATE TABLE person (
    edition      INTEGER NOT NULL CHECK (edition > 0),
    user_id      TEXT NOT NULL,
    name         TEXT NOT NULL,
    kana         TEXT NOT NULL,
    latin        TEXT NOT NULL,
    department   TEXT,
    kind         TEXT NOT NULL CHECK (kind IN ('faculty', 'staff', 'student', 'other')),
    last_day     TEXT CHECK (length(last_day) = 10),
    merged_into  TEXT,
    other_id     TEXT,
    gone_at      INTEGER,
    forgotten_at INTEGER,
    PRIMARY KEY (edition, user_id),
    CHECK (forgotten_at IS NULL OR (gone_at IS NOT NULL AND name = '' AND kana = '' AND latin = ''))
) STRICT;

-- Whose names are to be removed, the longest gone first.
CREATE INDEX person_gone ON person (edition, gone_at, user_id) WHERE gone_at IS NOT NULL AND forgotten_at IS NULL;
