//! What makes a file of rules invalid: every fault at once, each with its place in the file.
//!
//! This library reads no files. A fault names its place by a path (`rule[2].any[0].score`), which whoever has read the text turns
//! into a line.

use super::rule::{Condition, Rule, RuleBook, Unit, UnitKind, Weights};
use gongzhi_civic::text::Text;
use std::collections::BTreeSet;

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFault {
    /// Place in the file, as in `rule[2].any[0].score`.
    pub path: String,
    /// Stable code for programs.
    pub code: &'static str,
    /// For people.
    pub text: Text,
}

/// Longest stretch that a rule may take together, metres: beyond it the unit is a road, not a spot.
const LONGEST_M: f64 = 50_000.0;
/// Farthest a rule may reach from a junction, metres; beyond it crashes are not joined to junctions.
pub const FARTHEST_M: f64 = 300.0;
/// Longest look back, years.
const LONGEST_YEARS: u16 = 20;
/// Greatest weight and score.
const GREATEST: f64 = 1e6;

struct Faults(Vec<RuleFault>);

impl Faults {
    fn add(&mut self, path: impl Into<String>, code: &'static str, zh: impl Into<String>, en: impl Into<String>) {
        self.0.push(RuleFault { path: path.into(), code, text: Text::new(zh, en) });
    }
}

/// All faults of a book; none if it can be used.
#[must_use]
pub fn faults(book: &RuleBook) -> Vec<RuleFault> {
    let mut f = Faults(Vec::new());
    if book.rule.is_empty() {
        f.add("rule", "rule_missing", "没有任何规则", "there is no rule");
    }
    let q = book.regularity.false_discovery;
    if !(q > 0.0 && q < 1.0) {
        f.add("regularity.false_discovery", "share_invalid", format!("{q} 应在 0 与 1 之间"), format!("{q} must lie between 0 and 1"));
    }
    if book.regularity.least < 2 {
        f.add("regularity.least", "count_invalid", "一起事故谈不上规律", "one crash is no pattern: 2 or more");
    }
    if let Some(id) = &book.default
        && !book.rule.iter().any(|r| r.id == *id)
    {
        f.add("default", "unknown_rule", format!("没有规则“{id}”"), format!("there is no rule `{id}`"));
    }
    let mut seen = BTreeSet::new();
    for (i, rule) in book.rule.iter().enumerate() {
        let at = format!("rule[{i}]");
        if !seen.insert(&rule.id) {
            f.add(format!("{at}.id"), "duplicate_id", format!("规则“{}”重复", rule.id), format!("rule `{}` stands twice", rule.id));
        }
        check(rule, &at, &mut f);
    }
    f.0
}

fn check(rule: &Rule, at: &str, f: &mut Faults) {
    let id = &rule.id;
    if id.is_empty() || !id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
        f.add(
            format!("{at}.id"),
            "id_invalid",
            format!("“{id}”应由小写字母、数字和连字符组成"),
            format!("`{id}` must be lower-case letters, digits and hyphens"),
        );
    }
    if rule.name.zh.trim().is_empty() || rule.name.en.trim().is_empty() {
        f.add(
            format!("{at}.name"),
            "wording_missing",
            format!("规则“{id}”缺少中文或英文名"),
            format!("rule `{id}` lacks its zh or en name"),
        );
    }
    if rule.source.trim().is_empty() || rule.version.trim().is_empty() {
        f.add(
            format!("{at}.source"),
            "source_missing",
            format!("规则“{id}”应写明依据文件及版本"),
            format!("rule `{id}` must name its document and version"),
        );
    }
    match (rule.window.years, rule.window.months) {
        (Some(n), None) if (1..=LONGEST_YEARS).contains(&n) => {}
        (None, Some(n)) if (1..=LONGEST_YEARS * 12).contains(&n) => {}
        _ => f.add(
            format!("{at}.window"),
            "window_invalid",
            format!("应写 years（1–{LONGEST_YEARS}）或 months（1–{}）中的一个", LONGEST_YEARS * 12),
            format!("must say either `years` (1 to {LONGEST_YEARS}) or `months` (1 to {})", LONGEST_YEARS * 12),
        ),
    }
    if rule.first == Some(0) {
        f.add(format!("{at}.first"), "count_invalid", "至少取 1 处", "must keep at least 1");
    }
    weights(&rule.weights, &format!("{at}.weights"), f);
    if rule.units.is_empty() {
        f.add(format!("{at}.units"), "unit_missing", format!("规则“{id}”没有计数单元"), format!("rule `{id}` has no unit to count in"));
    }
    for (i, u) in rule.units.iter().enumerate() {
        unit(u, &format!("{at}.units[{i}]"), f);
    }
    if rule.any.is_empty() {
        f.add(format!("{at}.any"), "condition_missing", format!("规则“{id}”没有条件"), format!("rule `{id}` has no condition"));
    }
    for (i, c) in rule.any.iter().enumerate() {
        condition(rule, c, &format!("{at}.any[{i}]"), f);
    }
}

