//! In-app notices with read marks of each person, and the record of messages that went out by other ways.

use crate::sql::{Row, Sql};
use crate::{Database, StoreError, Write};

/// A notice as stored.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NoticeRow {
    /// Number, in the order of writing.
    pub id: i64,
    /// Unique key: that of the outbox row it comes from, and the target.
    pub key: String,
    /// `unit:<id>`, `person:<id>`, `role:<role>`.
    pub target: String,
    /// `assigned`, the deed of a rung, or `effect`.
    pub kind: String,
    /// Case id.
    pub case: String,
    /// Case number.
    pub number: String,
    /// Case title.
    pub title: String,
    /// Words, Chinese.
    pub zh: String,
    /// Words, English.
    pub en: String,
    /// When.
    pub at: i64,
}

/// Whose notices: what a person may read.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    /// Person id.
    pub person: String,
    /// Targets that are theirs: their unit and themselves.
    pub own: Vec<String>,
    /// Role targets. Of those only notices about cases that they may see.
    pub roles: Vec<String>,
    /// Units whose cases they may see; `None` for the whole city.
    pub visible_to: Option<Vec<String>>,
}

impl Reader {
    /// Whose a notice `n` is.
    fn condition(&self, sql: &mut Sql) {
        sql.push(" FROM notice n WHERE (n.target IN ").bind_list(self.own.iter());
        sql.push(" OR (n.target IN ").bind_list(self.roles.iter());
        if let Some(units) = &self.visible_to {
            sql.push(" AND EXISTS (SELECT 1 FROM case_unit u WHERE u.case_id = n.case_id AND u.unit IN ").bind_list(units.iter()).push(")");
        }
        sql.push("))");
    }

    /// The number goes in as a value, so that the index on target and number bounds the search.
    fn unread(&self, sql: &mut Sql, seen: i64) {
        sql.push(" AND n.id > ").bind(seen);
        sql.push(" AND NOT EXISTS (SELECT 1 FROM notice_read r WHERE r.notice = n.id AND r.person = ").bind(&self.person).push(")");
    }
}

/// Up to which number a person has read everything.
async fn seen(database: &Database, person: &str) -> Result<i64, StoreError> {
    let row = database.first(Sql::with("SELECT up_to FROM notice_seen WHERE person = $1", [person.into()])).await?;
    row.map_or(Ok(0), |r| r.int(0))
}

fn read(r: &Row) -> Result<NoticeRow, StoreError> {
    Ok(NoticeRow {
        id: r.int(0)?,
        key: r.text(1)?,
        target: r.text(2)?,
        kind: r.text(3)?,
        case: r.text(4)?,
        number: r.text(5)?,
        title: r.text(6)?,
        zh: r.text(7)?,
        en: r.text(8)?,
        at: r.int(9)?,
    })
}

const COLUMNS: &str = "SELECT n.id, n.key, n.target, n.kind, n.case_id, n.number, n.title, n.zh, n.en, n.at";

/// Writes a notice; the same key again changes nothing.
///
/// # Errors
/// What the database says.
pub async fn put(write: &mut Write, n: &NoticeRow) -> Result<(), StoreError> {
    const INSERT: &str =
        "INSERT INTO notice (id, key, target, kind, case_id, number, title, zh, en, at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)
        ON CONFLICT (key) DO NOTHING";
    let id = write.take("notice", 1).await?;
    let values = [
        id.into(),
        (&n.key).into(),
        (&n.target).into(),
        (&n.kind).into(),
        (&n.case).into(),
        (&n.number).into(),
        (&n.title).into(),
        (&n.zh).into(),
        (&n.en).into(),
        n.at.into(),
    ];
    write.execute(Sql::with(INSERT, values)).await?;
    Ok(())
}

