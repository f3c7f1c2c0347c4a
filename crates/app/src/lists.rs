//! Lists: a sheet of vehicles, firms or people whose rows become cases, and the next sheet of the same campaign.
//!
//! A key that is new opens a case, a key that is still there keeps its case, a case whose key is gone leaves by the
//! declared action. Rows that do not hold are answered with row, column and reason, and a row that can be read but not
//! taken still counts as present: a typing slip never cures anybody. The work is done in short transactions; a sheet that
//! was cut off half-way is simply given in again, because every case stands under its campaign and key.

mod sheet;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use gongzhi_civic::permission::{Actor, Permission, Scope};
use gongzhi_civic::text::{Language, Text};
use gongzhi_matter::{ActorFacts, Command, Definition};
use gongzhi_store::Write;
use gongzhi_store::cases::{self, CaseFilter, CaseRow, Key};
use gongzhi_store::lists::{self, CampaignCount};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::App;
use crate::access::require;
use crate::cases::{NewCase, OPEN, Opener};
use crate::error::{AppError, Problem, not_found};
use crate::journal::{self, Signature};

pub use sheet::{csv_rows, decoded};

/// Rows that one transaction takes.
const CHUNK: usize = 100;
/// Most rows of one sheet.
const MOST: usize = 200_000;

/// A sheet as it is given in.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct GivenList {
    /// Campaign; where it is absent the rows name it.
    pub campaign: String,
    /// Rows as objects: opening field or its title → value.
    pub rows: Vec<serde_json::Map<String, Value>>,
    /// The same as CSV text with a heading line, instead of `rows`.
    pub csv: String,
    /// Only says what would happen.
    pub dry_run: bool,
}

/// A row, or a case, that was not taken.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ListReject {
    /// Row of the sheet, the first below the heading is 1; 0 for a case that could not leave.
    pub row: usize,
    /// Column, as the sheet has it.
    pub column: String,
    /// Why.
    pub reason: Text,
}

/// What a sheet did.
#[derive(Clone, Debug, Default)]
pub struct ListReport {
    /// Cases opened.
    pub opened: usize,
    /// Cases that stay.
    pub kept: usize,
    /// Cases that left by themselves.
    pub cured: usize,
    /// What was not taken.
    pub rejected: Vec<ListReject>,
}

impl ListReport {
    /// For a door.
    #[must_use]
    pub fn view(&self, language: Language) -> Value {
        let rejected: Vec<Value> =
            self.rejected.iter().map(|r| json!({ "row": r.row, "column": r.column, "reason": r.reason.get(language) })).collect();
        json!({ "opened": self.opened, "kept": self.kept, "cured": self.cured, "rejected": rejected })
    }
}

/// A row that can become a case.
#[derive(Clone, Debug)]
struct Entry {
    row: usize,
    campaign: String,
    key: String,
    fields: Value,
    place: crate::cases::GivenPlace,
}

/// Who gives a list in.
struct Giver<'a> {
    opener: Opener,
    language: Language,
    dry_run: bool,
    definition: &'a Definition,
}

impl App {
    /// Takes a sheet in from the office.
    ///
    /// # Errors
    /// No permission, a matter that takes no lists, a sheet without a single row that can be read.
    pub async fn take_list(&self, actor: &Actor, matter: &str, given: GivenList, language: Language) -> Result<ListReport, AppError> {
        require(actor, Permission::ListWrite)?;
        let opener = Opener { facts: self.actor_facts(actor), by: Signature::from(actor), ..Opener::program("list", false) };
        self.take_list_as(opener, matter, given, language).await
    }

    /// Takes a sheet in from the command line.
    ///
    /// # Errors
    /// A matter that takes no lists, a sheet without a single row that can be read.
    pub async fn import_list(&self, matter: &str, given: GivenList) -> Result<ListReport, AppError> {
        self.take_list_as(Opener::program("list", false), matter, given, Language::Zh).await
    }

    async fn take_list_as(&self, opener: Opener, matter: &str, given: GivenList, language: Language) -> Result<ListReport, AppError> {
        let definition = self.listing(matter)?;
        let rows = if given.csv.trim().is_empty() { given.rows } else { csv_rows(&given.csv)? };
        if rows.len() > MOST {
            return Err(Problem::new(
                413,
                "list_too_long",
                format!("一次最多 {MOST} 行，请分批导入。"),
                format!("At most {MOST} rows at once; give the list in in parts, each under its own campaign."),
            )
            .into());
        }
        let mut report = ListReport::default();
        let read = sheet::read(&definition, &given.campaign, &rows, &mut report.rejected);
        if read.present.is_empty() {
            // An empty sheet would cure everybody; it is a mistake far more often than the truth.
            let first = report.rejected.first().map(|r| r.reason.clone()).unwrap_or_default();
            let mut problem = Problem::new(
                422,
                "list_empty",
                format!("名单里没有可读的行，未作任何改动。{}", first.zh),
                format!("No row of the list can be read; nothing was changed. {}", first.en),
            );
            if let Some(r) = report.rejected.first() {
                problem = problem.at(&format!("/rows/{}/{}", r.row, r.column), &r.reason.zh, &r.reason.en);
            }
            return Err(problem.into());
        }
        let giver = Giver { opener, language, dry_run: given.dry_run, definition: &definition };
        self.open_listed(&giver, &read.entries, &mut report).await?;
        self.let_go(&giver, &read.present, &mut report).await?;
        report.rejected.sort_by_key(|r| r.row);
        if !given.dry_run {
            self.note_list(&giver, &read, &report).await?;
            self.tell("case", json!({ "list": matter }));
        }
        Ok(report)
    }

