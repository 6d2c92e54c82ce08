-- What worklists and reports read: each walks one of these indexes, most of which hold only the few rows that matter.

CREATE INDEX token_unproven ON token (lent_at, id) WHERE custody = 'lent' AND proven_at IS NULL;
CREATE INDEX token_dormant ON token ((COALESCE(last_ok_at, lent_at)), id, lent_at) WHERE custody = 'lent';
CREATE INDEX token_failing ON token (id) WHERE custody = 'lent' AND (authenticator = 'disabled' OR fail_count >= 3);

-- Who holds what, to be held against the directory.
CREATE INDEX token_held ON token (id, user_id) WHERE custody = 'lent';

-- Batteries are counted from this index alone, and clocks are found by it; the lot stands first, since it says how old
-- a token is.
CREATE INDEX token_age ON token (lot, vendor, model, expires_at, custody, department, period, id);

-- Loans by month, as they began and as they ended.
CREATE INDEX loan_started ON loan (started_at, department);
CREATE INDEX loan_ended ON loan (ended_at, department) WHERE ended_at IS NOT NULL;

-- How far clocks were off, of one token and of all that were seen on a day.
DROP INDEX drift_observation_token;
CREATE INDEX drift_observation_token ON drift_observation (token, observed_at, offset_steps);
CREATE INDEX drift_observation_time ON drift_observation (observed_at, token, offset_steps);
