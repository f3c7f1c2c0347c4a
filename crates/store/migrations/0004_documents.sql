-- Letters as made: what was said, the file's digests, and where the case's chain stood. Rows are never deleted, so a
-- series of numbers has no gaps.
CREATE TABLE document (
  id TEXT NOT NULL PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  code TEXT NOT NULL UNIQUE,
  case_id TEXT NOT NULL,
  letter TEXT NOT NULL,
  title TEXT NOT NULL,
  series TEXT NOT NULL,
  ordinal BIGINT NOT NULL,
  number TEXT NOT NULL,
  issuer TEXT NOT NULL,
  blob TEXT NOT NULL,
  sm3 TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  bytes BIGINT NOT NULL,
  pages BIGINT NOT NULL,
  public BIGINT NOT NULL,
  made_at BIGINT NOT NULL,
  actor TEXT NOT NULL,
  unit TEXT NOT NULL,
  case_seq BIGINT NOT NULL,
  case_hash TEXT NOT NULL,
  data TEXT NOT NULL,
  UNIQUE (series, ordinal)
);
CREATE INDEX document_by_case ON document (case_id, made_at);