    fn listing(&self, matter: &str) -> Result<std::sync::Arc<Definition>, AppError> {
        let definitions = self.definitions();
        let definition = definitions.current(matter).ok_or_else(|| not_found("这种事项", "matter"))?;
        if definition.list.is_none() {
            let problem = Problem::new(422, "no_list", "这种事项不接收名单。", "This matter takes no lists.");
            return Err(problem.into());
        }
        Ok(definition.clone())
    }

    /// Opens what is new, a hundred rows a transaction.
    async fn open_listed(&self, giver: &Giver<'_>, entries: &[Entry], report: &mut ListReport) -> Result<(), AppError> {
        let matter = &giver.definition.id;
        for chunk in entries.chunks(CHUNK) {
            let mut tries = 0;
            loop {
                let mut write = self.database.write().await?;
                match self.open_chunk(&mut write, giver, matter, chunk).await {
                    Ok((opened, kept, rejected)) => {
                        if giver.dry_run {
                            drop(write);
                        } else {
                            write.commit().await?;
                        }
                        report.opened += opened;
                        report.kept += kept;
                        report.rejected.extend(rejected);
                        break;
                    }
                    // The same sheet from two sides at once: whoever is second finds the cases of the first.
                    Err(AppError::Store(e)) if e.is_duplicate() && tries < 3 => tries += 1,
                    Err(e) => return Err(e),
                }
            }
        }
        Ok(())
    }

    async fn open_chunk(
        &self,
        write: &mut Write,
        giver: &Giver<'_>,
        matter: &str,
        chunk: &[Entry],
    ) -> Result<(usize, usize, Vec<ListReject>), AppError> {
        let (mut opened, mut kept, mut rejected) = (0, 0, Vec::new());
        let gone = giver.definition.list.as_ref().map(|l| l.gone.clone()).unwrap_or_default();
        for entry in chunk {
            let known = lists::of_key(write, matter, &entry.campaign, &entry.key).await?;
            let cured =
                known.iter().filter(|body| body.pointer(&format!("/counts/{gone}")).and_then(Value::as_i64).unwrap_or(0) > 0).count();
            // A case that left and whose key is back is a new trouble; one that was dealt with is not opened again.
            if known.len() > cured {
                kept += 1;
                continue;
            }
            let key = format!("list:{matter}:{}:{}:{}", entry.campaign, entry.key, known.len());
            if cases::find_in(write, Key::Idempotency(&key)).await?.is_some() {
                kept += 1;
                continue;
            }
            let new = NewCase { matter: matter.to_owned(), fields: entry.fields.clone(), place: entry.place.clone(), ..NewCase::default() };
            match self.open_in(write, &giver.opener, new, &key, self.clock.now()).await {
                Ok(_) => opened += 1,
                Err(AppError::Problem(p)) => {
                    let (column, reason) = p.fields.iter().next().map_or_else(
                        || (String::new(), p.message.clone()),
                        |(at, why)| (at.trim_start_matches("/fields").trim_start_matches('/').to_owned(), why.clone()),
                    );
                    rejected.push(ListReject { row: entry.row, column, reason });
                }
                Err(e) => return Err(e),
            }
        }
        Ok((opened, kept, rejected))
    }

    /// Lets every open case of the campaigns go whose key is not on the sheet.
    async fn let_go(
        &self,
        giver: &Giver<'_>,
        present: &BTreeMap<String, BTreeSet<String>>,
        report: &mut ListReport,
    ) -> Result<(), AppError> {
        let Some(rule) = &giver.definition.list else { return Ok(()) };
        for (campaign, keys) in present {
            let filter = CaseFilter {
                matters: vec![giver.definition.id.clone()],
                campaign: Some(campaign.clone()),
                bases: OPEN.iter().map(|b| b.as_str().to_owned()).collect(),
                ..CaseFilter::default()
            };
            let open = lists::keys(&self.database, &filter).await?;
            let gone: Vec<&(String, String, String)> = open.iter().filter(|(_, _, key)| !keys.contains(key)).collect();
            for chunk in gone.chunks(CHUNK) {
                let mut write = self.database.write().await?;
                for (id, number, _) in chunk {
                    let Some(row) = cases::load(&mut write, id).await? else { continue };
                    let mut loaded = self.unfold(row)?;
                    let command = Command { action: rule.gone.clone(), actor: ActorFacts::system(), ..Command::default() };
                    match self.apply_command(&mut write, &mut loaded, &command, &Signature::program(), self.clock.now()).await {
                        Ok(()) => report.cured += 1,
                        Err(AppError::Problem(p)) => {
                            report.rejected.push(ListReject { row: 0, column: number.clone(), reason: p.message.clone() });
                        }
                        Err(e) => return Err(e),
                    }
                }
                if giver.dry_run {
                    drop(write);
                } else {
                    write.commit().await?;
                }
            }
        }
        Ok(())
    }

