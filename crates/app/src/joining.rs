//! Calls joined into incidents and troubles: at the start, with every live call, and again where a person corrects.
//!
//! The rule is the city's (`repeats.toml`); its weights move with what people have said. Words are read, compared and not
//! kept: in memory stay the calls of the rule's window only.

use std::sync::Arc;

use gongzhi_civic::place::Point;
use gongzhi_civic::time::{MINUTE_MS, Timestamp};
use gongzhi_risk::density::Projection;
use gongzhi_risk::repeat::learn::{Example, Refit, refit};
use gongzhi_risk::repeat::{Call, Correction, Evidence, FEATURES, Joiner, Reader, Relation, Rule, Streets, Weights};
use gongzhi_store::repeats::{self, CallRow, CorrectionRow};
use gongzhi_store::signals::SignalRow;
use jiff::tz::TimeZone;
use rayon::prelude::*;
use serde_json::{Value, json};

use crate::App;
use crate::error::AppError;
use crate::signal_index::{Joint, SignalIndex};
use crate::street_graph::StreetGraph;

/// Calls whose words teach which pairs of characters are rare.
const TAUGHT_BY: i64 = 200_000;
/// Calls that are placed and joined at one go.
const CHUNK: usize = 16_384;
/// Metres along the streets that are looked up beyond the rule's own distance.
const BEYOND_M: f64 = 100.0;
/// The attribute in which sources say when the patrol reported the end.
const CLOSED: &str = "handled_at";

/// What joins live calls.
#[derive(Debug, Default)]
pub(crate) struct Joining {
    pub(crate) joiner: Option<Joiner>,
    pub(crate) corrections: Vec<CorrectionRow>,
    /// What people's corrections did to the weights: of incidents, of troubles.
    pub(crate) learnt: Option<[Refit; 2]>,
    reader: Option<Arc<Reader>>,
    ground: Option<Arc<Ground>>,
    projection: Option<Projection>,
}

/// The streets as joining needs them: which lie near which.
#[derive(Debug)]
struct Ground {
    on: Arc<StreetGraph>,
    streets: Arc<Streets>,
}

/// The rule of a city's folder.
pub(crate) fn rule_from_toml(text: &str) -> Result<Rule, AppError> {
    let rule: Rule = toml::from_str(text).map_err(|e| {
        let line = e.span().map_or(1, |s| text.get(..s.start).map_or(1, |before| before.matches('\n').count() + 1));
        AppError::Internal(format!("repeats.toml:{line}: 重复警情规则有误 / the rule for repeat calls cannot be read: {}", e.message()))
    })?;
    rule.check().map_err(|e| AppError::Internal(format!("repeats.toml: {} / {}", e.text().zh, e.text().en)))?;
    Ok(rule)
}

/// The rule with its weights moved by what people said, and how far they moved.
fn taught(rule: &Rule, corrections: &[CorrectionRow]) -> (Rule, Option<[Refit; 2]>) {
    let examples = |relation: &str, yes: Relation, among: &[Relation]| -> Vec<Example> {
        let rows = corrections.iter().filter_map(|c| Some((relation_of(&c.relation)?, &c.evidence[relation])));
        let one = |(said, found): (Relation, &Value)| {
            let values = FEATURES.iter().map(|f| found[f.id()].as_f64().unwrap_or(0.0)).collect::<Vec<_>>();
            Some(Example { evidence: Evidence { values: values.try_into().ok()? }, together: said == yes, weight: 1.0 })
        };
        rows.filter(|(said, _)| among.contains(said)).filter_map(one).collect()
    };
    if corrections.is_empty() {
        return (rule.clone(), None);
    }
    let all = [Relation::SameIncident, Relation::SameTrouble, Relation::Different];
    let incident = refit(&rule.incident.weights, &examples("incident", Relation::SameIncident, &all), rule.firmness);
    // Two calls of one incident say nothing about what comes back.
    let trouble = refit(&rule.trouble.weights, &examples("trouble", Relation::SameTrouble, &all[1..]), rule.firmness);
    let mut moved = rule.clone();
    moved.version = format!("{}+{}", rule.version, corrections.len());
    (moved.incident.weights, moved.trouble.weights) = (incident.weights, trouble.weights);
    (moved, Some([incident, trouble]))
}

pub(crate) fn relation_of(word: &str) -> Option<Relation> {
    match word {
        "same_incident" => Some(Relation::SameIncident),
        "same_trouble" => Some(Relation::SameTrouble),
        "different" => Some(Relation::Different),
        _ => None,
    }
}

/// What two calls had in common, to keep beside a correction.
pub(crate) fn evidence_json((incident, trouble): &(Evidence, Evidence)) -> Value {
    let one = |e: &Evidence| -> Value {
        FEATURES.iter().zip(e.values).map(|(f, v)| (f.id().to_owned(), json!(v))).collect::<serde_json::Map<_, _>>().into()
    };
    json!({ "incident": one(incident), "trouble": one(trouble) })
}

