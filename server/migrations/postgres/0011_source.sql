-- From whose list a loan was adopted. Who adopted it did not lend it, and the desk's notes go after their time.

ALTER TABLE loan ADD COLUMN source TEXT;
