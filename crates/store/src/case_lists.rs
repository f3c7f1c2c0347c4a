//! Lists and counts of cases, made for a million of them.
//!
//! A page is found in two steps: first the picks (id and order), read along one index and cut to the page, then their rows.
//! What one index cannot answer in order (late ones, several units) is asked as several branches whose picks are merged.
//! Counts end at a bound and say so. Words are looked for in the newest cases that the other conditions leave, and the
//! answer says how far back that was.

use std::collections::BTreeMap;

use crate::cases::{CaseRow, SELECT, by_ids, read};
use crate::sql::Sql;
use crate::{Database, StoreError, Write};

/// Totals are exact up to here.
pub const TOTAL_BOUND: i64 = 10_000;
/// Words are looked for in so many of the newest cases that the other conditions leave of each unit's list.
pub const WORDS_WINDOW: i64 = 10_000;
/// Units that are asked one by one; more are asked together and sorted.
const MOST_BRANCHES: usize = 24;
/// The order of a case without a due date: after all others.
const NEVER: i64 = i64::MAX;

/// Order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Newest first.
    #[default]
    Newest,
    /// What is due first, first; without due date last. Ended cases have none.
    Due,
}

/// What to look for.
#[derive(Clone, Debug, Default)]
pub struct CaseFilter {
    /// Only cases in which one of these units has or had a part (`None`: all).
    pub visible_to: Option<Vec<String>>,
    /// Only cases that one of these units has now.
    pub units: Option<Vec<String>>,
    /// Only cases in which one of these units has an open part.
    pub parts_of: Option<Vec<String>>,
    /// Only these matters.
    pub matters: Vec<String>,
    /// Only these stages.
    pub stages: Vec<String>,
    /// Only these bases.
    pub bases: Vec<String>,
    /// Only open ones (`true`), only ended ones (`false`).
    pub open: Option<bool>,
    /// Not yet on their way to a unit, or come back to one of these units that sent them out.
    pub to_be_sent_by: Option<Vec<String>>,
    /// Only these areas.
    pub areas: Vec<String>,
    /// Only at these place keys.
    pub places: Vec<String>,
    /// Opened at or after.
    pub opened_from: Option<i64>,
    /// Opened before.
    pub opened_to: Option<i64>,
    /// Open and due before this instant.
    pub due_before: Option<i64>,
    /// Only these categories.
    pub categories: Vec<String>,
    /// Box: west, south, east, north.
    pub bounds: Option<[f64; 4]>,
    /// Words that must all occur.
    pub words: Vec<String>,
    /// Beside what has the words: cases with one of these numbers, however old.
    pub named: Vec<String>,
    /// Beside what has the words: cases about this subject, however old.
    pub named_subject: Option<String>,
    /// Only late ones, `now` given: closed late, or open past due.
    pub late_at: Option<i64>,
    /// Only those that ended late.
    pub ended_late: bool,
    /// Only children of these cases.
    pub parents: Vec<String>,
    /// Only about this subject.
    pub subject_key: Option<String>,
    /// Only of this campaign.
    pub campaign: Option<String>,
    /// Only with this handler.
    pub handler: Option<String>,
    /// Only reported by this one.
    pub reporter_key: Option<String>,
    /// Only with these definitions, by hash.
    pub definitions: Vec<String>,
    /// Only with these numbers.
    pub numbers: Vec<String>,
    /// Only those that were closed in time.
    pub in_time: bool,
    /// All but this one.
    pub except: Option<String>,
    /// Only with at least so many returns.
    pub returns_at_least: Option<i64>,
    /// Order.
    pub order: Order,
    /// Skip so many.
    pub offset: i64,
    /// At most so many.
    pub limit: i64,
}

impl CaseFilter {
    /// Whether it can only find open cases. A case is open until its base is a final one, and then it has no closing time.
    fn only_open(&self) -> bool {
        let ends = |b: &String| matches!(b.as_str(), "done" | "cancelled" | "none");
        self.open == Some(true)
            || self.due_before.is_some()
            || self.to_be_sent_by.is_some()
            || (!self.bases.is_empty() && !self.bases.iter().any(ends))
    }