impl Joining {
    /// The calls of some rows, placed on the streets.
    fn calls<'a>(&self, rows: &'a [CallRow], zone: &TimeZone) -> Vec<Call<'a>> {
        let (ground, projection) = (self.ground.as_deref(), self.projection);
        let one = |r: &'a CallRow| {
            let point = r.lon.zip(r.lat).map(|(lon, lat)| Point::new(lon, lat));
            Call {
                key: u64::try_from(r.id).unwrap_or(0),
                at: Timestamp(r.at),
                class: &r.class,
                place: r.place_key.as_deref(),
                position_m: point.zip(projection).map(|(point, plane)| plane.to_m(point)),
                street: point.zip(ground).and_then(|(point, ground)| ground.on.place(point)),
                caller: r.caller_hash.as_deref().and_then(|h| u64::from_str_radix(h.get(..15)?, 16).ok()),
                words: &r.words,
                closed_at: closed_at(&r.attributes, zone),
            }
        };
        rows.par_iter().map(one).collect()
    }

    /// What two calls have in common.
    pub(crate) fn evidence(&self, a: &CallRow, b: &CallRow, zone: &TimeZone) -> Option<(Evidence, Evidence)> {
        let (rows, joiner) = ([a.clone(), b.clone()], self.joiner.as_ref()?);
        let calls = self.calls(&rows, zone);
        Some(joiner.evidence(&calls[0], &calls[1]))
    }

    /// Weights in force: of incidents, of troubles.
    pub(crate) fn weights(&self) -> Option<[Weights; 2]> {
        self.joiner.as_ref().map(|j| [j.rule().incident.weights, j.rule().trouble.weights])
    }

    fn plane(&mut self, rows: &[CallRow]) {
        if self.projection.is_some() {
            return;
        }
        let center = self.ground.as_ref().map(|g| g.on.network.bounds().center());
        let first = || rows.iter().find_map(|r| r.lon.zip(r.lat)).map(|(lon, lat)| Point::new(lon, lat));
        self.projection = center.or_else(first).map(Projection::about);
    }
}

/// When the patrol reported the end, where the source said so: an instant, or the city's own time without a zone.
fn closed_at(attributes: &str, zone: &TimeZone) -> Option<Timestamp> {
    if !attributes.contains(CLOSED) {
        return None;
    }
    let attributes: Value = serde_json::from_str(attributes).ok()?;
    let said = &attributes[CLOSED];
    if let Some(ms) = said.as_i64() {
        return Some(Timestamp(ms));
    }
    let local: jiff::civil::DateTime = said.as_str()?.parse().ok()?;
    local.to_zoned(zone.clone()).ok().map(|z| Timestamp(z.timestamp().as_millisecond()))
}

/// How long before an instant calls matter to one that comes in then.
fn window_ms(rule: &Rule) -> i64 {
    ((rule.incident.window_minutes + rule.trouble.window_minutes) * MINUTE_MS as f64) as i64
}

impl App {
    /// Joins every call of the table and says so in the index.
    pub(crate) async fn join_all(&self, index: &mut SignalIndex) -> Result<(), AppError> {
        let mut held = self.joining.lock().await;
        held.reader = None;
        let joints = self.joined_from(&mut held, i64::MIN).await?;
        index.join(&joints.into_iter().map(|(id, incident, trouble)| Joint { id, incident, trouble }).collect::<Vec<_>>());
        Ok(())
    }

    /// Joins the calls from shortly before an instant on anew, after a correction; what is older stays as it is.
    pub(crate) async fn join_again(&self, at: i64) -> Result<(), AppError> {
        let mut held = self.joining.lock().await;
        let window = window_ms(&self.repeat_rule);
        let (from, warm) = (at.saturating_sub(window), at.saturating_sub(window.saturating_mul(3)));
        let joints = self.joined_from(&mut held, warm).await?;
        self.change_signals(|index| {
            // What began before keeps the number it has.
            let incident_of = |first: i64| index.by_id(first).filter(|e| e.at < from).map_or(first, |e| e.incident);
            let trouble_of = |first: i64| index.by_id(first).filter(|e| e.at < from).map_or(first, |e| e.trouble());
            let late = joints.iter().filter(|(id, ..)| index.by_id(*id).is_some_and(|e| e.at >= from));
            let moved: Vec<Joint> =
                late.map(|&(id, incident, trouble)| Joint { id, incident: incident_of(incident), trouble: trouble_of(trouble) }).collect();
            index.join(&moved);
        });
        Ok(())
    }

