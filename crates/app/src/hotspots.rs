//! Hot spots: crossings and road sections ranked by what happened there beyond what is normal for their class.

use std::collections::{BTreeMap, HashMap};

use gongzhi_civic::permission::{Actor, Permission};
use gongzhi_civic::place::Point;
use gongzhi_civic::text::{Language, Text};
use gongzhi_civic::time::{DAY_MS, Timestamp};
use gongzhi_risk::hotspot::{self, Count, Method, PlaceEvents, PlaceKind, RankBy, Ranked};
use gongzhi_risk::{compare, rhythm};
use gongzhi_road::{CrossingId, Network, PlaceRef, SectionId};
use gongzhi_store::cases::{self, CaseFilter};
use serde::Serialize;
use serde_json::{Value, json};

use crate::App;
use crate::access::require;
use crate::error::{AppError, invalid, no_roads, not_found};
use crate::heat::comparison_view;
use crate::hexagons::CellGi;
use crate::signal_filter::{Compiled, SignalFilter};
use crate::signal_index::{Entry, SignalIndex};

/// Which places, in what order, how many.
#[derive(Clone, Debug, Default)]
pub struct SpotQuestion {
    /// `crossing,section` or one of them; both by default.
    pub kinds: Option<String>,
    /// What the list is sorted by: one of [`RANKS`]; the first by default.
    pub rank: Option<String>,
    /// At most so many.
    pub limit: usize,
}

/// What a list can be sorted by.
pub const RANKS: [&str; 5] = ["rate", "excess", "count", "score", "gi"];

/// What happened at one place in one period.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Tally {
    /// Calls, repeats of one incident joined.
    pub calls: u64,
    /// Crashes.
    pub crashes: u64,
    /// Deaths.
    pub deaths: u64,
    /// Injured.
    pub injured: u64,
    /// Calls that repeat an earlier trouble.
    pub repeats: u64,
}

/// One place in the list.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)] // the names are the contract's; `docs/api.md` has the table
pub struct HotSpotView {
    pub rank: usize,
    pub key: String,
    pub kind: &'static str,
    pub name: String,
    pub lon: f64,
    pub lat: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<Vec<[f64; 2]>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub length_m: Option<f64>,
    #[serde(flatten)]
    pub tally: Tally,
    pub n: u64,
    pub score: f64,
    pub estimate: f64,
    pub sd: f64,
    pub excess: f64,
    pub per_km: f64,
    pub p_excess: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gi: Option<CellGi>,
    pub expected: f64,
    pub p: f64,
    pub q: f64,
    pub significant: bool,
    pub then: Tally,
    pub comparison: Value,
    pub open_cases: Vec<Value>,
}

fn rank_by(word: Option<&str>) -> Result<RankBy, AppError> {
    match word.unwrap_or(RANKS[0]) {
        // Gi* reorders the list afterwards; until then the order is the usual one.
        "rate" | "gi" => Ok(RankBy::Rate),
        "excess" => Ok(RankBy::Excess),
        "count" => Ok(RankBy::Count),
        "score" => Ok(RankBy::Score),
        other => Err(invalid(
            "rank_unknown",
            format!("不能按“{other}”排序，可选：{}。", RANKS.join("、")),
            format!("A list cannot be sorted by “{other}”; there are {}.", RANKS.join(", ")),
        )),
    }
}

struct Ranking {
    ranked: Vec<Ranked>,
    places: Vec<PlaceRef>,
    now: HashMap<u32, Tally>,
    then: HashMap<u32, Tally>,
    from: i64,
    to: i64,
    /// What places are held against, and how, in a sentence.
    method: Text,
}

