//! The working calendar as data: a city edits a year, and every open clock follows at once.
//!
//! The template's files hold until the city writes a year of its own. An edit is saved first and then projected: the
//! columns `due_at`, `due_provisional` and `next_rung_at` of open cases are derived anew, in batches and on all cores, and
//! what moved is journalled with old, new and why. A program that dies on the way goes on when it starts again; a second
//! server sees the edit with its next round.

use std::collections::BTreeMap;
use std::ops::Deref;

use gongzhi_civic::calendar::Calendar;
use gongzhi_civic::permission::{Actor, Permission};
use gongzhi_civic::text::{Language, Text};
use gongzhi_civic::time::Timestamp;
use gongzhi_matter::{Case, Definition};
use gongzhi_store::calendars::{self, Moved, OpenCase, ProjectionRow, YearRow};
use gongzhi_store::{Database, directory};
use jiff::tz::TimeZone;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::App;
use crate::access::require;
use crate::error::{AppError, Problem};
use crate::journal::{self, Signature};
use crate::templates::Templates;

/// The edit whose dates all open cases have.
const PROJECTED: &str = "calendar.projected";
/// Cases a batch: read, computed and written together.
const BATCH: i64 = 10_000;
/// Examples of moved dates that an answer shows.
const EXAMPLES: usize = 20;
/// How far back a second server looks for rows that it wrote with the calendar before.
const BEHIND_MS: i64 = 600_000;

/// A calendar and the number of the edit it came with.
#[derive(Clone, Debug)]
pub struct CalendarInForce {
    calendar: Calendar,
    /// Number of the last edit; 0 is the template.
    pub revision: i64,
}

impl Deref for CalendarInForce {
    type Target = Calendar;
    fn deref(&self) -> &Calendar {
        &self.calendar
    }
}

/// An edit of one year.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct YearEdit {
    /// The file's text, in the format of `city/calendar/`.
    pub text: String,
    /// Only says what would move.
    pub dry_run: bool,
}

/// The columns of a case that its calendar decides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dates {
    pub due_at: Option<i64>,
    pub due_provisional: bool,
    pub next_rung_at: Option<i64>,
    pub why: Text,
}

/// The dates of a case under a calendar. For a closed case only the next look at it remains.
pub(crate) fn dates(definition: &Definition, case: &Case, now: Timestamp, calendar: &Calendar) -> Dates {
    let closed = definition.base(&case.stage).is_final();
    let next_rung_at = gongzhi_matter::next_rung_at(definition, case, now, calendar).map(|t| t.0);
    if closed {
        return Dates { next_rung_at, ..Dates::default() };
    }
    let clocks = gongzhi_matter::clocks(definition, case, now, calendar);
    let next = clocks.iter().filter(|c| c.running && !c.done).min_by_key(|c| c.due);
    Dates {
        due_at: next.map(|c| c.due.0),
        due_provisional: next.is_some_and(|c| c.provisional),
        next_rung_at,
        why: next.map(|c| c.explanation.clone()).unwrap_or_default(),
    }
}

/// A date that moved.
#[derive(Clone, Debug, Serialize)]
pub struct MovedDate {
    /// Case number.
    pub number: String,
    /// Before.
    pub old: Option<i64>,
    /// After.
    pub new: Option<i64>,
    /// Why the new one.
    pub why: String,
    /// Whether the new one rests on a year that is not announced.
    pub provisional: bool,
}

/// A batch of open cases, derived anew.
struct Derived {
    /// The last one's id.
    last: String,
    /// How many there were.
    open: usize,
    /// Those with other dates.
    moved: Vec<(OpenCase, Dates)>,
}

/// What a projection moved.
#[derive(Clone, Debug, Default)]
struct Projected {
    open: usize,
    changed: usize,
    examples: Vec<(String, ProjectionRow)>,
    digest: blake3::Hasher,
}

/// The calendar of now: the city's own years over the template's.
pub(crate) async fn load(database: &Database, templates: &Templates, zone: &TimeZone) -> Result<CalendarInForce, AppError> {
    let years = calendars::years(database).await?;
    let revision = years.iter().map(|y| y.revision).max().unwrap_or(0);
    let files = files(templates, &years)?;
    let calendar = read(&files, zone).map_err(|e| AppError::Internal(e.to_string()))?;
    Ok(CalendarInForce { calendar, revision })
}