    /// Joins the calls from an instant on: row id, first call of its incident, first call of its trouble.
    async fn joined_from(&self, held: &mut Joining, from: i64) -> Result<Vec<(i64, i64, i64)>, AppError> {
        held.corrections = repeats::corrections(&self.database).await?;
        let (rule, learnt) = taught(&self.repeat_rule, &held.corrections);
        held.learnt = learnt;
        let reach_m = rule.incident.distance_m.max(rule.trouble.distance_m) * 1.5 + BEYOND_M;
        let on = self.street_graph()?;
        let kept =
            held.ground.as_ref().is_some_and(|g| on.as_ref().is_some_and(|on| Arc::ptr_eq(on, &g.on)) && g.streets.reach_m() == reach_m);
        if !kept {
            let near = |on: Arc<StreetGraph>| Arc::new(Ground { streets: Arc::new(Streets::new(on.graph.clone(), reach_m)), on });
            held.ground = on.map(near);
            held.projection = None;
        }
        let reader = match held.reader.take() {
            Some(reader) => reader,
            None => {
                let words = repeats::latest_words(&self.database, TAUGHT_BY).await?;
                let mut reader = Reader::new(&rule);
                reader.learn(&words.iter().map(String::as_str).collect::<Vec<_>>());
                Arc::new(reader)
            }
        };
        held.reader = Some(reader.clone());
        let number = |id: i64| u64::try_from(id).unwrap_or(0);
        let said: Vec<Correction> = held
            .corrections
            .iter()
            .filter_map(|c| Some(Correction { left: number(c.left), right: number(c.right), relation: relation_of(&c.relation)? }))
            .collect();
        let streets = held.ground.as_ref().map(|g| g.streets.clone());
        let mut joiner = Joiner::new(Arc::new(rule), reader, streets, &said)
            .map_err(|e| AppError::Internal(format!("repeats.toml: {} / {}", e.text().zh, e.text().en)))?;
        let (mut found, mut chunk): (Vec<(i64, u32)>, Vec<CallRow>) = (Vec::new(), Vec::with_capacity(CHUNK));
        let mut take = |chunk: &mut Vec<CallRow>| {
            held.plane(chunk);
            let joined = joiner.join(&held.calls(chunk, &self.zone));
            found.extend(chunk.drain(..).zip(joined.calls).map(|(row, placed)| (row.id, placed.incident)));
        };
        repeats::each_call(&self.database, from, |row| {
            chunk.push(row);
            if chunk.len() == CHUNK {
                take(&mut chunk);
            }
        })
        .await?;
        take(&mut chunk);
        let joints = found.into_iter().map(|(id, incident)| {
            let (first, trouble) = firsts(&joiner, incident, id);
            (id, first, trouble)
        });
        let joints = joints.collect();
        held.joiner = Some(joiner);
        Ok(joints)
    }

    /// Takes live rows into the index, each call to its incident and trouble.
    pub(crate) async fn enter_signals(&self, rows: &[SignalRow]) {
        let mut held = self.joining.lock().await;
        let joints: Vec<Option<(i64, i64)>> = rows.iter().map(|row| self.join_one(&mut held, row)).collect();
        let since = window_ms(&self.repeat_rule);
        self.change_signals(|index| {
            for (row, joint) in rows.iter().zip(joints) {
                index.insert(row, &self.zone);
                let Some((first, trouble)) = joint else { continue };
                // Numbers of what was joined before the last correction may be older than the joiner knows.
                let known = |id: i64| index.by_id(id).filter(|_| id != row.id);
                let incident = known(first).map_or(first, |e| e.incident);
                let trouble = if trouble == first {
                    known(first).map_or(incident, |e| e.trouble())
                } else {
                    known(trouble).map_or(trouble, |e| e.trouble())
                };
                index.join_live(Joint { id: row.id, incident, trouble }, row.at.saturating_sub(since));
            }
        });
    }

    fn join_one(&self, held: &mut Joining, row: &SignalRow) -> Option<(i64, i64)> {
        if row.kind != "call" || !row.valid {
            return None;
        }
        let rows = [CallRow::from(row)];
        held.plane(&rows);
        let call = held.calls(&rows, &self.zone)[0];
        let joiner = held.joiner.as_mut()?;
        let placed = joiner.push(&call);
        Some(firsts(joiner, placed.incident, row.id))
    }
}

/// First call of an incident, and first call of its trouble's first incident, as row ids.
fn firsts(joiner: &Joiner, incident: u32, own: i64) -> (i64, i64) {
    let first = |i: u32| joiner.incidents().get(i as usize).and_then(|i| i64::try_from(i.first_call).ok());
    let trouble = joiner.first_of(joiner.trouble(incident)).and_then(first);
    let incident = first(incident).unwrap_or(own);
    (incident, trouble.unwrap_or(incident))
}