    /// Whether the units' own lists are the shortest way: nothing narrower than the units is asked for, and in an order
    /// that their lists have.
    fn by_units(&self) -> bool {
        let narrow = [&self.places, &self.parents, &self.definitions, &self.numbers].iter().any(|l| !l.is_empty())
            || [&self.subject_key, &self.campaign, &self.handler, &self.reporter_key].iter().any(|v| v.is_some())
            || self.parts_of.is_some()
            || self.bounds.is_some();
        let few = self.visible_to.as_ref().is_some_and(|units| units.len() <= MOST_BRANCHES);
        few && (self.order == Order::Newest || self.only_open()) && !narrow
    }

    /// Whether the units' lists alone answer it, without a look at the cases.
    fn by_units_alone(&self) -> bool {
        self.by_units() && self.words.is_empty() && self.returns_at_least.is_none()
    }
}

/// How many there are; exact unless it says otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Total {
    /// So many.
    pub n: i64,
    /// Or more: counting ended here.
    pub at_least: bool,
}

impl Total {
    fn of(n: i64, bound: i64) -> Self {
        Self { n: n.min(bound), at_least: n > bound }
    }
}

/// A page with what stands around it.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The page.
    pub rows: Vec<CaseRow>,
    /// How many there are in all.
    pub total: Total,
    /// How many of each matter, whatever matters were asked for; nothing where there are too many to say exactly.
    pub by_matter: Option<BTreeMap<String, i64>>,
    /// With words: cases opened before this instant were not looked at.
    pub searched_from: Option<i64>,
}

/// A case found, before its row is read.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pick {
    id: String,
    key: i64,
    matter: String,
}

const OPENED_PICK: &str = "SELECT c.id, c.opened_at, c.matter FROM matter_case c";
const DUE_PICK: &str = "SELECT c.id, COALESCE(c.due_at, 9223372036854775807), c.matter FROM matter_case c";
const ENDED_PICK: &str = "SELECT c.id, 9223372036854775807, c.matter FROM matter_case c";
const UNIT_PICK: &str = "SELECT u.case_id, u.opened_at, u.matter FROM case_unit u";
const UNIT_DUE_PICK: &str = "SELECT u.case_id, COALESCE(u.due_at, 9223372036854775807), u.matter FROM case_unit u";
const NEWEST: &str = " ORDER BY c.opened_at DESC, c.id DESC";
const DUE: &str = " ORDER BY COALESCE(c.due_at, 9223372036854775807), c.id";
const UNIT_NEWEST: &str = " ORDER BY u.opened_at DESC, u.case_id DESC";
const UNIT_DUE: &str = " ORDER BY COALESCE(u.due_at, 9223372036854775807), u.case_id";

/// Where a condition is read: in the case's row, or in a unit's list, which has the columns that lists are narrowed by.
#[derive(Clone, Copy)]
enum Lead {
    Cases,
    Units,
}

impl Lead {
    fn at(self) -> &'static str {
        match self {
            Self::Cases => " AND c.",
            Self::Units => " AND u.",
        }
    }

    /// The unit that has the case now.
    fn holder(self) -> &'static str {
        match self {
            Self::Cases => "c.unit",
            Self::Units => "u.holder",
        }
    }

    fn id(self) -> &'static str {
        match self {
            Self::Cases => "c.id",
            Self::Units => "u.case_id",
        }
    }
}

