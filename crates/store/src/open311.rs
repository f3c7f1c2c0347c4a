//! What the Open311 doors ask of the rows: public lists, peers, links, updates.

use crate::cases::{self, CaseFilter, CaseRow};
use crate::sql::{Row, Sql};
use crate::{Database, StoreError, Write};

/// Which requests a client wants; every part holds together with the others.
#[derive(Clone, Debug, Default)]
pub struct RequestFilter {
    /// Numbers; if there are any, only they count.
    pub numbers: Vec<String>,
    /// Matters that may be shown.
    pub matters: Vec<String>,
    /// Ended (`true`), going on (`false`), or both.
    pub ended: Option<bool>,
    /// Opened at or after, epoch milliseconds.
    pub from: Option<i64>,
    /// Opened at or before.
    pub to: Option<i64>,
    /// Changed at or after.
    pub updated_from: Option<i64>,
    /// Changed at or before.
    pub updated_to: Option<i64>,
    /// Pass over so many.
    pub offset: i64,
    /// At most so many.
    pub limit: i64,
}

/// Requests, newest first; by change, the latest change first. No count: a client pages until a page is short.
///
/// # Errors
/// What the database says.
pub async fn requests(database: &Database, filter: &RequestFilter) -> Result<Vec<CaseRow>, StoreError> {
    if filter.numbers.is_empty() && filter.updated_from.is_none() && filter.updated_to.is_none() {
        // Each matter has an index in this order; their first picks are merged.
        let cases = CaseFilter {
            matters: filter.matters.clone(),
            bases: match filter.ended {
                Some(true) => vec!["done".into(), "cancelled".into()],
                _ => Vec::new(),
            },
            open: (filter.ended == Some(false)).then_some(true),
            opened_from: filter.from,
            opened_to: filter.to.map(|to| to.saturating_add(1)),
            offset: filter.offset,
            limit: filter.limit,
            ..CaseFilter::default()
        };
        return if filter.matters.is_empty() { Ok(Vec::new()) } else { cases::page_of(database, &cases).await };
    }
    let mut sql = Sql::new(cases::SELECT);
    if filter.numbers.is_empty() {
        // Changes are walked from the latest one; the matter must not lead.
        sql.push(" WHERE COALESCE(c.matter, '') IN ").bind_list(&filter.matters);
        for (condition, bound) in [
            (" AND c.opened_at >= ", filter.from),
            (" AND c.opened_at <= ", filter.to),
            (" AND c.updated_at >= ", filter.updated_from),
            (" AND c.updated_at <= ", filter.updated_to),
        ] {
            if let Some(bound) = bound {
                sql.push(condition).bind(bound);
            }
        }
        match filter.ended {
            Some(true) => sql.push(" AND c.closed_at IS NOT NULL"),
            Some(false) => sql.push(" AND c.closed_at IS NULL"),
            None => &mut sql,
        };
        sql.push(" ORDER BY c.updated_at DESC, c.id DESC");
    } else {
        sql.push(" WHERE c.matter IN ").bind_list(&filter.matters).push(" AND c.number IN ").bind_list(&filter.numbers);
        sql.push(" ORDER BY c.opened_at DESC, c.id DESC");
    }
    sql.push(" LIMIT ").bind(filter.limit).push(" OFFSET ").bind(filter.offset);
    database.all(sql).await?.iter().map(cases::read).collect()
}

/// Another server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeerRow {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Endpoint, without the last slash.
    pub url: String,
    /// Its jurisdiction, may be empty.
    pub jurisdiction: String,
    /// Our key there; never given out.
    pub api_key: String,
    /// `json` or `xml`.
    pub format: String,
    /// The unit it stands for: what that unit owns is pushed.
    pub unit: Option<String>,
    /// Service code there for what we push.
    pub push_service: String,
    /// The matter that its requests are opened as.
    pub pull_matter: Option<String>,
    /// Service codes to pull, separated by commas; empty pulls all.
    pub pull_services: String,
    /// Pulled up to here, epoch milliseconds.
    pub pulled_to: i64,
    /// Whether it is used.
    pub active: bool,
    /// Epoch milliseconds.
    pub created_at: i64,
}