    async fn note_list(&self, giver: &Giver<'_>, read: &sheet::Read, report: &ListReport) -> Result<(), AppError> {
        let mut digest = blake3::Hasher::new();
        for (campaign, keys) in &read.present {
            keys.iter().for_each(|key| _ = digest.update(format!("{campaign}\n{key}\n").as_bytes()));
        }
        let campaigns: Vec<&String> = read.present.keys().collect();
        let body = json!({ "campaigns": campaigns, "digest": digest.finalize().to_hex().to_string(), "opened": report.opened, "kept": report.kept,
            "cured": report.cured, "rejected": report.rejected.len() });
        let mut write = self.database.write().await?;
        let stream = format!("list:{}", giver.definition.id);
        journal::append(&mut write, &stream, &giver.opener.by, self.clock.now(), &[("list.taken".into(), body)]).await?;
        write.commit().await?;
        tracing::info!(matter = giver.definition.id, opened = report.opened, kept = report.kept, cured = report.cured, language = ?giver.language, "a list was taken");
        Ok(())
    }

    /// The campaigns of a matter and how far each is.
    ///
    /// # Errors
    /// No permission, a matter that takes no lists.
    pub async fn campaigns(&self, actor: &Actor, matter: &str, language: Language) -> Result<Value, AppError> {
        require(actor, Permission::CaseRead)?;
        let definition = self.listing(matter)?;
        let gone = definition.list.as_ref().and_then(|l| definition.action(&l.gone)).map(|a| a.to.clone()).unwrap_or_default();
        let sight = (actor.scope() == Scope::OwnUnits).then(|| self.units_below(&actor.unit));
        let counts = lists::counts(&self.database, matter, sight.as_deref()).await?;
        let mut campaigns: BTreeMap<&str, Progress> = BTreeMap::new();
        for c in &counts {
            campaigns.entry(&c.campaign).or_default().add(c, &gone);
        }
        let mut items: Vec<(i64, Value)> = campaigns
            .into_iter()
            .map(|(name, p)| {
                (
                    p.last,
                    json!({ "campaign": name, "total": p.total, "open": p.open, "contacted": p.contacted, "cured": p.cured, "done": p.done,
                    "cancelled": p.cancelled, "closed": p.total - p.open, "first_at": p.first, "last_at": p.last, "at": p.last }),
                )
            })
            .collect();
        items.sort_by_key(|(last, _)| std::cmp::Reverse(*last));
        let columns = sheet::columns(&definition, language);
        let campaigns: Vec<Value> = items.into_iter().map(|(_, v)| v).collect();
        Ok(json!({ "matter": matter, "title": definition.title.get(language), "columns": columns, "items": campaigns }))
    }

    /// A campaign as CSV: number, stage, dates and the opening fields, for those cases that the actor may see.
    ///
    /// # Errors
    /// No permission, a matter that takes no lists.
    pub async fn campaign_csv(&self, actor: &Actor, matter: &str, campaign: &str, language: Language) -> Result<Vec<u8>, AppError> {
        require(actor, Permission::CaseRead)?;
        let definition = self.listing(matter)?;
        let mut filter = CaseFilter {
            matters: vec![matter.to_owned()],
            campaign: Some(campaign.to_owned()),
            visible_to: (actor.scope() == Scope::OwnUnits).then(|| self.units_below(&actor.unit)),
            limit: 2_000,
            ..CaseFilter::default()
        };
        let mut rows: Vec<CaseRow> = Vec::new();
        loop {
            let page = cases::page_of(&self.database, &filter).await?;
            let read = i64::try_from(page.len()).unwrap_or(0);
            filter.offset += read;
            let last = read < filter.limit;
            rows.extend(page);
            if last {
                break;
            }
        }
        let stages: HashMap<&str, &str> = definition.stages.iter().map(|s| (s.id.as_str(), s.label.get(language))).collect();
        sheet::export(&definition, &rows, &stages, &self.zone, language)
    }
}

#[derive(Default)]
struct Progress {
    total: i64,
    open: i64,
    contacted: i64,
    cured: i64,
    done: i64,
    cancelled: i64,
    first: i64,
    last: i64,
}

impl Progress {
    fn add(&mut self, c: &CampaignCount, gone: &str) {
        self.total += c.cases;
        match c.base.as_str() {
            _ if c.stage == gone => self.cured += c.cases,
            "done" => self.done += c.cases,
            "cancelled" => self.cancelled += c.cases,
            _ => {
                self.open += c.cases;
                self.contacted += c.touched;
            }
        }
        self.first = if self.first == 0 { c.first } else { self.first.min(c.first) };
        self.last = self.last.max(c.last);
    }
}