/// Conditions that both a case's row and a unit's list know.
fn listed_conditions(sql: &mut Sql, f: &CaseFilter, lead: Lead) {
    let at = lead.at();
    if f.only_open() {
        sql.push(at).push("closed_at IS NULL");
    }
    if f.open == Some(false) || f.in_time || f.ended_late {
        sql.push(at).push("closed_at IS NOT NULL");
    }
    if f.in_time {
        sql.push(at).push("late = 0");
    }
    if f.ended_late {
        sql.push(at).push("late = 1");
    }
    if !f.matters.is_empty() {
        sql.push(at).push("matter IN ").bind_list(&f.matters);
    }
    if let Some(from) = f.opened_from {
        sql.push(at).push("opened_at >= ").bind(from);
    }
    if let Some(to) = f.opened_to {
        sql.push(at).push("opened_at < ").bind(to);
    }
    if let Some(units) = &f.units {
        sql.push(" AND ").push(lead.holder()).push(" IN ").bind_list(units);
    }
    if let Some(units) = &f.to_be_sent_by {
        sql.push(at).push("base IN ('intake', 'locate', 'route')");
        // A case that came back is sent out again by who has it.
        let base = match lead {
            Lead::Cases => " AND (c.base <> 'route' OR ",
            Lead::Units => " AND (u.base <> 'route' OR ",
        };
        sql.push(base).push(lead.holder()).push(" IN ").bind_list(units).push(")");
    }
    for (column, list) in [("stage IN ", &f.stages), ("base IN ", &f.bases), ("area_key IN ", &f.areas), ("category IN ", &f.categories)] {
        if !list.is_empty() {
            sql.push(at).push(column).bind_list(list);
        }
    }
    let (due, late) = match lead {
        Lead::Cases => (
            " AND COALESCE(c.due_at, 9223372036854775807) < ",
            " AND ((c.closed_at IS NOT NULL AND c.late = 1) OR (c.closed_at IS NULL AND c.due_at < ",
        ),
        Lead::Units => (
            " AND COALESCE(u.due_at, 9223372036854775807) < ",
            " AND ((u.closed_at IS NOT NULL AND u.late = 1) OR (u.closed_at IS NULL AND u.due_at < ",
        ),
    };
    if let Some(before) = f.due_before {
        sql.push(due).bind(before);
    }
    if let Some(now) = f.late_at {
        sql.push(late).bind(now).push("))");
    }
    if let Some(id) = &f.except {
        sql.push(" AND ").push(lead.id()).push(" <> ").bind(id);
    }
}

/// Conditions that only the case's own row knows.
fn case_conditions(sql: &mut Sql, f: &CaseFilter) {
    if let Some(units) = &f.parts_of {
        sql.push(" AND c.id IN (SELECT case_id FROM case_part WHERE unit IN ").bind_list(units).push(")");
    }
    for (column, list) in [
        (" AND c.place_key IN ", &f.places),
        (" AND c.parent IN ", &f.parents),
        (" AND c.definition IN ", &f.definitions),
        (" AND c.number IN ", &f.numbers),
    ] {
        if !list.is_empty() {
            sql.push(column).bind_list(list);
        }
    }
    for (column, value) in [
        (" AND c.subject_key = ", &f.subject_key),
        (" AND c.campaign = ", &f.campaign),
        (" AND c.handler = ", &f.handler),
        (" AND c.reporter_key = ", &f.reporter_key),
    ] {
        if let Some(value) = value {
            sql.push(column).bind(value);
        }
    }
    if let Some(n) = f.returns_at_least {
        sql.push(" AND c.returns >= ").bind(n);
    }
    if let Some([west, south, east, north]) = f.bounds {
        // A neighbourhood is found by its points; of a whole city every other way is shorter.
        let near = north - south < 0.02;
        sql.push(if near { " AND c.id IN (SELECT p.id FROM matter_case p WHERE p.lat >= " } else { " AND c.lat >= " }).bind(south);
        sql.push(if near { " AND p.lat <= " } else { " AND c.lat <= " }).bind(north);
        sql.push(if near { " AND p.lon >= " } else { " AND c.lon >= " }).bind(west);
        sql.push(if near { " AND p.lon <= " } else { " AND c.lon <= " }).bind(east);
        sql.push(if near { ")" } else { "" });
    }
    // Both sides are in small letters.
    for word in &f.words {
        sql.push(" AND INSTR(c.search, ").bind(word.to_lowercase()).push(") > 0");
    }
}

/// Everything after the columns and the table, a unit's list leading where that is the shortest way.
fn conditions(sql: &mut Sql, f: &CaseFilter) {
    if !f.by_units() {
        return conditions_on_cases(sql, f);
    }
    let alone = f.by_units_alone();
    sql.push(if alone { " WHERE u.unit IN " } else { " CROSS JOIN matter_case c WHERE c.id = u.case_id AND u.unit IN " });
    sql.bind_list(f.visible_to.as_deref().unwrap_or_default());
    listed_conditions(sql, f, Lead::Units);
    if !alone {
        case_conditions(sql, f);
    }
}

/// Everything after `matter_case c`.
pub(crate) fn conditions_on_cases(sql: &mut Sql, f: &CaseFilter) {
    sql.push(" WHERE 1 = 1");
    if let Some(units) = &f.visible_to {
        sql.push(" AND EXISTS (SELECT 1 FROM case_unit u WHERE u.case_id = c.id AND u.unit IN ").bind_list(units).push(")");
    }
    listed_conditions(sql, f, Lead::Cases);
    case_conditions(sql, f);
}

