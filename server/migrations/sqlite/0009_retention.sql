-- Whose loans were that ended long ago, and whom events of long ago were about, is removed. A loan then goes under a keyed
-- hash of the ID, without what a desk noted, and says since when.

ALTER TABLE loan ADD COLUMN forgotten_at INTEGER;
CREATE INDEX loan_remembered ON loan (ended_at, id) WHERE ended_at IS NOT NULL AND forgotten_at IS NULL;

CREATE INDEX audit_event_named ON audit_event (recorded_at, chain, seq) WHERE user_id IS NOT NULL;
