//! Repeat calls as screens show them: clusters with the reasons, and corrections by hand.

use std::collections::{BTreeMap, HashMap, HashSet};

use gongzhi_civic::permission::{Actor, Permission};
use gongzhi_civic::personal::mask_numbers;
use gongzhi_civic::text::Language;
use gongzhi_risk::indicator::Ratio;
use gongzhi_risk::repeat::{Evidence, Weights};
use gongzhi_store::repeats::{self, CallRow, CorrectionRow};
use gongzhi_store::signals::{self, SignalRow};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::App;
use crate::access::require;
use crate::error::{AppError, Problem, not_found};
use crate::heat::milliseconds;
use crate::joining::{Joining, evidence_json, relation_of};
use crate::journal::{self, Signature};
use crate::signal_filter::SignalFilter;
use crate::signal_index::SignalIndex;

/// Calls of one cluster that are shown; a trouble of months has more.
const MOST_CALLS: usize = 100;
/// Reasons said of one call.
const MOST_REASONS: usize = 5;
const LONGEST_REASON: usize = 500;

/// What a person says about two calls.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewCorrection {
    /// Row id of one call.
    pub left: String,
    /// Row id of the other.
    pub right: String,
    /// `same_incident`, `same_trouble`, `different`.
    pub relation: String,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// Calls that belong together.
struct Cluster {
    /// Row id of the first call.
    key: i64,
    /// Row ids by time.
    calls: Vec<i64>,
    incidents: usize,
    last: i64,
}

impl App {
    /// Clusters of calls, the latest first; figures over the calls that pass the filter.
    ///
    /// # Errors
    /// No permission; a filter or a cursor that is none.
    pub async fn list_repeats(
        &self,
        actor: &Actor,
        filter: &SignalFilter,
        cursor: Option<&str>,
        limit: usize,
        language: Language,
    ) -> Result<Value, AppError> {
        require(actor, Permission::SignalRead)?;
        let started = std::time::Instant::now();
        let index = self.signals();
        let (from, to) = self.period(filter, &index);
        let chosen = filter.compile(&index)?.over(from, to);
        let call = index.kinds.number("call");
        let (mut n, mut incidents, mut repeated, mut troubles) = (0_u64, HashSet::new(), HashSet::new(), HashSet::new());
        for e in chosen.select(&index).filter(|e| Some(e.kind) == call) {
            n += 1;
            incidents.insert(e.incident);
            troubles.insert(e.trouble());
            if e.repeat_of != 0 {
                repeated.insert(e.incident);
            }
        }
        let clusters = clusters(&index, &troubles);
        let start: usize = match cursor {
            Some(cursor) => cursor.parse().map_err(|_| Problem::new(422, "cursor_invalid", "翻页标记无效。", "This is no cursor."))?,
            None => 0,
        };
        let page: Vec<&Cluster> = clusters.iter().skip(start).take(limit).collect();
        let next = (start + page.len() < clusters.len()).then(|| (start + page.len()).to_string());
        let items = self.show(&page, &index, language).await?;
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        let rate = Ratio::new(count(repeated.len()), count(incidents.len()));
        let held = self.joining.lock().await;
        let rule = self.rule_view(&held, language);
        Ok(json!({
            "n": n, "n_calls": n, "n_incidents": incidents.len(), "n_troubles": troubles.len(), "n_repeats": repeated.len(),
            "rate": rate.value(), "rate_text": rate.display(language), "period": [from, to], "rule": rule, "method": rule["text"],
            "items": items, "total": clusters.len(), "next": next,
            "source": self.source_line(&chosen, &index, language), "synthetic": index.synthetic(), "computed_ms": milliseconds(started),
        }))
    }

    /// The rule in force and what people's corrections did to it.
    fn rule_view(&self, held: &Joining, language: Language) -> Value {
        let rule = held.joiner.as_ref().map_or(&*self.repeat_rule, |j| j.rule());
        let moved: Vec<Value> = held
            .learnt
            .iter()
            .flatten()
            .zip(["incident", "trouble"])
            .flat_map(|(refit, relation)| refit.moved.iter().map(move |m| (relation, m)))
            .map(|(relation, m)| {
                json!({ "relation": relation, "feature": m.feature.id(), "name": m.feature.text().get(language), "from": m.from, "to": m.to })
            })
            .collect();
        let unconfirmed: Vec<&str> = rule.unconfirmed.iter().map(|t| t.get(language)).collect();
        json!({ "text": rule.text().get(language), "version": rule.version, "source": rule.source.get(language), "unconfirmed": unconfirmed,
            "corrections": held.corrections.len(), "learnt": moved })
    }