/// A page of somebody's notices, newest first, each with whether it was read.
///
/// # Errors
/// What the database says.
pub async fn page(
    database: &Database,
    reader: &Reader,
    only_unread: bool,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<(NoticeRow, bool)>, StoreError> {
    let seen = seen(database, &reader.person).await?;
    let mut sql = Sql::new(COLUMNS);
    sql.push(", (SELECT COUNT(*) FROM notice_read r WHERE r.notice = n.id AND r.person = ").bind(&reader.person).push(")");
    reader.condition(&mut sql);
    if only_unread {
        reader.unread(&mut sql, seen);
    }
    if let Some(before) = before {
        sql.push(" AND n.id < ").bind(before);
    }
    sql.push(" ORDER BY n.id DESC LIMIT ").bind(limit);
    let rows = database.all(sql).await?;
    rows.iter()
        .map(|r| {
            let notice = read(r)?;
            let known = notice.id <= seen || r.int(10)? > 0;
            Ok((notice, known))
        })
        .collect()
}

/// How many somebody has not read, counted up to 1,000.
///
/// # Errors
/// What the database says.
pub async fn unread(database: &Database, reader: &Reader) -> Result<i64, StoreError> {
    let seen = seen(database, &reader.person).await?;
    let mut sql = Sql::new("SELECT COUNT(*) FROM (SELECT n.id");
    reader.condition(&mut sql);
    reader.unread(&mut sql, seen);
    sql.push(" LIMIT 1000) AS one");
    database.first(sql).await?.map_or(Ok(0), |r| r.int(0))
}

/// Marks single notices as read by a person. Those that are not theirs change nothing that anybody sees.
///
/// # Errors
/// What the database says.
pub async fn mark(write: &mut Write, person: &str, ids: &[i64]) -> Result<(), StoreError> {
    const INSERT: &str =
        "INSERT INTO notice_read (person, notice) SELECT $1, id FROM notice WHERE id = $2 ON CONFLICT (person, notice) DO NOTHING";
    for id in ids {
        write.execute(Sql::with(INSERT, [person.into(), (*id).into()])).await?;
    }
    Ok(())
}

/// Marks everything up to a number as read by a person.
///
/// # Errors
/// What the database says.
pub async fn mark_up_to(write: &mut Write, person: &str, up_to: i64) -> Result<(), StoreError> {
    const UPSERT: &str = "INSERT INTO notice_seen (person, up_to) VALUES ($1, $2) ON CONFLICT (person) DO UPDATE SET
        up_to = CASE WHEN excluded.up_to > notice_seen.up_to THEN excluded.up_to ELSE notice_seen.up_to END";
    write.execute(Sql::with(UPSERT, [person.into(), up_to.into()])).await?;
    write.execute(Sql::with("DELETE FROM notice_read WHERE person = $1 AND notice <= $2", [person.into(), up_to.into()])).await?;
    Ok(())
}

/// Notices written after a number, oldest first: what a program tells its listeners.
///
/// # Errors
/// What the database says.
pub async fn after(database: &Database, id: i64, limit: i64) -> Result<Vec<NoticeRow>, StoreError> {
    let mut sql = Sql::new(COLUMNS);
    sql.push(" FROM notice n WHERE n.id > ").bind(id).push(" ORDER BY n.id LIMIT ").bind(limit);
    database.all(sql).await?.iter().map(read).collect()
}

/// The number of the newest notice, 0 for none.
///
/// # Errors
/// What the database says.
pub async fn last(database: &Database) -> Result<i64, StoreError> {
    database.first(Sql::new("SELECT COALESCE(MAX(id), 0) FROM notice")).await?.map_or(Ok(0), |r| r.int(0))
}

/// A message as it is kept: the recipient masked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MessageRow {
    /// Number.
    pub id: i64,
    /// Unique key: that of the outbox row.
    pub key: String,
    /// `sms` or `email`.
    pub channel: String,
    /// `log`: written here and not sent; else what sent it.
    pub adapter: String,
    /// Masked.
    pub recipient: String,
    /// Case id.
    pub case: String,
    /// Words, without the reporter's link.
    pub words: String,
    /// When.
    pub at: i64,
}

/// Keeps a message; the same key again changes nothing.
///
/// # Errors
/// What the database says.
pub async fn keep_message(write: &mut Write, m: &MessageRow) -> Result<(), StoreError> {
    const INSERT: &str = "INSERT INTO message (id, key, channel, adapter, recipient, case_id, words, at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)
        ON CONFLICT (key) DO NOTHING";
    let id = write.take("message", 1).await?;
    let values = [
        id.into(),
        (&m.key).into(),
        (&m.channel).into(),
        (&m.adapter).into(),
        (&m.recipient).into(),
        (&m.case).into(),
        (&m.words).into(),
        m.at.into(),
    ];
    write.execute(Sql::with(INSERT, values)).await?;
    Ok(())
}

/// The newest messages.
///
/// # Errors
/// What the database says.
pub async fn messages(database: &Database, before: Option<i64>, limit: i64) -> Result<Vec<MessageRow>, StoreError> {
    let mut sql = Sql::new("SELECT id, key, channel, adapter, recipient, case_id, words, at FROM message WHERE id < ");
    sql.bind(before.unwrap_or(i64::MAX)).push(" ORDER BY id DESC LIMIT ").bind(limit);
    let rows = database.all(sql).await?;
    rows.iter()
        .map(|r| {
            Ok(MessageRow {
                id: r.int(0)?,
                key: r.text(1)?,
                channel: r.text(2)?,
                adapter: r.text(3)?,
                recipient: r.text(4)?,
                case: r.text(5)?,
                words: r.text(6)?,
                at: r.int(7)?,
            })
        })
        .collect()
}

/// Deletes notices and messages older than `before`, with the read marks of what is gone.
///
/// # Errors
/// What the database says.
pub async fn prune(write: &mut Write, before: i64) -> Result<u64, StoreError> {
    const MARKS: &str = "DELETE FROM notice_read WHERE notice IN (SELECT id FROM notice WHERE at < $1)";
    write.execute(Sql::with(MARKS, [before.into()])).await?;
    let notices = write.execute(Sql::with("DELETE FROM notice WHERE at < $1", [before.into()])).await?;
    Ok(notices + write.execute(Sql::with("DELETE FROM message WHERE at < $1", [before.into()])).await?)
}
