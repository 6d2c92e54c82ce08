-- What is agreed on a loan: by which route it was asked for, under which ticket, until when. A worklist of loans that are
-- overdue reads those that are still open by their date.

ALTER TABLE loan ADD COLUMN route TEXT CHECK (route IN ('self', 'proxy'));
ALTER TABLE loan ADD COLUMN ticket TEXT;
ALTER TABLE loan ADD COLUMN due_at INTEGER;
CREATE INDEX loan_due ON loan (due_at, id) WHERE ended_at IS NULL AND due_at IS NOT NULL;