impl App {
    /// The ranked list.
    ///
    /// # Errors
    /// No permission, no roads, a filter that is none.
    pub async fn hotspots(
        self: &std::sync::Arc<Self>,
        actor: &Actor,
        filter: SignalFilter,
        question: SpotQuestion,
        language: Language,
    ) -> Result<Value, AppError> {
        require(actor, Permission::HotspotRead)?;
        let SpotQuestion { kinds, rank, limit } = question;
        let app = self.clone();
        let (views, n, from, to, method) = tokio::task::spawn_blocking(move || -> Result<_, AppError> {
            let (index, network) = (app.signals(), app.need_network()?);
            let method = Method { rank_by: rank_by(rank.as_deref())?, ..Method::default() };
            let mut ranking = app.ranking(&filter, kinds.as_deref(), &method, &index, &network)?;
            let among = app.cells_of(&filter, &index)?;
            let gi_of =
                |ranking: &Ranking, r: &Ranked| ranking.places.get(r.index).and_then(|p| point_of(&network, p)).and_then(|p| among.at(p));
            if rank.as_deref() == Some("gi") {
                let z: HashMap<usize, f64> =
                    ranking.ranked.iter().filter(|r| r.n > 0).filter_map(|r| Some((r.index, gi_of(&ranking, r)?.z))).collect();
                let of = |r: &Ranked| z.get(&r.index).copied().unwrap_or(f64::NEG_INFINITY);
                ranking.ranked.sort_by(|a, b| of(b).total_cmp(&of(a)).then(a.rank.cmp(&b.rank)));
                ranking.ranked.iter_mut().enumerate().for_each(|(i, r)| r.rank = i + 1);
            }
            let shown = ranking.ranked.iter().filter(|r| r.n > 0).take(limit);
            let views: Vec<HotSpotView> = shown
                .filter_map(|r| Some(HotSpotView { gi: gi_of(&ranking, r), ..view(&ranking, r, &index, &network, language)? }))
                .collect();
            let n: u64 = ranking.ranked.iter().map(|r| r.n).sum();
            Ok((views, n, ranking.from, ranking.to, ranking.method))
        })
        .await
        .map_err(|e| AppError::Internal(e.to_string()))??;
        let mut items = views;
        self.add_open_cases(&mut items).await?;
        let index = self.signals();
        let chosen = SignalFilter::default().compile(&index)?.over(from, to);
        Ok(json!({
            "items": items, "n": n, "period": [from, to], "method": method.get(language),
            "source": self.source_line(&chosen, &index, language), "synthetic": index.synthetic(), "ranks": RANKS,
        }))
    }

