-- What a case belongs to, beside the place: a parent case, a subject (a plate, a firm), a campaign of a list, a person.
-- `calendar` is the revision of the working calendar behind `due_at`; `purge_at` is when personal data must go.
ALTER TABLE matter_case ADD COLUMN parent TEXT;
ALTER TABLE matter_case ADD COLUMN subject_key TEXT;
ALTER TABLE matter_case ADD COLUMN campaign TEXT;
ALTER TABLE matter_case ADD COLUMN handler TEXT;
ALTER TABLE matter_case ADD COLUMN reporter_key TEXT;
ALTER TABLE matter_case ADD COLUMN calendar BIGINT NOT NULL DEFAULT 0;
ALTER TABLE matter_case ADD COLUMN purge_at BIGINT;
CREATE INDEX case_by_parent ON matter_case (parent);
CREATE INDEX case_by_subject ON matter_case (matter, subject_key, base);
CREATE INDEX case_by_campaign ON matter_case (matter, campaign);
CREATE INDEX case_by_reporter ON matter_case (matter, reporter_key, opened_at);
CREATE INDEX case_by_definition ON matter_case (definition);
CREATE INDEX case_by_purge ON matter_case (purge_at) WHERE purge_at IS NOT NULL;
CREATE INDEX case_open ON matter_case (id) WHERE closed_at IS NULL;

-- Units with an open part of a split case.
CREATE TABLE case_part (
  unit TEXT NOT NULL,
  case_id TEXT NOT NULL,
  PRIMARY KEY (unit, case_id)
);
CREATE INDEX case_part_by_case ON case_part (case_id);

-- Which case holds which photo or other file: who may see the case may see the file.
CREATE TABLE case_file (
  hash TEXT NOT NULL,
  case_id TEXT NOT NULL,
  PRIMARY KEY (hash, case_id)
);

-- Videos and documents. The clean copy is named by `hash`, the original lies sealed.
CREATE TABLE attachment (
  hash TEXT NOT NULL PRIMARY KEY,
  original TEXT NOT NULL,
  media_type TEXT NOT NULL,
  name TEXT NOT NULL,
  size BIGINT NOT NULL,
  uploaded_at BIGINT NOT NULL,
  uploaded_by TEXT NOT NULL
);

-- A year's calendar as the city wrote it; where there is no row the template's file holds.
CREATE TABLE calendar_year (
  year BIGINT NOT NULL PRIMARY KEY,
  text TEXT NOT NULL,
  revision BIGINT NOT NULL,
  at BIGINT NOT NULL,
  actor TEXT NOT NULL
);

-- A due date that a new calendar moved: old, new and why.
CREATE TABLE projection (
  id BIGINT NOT NULL PRIMARY KEY,
  case_id TEXT NOT NULL,
  revision BIGINT NOT NULL,
  at BIGINT NOT NULL,
  old_due BIGINT,
  new_due BIGINT,
  old_provisional BIGINT NOT NULL,
  new_provisional BIGINT NOT NULL,
  zh TEXT NOT NULL,
  en TEXT NOT NULL
);
CREATE INDEX projection_by_case ON projection (case_id, id);

-- Points, each standing on one event of one case; made with the event and can be made again from it.
CREATE TABLE case_point (
  case_id TEXT NOT NULL,
  seq BIGINT NOT NULL,
  rule TEXT NOT NULL,
  matter TEXT NOT NULL,
  unit TEXT NOT NULL,
  at BIGINT NOT NULL,
  points BIGINT NOT NULL,
  zh TEXT NOT NULL,
  en TEXT NOT NULL,
  appeal_until BIGINT,
  PRIMARY KEY (case_id, seq, rule)
);
CREATE INDEX case_point_by_time ON case_point (at, unit);

-- A month's points as they stood when the month was over.
CREATE TABLE point_month (
  month TEXT NOT NULL,
  unit TEXT NOT NULL,
  matter TEXT NOT NULL,
  points BIGINT NOT NULL,
  gained BIGINT NOT NULL,
  lost BIGINT NOT NULL,
  cases BIGINT NOT NULL,
  PRIMARY KEY (month, unit, matter)
);

-- The month is frozen: the row is the claim.
CREATE TABLE frozen_month (
  month TEXT NOT NULL PRIMARY KEY,
  at BIGINT NOT NULL
);
