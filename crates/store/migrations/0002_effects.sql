-- Effects and channels. A row of the outbox has a lane (inside: in this database; outside: over the network) and, while a
-- worker has it, a lease; next_at is then when it comes back if the worker does not. Of a row that is over, next_at is when.
ALTER TABLE outbox ADD COLUMN lane TEXT NOT NULL DEFAULT 'inside';
ALTER TABLE outbox ADD COLUMN lease TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN case_id TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN effect TEXT NOT NULL DEFAULT '';
DROP INDEX outbox_by_state;
CREATE INDEX outbox_by_lane ON outbox (lane, state, next_at);
CREATE INDEX outbox_by_case ON outbox (case_id, id);
-- What an older program wrote was marked done without anybody being told.
UPDATE outbox SET state = 'done' WHERE state = 'waiting';

-- In-app notices. The key is the outbox row's, so that the same effect twice is one notice.
CREATE TABLE notice (
  id BIGINT NOT NULL PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  target TEXT NOT NULL,
  kind TEXT NOT NULL,
  case_id TEXT NOT NULL,
  number TEXT NOT NULL,
  title TEXT NOT NULL,
  zh TEXT NOT NULL,
  en TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX notice_by_target ON notice (target, id);
CREATE INDEX notice_by_time ON notice (at);

-- Read marks of one person: everything up to a number, and single ones after it.
CREATE TABLE notice_seen (
  person TEXT NOT NULL PRIMARY KEY,
  up_to BIGINT NOT NULL
);
CREATE TABLE notice_read (
  person TEXT NOT NULL,
  notice BIGINT NOT NULL,
  PRIMARY KEY (person, notice)
);

-- What went out, or would have gone out, by short message and e-mail. The recipient stands here masked only.
CREATE TABLE message (
  id BIGINT NOT NULL PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  channel TEXT NOT NULL,
  adapter TEXT NOT NULL,
  recipient TEXT NOT NULL,
  case_id TEXT NOT NULL,
  words TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX message_by_time ON message (at);

CREATE TABLE webhook (
  id TEXT NOT NULL PRIMARY KEY,
  url TEXT NOT NULL,
  topics TEXT NOT NULL,
  secret TEXT NOT NULL,
  active BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  delivered_at BIGINT,
  failure TEXT
);

ALTER TABLE person ADD COLUMN email TEXT;
