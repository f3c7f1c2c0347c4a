//! Black spots by rule (事故多发点段): what a rule finds is computed, what a person decides is kept.
//!
//! A spot is *found* by the rule, then *listed*, *treated* and *delisted* by people, each with a reason in the ledger. The program
//! never lists or delists: a listed spot that the rule does not find any more stays in the list and says so (`found: false`).

pub(crate) mod ground;
mod views;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use gongzhi_civic::permission::{Actor, Permission};
use gongzhi_civic::text::Language;
use gongzhi_civic::time::Timestamp;
use gongzhi_risk::blackspot::identity::{Known, follow};
use gongzhi_risk::blackspot::rule::{Rule, RuleBook};
use gongzhi_risk::blackspot::{Crash, Place, Run, find};
use gongzhi_store::black_spots::{self, CrashRow, SpotRow};
use gongzhi_store::cases::{self, CaseFilter, CaseRow};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::App;
use crate::access::require;
use crate::error::{AppError, Problem, invalid, no_roads, not_found};
use crate::journal::{self, Signature};
use crate::roads::Roads;
use crate::signal_filter::SignalFilter;
use ground::Ground;
pub(crate) use views::pattern_view;
use views::{Drawing, Figures};

/// A list of black spots, as it stands in a URL.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct BlackSpotQuery {
    /// Rule; the city's default without.
    pub rule: Option<String>,
    /// The instant before which crashes count, epoch milliseconds; now without. A rule of calendar years takes the last full ones.
    pub to: Option<i64>,
}

/// What a person does to a spot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpotAct {
    /// 挂牌: onto the list.
    List,
    /// Measures are done.
    Treat,
    /// 摘牌: off the list.
    Delist,
}

impl SpotAct {
    /// Events and states: `black_spot.listed`.
    const fn state(self) -> &'static str {
        match self {
            Self::List => "listed",
            Self::Treat => "treated",
            Self::Delist => "delisted",
        }
    }
}

/// Longest reason, characters.
const LONGEST_REASON: usize = 2_000;

/// So many places are asked for open cases in one question.
const PLACES_AT_A_TIME: usize = 400;

/// A rule applied, with all it was applied to.
struct Applied {
    run: Run,
    rows: Vec<CrashRow>,
    crashes: Vec<Crash>,
    ground: Arc<Ground>,
    roads: Arc<Roads>,
}

impl App {
    /// The rules of the city.
    #[must_use]
    pub fn black_spot_rules(&self) -> &RuleBook {
        &self.black_spots.rules
    }

    /// What a rule finds, and what has been listed by it.
    ///
    /// # Errors
    /// No permission, no such rule, no roads.
    pub async fn black_spots(self: &Arc<Self>, actor: &Actor, query: &BlackSpotQuery, language: Language) -> Result<Value, AppError> {
        require(actor, Permission::HotspotRead)?;
        self.black_spot_list(query, language).await
    }

    /// The list, for doors that have no actor (the command line).
    ///
    /// # Errors
    /// No such rule, no roads.
    pub async fn black_spot_list(self: &Arc<Self>, query: &BlackSpotQuery, language: Language) -> Result<Value, AppError> {
        let started = Instant::now();
        let book = &self.black_spots.rules;
        let rule = book.rule(query.rule.as_deref().filter(|r| !r.is_empty())).ok_or_else(|| not_found("这条规则", "rule"))?;
        let applied = self.applied(rule, query.to).await?;
        let (n, unplaced, unknown, period) = (applied.run.n, applied.run.unplaced, applied.run.setting_unknown, applied.run.period);
        let items = self.black_spot_items(rule, applied, language).await?;
        let rules: Vec<Value> = book.rule.iter().map(|r| rule_view(r, language)).collect();
        let index = self.signals();
        let only = SignalFilter { kind: Some("crash".to_owned()), ..SignalFilter::default() };
        let chosen = only.compile(&index)?.over(period.0.0, period.1.0);
        Ok(json!({
            "rules": rules, "rule": rule.id, "items": items, "n": n, "unplaced": unplaced, "setting_unknown": unknown,
            "period": [period.0, period.1], "method": rule.text().get(language), "source": self.source_line(&chosen, &index, language),
            "synthetic": index.synthetic(), "computed_ms": started.elapsed().as_millis() as u64,
        }))
    }