    async fn show(&self, page: &[&Cluster], index: &SignalIndex, language: Language) -> Result<Vec<Value>, AppError> {
        let shown: Vec<i64> = page.iter().flat_map(|c| shown(&c.calls)).collect();
        let firsts = shown.iter().filter_map(|id| index.by_id(*id)).map(|e| e.incident);
        let mut wanted: Vec<i64> = shown.iter().copied().chain(firsts).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let rows: HashMap<i64, SignalRow> = signals::by_ids(&self.database, &wanted).await?.into_iter().map(|r| (r.id, r)).collect();
        let held = self.joining.lock().await;
        Ok(page.iter().map(|cluster| self.view_cluster(cluster, &rows, index, &held, language)).collect())
    }

    fn view_cluster(
        &self,
        cluster: &Cluster,
        rows: &HashMap<i64, SignalRow>,
        index: &SignalIndex,
        held: &Joining,
        language: Language,
    ) -> Value {
        let listed: Vec<&SignalRow> = shown(&cluster.calls).filter_map(|id| rows.get(&id)).collect();
        let first = listed.first();
        let placed = listed.iter().find(|r| r.lon.is_some());
        let named = listed.iter().find(|r| !r.place_name.is_empty());
        let calls: Vec<Value> = listed.iter().map(|row| self.view_call(row, cluster.key, rows, index, held, language)).collect();
        json!({
            "id": cluster.key.to_string(), "kind": if cluster.incidents > 1 { "trouble" } else { "incident" },
            "class": first.map(|r| &r.class), "name": named.map_or("", |r| r.place_name.as_str()),
            "lon": placed.and_then(|r| r.lon), "lat": placed.and_then(|r| r.lat),
            "first": first.map(|r| r.at), "last": cluster.last,
            "n_calls": cluster.calls.len(), "n_incidents": cluster.incidents, "calls": calls,
        })
    }

    /// A call with what speaks for its place: against the first call of its incident, and if it is that, of its trouble.
    fn view_call(
        &self,
        row: &SignalRow,
        trouble: i64,
        rows: &HashMap<i64, SignalRow>,
        index: &SignalIndex,
        held: &Joining,
        language: Language,
    ) -> Value {
        let incident = index.by_id(row.id).map_or(row.id, |e| e.incident);
        let (against, within) = if incident == row.id { (trouble, 1) } else { (incident, 0) };
        let reasons = (against != row.id).then(|| rows.get(&against)).flatten().and_then(|other| {
            let (a, b) = (CallRow::from(other), CallRow::from(row));
            let (evidence, weights) = (held.evidence(&a, &b, &self.zone)?, held.weights()?);
            Some(reasons([&evidence.0, &evidence.1][within], &weights[within], language))
        });
        let (likelihood, why) = reasons.map_or((None, Vec::new()), |(l, w)| (Some(l), w));
        let told = held.corrections.iter().any(|c| c.left == row.id || c.right == row.id);
        let by = if told {
            "hand"
        } else if held.corrections.is_empty() {
            "rule"
        } else {
            "learnt"
        };
        json!({ "id": row.id.to_string(), "at": row.at, "words": mask_numbers(&row.words), "place_name": row.place_name, "class": row.class,
            "lon": row.lon, "lat": row.lat, "incident": incident.to_string(), "by": by, "likelihood": likelihood, "why": why })
    }