    /// One place with its evidence. `opening` is a matter and the fields a case would be opened with: who would get it?
    ///
    /// # Errors
    /// No permission, no such place.
    pub async fn hotspot(
        self: &std::sync::Arc<Self>,
        actor: &Actor,
        key: &str,
        filter: SignalFilter,
        opening: Option<(String, Value)>,
        language: Language,
    ) -> Result<Value, AppError> {
        require(actor, Permission::HotspotRead)?;
        let (index, network) = (self.signals(), self.need_network()?);
        let place = network.place_by_key(key).filter(|p| matches!(p, PlaceRef::Crossing(_) | PlaceRef::Section(_)));
        let place = place.ok_or_else(|| not_found("这个地点", "place"))?;
        let kind = place.kind();
        // What looks at every record of the city runs beside the requests, not before them.
        let (app, asked) = (self.clone(), (filter.clone(), network.clone(), index.clone(), key.to_owned()));
        let (ranking, among, patterns) = tokio::task::spawn_blocking(move || {
            let (filter, network, index, key) = asked;
            let ranking = app.ranking(&filter, Some(kind), &Method::default(), &index, &network)?;
            let chosen = filter.compile(&index)?.over(ranking.from, ranking.to);
            let patterns = app.patterns_of(index.places.number(&key), &chosen, &index, language);
            Ok::<_, AppError>((ranking, app.cells_of(&filter, &index)?, patterns))
        })
        .await
        .map_err(|e| AppError::Internal(e.to_string()))??;
        let ranked =
            ranking.ranked.iter().find(|r| ranking.places.get(r.index) == Some(&place)).ok_or_else(|| not_found("这个地点", "place"))?;
        let mut item = view(&ranking, ranked, &index, &network, language).ok_or_else(|| not_found("这个地点", "place"))?;
        item.gi = among.at(Point::new(item.lon, item.lat));
        let mut items = vec![item];
        self.add_open_cases(&mut items).await?;
        let number = index.places.number(key);
        let chosen = filter.compile(&index)?.over(ranking.from, ranking.to);
        let here: Vec<&Entry> = chosen.select(&index).filter(|e| Some(e.place) == number).collect();
        let mut by_class: BTreeMap<&str, u64> = BTreeMap::new();
        for e in &here {
            *by_class.entry(index.classes.get(e.class).unwrap_or("")).or_default() += 1;
        }
        let hours = rhythm::hours_by_weekday(here.iter().map(|e| Timestamp(e.at)), &self.zone);
        // A year and the one before by month, whatever the list's period: a peak is seen in its course.
        let long = chosen.over(self.year_before(self.year_before(ranking.to)), ranking.to);
        let months: Vec<Value> =
            rhythm::by_month(long.select(&index).filter(|e| Some(e.place) == number).map(|e| Timestamp(e.at)), &self.zone)
                .into_iter()
                .map(|m| json!({ "month": m.month, "n": m.n }))
                .collect();
        let ids: Vec<i64> = here.iter().rev().take(200).map(|e| e.id).collect();
        let rows = CaseFilter { places: vec![key.to_owned()], limit: 50, ..CaseFilter::default() };
        let cases = cases::page_of(&self.database, &rows).await?;
        let cases: Vec<Value> = cases.iter().map(|c| self.case_row(c, language)).collect();
        let mut answer = serde_json::to_value(&items[0]).map_err(|e| AppError::Internal(e.to_string()))?;
        answer["hours"] = json!(hours);
        answer["eb"] = json!({
            "expected": ranked.expected, "estimate": ranked.shrunk, "sd": ranked.sd, "excess": ranked.excess,
            "p_excess": ranked.p_excess, "model": ranking.method.get(language),
        });
        answer["by_class"] = json!(by_class);
        answer["patterns"] = json!(patterns);
        answer["by_month"] = json!(months);
        answer["signals"] = json!(self.view_signals(&ids, language).await?);
        answer["total"] = json!(here.len());
        answer["cases"] = json!(cases);
        if let Some((matter, fields)) = opening
            && let Some(definition) = self.definitions().current(&matter)
        {
            let given = crate::cases::GivenPlace { key: Some(key.to_owned()), ..Default::default() };
            let facts = self.facts(&self.resolve_place(&given)?, "hotspot");
            let facts = gongzhi_matter::decide::facts_for(definition, None, &facts, &self.actor_facts(actor), Some(&fields));
            let proposal = gongzhi_matter::route(definition, &facts);
            answer["proposal"] = json!({ "unit": self.unit_view(Some(&proposal.unit), language), "reason": proposal.reason.get(language) });
        }
        answer["period"] = json!([ranking.from, ranking.to]);
        answer["source"] = json!(self.source_line(&chosen, &index, language));
        answer["method"] = json!(ranking.method.get(language));
        Ok(answer)
    }

    pub(crate) fn need_network(&self) -> Result<std::sync::Arc<Network>, AppError> {
        self.network().ok_or_else(no_roads)
    }