    /// Lists, marks as treated or delists a spot; the spot as it is then.
    ///
    /// # Errors
    /// No permission, no reason, no such spot, a state from which this cannot be done.
    pub async fn decide_black_spot(
        self: &Arc<Self>,
        actor: &Actor,
        key: &str,
        act: SpotAct,
        reason: &str,
        to: Option<i64>,
        language: Language,
    ) -> Result<Value, AppError> {
        require(actor, Permission::BlackSpotWrite)?;
        let reason: String = reason.trim().chars().take(LONGEST_REASON).collect();
        if reason.is_empty() {
            let problem = Problem::new(422, "reason_missing", "请写明理由，理由将记入账本。", "Say why: the reason goes into the ledger.");
            return Err(problem.at("/reason", "必填", "required").into());
        }
        let no_spot = || not_found("这个事故多发点段", "black spot");
        // A key of ours has the rule in front; a listed spot has an id.
        let found = match key.split_once('~') {
            Some((rule, _)) => Some(self.found_by_key(rule, key, to, language).await?.ok_or_else(no_spot)?),
            None => None,
        };
        // Listed anew it stands where the rule finds it now, with the figures of now.
        let anew = if found.is_none() && act == SpotAct::List { self.continued(key, to, language).await? } else { None };
        let now = self.clock.now();
        let mut write = self.database.write().await?;
        let (mut row, before) = match found {
            None => {
                let row = black_spots::find(&mut write, key).await?.ok_or_else(no_spot)?;
                let state = row.state.clone();
                (anew.unwrap_or(row), state)
            }
            Some(row) => {
                // Somebody else may have listed it since.
                let same = black_spots::of_rule_within(&mut write, &row.rule)
                    .await?
                    .into_iter()
                    .find(|other| other.id == row.id || other.place == row.place);
                let state = same.as_ref().map_or("found".to_owned(), |s| s.state.clone());
                (same.map_or_else(|| row.clone(), |same| SpotRow { id: same.id, ..row.clone() }), state)
            }
        };
        if !allowed(&before, act) {
            return Err(refused(&before, act));
        }
        act.state().clone_into(&mut row.state);
        row.changed_at = now.0;
        if act == SpotAct::List {
            row.listed_at = now.0;
        }
        black_spots::put(&mut write, &row).await?;
        let body = json!({
            "spot": row.id, "rule": row.rule, "rule_version": row.rule_version, "name": row.name, "place": row.place, "before": before,
            "evidence": row.evidence, "reason": reason,
        });
        let kind = format!("black_spot.{}", row.state);
        journal::append(&mut write, &format!("black_spot:{}", row.id), &Signature::from(actor), now, &[(kind, body)]).await?;
        write.commit().await?;
        self.tell("black_spot", json!({ "id": row.id, "state": row.state }));
        Ok(json!({ "key": row.id, "spot": row.id, "status": row.state, "name": row.name, "since": row.listed_at, "rule": row.rule }))
    }

    /// A spot of the rule that nobody has listed, as a row to be.
    async fn found_by_key(
        self: &Arc<Self>,
        rule: &str,
        key: &str,
        to: Option<i64>,
        language: Language,
    ) -> Result<Option<SpotRow>, AppError> {
        let Some(rule) = self.black_spots.rules.rule(Some(rule)) else { return Ok(None) };
        let applied = self.applied(rule, to).await?;
        let period = applied.run.period;
        let place = applied.run.spots.iter().map(|s| &s.place).find(|p| views::key(&rule.id, p) == key).cloned();
        let Some(place) = place else { return Ok(None) };
        let items = self.black_spot_items(rule, applied, language).await?;
        // Shown under its own key, or under the id of a spot it continues.
        let item = items.into_iter().find(|item| item["place"] == json!(place));
        Ok(item.map(|item| row_of(rule, item, period)))
    }