/// The picks of one branch, in order.
fn picks_of(f: &CaseFilter, limit: i64) -> Sql {
    let ended = f.open == Some(false);
    let mut sql = Sql::new(match f.order {
        Order::Newest if f.by_units() => UNIT_PICK,
        Order::Newest => OPENED_PICK,
        Order::Due if f.by_units() => UNIT_DUE_PICK,
        Order::Due if ended => ENDED_PICK,
        Order::Due => DUE_PICK,
    });
    conditions(&mut sql, f);
    sql.push(match f.order {
        Order::Newest if f.by_units() => UNIT_NEWEST,
        Order::Newest => NEWEST,
        Order::Due if f.by_units() => UNIT_DUE,
        Order::Due if ended => " ORDER BY c.id",
        Order::Due => DUE,
    });
    sql.push(" LIMIT ").bind(limit);
    sql
}

/// A question as the questions that one index each can answer in order. Together they find the same cases.
fn branches(f: &CaseFilter) -> Vec<CaseFilter> {
    let mut some = vec![f.clone()];
    if let Some(at) = f.late_at {
        let before = f.due_before.map_or(at, |b| b.min(at));
        let due = CaseFilter { late_at: None, due_before: Some(before), open: f.open.or(Some(true)), ..f.clone() };
        let ended = CaseFilter { late_at: None, ended_late: true, ..f.clone() };
        some.clear();
        if f.open != Some(false) {
            some.push(due);
        }
        if !f.only_open() {
            some.push(ended);
        }
    } else if f.order == Order::Due && f.open.is_none() && !f.only_open() {
        some = vec![CaseFilter { open: Some(true), ..f.clone() }, CaseFilter { open: Some(false), ..f.clone() }];
    }
    let each = |list: &[String]| (2..=MOST_BRANCHES).contains(&list.len());
    some.into_iter()
        .flat_map(|b| {
            if let Some(units) = b.units.as_ref().filter(|u| b.order == Order::Newest && !b.by_units() && each(u)) {
                return units.iter().map(|u| CaseFilter { units: Some(vec![u.clone()]), ..b.clone() }).collect();
            }
            if b.order == Order::Newest && b.visible_to.is_none() && b.units.is_none() && !b.only_open() && each(&b.matters) {
                return b.matters.iter().map(|m| CaseFilter { matters: vec![m.clone()], ..b.clone() }).collect();
            }
            if let Some(units) = b.visible_to.as_ref().filter(|u| b.by_units() && each(u)) {
                return units.iter().map(|u| CaseFilter { visible_to: Some(vec![u.clone()]), ..b.clone() }).collect();
            }
            vec![b]
        })
        .collect()
}

/// The first picks of a question.
async fn picks(database: &Database, f: &CaseFilter, limit: i64) -> Result<Vec<Pick>, StoreError> {
    let mut found: Vec<Pick> = Vec::new();
    let full = usize::try_from(limit).unwrap_or(usize::MAX);
    for branch in branches(f) {
        // Ended cases come after every open one that has a date.
        if branch.order == Order::Due && branch.open == Some(false) && found.len() >= full && found.last().is_some_and(|p| p.key < NEVER) {
            break;
        }
        for row in database.all(picks_of(&branch, limit)).await? {
            found.push(Pick { id: row.text(0)?, key: row.int(1)?, matter: row.text(2)? });
        }
        in_order(&mut found, f.order);
        found.truncate(full);
    }
    Ok(found)
}

fn in_order(picks: &mut Vec<Pick>, order: Order) {
    picks.sort_by(|a, b| match order {
        Order::Newest => (b.key, &b.id).cmp(&(a.key, &a.id)),
        Order::Due => (a.key, &a.id).cmp(&(b.key, &b.id)),
    });
    picks.dedup_by(|a, b| a.id == b.id);
}