    fn ranking(
        &self,
        filter: &SignalFilter,
        kinds: Option<&str>,
        method: &Method,
        index: &SignalIndex,
        network: &Network,
    ) -> Result<Ranking, AppError> {
        let (from, to) = self.period(filter, index);
        let chosen = filter.compile(index)?.over(from, to);
        let now = tally(&chosen, index);
        let then = tally(&chosen.over(self.year_before(from), self.year_before(to)), index);
        let kinds = kinds.unwrap_or("crossing,section");
        let (mut places, mut events) = (Vec::new(), Vec::new());
        let mut add = |place: PlaceRef, key: String, kind: PlaceKind, class: String, length_m: f64, legs: usize| {
            let counts = index.places.number(&key).and_then(|n| now.get(&n)).map(counts).unwrap_or_default();
            places.push(place);
            events.push(PlaceEvents { key, kind, class, length_m, legs: u32::try_from(legs).unwrap_or(1).max(1), counts });
        };
        if kinds.contains("crossing") {
            for (id, c) in network.crossings() {
                let class = if c.signal { "signal" } else { "plain" };
                add(PlaceRef::Crossing(id), c.key, PlaceKind::Crossing, class.to_owned(), 0.0, c.roads.len());
            }
        }
        if kinds.contains("section") {
            for (id, s) in network.sections().filter(|(_, s)| s.length_m > 1.0) {
                add(PlaceRef::Section(id), s.key, PlaceKind::Section, s.class.word().to_owned(), s.length_m, 0);
            }
        }
        #[allow(clippy::cast_precision_loss)]
        let years = ((to - from) as f64 / DAY_MS as f64 / 365.25).max(1e-6);
        let (ranked, method) = hotspot::rank_modelled(&events, years, method).map_err(|e| invalid(e.code(), e.text().zh, e.text().en))?;
        Ok(Ranking { ranked, places, now, then, from, to, method })
    }

    async fn add_open_cases(&self, items: &mut [HotSpotView]) -> Result<(), AppError> {
        let keys: Vec<String> = items.iter().map(|i| i.key.clone()).collect();
        if keys.is_empty() {
            return Ok(());
        }
        let bases = ["intake", "locate", "route", "handle", "review", "hold"].map(str::to_owned).to_vec();
        let filter = CaseFilter { places: keys, bases, limit: 500, ..CaseFilter::default() };
        let open = cases::page_of(&self.database, &filter).await?;
        for item in items {
            item.open_cases = open
                .iter()
                .filter(|c| c.place_key.as_deref() == Some(&item.key))
                .map(|c| json!({ "id": c.id, "number": c.number, "stage": c.stage }))
                .collect();
        }
        Ok(())
    }

    /// The evidence of a hot spot as it is written into a case: figures with period, method and comparison.
    pub(crate) fn hotspot_evidence(&self, key: &str, from: Option<i64>, to: Option<i64>) -> Result<Option<Value>, AppError> {
        let (index, network) = (self.signals(), self.need_network()?);
        let Some(place) = network.place_by_key(key) else { return Ok(None) };
        let filter = SignalFilter { from, to, ..SignalFilter::default() };
        let ranking = self.ranking(&filter, Some(place.kind()), &Method::default(), &index, &network)?;
        let Some(ranked) = ranking.ranked.iter().find(|r| ranking.places.get(r.index) == Some(&place)) else { return Ok(None) };
        let Some(item) = view(&ranking, ranked, &index, &network, Language::Zh) else { return Ok(None) };
        let comparison = compared(&item.tally, &item.then, ranking.from, ranking.to, self);
        let number = index.places.number(key);
        let chosen = filter.compile(&index)?.over(ranking.from, ranking.to);
        let signals: Vec<i64> = chosen.select(&index).filter(|e| Some(e.place) == number).map(|e| e.id).collect();
        let method = &ranking.method;
        Ok(Some(json!({
            "key": key, "kind": item.kind, "name": item.name, "from": ranking.from, "to": ranking.to, "rank": ranked.rank,
            "calls": item.tally.calls, "crashes": item.tally.crashes, "deaths": item.tally.deaths, "injured": item.tally.injured,
            "expected": item.expected, "q": item.q, "significant": item.significant, "then": item.then,
            "comparison": comparison, "method": method, "signals": signals, "synthetic": index.synthetic(),
        })))
    }
}

fn compared(now: &Tally, then: &Tally, from: i64, to: i64, app: &App) -> Value {
    #[allow(clippy::cast_precision_loss)]
    let days = |a: i64, b: i64| ((b - a) as f64 / DAY_MS as f64).max(1.0 / 24.0);
    let (then_from, then_to) = (app.year_before(from), app.year_before(to));
    match compare::rates(now.calls + now.crashes, days(from, to), then.calls + then.crashes, days(then_from, then_to)) {
        Ok(c) => json!({ "ratio": c.ratio, "low": c.low, "high": c.high, "p": c.p, "significant": c.significant, "verdict": c.verdict }),
        Err(_) => Value::Null,
    }
}

