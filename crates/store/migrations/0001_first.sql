-- One text for both databases. Types are BIGINT, DOUBLE PRECISION, TEXT only; the runner spells them for SQLite
-- and makes its tables STRICT. Times are epoch milliseconds, booleans 0/1, documents JSON in TEXT.

CREATE TABLE setting (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE counter (
  name TEXT NOT NULL PRIMARY KEY,
  value BIGINT NOT NULL
);

CREATE TABLE unit (
  id TEXT NOT NULL PRIMARY KEY,
  body TEXT NOT NULL,
  position BIGINT NOT NULL
);

CREATE TABLE person (
  id TEXT NOT NULL PRIMARY KEY,
  login TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  unit TEXT NOT NULL,
  roles TEXT NOT NULL,
  phone TEXT,
  password_hash TEXT NOT NULL,
  active BIGINT NOT NULL,
  failures BIGINT NOT NULL,
  locked_until BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);

-- A login that lives on the server. Only the digest of the token is kept.
CREATE TABLE login (
  token_hash TEXT NOT NULL PRIMARY KEY,
  person TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  agent TEXT NOT NULL
);

CREATE TABLE import_file (
  id TEXT NOT NULL PRIMARY KEY,
  mapping TEXT NOT NULL,
  file_name TEXT NOT NULL,
  file_hash TEXT NOT NULL,
  actor TEXT NOT NULL,
  at BIGINT NOT NULL,
  summary TEXT NOT NULL
);

CREATE TABLE signal (
  id BIGINT NOT NULL PRIMARY KEY,
  source TEXT NOT NULL,
  source_key TEXT NOT NULL,
  content_hash TEXT NOT NULL,
  import_id TEXT,
  kind TEXT NOT NULL,
  class TEXT NOT NULL,
  class_suggested TEXT,
  class_reason TEXT,
  class_by TEXT NOT NULL,
  valid BIGINT NOT NULL,
  at BIGINT NOT NULL,
  received_at BIGINT NOT NULL,
  words TEXT NOT NULL,
  place_text TEXT NOT NULL,
  lon DOUBLE PRECISION,
  lat DOUBLE PRECISION,
  crossing_key TEXT,
  section_key TEXT,
  area_key TEXT,
  place_name TEXT NOT NULL,
  confidence DOUBLE PRECISION NOT NULL,
  place_reason TEXT NOT NULL,
  snap_m DOUBLE PRECISION,
  severity TEXT,
  deaths BIGINT NOT NULL,
  serious BIGINT NOT NULL,
  slight BIGINT NOT NULL,
  caller_hash TEXT,
  attributes TEXT NOT NULL,
  synthetic BIGINT NOT NULL,
  UNIQUE (source, source_key)
);
CREATE INDEX signal_by_time ON signal (at);

-- Personal data stands apart, so that it can be deleted when its time is over without touching the record.
CREATE TABLE caller (
  signal_id BIGINT NOT NULL PRIMARY KEY,
  phone TEXT NOT NULL
);

CREATE TABLE definition (
  hash TEXT NOT NULL PRIMARY KEY,
  matter TEXT NOT NULL,
  version BIGINT NOT NULL,
  files TEXT NOT NULL,
  published_at BIGINT NOT NULL
);

CREATE TABLE matter_case (
  id TEXT NOT NULL PRIMARY KEY,
  number TEXT NOT NULL UNIQUE,
  token TEXT NOT NULL UNIQUE,
  idempotency TEXT NOT NULL UNIQUE,
  matter TEXT NOT NULL,
  definition TEXT NOT NULL,
  stage TEXT NOT NULL,
  base TEXT NOT NULL,
  unit TEXT,
  title TEXT NOT NULL,
  category TEXT,
  severity BIGINT,
  lon DOUBLE PRECISION,
  lat DOUBLE PRECISION,
  place_key TEXT,
  place_name TEXT NOT NULL,
  area_key TEXT,
  source TEXT NOT NULL,
  opened_at BIGINT NOT NULL,
  due_at BIGINT,
  due_provisional BIGINT NOT NULL,
  next_rung_at BIGINT,
  closed_at BIGINT,
  late BIGINT NOT NULL,
  returns BIGINT NOT NULL,
  supports BIGINT NOT NULL,
  sequence BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  search TEXT NOT NULL,
  body TEXT NOT NULL,
  evidence TEXT NOT NULL,
  synthetic BIGINT NOT NULL
);
CREATE INDEX case_by_opened ON matter_case (opened_at);
CREATE INDEX case_by_unit ON matter_case (unit, base, due_at);
CREATE INDEX case_by_base ON matter_case (base, due_at);
CREATE INDEX case_by_place ON matter_case (place_key);
CREATE INDEX case_by_rung ON matter_case (next_rung_at);

-- Units that have, or had, a part in a case: who may see it.
CREATE TABLE case_unit (
  case_id TEXT NOT NULL,
  unit TEXT NOT NULL,
  PRIMARY KEY (case_id, unit)
);
CREATE INDEX case_unit_by_unit ON case_unit (unit, case_id);

CREATE TABLE case_signal (
  case_id TEXT NOT NULL,
  signal_id BIGINT NOT NULL,
  PRIMARY KEY (case_id, signal_id)
);
CREATE INDEX case_signal_by_signal ON case_signal (signal_id);

CREATE TABLE reporter (
  case_id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  phone TEXT NOT NULL
);

-- The ledger: one append-only table; every stream is a hash chain of its own.
CREATE TABLE event (
  stream TEXT NOT NULL,
  seq BIGINT NOT NULL,
  position BIGINT NOT NULL UNIQUE,
  at BIGINT NOT NULL,
  actor TEXT NOT NULL,
  unit TEXT NOT NULL,
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  previous TEXT NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (stream, seq)
);
CREATE INDEX event_by_actor ON event (actor, position);

CREATE TABLE anchor (
  day TEXT NOT NULL PRIMARY KEY,
  position BIGINT NOT NULL,
  hash TEXT NOT NULL,
  at BIGINT NOT NULL
);

-- A rung of a ladder fires once: the row is the claim.
CREATE TABLE rung (
  case_id TEXT NOT NULL,
  clock TEXT NOT NULL,
  rung TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (case_id, clock, rung)
);

CREATE TABLE outbox (
  id BIGINT NOT NULL PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  target TEXT NOT NULL,
  body TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  next_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  state TEXT NOT NULL,
  failure TEXT
);
CREATE INDEX outbox_by_state ON outbox (state, next_at);

CREATE TABLE photo (
  hash TEXT NOT NULL PRIMARY KEY,
  original TEXT NOT NULL,
  width BIGINT NOT NULL,
  height BIGINT NOT NULL,
  taken_at TEXT,
  lon DOUBLE PRECISION,
  lat DOUBLE PRECISION,
  uploaded_at BIGINT NOT NULL,
  uploaded_by TEXT NOT NULL
);