/// The rows of some picks, in their order.
async fn rows_of(database: &Database, picks: &[Pick]) -> Result<Vec<CaseRow>, StoreError> {
    let mut rows = Vec::with_capacity(picks.len());
    for chunk in picks.chunks(500) {
        let ids: Vec<String> = chunk.iter().map(|p| p.id.clone()).collect();
        let mut known: BTreeMap<String, CaseRow> = by_ids(database, &ids).await?.into_iter().map(|r| (r.id.clone(), r)).collect();
        rows.extend(ids.iter().filter_map(|id| known.remove(id)));
    }
    Ok(rows)
}

/// A page of cases, not counted.
///
/// # Errors
/// What the database says.
pub async fn page_of(database: &Database, filter: &CaseFilter) -> Result<Vec<CaseRow>, StoreError> {
    let found = picks(database, filter, filter.offset.saturating_add(filter.limit)).await?;
    rows_of(database, found.get(usize::try_from(filter.offset).unwrap_or(0)..).unwrap_or_default()).await
}

/// A page of cases and how many there are in all.
///
/// # Errors
/// What the database says.
pub async fn list(database: &Database, filter: &CaseFilter) -> Result<(Vec<CaseRow>, Total), StoreError> {
    let found = search(database, filter).await?;
    Ok((found.rows, found.total))
}

/// A page of cases with its total and its matters.
///
/// # Errors
/// What the database says.
pub async fn search(database: &Database, filter: &CaseFilter) -> Result<Found, StoreError> {
    if !filter.words.is_empty() {
        return words(database, filter).await;
    }
    let rows = page_of(database, filter).await?;
    let by_matter = count_by_matter(database, &CaseFilter { matters: Vec::new(), ..filter.clone() }).await?;
    let total = match &by_matter {
        Some(counts) if filter.matters.is_empty() => Total { n: counts.values().sum(), at_least: false },
        Some(counts) => Total { n: filter.matters.iter().filter_map(|m| counts.get(m)).sum(), at_least: false },
        None if filter.matters.is_empty() => Total { n: TOTAL_BOUND, at_least: true },
        None => count_up_to(database, filter, TOTAL_BOUND).await?,
    };
    Ok(Found { rows, total, by_matter, searched_from: None })
}

/// Words cannot be found by an index that both databases have. They are looked for in one pass over a window.
async fn words(database: &Database, filter: &CaseFilter) -> Result<Found, StoreError> {
    let floor = floor(database, &CaseFilter { words: Vec::new(), order: Order::Newest, ..filter.clone() }).await?;
    let within = CaseFilter { opened_from: floor.max(filter.opened_from), ..filter.clone() };
    let mut found = picks(database, &within, TOTAL_BOUND + 1).await?;
    let named = [
        (!filter.named.is_empty()).then(|| CaseFilter { words: Vec::new(), numbers: filter.named.clone(), ..filter.clone() }),
        filter.named_subject.clone().map(|key| CaseFilter { words: Vec::new(), subject_key: Some(key), ..filter.clone() }),
    ];
    for by_name in named.into_iter().flatten() {
        found.extend(picks(database, &by_name, TOTAL_BOUND).await?);
    }
    in_order(&mut found, filter.order);
    let mut by_matter = BTreeMap::new();
    for pick in &found {
        *by_matter.entry(pick.matter.clone()).or_insert(0) += 1;
    }
    let total = Total::of(i64::try_from(found.len()).unwrap_or(0), TOTAL_BOUND);
    let at = |n: i64| usize::try_from(n).unwrap_or(usize::MAX).min(found.len());
    let rows = rows_of(database, &found[at(filter.offset)..at(filter.offset.saturating_add(filter.limit))]).await?;
    Ok(Found { rows, total, by_matter: (filter.matters.is_empty() && !total.at_least).then_some(by_matter), searched_from: floor })
}

/// The far end of the window for words: what was opened before it is not looked at. Where there are no more cases than the
/// window holds, there is none. Of several lists the shortest reach counts, so that the answer can say one instant.
async fn floor(database: &Database, others: &CaseFilter) -> Result<Option<i64>, StoreError> {
    if !count_up_to(database, others, WORDS_WINDOW).await?.at_least {
        return Ok(None);
    }
    let mut floor = None;
    for branch in branches(others) {
        let mut sql = picks_of(&branch, 1);
        sql.push(" OFFSET ").bind(WORDS_WINDOW - 1);
        if let Some(row) = database.first(sql).await? {
            floor = floor.max(Some(row.int(1)?));
        }
    }
    Ok(floor)
}