/// Files by name: a year that the city wrote stands under the name of the nation's file and replaces it; the city's other
/// files (local days, office hours) come after it, as their names sort.
fn files(templates: &Templates, years: &[YearRow]) -> Result<BTreeMap<String, String>, AppError> {
    let mut files = BTreeMap::new();
    for name in templates.city_names("calendar/") {
        let text = templates.city_file(&name)?;
        files.insert(name, text);
    }
    for year in years {
        files.insert(file_name(year.year), year.text.clone());
    }
    Ok(files)
}

fn file_name(year: i64) -> String {
    format!("calendar/china-{year}.toml")
}

fn read(files: &BTreeMap<String, String>, zone: &TimeZone) -> Result<Calendar, gongzhi_civic::calendar::CalendarFault> {
    let pairs: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    Ok(Calendar::from_toml(&pairs)?.with_zone(zone.clone()))
}

impl App {
    /// Years with their files, and the days of each.
    ///
    /// # Errors
    /// What the store says.
    pub async fn calendar_view(&self, language: Language) -> Result<Value, AppError> {
        let own = calendars::years(&self.database).await?;
        let files = files(&self.templates, &own)?;
        let calendar = self.calendar();
        let this_year = i64::from(self.clock.now().date(&self.zone).year());
        let mut years: Vec<i64> = calendar.covered_years().map(i64::from).chain([this_year, this_year + 1]).collect();
        years.extend(own.iter().map(|y| y.year));
        years.sort_unstable();
        years.dedup();
        let views: Vec<Value> = years
            .iter()
            .map(|year| {
                let edit = own.iter().find(|y| y.year == *year);
                let announced = i16::try_from(*year).is_ok_and(|y| calendar.covers(y));
                let rows = calendar.rows().filter(|(d, _)| i64::from(d.year()) == *year);
                let days: Vec<Value> = rows
                    .map(|(date, r)| json!({ "date": date.to_string(), "worked": r.worked, "name": r.name.get(language), "notice": r.notice, "source": r.source, "local": r.local }))
                    .collect();
                json!({ "year": year, "announced": announced, "provisional": !announced, "own": edit.is_some(), "edited_at": edit.map(|e| e.at),
                    "source": days.first().map(|d| d["notice"].clone()), "text": files.get(&file_name(*year)).cloned().unwrap_or_default(), "days": days.len(), "rows": days })
            })
            .collect();
        let hours: Vec<String> = calendar.hours().iter().map(|(a, b)| format!("{}-{}", a.strftime("%H:%M"), b.strftime("%H:%M"))).collect();
        Ok(json!({ "years": views, "hours": hours, "revision": calendar.revision }))
    }

    /// Writes a year of the calendar and moves every open clock; with `dry_run` only says what would move.
    ///
    /// # Errors
    /// No permission, a file that does not read (with line and column), a year that is not the file's.
    pub async fn put_calendar(&self, actor: &Actor, year: i16, edit: YearEdit, language: Language) -> Result<Value, AppError> {
        require(actor, Permission::CalendarWrite)?;
        let _one = self.projecting.lock().await;
        let own = calendars::years(&self.database).await?;
        let mut files = files(&self.templates, &own)?;
        files.insert(file_name(i64::from(year)), edit.text.clone());
        let calendar = read(&files, &self.zone).map_err(|e| fault(&e))?;
        let alone = BTreeMap::from([(file_name(i64::from(year)), edit.text.clone())]);
        let only = read(&alone, &self.zone).map_err(|e| fault(&e))?;
        if only.covered_years().collect::<Vec<_>>() != [year] {
            return Err(Problem::new(
                422,
                "calendar_other_year",
                format!("文件须写明 year = {year}，且不是本地放假文件。"),
                format!("the file must say year = {year}, and must not be one of local days"),
            )
            .at("/text", "年份不符", "another year")
            .into());
        }
        if edit.dry_run {
            let projected = self.project_open(&calendar, None, None).await?;
            return Ok(answer(&projected, language));
        }
        let now = self.clock.now();
        let by = Signature::from(actor);
        let mut write = self.database.write().await?;
        let revision = calendars::put_year(&mut write, i64::from(year), &edit.text, now.0, &actor.person).await?;
        let digest = blake3::hash(edit.text.as_bytes()).to_hex().to_string();
        let before = own.iter().find(|y| y.year == i64::from(year)).map(|y| blake3::hash(y.text.as_bytes()).to_hex().to_string());
        let body = json!({ "year": year, "revision": revision, "digest": digest, "before": before });
        journal::append(&mut write, "calendar", &by, now, &[("calendar.changed".into(), body)]).await?;
        write.commit().await?;
        // From here on every act of this program uses the new calendar; what stands from before follows.
        self.replace_calendar(CalendarInForce { calendar, revision });
        let projected = self.project_and_journal(&by, None).await?;
        self.tell("clock", json!({ "calendar": revision }));
        Ok(answer(&projected, language))
    }

