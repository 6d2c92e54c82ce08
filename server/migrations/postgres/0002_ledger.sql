-- The ledger is read back in time, page by page: two loans may begin in the same moment, so the row's id decides.

DROP INDEX loan_token;
DROP INDEX loan_user;
CREATE INDEX loan_token ON loan (token, started_at, id);
CREATE INDEX loan_user ON loan (user_id, started_at, id);