/// A page of cases, read inside a transaction.
///
/// # Errors
/// What the database says.
pub async fn list_in(write: &mut Write, filter: &CaseFilter) -> Result<Vec<CaseRow>, StoreError> {
    let mut sql = Sql::new(SELECT);
    conditions_on_cases(&mut sql, filter);
    sql.push(if filter.order == Order::Newest { NEWEST } else { DUE })
        .push(" LIMIT ")
        .bind(filter.limit)
        .push(" OFFSET ")
        .bind(filter.offset);
    write.all(sql).await?.iter().map(read).collect()
}

/// How many cases there are, each counted.
///
/// # Errors
/// What the database says.
pub async fn count(database: &Database, filter: &CaseFilter) -> Result<i64, StoreError> {
    Ok(count_up_to(database, filter, i64::MAX - 1).await?.n)
}

/// How many cases there are, counted up to a bound.
///
/// # Errors
/// What the database says.
pub async fn count_up_to(database: &Database, filter: &CaseFilter, bound: i64) -> Result<Total, StoreError> {
    let mut n = 0;
    for branch in counting(filter) {
        if n > bound {
            break;
        }
        n += database.first(counted(&branch, bound)).await?.map_or(Ok(0), |r| r.int(0))?;
    }
    Ok(Total::of(n, bound))
}

/// How many cases there are, counted inside a transaction.
///
/// # Errors
/// What the database says.
pub async fn count_in(write: &mut Write, filter: &CaseFilter) -> Result<i64, StoreError> {
    let mut n = 0;
    for branch in counting(filter) {
        n += write.first(counted(&branch, i64::MAX - 1)).await?.map_or(Ok(0), |r| r.int(0))?;
    }
    Ok(n)
}

/// How many cases there are of each matter; nothing if there are more than [`TOTAL_BOUND`] in all.
///
/// # Errors
/// What the database says.
pub async fn count_by_matter(database: &Database, filter: &CaseFilter) -> Result<Option<BTreeMap<String, i64>>, StoreError> {
    let mut counts: BTreeMap<String, i64> = BTreeMap::new();
    for branch in counting(filter) {
        let mut sql = Sql::new("SELECT matter, COUNT(*) FROM (");
        once(&mut sql, &branch, TOTAL_BOUND);
        sql.push(" GROUP BY matter");
        for row in database.all(sql).await? {
            *counts.entry(row.text(0)?).or_default() += row.int(1)?;
        }
        if counts.values().sum::<i64>() > TOTAL_BOUND {
            return Ok(None);
        }
    }
    Ok(Some(counts))
}

/// Branches for counting: late ones are two kinds that share none; units may share cases and are counted together.
fn counting(f: &CaseFilter) -> Vec<CaseFilter> {
    if f.late_at.is_none() {
        return vec![f.clone()];
    }
    branches(&CaseFilter { units: None, visible_to: None, ..f.clone() })
        .into_iter()
        .map(|b| CaseFilter { units: f.units.clone(), visible_to: f.visible_to.clone(), ..b })
        .collect()
}

fn counted(f: &CaseFilter, bound: i64) -> Sql {
    let mut sql = Sql::new("SELECT COUNT(*) FROM (");
    once(&mut sql, f, bound);
    sql
}

/// Each case once, one more than the bound at most.
fn once(sql: &mut Sql, f: &CaseFilter, bound: i64) {
    let most = bound.saturating_add(1);
    let units = f.visible_to.as_ref().map_or(1, Vec::len);
    if f.by_units() && units > 1 {
        // A case stands in no more lists than there are units: so many rows hold enough cases, and nobody sorts the rest.
        let rows = most.saturating_mul(i64::try_from(units).unwrap_or(i64::MAX));
        sql.push("SELECT DISTINCT listed.case_id, listed.matter FROM (SELECT u.case_id, u.matter FROM case_unit u");
        conditions(sql, f);
        sql.push(" LIMIT ").bind(rows).push(") AS listed");
    } else {
        sql.push(if f.by_units() { "SELECT u.case_id, u.matter FROM case_unit u" } else { "SELECT c.id, c.matter FROM matter_case c" });
        conditions(sql, f);
    }
    sql.push(" LIMIT ").bind(most).push(") AS found");
}