    /// A spot that was listed before, as the rule finds it now; `None` where it does not.
    async fn continued(self: &Arc<Self>, id: &str, to: Option<i64>, language: Language) -> Result<Option<SpotRow>, AppError> {
        let Some(row) = black_spots::by_id(&self.database, id).await? else { return Ok(None) };
        let Some(rule) = self.black_spots.rules.rule(Some(&row.rule)) else { return Ok(None) };
        let applied = self.applied(rule, to).await?;
        let period = applied.run.period;
        let items = self.black_spot_items(rule, applied, language).await?;
        let item = items.into_iter().find(|item| item["spot"] == *id && item["found"] == true);
        Ok(item.map(|item| row_of(rule, item, period)))
    }

    async fn applied(self: &Arc<Self>, rule: &Rule, to: Option<i64>) -> Result<Applied, AppError> {
        let roads = self.roads().ok_or_else(no_roads)?;
        let period = rule.window.period(to.map_or_else(|| self.clock.now(), Timestamp), &self.zone);
        let rows = black_spots::crashes(&self.database, period.0.0, period.1.0).await?;
        let (app, rule) = (self.clone(), rule.clone());
        tokio::task::spawn_blocking(move || -> Result<Applied, AppError> {
            let ground = app.black_spots.ground(&roads.network)?;
            let areas = app.areas();
            let rural = |key: &str| areas.iter().find(|a| a.key == key).map(|a| app.ground.is_rural(&a.name.zh));
            let crashes: Vec<Crash> = rows.iter().map(|row| ground.crash(&roads.network, row, &app.zone, rural)).collect();
            let run =
                find(&rule, app.black_spots.rules.regularity, &crashes, period).map_err(|e| invalid(e.code(), e.text().zh, e.text().en))?;
            Ok(Applied { run, rows, crashes, ground, roads })
        })
        .await
        .map_err(|e| AppError::Internal(e.to_string()))?
    }

    /// Found spots by rank, each with its state; then listed ones that are not found any more.
    async fn black_spot_items(self: &Arc<Self>, rule: &Rule, applied: Applied, language: Language) -> Result<Vec<Value>, AppError> {
        let stored = black_spots::of_rule(&self.database, &rule.id).await?;
        let places: BTreeSet<&str> = applied.rows.iter().filter_map(|row| row.place_key.as_deref()).collect();
        let open_cases = self.open_hotspot_cases(&places.into_iter().map(str::to_owned).collect::<Vec<_>>()).await?;
        let rule = rule.clone();
        tokio::task::spawn_blocking(move || items(&rule, applied, &stored, &open_cases, language))
            .await
            .map_err(|e| AppError::Internal(e.to_string()))
    }

    /// Open cases at these places that somebody opened from a hot spot.
    async fn open_hotspot_cases(&self, places: &[String]) -> Result<Vec<CaseRow>, AppError> {
        let mut open = Vec::new();
        for some in places.chunks(PLACES_AT_A_TIME) {
            let filter = CaseFilter { open: Some(true), places: some.to_vec(), limit: 500, ..CaseFilter::default() };
            let found = cases::page_of(&self.database, &filter).await?;
            open.extend(found.into_iter().filter(|case| !case.evidence["hotspot"].is_null()));
        }
        Ok(open)
    }
}