const PEER: &str = "SELECT id, name, url, jurisdiction, api_key, format, unit, push_service, pull_matter, pull_services, pulled_to, active, created_at FROM open311_peer";

fn peer(row: &Row) -> Result<PeerRow, StoreError> {
    Ok(PeerRow {
        id: row.text(0)?,
        name: row.text(1)?,
        url: row.text(2)?,
        jurisdiction: row.text(3)?,
        api_key: row.text(4)?,
        format: row.text(5)?,
        unit: row.text_or_null(6)?,
        push_service: row.text(7)?,
        pull_matter: row.text_or_null(8)?,
        pull_services: row.text(9)?,
        pulled_to: row.int(10)?,
        active: row.flag(11)?,
        created_at: row.int(12)?,
    })
}

/// All peers, oldest first.
///
/// # Errors
/// What the database says.
pub async fn peers(database: &Database) -> Result<Vec<PeerRow>, StoreError> {
    let mut sql = Sql::new(PEER);
    sql.push(" ORDER BY created_at, id");
    database.all(sql).await?.iter().map(peer).collect()
}

/// The active peer that stands for a unit, inside a transaction.
///
/// # Errors
/// What the database says.
pub async fn peer_of_unit(write: &mut Write, unit: &str) -> Result<Option<PeerRow>, StoreError> {
    let mut sql = Sql::new(PEER);
    sql.push(" WHERE active = 1 AND unit = ").bind(unit).push(" ORDER BY created_at, id LIMIT 1");
    write.first(sql).await?.as_ref().map(peer).transpose()
}

/// Writes a peer, new or changed; how far it was pulled stays unless it is moved on by [`pulled`].
///
/// # Errors
/// What the database says.
pub async fn put_peer(write: &mut Write, row: &PeerRow) -> Result<(), StoreError> {
    const INSERT: &str = "INSERT INTO open311_peer (id, name, url, jurisdiction, api_key, format, unit, push_service, pull_matter, pull_services, pulled_to, active, created_at)
        VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, url = excluded.url, jurisdiction = excluded.jurisdiction, api_key = excluded.api_key,
        format = excluded.format, unit = excluded.unit, push_service = excluded.push_service, pull_matter = excluded.pull_matter,
        pull_services = excluded.pull_services, active = excluded.active";
    let values = [
        row.id.as_str().into(),
        row.name.as_str().into(),
        row.url.as_str().into(),
        row.jurisdiction.as_str().into(),
        row.api_key.as_str().into(),
        row.format.as_str().into(),
        row.unit.as_deref().into(),
        row.push_service.as_str().into(),
        row.pull_matter.as_deref().into(),
        row.pull_services.as_str().into(),
        row.pulled_to.into(),
        i64::from(row.active).into(),
        row.created_at.into(),
    ];
    write.execute(Sql::with(INSERT, values)).await?;
    Ok(())
}

/// Notes how far a peer was pulled; never backwards.
///
/// # Errors
/// What the database says.
pub async fn pulled(write: &mut Write, id: &str, to: i64) -> Result<(), StoreError> {
    const UPDATE: &str = "UPDATE open311_peer SET pulled_to = $1 WHERE id = $2 AND pulled_to < $1";
    write.execute(Sql::with(UPDATE, [to.into(), id.into()])).await?;
    Ok(())
}

/// A request there that is a case here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkRow {
    /// Peer.
    pub peer: String,
    /// Its id there.
    pub remote: String,
    /// The case here.
    pub case_id: String,
    /// `push` or `pull`.
    pub direction: String,
    /// Last status word seen there.
    pub status: String,
    /// When, epoch milliseconds.
    pub at: i64,
}

/// Ties a request to a case, or notes its new status; false if nothing changed.
///
/// # Errors
/// What the database says.
pub async fn put_link(write: &mut Write, row: &LinkRow) -> Result<bool, StoreError> {
    const INSERT: &str = "INSERT INTO open311_link (peer, remote, case_id, direction, status, at) VALUES ($1,$2,$3,$4,$5,$6)
        ON CONFLICT (peer, remote) DO UPDATE SET status = excluded.status, at = excluded.at WHERE open311_link.status <> excluded.status";
    let values = [
        row.peer.as_str().into(),
        row.remote.as_str().into(),
        row.case_id.as_str().into(),
        row.direction.as_str().into(),
        row.status.as_str().into(),
        row.at.into(),
    ];
    Ok(write.execute(Sql::with(INSERT, values)).await? == 1)
}