    /// Says what two calls are to each other. It always holds from then on, and the weights learn from it.
    ///
    /// # Errors
    /// No permission; calls that are none, or one and the same; a relation that is none; no reason.
    pub async fn correct_repeats(&self, actor: &Actor, given: NewCorrection, language: Language) -> Result<Value, AppError> {
        require(actor, Permission::SignalCorrect)?;
        let (left, right) = (row_id(&given.left)?, row_id(&given.right)?);
        check(&given, left, right)?;
        let _one = self.receiving.lock().await;
        let (a, b) =
            repeats::pair(&self.database, left, right).await?.ok_or_else(|| not_found("这两条有效警情", "such pair of valid calls"))?;
        let evidence = {
            let held = self.joining.lock().await;
            held.evidence(&a, &b, &self.zone).map_or(Value::Null, |e| evidence_json(&e))
        };
        let now = self.clock.now();
        let mut write = self.database.write().await?;
        let id = write.take("repeat_correction", 1).await?;
        let row = CorrectionRow {
            id,
            left,
            right,
            relation: given.relation.clone(),
            reason: given.reason.trim().to_owned(),
            actor: actor.person.clone(),
            at: now.0,
            evidence,
        };
        repeats::insert(&mut write, &row).await?;
        let body = json!({ "correction": id, "left": left, "right": right, "relation": row.relation, "reason": row.reason });
        for stream in [left, right] {
            let event = [("repeat.corrected".to_owned(), body.clone())];
            journal::append(&mut write, &format!("signal:{stream}"), &Signature::from(actor), now, &event).await?;
        }
        write.commit().await?;
        self.join_again(a.at.min(b.at)).await?;
        self.tell("signal", json!({ "id": left, "repeats": true }));
        let index = self.signals();
        let troubles: HashSet<i64> = [left, right].iter().filter_map(|id| index.by_id(*id)).map(|e| e.trouble()).collect();
        let clusters = all_clusters(&index, &troubles);
        let items = self.show(&clusters.iter().collect::<Vec<_>>(), &index, language).await?;
        let held = self.joining.lock().await;
        let overruled = held.joiner.as_ref().map_or(&[][..], |j| j.overruled());
        let overruled: Vec<i64> = overruled.iter().filter_map(|&i| held.corrections.get(i)).map(|c| c.id).collect();
        Ok(json!({ "correction": id, "items": items, "rule": self.rule_view(&held, language), "overruled": overruled }))
    }
}

/// How likely two calls belong together, and the strongest reasons with what each adds to the log odds.
fn reasons(evidence: &Evidence, weights: &Weights, language: Language) -> (f64, Vec<String>) {
    let why = evidence.why(weights).into_iter().take(MOST_REASONS);
    let said =
        why.map(|(feature, adds)| format!("{} {}{:.1}", feature.text().get(language), if adds < 0.0 { "−" } else { "+" }, adds.abs()));
    (evidence.likelihood(weights), said.collect())
}

/// The first calls and the latest ones.
fn shown(calls: &[i64]) -> impl Iterator<Item = i64> + '_ {
    let gap = calls.len().saturating_sub(MOST_CALLS);
    calls.iter().take(1).chain(calls.iter().skip(1 + gap)).copied()
}

/// Clusters of more than one call, the latest first.
fn clusters(index: &SignalIndex, troubles: &HashSet<i64>) -> Vec<Cluster> {
    let mut list = all_clusters(index, troubles);
    list.retain(|c| c.calls.len() > 1);
    list
}

fn all_clusters(index: &SignalIndex, troubles: &HashSet<i64>) -> Vec<Cluster> {
    let Some(call) = index.kinds.number("call") else { return Vec::new() };
    let mut by_trouble: BTreeMap<i64, (Vec<i64>, HashSet<i64>, i64)> = BTreeMap::new();
    for e in index.entries().iter().filter(|e| e.kind == call && e.valid && troubles.contains(&e.trouble())) {
        let (calls, incidents, last) = by_trouble.entry(e.trouble()).or_insert_with(|| (Vec::new(), HashSet::new(), e.at));
        calls.push(e.id);
        incidents.insert(e.incident);
        *last = e.at.max(*last);
    }
    let clusters = by_trouble.into_iter().map(|(key, (calls, incidents, last))| Cluster { key, calls, incidents: incidents.len(), last });
    let mut list: Vec<Cluster> = clusters.collect();
    list.sort_by_key(|c| std::cmp::Reverse((c.last, c.key)));
    list
}

fn row_id(text: &str) -> Result<i64, AppError> {
    text.parse().map_err(|_| not_found("这条警情", "call"))
}

fn check(given: &NewCorrection, left: i64, right: i64) -> Result<(), AppError> {
    if left == right {
        return Err(Problem::new(422, "same_call", "请选择两条不同的警情。", "Choose two different calls.").into());
    }
    if relation_of(&given.relation).is_none() {
        return Err(Problem::new(
            422,
            "relation_unknown",
            "关系只能是同一事件、同一问题或互不相关。",
            "The relation is same_incident, same_trouble or different.",
        )
        .at("/relation", "未知关系", "unknown relation")
        .into());
    }
    let reason = given.reason.trim();
    if reason.is_empty() || reason.chars().count() > LONGEST_REASON {
        return Err(Problem::new(
            422,
            "reason_missing",
            format!("请填写理由，不超过 {LONGEST_REASON} 字。"),
            format!("Say why, in at most {LONGEST_REASON} characters."),
        )
        .at("/reason", "请填写理由", "say why")
        .into());
    }
    Ok(())
}