    /// Goes on with a projection that was cut off.
    pub(crate) async fn finish_projection(&self) -> Result<(), AppError> {
        let done = directory::setting(&self.database, PROJECTED).await?.and_then(|t| t.parse().ok()).unwrap_or(0_i64);
        if done < self.calendar().revision {
            self.project_and_journal(&Signature::program(), None).await?;
        }
        Ok(())
    }

    /// Sees an edit that another server made, and mends what this one wrote with the calendar before.
    pub(crate) async fn catch_up_calendar(&self) -> Result<(), AppError> {
        let (revision, at) = calendars::revision(&self.database).await?;
        if revision <= self.calendar().revision {
            return Ok(());
        }
        let Ok(_one) = self.projecting.try_lock() else { return Ok(()) };
        let calendar = load(&self.database, &self.templates, &self.zone).await?;
        let revision = calendar.revision;
        self.replace_calendar(calendar);
        self.project_and_journal(&Signature::program(), Some((revision, at - BEHIND_MS))).await?;
        self.tell("clock", json!({ "calendar": revision }));
        Ok(())
    }

    async fn project_and_journal(&self, by: &Signature, behind: Option<(i64, i64)>) -> Result<Projected, AppError> {
        let calendar = self.calendar();
        let projected = self.project_open(&calendar, Some(calendar.revision), behind).await?;
        let now = self.clock.now();
        let mut write = self.database.write().await?;
        if behind.is_none() || projected.changed > 0 {
            let digest = projected.digest.finalize().to_hex().to_string();
            let body = json!({ "revision": calendar.revision, "open": projected.open, "changed": projected.changed, "digest": digest });
            journal::append(&mut write, "calendar", by, now, &[("calendar.projected".into(), body)]).await?;
        }
        if behind.is_none() {
            directory::put_setting(&mut write, PROJECTED, &calendar.revision.to_string()).await?;
        }
        write.commit().await?;
        Ok(projected)
    }

    /// Derives the dates of open cases anew. With a revision it writes what moved; without, it only looks.
    async fn project_open(&self, calendar: &Calendar, save: Option<i64>, behind: Option<(i64, i64)>) -> Result<Projected, AppError> {
        let now = self.clock.now();
        let mut projected = Projected::default();
        let mut batch = self.derived(calendar, now, "", behind).await?;
        while let Some(Derived { last, open, moved }) = batch {
            projected.open += open;
            // The next batch is read and computed while this one is written.
            let write = async {
                match save {
                    Some(revision) => self.write_moved(&moved, revision, now).await,
                    None => Ok(moved
                        .iter()
                        .filter(|(r, d)| redated(r, d))
                        .map(|(r, d)| (r.number.clone(), journal_row(r, d, 0, now)))
                        .collect()),
                }
            };
            let (written, next) = tokio::try_join!(write, self.derived(calendar, now, &last, behind))?;
            for (number, row) in written {
                projected.digest.update(format!("{number} {:?} {:?}\n", row.old_due, row.new_due).as_bytes());
                projected.changed += 1;
                if projected.examples.len() < EXAMPLES {
                    projected.examples.push((number, row));
                }
            }
            batch = next;
        }
        Ok(projected)
    }