/// The links of a peer in one direction, the latest first.
///
/// # Errors
/// What the database says.
pub async fn links(database: &Database, peer: &str, direction: &str, limit: i64) -> Result<Vec<LinkRow>, StoreError> {
    let sql = Sql::with(
        "SELECT peer, remote, case_id, direction, status, at FROM open311_link WHERE peer = $1 AND direction = $2 ORDER BY at DESC, remote LIMIT $3",
        [peer.into(), direction.into(), limit.into()],
    );
    database.all(sql).await?.iter().map(link).collect()
}

/// The links of a case.
///
/// # Errors
/// What the database says.
pub async fn links_of(database: &Database, case: &str) -> Result<Vec<LinkRow>, StoreError> {
    let sql = Sql::with(
        "SELECT peer, remote, case_id, direction, status, at FROM open311_link WHERE case_id = $1 ORDER BY at, peer",
        [case.into()],
    );
    database.all(sql).await?.iter().map(link).collect()
}

fn link(row: &Row) -> Result<LinkRow, StoreError> {
    Ok(LinkRow {
        peer: row.text(0)?,
        remote: row.text(1)?,
        case_id: row.text(2)?,
        direction: row.text(3)?,
        status: row.text(4)?,
        at: row.int(5)?,
    })
}

/// What another system said about a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateRow {
    /// Key or peer it came from.
    pub sender: String,
    /// Its id there.
    pub update: String,
    /// The case.
    pub case_id: String,
    /// Status word.
    pub status: String,
    /// Words.
    pub words: String,
    /// When it was said, epoch milliseconds.
    pub at: i64,
    /// When it came.
    pub received_at: i64,
    /// What became of it: the action it led to, or `kept`.
    pub outcome: String,
}

/// Keeps an update; false if it came before.
///
/// # Errors
/// What the database says.
pub async fn put_update(write: &mut Write, row: &UpdateRow) -> Result<bool, StoreError> {
    const INSERT: &str = "INSERT INTO open311_update (sender, update_id, case_id, status, words, at, received_at, outcome)
        VALUES ($1,$2,$3,$4,$5,$6,$7,$8) ON CONFLICT (sender, update_id) DO NOTHING";
    let values = [
        row.sender.as_str().into(),
        row.update.as_str().into(),
        row.case_id.as_str().into(),
        row.status.as_str().into(),
        row.words.as_str().into(),
        row.at.into(),
        row.received_at.into(),
        row.outcome.as_str().into(),
    ];
    Ok(write.execute(Sql::with(INSERT, values)).await? == 1)
}

/// What others said about a case, oldest first.
///
/// # Errors
/// What the database says.
pub async fn updates_of(database: &Database, case: &str) -> Result<Vec<UpdateRow>, StoreError> {
    let sql = Sql::with(
        "SELECT sender, update_id, case_id, status, words, at, received_at, outcome FROM open311_update WHERE case_id = $1 ORDER BY received_at, update_id",
        [case.into()],
    );
    database
        .all(sql)
        .await?
        .iter()
        .map(|row| {
            Ok(UpdateRow {
                sender: row.text(0)?,
                update: row.text(1)?,
                case_id: row.text(2)?,
                status: row.text(3)?,
                words: row.text(4)?,
                at: row.int(5)?,
                received_at: row.int(6)?,
                outcome: row.text(7)?,
            })
        })
        .collect()
}

/// Whether a request there is tied to a case already, inside a transaction.
///
/// # Errors
/// What the database says.
pub async fn linked(write: &mut Write, peer: &str, remote: &str) -> Result<bool, StoreError> {
    let sql = Sql::with("SELECT 1 FROM open311_link WHERE peer = $1 AND remote = $2", [peer.into(), remote.into()]);
    Ok(write.first(sql).await?.is_some())
}