/// Counts by place. Several calls about one incident are one; a crash that was also called in stays both, and is shown as both.
fn tally(chosen: &Compiled, index: &SignalIndex) -> HashMap<u32, Tally> {
    let mut places: HashMap<u32, Tally> = HashMap::new();
    let call = index.kinds.number("call");
    for e in chosen.select(index).filter(|e| e.place != crate::signal_index::NONE) {
        let t = places.entry(e.place).or_default();
        if Some(e.kind) == call {
            t.calls += u64::from(e.incident == e.id);
            t.repeats += u64::from(e.repeat_of != 0);
        } else {
            t.crashes += 1;
            t.deaths += u64::from(e.deaths);
            t.injured += u64::from(e.injured);
        }
    }
    places
}

fn counts(t: &Tally) -> Vec<Count> {
    let fatal = t.deaths.min(t.crashes);
    let injury = if t.injured > 0 { t.injured.min(t.crashes - fatal) } else { 0 };
    let count = |kind: &str, severity: Option<&str>, n: u64| Count { kind: kind.to_owned(), severity: severity.map(str::to_owned), n };
    let mut list = Vec::new();
    for c in [
        count("call", None, t.calls),
        count("crash", Some("fatal"), fatal),
        count("crash", Some("slight"), injury),
        count("crash", Some("damage"), t.crashes - fatal - injury),
    ] {
        if c.n > 0 {
            list.push(c);
        }
    }
    list
}

fn view(ranking: &Ranking, ranked: &Ranked, index: &SignalIndex, network: &Network, language: Language) -> Option<HotSpotView> {
    let number = index.places.number(&ranked.key);
    let now = number.and_then(|n| ranking.now.get(&n)).cloned().unwrap_or_default();
    let then = number.and_then(|n| ranking.then.get(&n)).cloned().unwrap_or_default();
    let (kind, name, point, line, length_m) = match *ranking.places.get(ranked.index)? {
        PlaceRef::Crossing(id) => crossing(network, id)?,
        PlaceRef::Section(id) => section(network, id)?,
        _ => return None,
    };
    #[allow(clippy::cast_precision_loss)]
    let days = (ranking.to - ranking.from) as f64 / DAY_MS as f64;
    let comparison = compare::rates(now.calls + now.crashes, days.max(0.04), then.calls + then.crashes, days.max(0.04))
        .map_or(Value::Null, |c| comparison_view(&c, language));
    Some(HotSpotView {
        rank: ranked.rank,
        key: ranked.key.clone(),
        kind,
        name,
        lon: point.lon,
        lat: point.lat,
        line,
        length_m,
        n: ranked.n,
        tally: now,
        score: ranked.score,
        estimate: ranked.shrunk,
        sd: ranked.sd,
        excess: ranked.excess,
        per_km: ranked.per_km,
        p_excess: ranked.p_excess,
        gi: None,
        expected: ranked.expected,
        p: ranked.p,
        q: ranked.q,
        significant: ranked.significant,
        then,
        comparison,
        open_cases: Vec::new(),
    })
}

fn point_of(network: &Network, place: &PlaceRef) -> Option<Point> {
    match *place {
        PlaceRef::Crossing(id) => network.crossing(id).map(|c| c.point),
        PlaceRef::Section(id) => network.section(id).and_then(|s| s.line.get(s.line.len() / 2).copied()),
        _ => None,
    }
}

type Seen = (&'static str, String, Point, Option<Vec<[f64; 2]>>, Option<f64>);

fn crossing(network: &Network, id: CrossingId) -> Option<Seen> {
    let c = network.crossing(id)?;
    Some(("crossing", c.name, c.point, None, None))
}

fn section(network: &Network, id: SectionId) -> Option<Seen> {
    let s = network.section(id)?;
    let middle = *s.line.get(s.line.len() / 2)?;
    let line = s.line.iter().map(|p| [p.lon, p.lat]).collect();
    Some(("section", s.name, middle, Some(line), Some(s.length_m)))
}
