//! Points of units: declared by the matters, each standing on one event, open down to it; a month's sums are frozen when it
//! is over, so that a later correction shows beside them and not instead of them.

use gongzhi_civic::permission::{Actor, Permission, Scope};
use gongzhi_civic::text::Language;
use gongzhi_civic::time::Timestamp;
use gongzhi_matter::{Case, Definition, Recorded};
use gongzhi_store::Write;
use gongzhi_store::cases::CaseRow;
use gongzhi_store::points::{self, PointFilter, PointRow, PointSum};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::App;
use crate::access::require;
use crate::error::{AppError, Problem};
use crate::journal::{self, Signature};

/// A month's points, as they stand in a URL.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PointQuery {
    /// `2026-11`; default this month.
    pub month: Option<String>,
    /// Unit id, for the entries behind its sum.
    pub unit: Option<String>,
    /// Matter id.
    pub matter: Option<String>,
    /// Position after the last one.
    pub cursor: Option<String>,
}

/// Months before this one that a server freezes if none has: one that stood still for long does not miss one.
const MONTHS_BACK: usize = 12;

impl App {
    /// Writes the points of one event, in its transaction.
    pub(crate) async fn keep_points(
        &self,
        write: &mut Write,
        definition: &Definition,
        row: &CaseRow,
        before: Option<&Case>,
        recorded: &Recorded,
    ) -> Result<(), AppError> {
        for score in gongzhi_matter::scores_of(definition, before, recorded, &self.calendar()) {
            let point = PointRow {
                case: row.id.clone(),
                seq: i64::try_from(score.seq).unwrap_or(0),
                rule: score.rule,
                matter: definition.id.clone(),
                unit: score.unit,
                at: score.at.0,
                points: i64::from(score.points),
                zh: score.label.zh,
                en: score.label.en,
                appeal_until: score.appeal_until.map(|t| t.0),
            };
            points::put(write, &point).await?;
        }
        Ok(())
    }

    /// A month's points by unit; with a unit, the entries behind its sum, each with its case and event.
    ///
    /// # Errors
    /// No permission, a month that is none.
    pub async fn points(&self, actor: &Actor, query: &PointQuery, language: Language) -> Result<Value, AppError> {
        require(actor, Permission::ScoreRead)?;
        let now = self.clock.now();
        let first = match query.month.as_deref().filter(|m| !m.is_empty()) {
            None => now.date(&self.zone).first_of_month(),
            Some(month) => format!("{month}-01").parse::<Date>().map_err(|_| {
                Problem::new(422, "month_invalid", "月份应写成 2026-11。", "Write the month as 2026-11.").at("/month", "无效", "not valid")
            })?,
        };
        let (from, to) = self.month_span(first);
        let own = (actor.scope() == Scope::OwnUnits).then(|| self.units_below(&actor.unit));
        let unit = query.unit.clone().filter(|u| !u.is_empty());
        let mut filter = PointFilter { from, to, units: own, matter: query.matter.clone().filter(|m| !m.is_empty()) };
        let month = month_word(first);
        let frozen = points::frozen(&self.database, &month).await?;
        let sums = points::sums(&self.database, &filter).await?;
        let units = self.units();
        let seen = |s: &&PointSum| filter.units.as_ref().is_none_or(|own| own.contains(&s.unit));
        let mut ids: Vec<&String> = sums.iter().map(|s| &s.unit).collect();
        let then: Vec<&PointSum> = frozen
            .iter()
            .flat_map(|(_, sums)| sums)
            .filter(seen)
            .filter(|s| filter.matter.as_ref().is_none_or(|m| *m == s.matter))
            .collect();
        ids.extend(then.iter().map(|s| &s.unit));
        ids.sort();
        ids.dedup();
        let rows: Vec<Value> = ids
            .into_iter()
            .map(|id| {
                let total = |sums: &mut dyn Iterator<Item = &PointSum>| {
                    sums.fold((0, 0, 0, 0), |t, s| (t.0 + s.points, t.1 + s.gained, t.2 + s.lost, t.3 + s.cases))
                };
                let live = total(&mut sums.iter().filter(|s| s.unit == *id));
                let held = frozen.is_some().then(|| total(&mut then.iter().copied().filter(|s| s.unit == *id)));
                let name = units.get(id).map_or_else(|| id.clone(), |u| u.name.get(language).to_owned());
                json!({ "unit": { "id": id, "name": name }, "points": live.0, "gained": live.1, "lost": live.2, "cases": live.3,
                    "frozen": held.map(|h| json!({ "points": h.0, "gained": h.1, "lost": h.2, "cases": h.3 })) })
            })
            .collect();
        let mut answer = json!({ "month": month, "from": from, "to": to, "frozen_at": frozen.map(|f| f.0), "rows": rows });
        if let Some(unit) = unit {
            filter.units = Some(match filter.units.take() {
                Some(own) => own.into_iter().filter(|u| *u == unit).collect(),
                None => vec![unit],
            });
            let offset: i64 = query.cursor.as_deref().and_then(|c| c.parse().ok()).unwrap_or(0);
            let (entries, total) = points::list(&self.database, &filter, offset, 100).await?;
            let next = offset + i64::try_from(entries.len()).unwrap_or(0);
            let items: Vec<Value> = entries.iter().map(|(p, number)| point_view(p, number, now, language)).collect();
            answer["items"] = json!(items);
            answer["total"] = json!(total);
            answer["next"] = json!((next < total).then(|| next.to_string()));
        }
        Ok(answer)
    }

    /// Freezes the months that are over. Twice is once.
    ///
    /// # Errors
    /// What the store says.
    pub async fn freeze_points(&self) -> Result<usize, AppError> {
        let now = self.clock.now();
        let mut month = now.date(&self.zone).first_of_month();
        let mut frozen = 0;
        for _ in 0..MONTHS_BACK {
            let Ok(before) = month.yesterday() else { break };
            month = before.first_of_month();
            let word = month_word(month);
            if points::frozen(&self.database, &word).await?.is_some() {
                break;
            }
            let (from, to) = self.month_span(month);
            let sums = points::sums(&self.database, &PointFilter { from, to, ..PointFilter::default() }).await?;
            let mut write = self.database.write().await?;
            if points::freeze(&mut write, &word, &sums, now.0).await? {
                let rows: Vec<Value> = sums.iter().map(|s| json!([s.unit, s.matter, s.points, s.gained, s.lost, s.cases])).collect();
                let body = json!({ "month": word, "rows": rows });
                journal::append(&mut write, "points", &Signature::program(), now, &[("points.frozen".into(), body)]).await?;
                frozen += 1;
            }
            write.commit().await?;
        }
        Ok(frozen)
    }

    fn month_span(&self, first: Date) -> (i64, i64) {
        let start = |date: Date| date.to_zoned(self.zone.clone()).map_or(0, |z| z.timestamp().as_millisecond());
        let next = first.last_of_month().tomorrow().unwrap_or(first);
        (start(first), start(next))
    }
}

fn month_word(first: Date) -> String {
    first.strftime("%Y-%m").to_string()
}

fn point_view(p: &PointRow, number: &str, now: Timestamp, language: Language) -> Value {
    let label = if language == Language::En && !p.en.is_empty() { &p.en } else { &p.zh };
    json!({ "case": p.case, "number": number, "seq": p.seq, "rule": p.rule, "label": label, "matter": p.matter, "unit": p.unit, "at": p.at,
        "points": p.points, "appeal_until": p.appeal_until, "appeal_open": p.appeal_until.is_some_and(|t| t >= now.0) })
}