fn unit(unit: &Unit, at: &str, f: &mut Faults) {
    match unit.kind {
        UnitKind::Interval => {
            let most = unit.most_m.unwrap_or(f64::NAN);
            if !(most > 0.0 && most <= LONGEST_M) {
                f.add(
                    format!("{at}.most_m"),
                    "length_invalid",
                    format!("路段应写 most_m，大于 0 且不超过 {LONGEST_M} 米"),
                    format!("a stretch needs `most_m`, above 0 and at most {LONGEST_M} m"),
                );
            }
            if let Some(least) = unit.least_m
                && !(least >= 0.0 && least < most)
            {
                f.add(
                    format!("{at}.least_m"),
                    "length_invalid",
                    format!("least_m（{least}）应小于 most_m"),
                    format!("`least_m` ({least}) must be less than `most_m`"),
                );
            }
            if unit.radius_m.is_some() {
                f.add(format!("{at}.radius_m"), "field_foreign", "radius_m 只用于路口", "`radius_m` belongs to a junction");
            }
        }
        UnitKind::Junction => {
            if !unit.radius_m.is_some_and(|r| (0.0..=FARTHEST_M).contains(&r)) {
                f.add(
                    format!("{at}.radius_m"),
                    "length_invalid",
                    format!("路口应写 radius_m，0 至 {FARTHEST_M} 米"),
                    format!("a junction needs `radius_m`, 0 to {FARTHEST_M} m"),
                );
            }
            if unit.most_m.is_some() || unit.least_m.is_some() || unit.by_direction {
                f.add(
                    at,
                    "field_foreign",
                    "most_m、least_m、by_direction 只用于路段",
                    "`most_m`, `least_m`, `by_direction` belong to a stretch",
                );
            }
        }
    }
}

fn condition(rule: &Rule, c: &Condition, at: &str, f: &mut Faults) {
    let asks = c.crashes.is_some() || c.deaths.is_some() || c.score.is_some() || c.per_km_year.is_some();
    if !asks {
        f.add(
            at,
            "threshold_missing",
            "条件没有阈值：crashes、deaths、score、per_km_year 至少写一个",
            "the condition has no threshold: `crashes`, `deaths`, `score` or `per_km_year`",
        );
    }
    for (value, name) in [(c.crashes, "crashes"), (c.deaths, "deaths")] {
        if value == Some(0) {
            f.add(format!("{at}.{name}"), "count_invalid", "阈值 0 处处成立", "a threshold of 0 holds everywhere");
        }
    }
    for (value, name) in [(c.score, "score"), (c.per_km_year, "per_km_year")] {
        if let Some(v) = value
            && !(v > 0.0 && v <= GREATEST)
        {
            f.add(
                format!("{at}.{name}"),
                "threshold_invalid",
                format!("{v} 应大于 0 且不超过 {GREATEST}"),
                format!("{v} must be above 0 and at most {GREATEST}"),
            );
        }
    }
    if let Some(w) = &c.weights {
        weights(w, &format!("{at}.weights"), f);
        if c.score.is_none() {
            f.add(format!("{at}.weights"), "field_foreign", "有权重而没有 score", "weights without a `score`");
        }
    }
    if c.per_km_year.is_some() && !rule.units.iter().all(|u| u.kind == UnitKind::Interval) {
        f.add(
            format!("{at}.per_km_year"),
            "field_foreign",
            "每公里的阈值只适用于路段",
            "a threshold per km needs units that are stretches",
        );
    }
    let excluded = |s: &&super::Severity| !rule.severities.is_empty() && !rule.severities.contains(s);
    if let Some(s) = c.of.iter().find(excluded) {
        f.add(
            format!("{at}.of"),
            "severity_excluded",
            format!("规则已排除“{}”", s.text().zh),
            format!("the rule itself leaves out {} crashes", s.text().en),
        );
    }
}

fn weights(w: &Weights, at: &str, f: &mut Faults) {
    for (value, name) in [(w.fatal, "fatal"), (w.serious, "serious"), (w.slight, "slight"), (w.damage, "damage")] {
        if !(0.0..=GREATEST).contains(&value) {
            f.add(
                format!("{at}.{name}"),
                "weight_invalid",
                format!("权重 {value} 应在 0 与 {GREATEST} 之间"),
                format!("the weight {value} must lie between 0 and {GREATEST}"),
            );
        }
    }
}