fn items(rule: &Rule, applied: Applied, stored: &[SpotRow], open_cases: &[CaseRow], language: Language) -> Vec<Value> {
    let Applied { run, rows, crashes, ground, roads } = applied;
    let drawing = Drawing { roads: &roads, ground: &ground, rows: rows.iter().map(|r| (r.id, r)).collect(), open_cases, language };
    // A row whose place cannot be read any more would hide the others: it is passed over.
    let known: Vec<Known> = stored
        .iter()
        .filter_map(|row| Some(Known { id: row.id.clone(), place: serde_json::from_value::<Place>(row.place.clone()).ok()? }))
        .collect();
    let row_of = |id: &str| stored.iter().find(|row| row.id == id);
    let places: Vec<Place> = run.spots.iter().map(|s| s.place.clone()).collect();
    let told = follow(&known, &places);
    let period = (run.period.0.0, run.period.1.0);
    let mut items = Vec::new();
    for (spot, told) in run.spots.into_iter().zip(&told.now) {
        let (rank, key) = (spot.rank, views::key(&rule.id, &spot.place));
        let figures = Figures::found(spot);
        let Some(mut view) = drawing.draw(&figures) else { continue };
        let row = told.id.as_deref().and_then(row_of);
        view["key"] = json!(row.map_or(key, |r| r.id.clone()));
        view["rank"] = json!(rank);
        view["place"] = json!(figures.place);
        view["found"] = json!(true);
        view["status"] = json!(row.map_or("found", |r| r.state.as_str()));
        view["spot"] = json!(row.map(|r| &r.id));
        view["since"] = json!(row.map(|r| r.listed_at));
        if row.is_some() || !told.related.is_empty() {
            view["change"] = json!({ "what": told.change, "text": told.change.text().get(language), "related": told.related });
        }
        items.push(view);
    }
    let left = told.gone.iter().chain(told.merged.iter().map(|(id, _)| id));
    let mut left: Vec<&SpotRow> = left.filter_map(|id| row_of(id)).filter(|r| r.state != "delisted").collect();
    left.sort_by_key(|r| (r.listed_at, &r.id));
    let first = items.len() + 1;
    for (i, row) in left.into_iter().enumerate() {
        let Ok(place) = serde_json::from_value::<Place>(row.place.clone()) else { continue };
        let figures = Figures::counted(place, rule, &crashes, period);
        // Without its road on the map it is shown as it was when it was listed.
        let mut view = drawing.draw(&figures).unwrap_or_else(|| row.evidence.clone());
        view["key"] = json!(row.id);
        view["rank"] = json!(first + i);
        view["place"] = row.place.clone();
        view["found"] = json!(false);
        view["status"] = json!(row.state);
        view["spot"] = json!(row.id);
        view["since"] = json!(row.listed_at);
        items.push(view);
    }
    items
}

/// A row to be, from a spot as it is shown.
fn row_of(rule: &Rule, mut item: Value, period: (Timestamp, Timestamp)) -> SpotRow {
    item["period"] = json!([period.0, period.1]);
    item["rule"] = json!({ "id": rule.id, "version": rule.version, "confirmed": rule.confirmed, "text": rule.text() });
    SpotRow {
        id: item["spot"].as_str().map_or_else(|| uuid::Uuid::now_v7().to_string(), str::to_owned),
        rule: rule.id.clone(),
        rule_version: rule.version.clone(),
        state: "found".into(),
        name: item["name"].as_str().unwrap_or_default().to_owned(),
        place: item["place"].clone(),
        evidence: item,
        listed_at: 0,
        changed_at: 0,
    }
}

fn rule_view(rule: &Rule, language: Language) -> Value {
    json!({
        "id": rule.id, "name": rule.name.get(language), "level": rule.level, "level_name": rule.level.text().get(language), "source": rule.source,
        "version": rule.version, "confirmed": rule.confirmed, "window_years": rule.window.length_years(), "text": rule.text().get(language),
        "note": rule.note.as_ref().map(|n| n.get(language)),
    })
}

fn allowed(state: &str, act: SpotAct) -> bool {
    match act {
        SpotAct::List => matches!(state, "found" | "delisted"),
        SpotAct::Treat => state == "listed",
        SpotAct::Delist => matches!(state, "listed" | "treated"),
    }
}

fn refused(state: &str, act: SpotAct) -> AppError {
    let (zh, en) = match (act, state) {
        (SpotAct::List, _) => ("该点段已在列，不能重复挂牌。", "The spot is listed already."),
        (_, "found" | "delisted") => ("该点段不在列，请先挂牌。", "The spot is not on the list: list it first."),
        _ => ("该点段已标为治理完成。", "The spot is marked as treated already."),
    };
    Problem::new(409, "black_spot_state", zh, en).into()
}
