//! Tables beside the main one: several rows (casualties, vehicles) name one row of the main file.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Read;

use serde::Serialize;
use serde_json::{Map, Value};

use super::bytes::Table;
use super::mapping::{CountRule, LinkedRule, Mapping};
use super::refusal::Refusal;
use super::row::{Columns, clean};

/// Most linked rows held in memory.
const LIMIT: usize = 1_000_000;

/// The linked tables of one import, loaded before the main file is read.
#[derive(Clone, Debug, Default)]
pub struct LinkedTables {
    tables: BTreeMap<String, LinkedTable>,
}

#[derive(Clone, Debug, Default)]
struct LinkedTable {
    /// Years a file was loaded for; `None` for a pattern without `{year}`.
    years: BTreeSet<Option<i16>>,
    files: Vec<String>,
    rows: usize,
    by_key: HashMap<(Option<i16>, String), Vec<Vec<String>>>,
}

/// How a linked table was used.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct LinkedUse {
    /// Its name in the mapping.
    pub table: String,
    /// Files that were loaded.
    pub files: Vec<String>,
    /// Their rows.
    pub rows: u64,
    /// Linked rows that name a row of the main file.
    pub joined: u64,
    /// Years of the main file for which no file was there.
    pub missing_years: Vec<i16>,
    /// Rows of the main file that therefore lack what the table tells.
    pub rows_without: u64,
}

impl LinkedTables {
    /// Loads one file of the linked table `name`; `year` where the pattern has `{year}`. Returns its rows.
    ///
    /// # Errors
    /// [`Refusal::Linked`] with the reason, [`Refusal::LinkedTooLarge`].
    pub fn add(&mut self, mapping: &Mapping, name: &str, year: Option<i16>, file: &str, source: impl Read) -> Result<usize, Refusal> {
        let wrap = |reason| Refusal::Linked { table: name.to_owned(), file: file.to_owned(), reason: Box::new(reason) };
        let Some(rule) = mapping.spec.linked.get(name) else {
            return Err(wrap(Refusal::Io { message: format!("the mapping has no linked table {name}") }));
        };
        let stored = self.tables.entry(name.to_owned()).or_default();
        let mut table = Table::open(Box::new(source), mapping, None).map_err(wrap)?;
        let wanted = wanted_columns(mapping, name, rule);
        let columns = Columns::of_linked(&wanted, &rule.key, table.header()).map_err(wrap)?;
        let mut record = csv::StringRecord::new();
        let mut count = 0;
        while table.next(&mut record).map_err(wrap)?.is_some() {
            if stored.rows >= LIMIT {
                return Err(Refusal::LinkedTooLarge { table: name.to_owned(), limit: LIMIT });
            }
            let cells = wanted.iter().map(|column| clean(columns.get(&record, column), false)).collect();
            stored.by_key.entry((year, columns.get(&record, &rule.key).to_owned())).or_default().push(cells);
            stored.rows += 1;
            count += 1;
        }
        stored.years.insert(year);
        stored.files.push(file.to_owned());
        Ok(count)
    }
}

/// Looks linked rows up for one main file and keeps the count of what was found.
pub(super) struct Joiner<'a> {
    mapping: &'a Mapping,
    tables: Option<&'a LinkedTables>,
    uses: BTreeMap<&'a str, LinkedUse>,
    missing: BTreeMap<&'a str, BTreeSet<i16>>,
}

impl<'a> Joiner<'a> {
    pub(super) fn new(mapping: &'a Mapping, tables: Option<&'a LinkedTables>) -> Self {
        let uses = mapping
            .spec
            .linked
            .keys()
            .map(|name| {
                let loaded = tables.and_then(|t| t.tables.get(name));
                let used = LinkedUse {
                    table: name.clone(),
                    files: loaded.map(|t| t.files.clone()).unwrap_or_default(),
                    rows: loaded.map_or(0, |t| t.rows as u64),
                    ..LinkedUse::default()
                };
                (name.as_str(), used)
            })
            .collect();
        Self { mapping, tables, uses, missing: BTreeMap::new() }
    }

    /// The linked rows of table `name` for a main row of `year`; `None` if no file was loaded for that year.
    fn rows(&self, name: &str, year: i16, key: &str) -> Option<&'a [Vec<String>]> {
        let table = self.tables?.tables.get(name)?;
        let year = if table.years.contains(&None) { None } else { Some(year) };
        if !table.years.contains(&year) {
            return None;
        }
        Some(table.by_key.get(&(year, key.to_owned())).map_or(&[], Vec::as_slice))
    }

    /// Number of linked rows a count asks for; `None` where the table is missing.
    pub(super) fn count(&self, rule: &CountRule, year: i16, key: &dyn Fn(&str) -> String) -> Option<u32> {
        let (name, column, value) = (rule.linked.as_deref()?, rule.column.as_deref()?, rule.value.as_deref()?);
        let linked = self.mapping.spec.linked.get(name)?;
        let at = wanted_columns(self.mapping, name, linked).iter().position(|c| c == column)?;
        let rows = self.rows(name, year, &key(&linked.main_key))?;
        u32::try_from(rows.iter().filter(|cells| cells.get(at).is_some_and(|cell| cell == value)).count()).ok()
    }

    /// Adds what each linked table keeps as a list of objects, and counts what was joined or missing.
    pub(super) fn attach(&mut self, year: i16, key: &dyn Fn(&str) -> String, attributes: &mut Map<String, Value>) {
        for (name, rule) in &self.mapping.spec.linked {
            let rows = self.rows(name, year, &key(&rule.main_key));
            let Some(used) = self.uses.get_mut(name.as_str()) else { continue };
            let Some(rows) = rows else {
                used.rows_without += 1;
                self.missing.entry(name).or_default().insert(year);
                continue;
            };
            used.joined += rows.len() as u64;
            if rule.keep.is_empty() || rows.is_empty() {
                continue;
            }
            let wanted = wanted_columns(self.mapping, name, rule);
            let list = rows.iter().map(|cells| {
                let pairs = rule.keep.iter().filter_map(|(attribute, column)| {
                    let cell = cells.get(wanted.iter().position(|c| c == column)?)?;
                    (!cell.is_empty()).then(|| (attribute.clone(), Value::String(cell.clone())))
                });
                Value::Object(pairs.collect())
            });
            attributes.insert(name.clone(), Value::Array(list.collect()));
        }
    }

    pub(super) fn uses(&self) -> Vec<LinkedUse> {
        self.uses
            .iter()
            .map(|(name, used)| LinkedUse {
                missing_years: self.missing.get(name).into_iter().flatten().copied().collect(),
                ..used.clone()
            })
            .collect()
    }
}

/// Columns of a linked file that something asks for; no others are held, personal columns least of all.
fn wanted_columns(mapping: &Mapping, name: &str, rule: &LinkedRule) -> Vec<String> {
    let counted = mapping.spec.counts.all().filter(|c| c.linked.as_deref() == Some(name)).filter_map(|c| c.column.clone());
    rule.keep.values().cloned().chain(counted).collect::<BTreeSet<_>>().into_iter().collect()
}
