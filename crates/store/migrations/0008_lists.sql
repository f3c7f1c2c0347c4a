-- The folded case leaves the row that lists look at: a row is a tenth as long, and ten times as many stand on a page.
CREATE TABLE case_body (
  case_id TEXT NOT NULL PRIMARY KEY,
  body TEXT NOT NULL,
  evidence TEXT NOT NULL
);
INSERT INTO case_body (case_id, body, evidence) SELECT id, body, evidence FROM matter_case;
ALTER TABLE matter_case DROP COLUMN body;
ALTER TABLE matter_case DROP COLUMN evidence;

-- What a unit's list is narrowed and ordered by stands beside the unit, so that one index answers it without a look at
-- the cases. `holder` is the unit that has the case now.
ALTER TABLE case_unit ADD COLUMN stage TEXT NOT NULL DEFAULT '';
ALTER TABLE case_unit ADD COLUMN base TEXT NOT NULL DEFAULT '';
ALTER TABLE case_unit ADD COLUMN category TEXT;
ALTER TABLE case_unit ADD COLUMN area_key TEXT;
ALTER TABLE case_unit ADD COLUMN holder TEXT;
ALTER TABLE case_unit ADD COLUMN due_at BIGINT;
ALTER TABLE case_unit ADD COLUMN closed_at BIGINT;
ALTER TABLE case_unit ADD COLUMN late BIGINT NOT NULL DEFAULT 0;
UPDATE case_unit SET stage = c.stage, base = c.base, category = c.category, area_key = c.area_key, holder = c.unit, due_at = c.due_at,
  closed_at = c.closed_at, late = c.late FROM matter_case c WHERE c.id = case_unit.case_id;
DROP INDEX case_unit_by_unit;
CREATE INDEX case_unit_by_unit ON case_unit (unit, opened_at, case_id, matter, base, stage, category, area_key, holder, late, closed_at);
CREATE INDEX case_unit_open ON case_unit (unit, (COALESCE(due_at, 9223372036854775807)), case_id, matter, base, stage, category, area_key, holder, opened_at, due_at, closed_at) WHERE closed_at IS NULL;

-- The same for the whole city's open cases: one index that moves with the due date, one that does not. A calendar that
-- changes moves a hundred thousand dates, and every index with a date in it is written for each.
DROP INDEX case_open_by_due;
DROP INDEX case_open_by_unit;
DROP INDEX case_open_by_base;
DROP INDEX case_open_by_opened;
CREATE INDEX case_open_by_due ON matter_case ((COALESCE(due_at, 9223372036854775807)), id, base, unit, matter, stage, category, area_key, opened_at, due_at, closed_at) WHERE closed_at IS NULL;
CREATE INDEX case_open_by_opened ON matter_case (opened_at, id, base, unit, matter, stage, category, area_key, closed_at) WHERE closed_at IS NULL;

-- Most cases have none of these: an index of those that do is small, is not written with the others, and is not taken for
-- a list of the matter.
DROP INDEX case_by_rung;
DROP INDEX case_by_parent;
DROP INDEX case_by_subject;
DROP INDEX case_by_campaign;
DROP INDEX case_by_reporter;
DROP INDEX case_open;
CREATE INDEX case_by_rung ON matter_case (next_rung_at, id) WHERE next_rung_at IS NOT NULL;
CREATE INDEX case_by_parent ON matter_case (parent) WHERE parent IS NOT NULL;
CREATE INDEX case_by_subject ON matter_case (matter, subject_key, base) WHERE subject_key IS NOT NULL;
CREATE INDEX case_by_campaign ON matter_case (matter, campaign) WHERE campaign IS NOT NULL;
CREATE INDEX case_by_reporter ON matter_case (reporter_key, matter, opened_at) WHERE reporter_key IS NOT NULL;
CREATE INDEX case_open ON matter_case (id) WHERE closed_at IS NULL;
