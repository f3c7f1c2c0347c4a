-- Lists at a million cases. What a list is ordered and narrowed by stands in one index, so that a page is read from its
-- start and a count ends at its bound. Indexes of open cases are partial: a tenth of the rows, and what changes often.

-- A case's day and matter never change: beside the unit they make the list of a unit's cases a walk along one index.
ALTER TABLE case_unit ADD COLUMN opened_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE case_unit ADD COLUMN matter TEXT NOT NULL DEFAULT '';
UPDATE case_unit SET opened_at = c.opened_at, matter = c.matter FROM matter_case c WHERE c.id = case_unit.case_id;
DROP INDEX case_unit_by_unit;
CREATE INDEX case_unit_by_unit ON case_unit (unit, opened_at, case_id, matter);
CREATE INDEX case_unit_by_matter ON case_unit (unit, matter, opened_at, case_id);

-- Newest first.
DROP INDEX case_by_opened;
DROP INDEX case_by_unit;
DROP INDEX case_by_base;
DROP INDEX case_by_place;
CREATE INDEX case_by_opened ON matter_case (opened_at, id, matter);
CREATE INDEX case_by_matter ON matter_case (matter, opened_at, id, base);
CREATE INDEX case_by_unit ON matter_case (unit, opened_at, id, matter);
CREATE INDEX case_by_base ON matter_case (base, opened_at, id, matter);
CREATE INDEX case_by_area ON matter_case (area_key, opened_at, id, matter);
CREATE INDEX case_by_place ON matter_case (place_key, opened_at, id);
CREATE INDEX case_by_point ON matter_case (lat, lon);
CREATE INDEX case_by_key ON matter_case (subject_key) WHERE subject_key IS NOT NULL;
CREATE INDEX case_ended_late ON matter_case (opened_at, id, matter, unit) WHERE late = 1 AND closed_at IS NOT NULL;

-- What is due first, first; without a due date last.
CREATE INDEX case_open_by_due ON matter_case ((COALESCE(due_at, 9223372036854775807)), id, base, unit, matter) WHERE closed_at IS NULL;
CREATE INDEX case_open_by_unit ON matter_case (unit, (COALESCE(due_at, 9223372036854775807)), id, base, matter) WHERE closed_at IS NULL;
CREATE INDEX case_open_by_base ON matter_case (base, (COALESCE(due_at, 9223372036854775807)), id, unit, matter) WHERE closed_at IS NULL;
CREATE INDEX case_open_by_opened ON matter_case (opened_at, id, base, unit, matter) WHERE closed_at IS NULL;