    /// The next open cases by id and which of them have other dates now; nothing at the end.
    async fn derived(
        &self,
        calendar: &Calendar,
        now: Timestamp,
        after: &str,
        behind: Option<(i64, i64)>,
    ) -> Result<Option<Derived>, AppError> {
        let rows = calendars::open_cases(&self.database, after, behind, BATCH).await?;
        let Some(last) = rows.last().map(|r| r.id.clone()) else { return Ok(None) };
        let open = rows.len();
        let (definitions, calendar) = (self.definitions(), calendar.clone());
        let moved =
            tokio::task::spawn_blocking(move || rows.into_par_iter().filter_map(|row| moved(row, &definitions, now, &calendar)).collect());
        Ok(Some(Derived { last, open, moved: moved.await.map_err(|e| AppError::Internal(e.to_string()))? }))
    }

    /// One batch in one transaction; what a date change is journalled, a moved rung alone is not.
    async fn write_moved(
        &self,
        moved: &[(OpenCase, Dates)],
        revision: i64,
        now: Timestamp,
    ) -> Result<Vec<(String, ProjectionRow)>, AppError> {
        if moved.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<Moved> = moved
            .iter()
            .map(|(row, d)| Moved {
                id: row.id.clone(),
                sequence: row.sequence,
                due_at: d.due_at,
                due_provisional: d.due_provisional,
                next_rung_at: d.next_rung_at,
            })
            .collect();
        let mut write = self.database.write().await?;
        let written: std::collections::HashSet<String> = calendars::move_dates(&mut write, revision, &rows).await?.into_iter().collect();
        let changed: Vec<(String, ProjectionRow)> = moved
            .iter()
            .filter(|(row, d)| written.contains(&row.id) && redated(row, d))
            .map(|(row, d)| (row.number.clone(), journal_row(row, d, revision, now)))
            .collect();
        let journalled: Vec<ProjectionRow> = changed.iter().map(|(_, row)| row.clone()).collect();
        calendars::journal(&mut write, &journalled).await?;
        write.commit().await?;
        Ok(changed)
    }
}

/// The row with its new dates, if they differ.
fn moved(row: OpenCase, definitions: &crate::state::Definitions, now: Timestamp, calendar: &Calendar) -> Option<(OpenCase, Dates)> {
    let definition = definitions.pinned(&row.definition)?;
    let case: Case = serde_json::from_str(&row.body).ok()?;
    let new = dates(definition, &case, now, calendar);
    let same = (row.due_at, row.due_provisional, row.next_rung_at) == (new.due_at, new.due_provisional, new.next_rung_at);
    (!same).then_some((OpenCase { body: String::new(), ..row }, new))
}

/// Whether people would see another date; a rung may move without that.
fn redated(row: &OpenCase, new: &Dates) -> bool {
    (row.due_at, row.due_provisional) != (new.due_at, new.due_provisional)
}

fn journal_row(row: &OpenCase, dates: &Dates, revision: i64, now: Timestamp) -> ProjectionRow {
    let plain = Text::new("日历调整", "the calendar changed");
    let why = if dates.why.zh.is_empty() { plain } else { dates.why.clone() };
    ProjectionRow {
        case: row.id.clone(),
        revision,
        at: now.0,
        old_due: row.due_at,
        new_due: dates.due_at,
        old_provisional: row.due_provisional,
        new_provisional: dates.due_provisional,
        zh: why.zh,
        en: why.en,
    }
}

fn answer(projected: &Projected, language: Language) -> Value {
    let examples: Vec<MovedDate> = projected
        .examples
        .iter()
        .map(|(number, row)| MovedDate {
            number: number.clone(),
            old: row.old_due,
            new: row.new_due,
            why: if language == Language::En { row.en.clone() } else { row.zh.clone() },
            provisional: row.new_provisional,
        })
        .collect();
    json!({ "changed": projected.changed, "open": projected.open, "examples": examples })
}

fn fault(fault: &gongzhi_civic::calendar::CalendarFault) -> AppError {
    let place = Text::new(format!("第 {} 行第 {} 列", fault.line, fault.column), format!("line {}, column {}", fault.line, fault.column));
    Problem::new(422, fault.code, format!("{}：{}。", place.zh, fault.message.zh), format!("{}: {}.", place.en, fault.message.en))
        .at("/text", &place.zh, &place.en)
        .into()
}
