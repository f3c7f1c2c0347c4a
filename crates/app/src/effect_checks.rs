//! Did it help? Signals at the place of a closed case, before its opening and after its closing, over equal spans.
//!
//! A place is taken up because it was bad, and falls by itself: so the verdict holds what was counted against what like places and the
//! place's own longer record let expect ([`gongzhi_risk::safety::before_after`]), and keeps the plain ratio beside it.

use std::collections::HashMap;

use gongzhi_civic::place::{Point, haversine_m};
use gongzhi_civic::text::Text;
use gongzhi_civic::time::{DAY_MS, Timestamp};
use gongzhi_matter::{ActorFacts, CheckMethod, Command, Definition, EffectCheck, EffectCheckDue, EffectReference, NaiveRatio, Verdict};
use gongzhi_risk::compare::{self, Comparison};
use gongzhi_risk::hotspot::PlaceKind;
use gongzhi_risk::safety::before_after::{AmongPlaces, Durations, Limits, among_places};
use gongzhi_risk::safety::performance;
use gongzhi_road::{CrossingId, Network, PlaceRef};
use gongzhi_store::Write;
use gongzhi_store::cases::{self, CaseRow};

use crate::App;
use crate::cases::Loaded;
use crate::error::AppError;
use crate::journal::Signature;
use crate::signal_index::{Entry, SignalIndex};

impl App {
    /// Makes one check that is due, if nobody has: claims it, counts, and records it as the program. `false`: it was made
    /// before, or the definition does not allow it now.
    pub(crate) async fn make_effect_check(
        &self,
        write: &mut Write,
        loaded: &mut Loaded,
        due: EffectCheckDue,
        now: Timestamp,
    ) -> Result<bool, AppError> {
        let Some(rule) = loaded.definition.effect_check.clone() else { return Ok(false) };
        let clock = format!("{}#{}", due.claim.clock, due.claim.run);
        if !cases::claim_rung(write, &loaded.row.id, &clock, &due.claim.rung, now.0).await? {
            return Ok(false);
        }
        let check = self.check_effect(&loaded.definition, &loaded.row, &due);
        let command =
            Command { action: rule.action, actor: ActorFacts::system(), rung: Some(due.claim), check: Some(check), ..Command::default() };
        match self.apply_command(write, loaded, &command, &Signature::program(), now).await {
            Ok(()) => Ok(true),
            Err(AppError::Problem(p)) => {
                tracing::warn!(case = loaded.row.id, code = p.code, "the engine refused an effect check");
                Ok(false)
            }
            Err(e) => Err(e),
        }
    }

    /// Counts and compares for one check that is due. The engine sets which check it is.
    fn check_effect(&self, definition: &Definition, row: &CaseRow, due: &EffectCheckDue) -> EffectCheck {
        let Some(rule) = &definition.effect_check else { return EffectCheck::default() };
        let index = self.signals();
        let span = due.at.0 - due.closed_at.0;
        let place = Place { row, kinds: &rule.kinds, radius_m: f64::from(rule.radius_m) };
        let before = place.count(&index, row.opened_at - span, row.opened_at);
        let now = place.count(&index, due.closed_at.0, due.at.0);
        let check = EffectCheck { after: due.claim.rung.clone(), before, now, ..EffectCheck::default() };
        // Records that begin within the span before say nothing about how it was.
        let first = index.span().map(|(first, _)| first).filter(|first| *first <= row.opened_at - span);
        let Some(first) = first else { return EffectCheck { basis: Some(no_records()), ..check } };
        let Ok(plain) = compare::rates(now, days(span), before, days(span)) else { return check };

        let history =
            Times { opened_at: row.opened_at, first: first.max(row.opened_at - HISTORY_MS), closed_at: due.closed_at.0, at: due.at.0 };
        let among = self.among_places(row, &rule.kinds, &index, history);
        with_comparison(check, &plain, among, history)
    }

    /// The place of the case among all crossings or sections; the reason where there is nothing to hold it against.
    fn among_places(&self, row: &CaseRow, kinds: &[String], index: &SignalIndex, times: Times) -> Result<AmongPlaces, Text> {
        let no_place =
            || Text::new("案件未定位到路口或路段，无同类地点可比", "The case has no crossing or section, so there are no like places");
        let network = self.network().ok_or_else(no_place)?;
        let place = row.place_key.as_deref().and_then(|key| network.place_by_key(key)).ok_or_else(no_place)?;
        let counts = |from, to| {
            let mut counts = HashMap::<u32, u64>::new();
            for entry in events(index, kinds, from, to) {
                *counts.entry(entry.place).or_default() += 1;
            }
            counts
        };
        let (before, after) = (counts(times.first, times.opened_at), counts(times.closed_at, times.at));
        let years = days(times.opened_at - times.first) / 365.25;
        let (mut places, mut now, mut treated) = (Vec::new(), Vec::new(), None);
        for (of, key, like) in alike(&network, place) {
            let number = index.places.number(&key);
            let count = |counts: &HashMap<u32, u64>| number.and_then(|n| counts.get(&n)).copied().unwrap_or(0);
            if of == place {
                treated = Some(places.len());
            }
            now.push(count(&after));
            places.push(performance::Place { years, n: count(&before), ..like });
        }
        let treated = treated.ok_or_else(no_place)?;
        let durations = Durations { before: days(times.opened_at - times.first), after: days(times.at - times.closed_at) };
        among_places(&places, &now, &[treated], durations, Limits::default()).map_err(|e| e.text())
    }
}

/// How far back the expectation may look: a year holds every season once.
const HISTORY_MS: i64 = 365 * DAY_MS;

/// The time before opening that is looked at, and the time since closing.
#[derive(Clone, Copy)]
struct Times {
    first: i64,
    opened_at: i64,
    closed_at: i64,
    at: i64,
}

#[allow(clippy::cast_precision_loss)]
fn days(span: i64) -> f64 {
    span as f64 / DAY_MS as f64
}

fn no_records() -> Text {
    Text::new("治理前同等时段的记录不全，无从比较", "Records do not reach back as long before opening: nothing to compare with")
}

/// The check with its verdict: by empirical Bayes where like places say what would have happened, else by the two counts alone.
fn with_comparison(check: EffectCheck, plain: &Comparison, among: Result<AmongPlaces, Text>, times: Times) -> EffectCheck {
    let naive = NaiveRatio { ratio: plain.ratio, low: plain.low, high: plain.high, p: plain.p };
    let found = match among {
        Ok(found) => found,
        Err(reason) => {
            let exact = Text::new(
                "前后等长时段精确检验，未校正回归均值与趋势",
                "Exact test over equal spans; chance at choosing and trend are not taken out",
            );
            let basis = Text::new(format!("{}：{}", exact.zh, reason.zh), format!("{}: {}", exact.en, reason.en));
            return EffectCheck {
                ratio: plain.ratio,
                low: Some(plain.low),
                high: plain.high,
                p: Some(plain.p),
                verdict: verdict(plain.significant, plain.ratio.is_none_or(|r| r > 1.0)),
                naive: Some(naive),
                words: Some(plain.verdict.clone()),
                basis: Some(basis),
                ..check
            };
        }
    };
    let effect = &found.answer.effect;
    let (words, counts) = (effect.words(), format!("{} → {}", check.before, check.now));
    let plain_ratio = plain.ratio.map_or_else(|| "∞".to_owned(), |r| format!("{r:.2}"));
    let history = days(times.opened_at - times.first);
    let (zh_pooled, en_pooled) = if found.pooled {
        ("（本类地点过少，以全部同种地点代之）", " (its class is too small: all of its kind)")
    } else {
        ("", "")
    };
    let method = &found.answer.method;
    EffectCheck {
        ratio: Some(effect.ratio),
        low: Some(effect.low),
        high: Some(effect.high),
        p: Some(effect.p),
        verdict: verdict(effect.significant, effect.ratio > 1.0),
        method: CheckMethod::EmpiricalBayes,
        expected: Some(effect.expected),
        naive: Some(naive),
        reference: Some(EffectReference {
            places: u64::try_from(found.group.places).unwrap_or(u64::MAX),
            before: found.group.before,
            now: found.group.after,
            days: history,
            here: found.answer.naive.n_then,
            pooled: found.pooled,
        }),
        words: Some(Text::new(
            format!("{counts}；{}（简单前后比 {plain_ratio}）", words.zh),
            format!("{counts}; {} (plain before–after ratio {plain_ratio})", words.en),
        )),
        basis: Some(Text::new(
            format!("{}；立案前 {history:.0} 天记录{zh_pooled}；{}", method.zh, found.model.zh),
            format!("{}; {history:.0} days of records before opening{en_pooled}; {}", method.en, found.model.en),
        )),
        ..check
    }
}

fn verdict(significant: bool, rose: bool) -> Verdict {
    match (significant, rose) {
        (false, _) => Verdict::Unclear,
        (true, true) => Verdict::Worse,
        (true, false) => Verdict::Better,
    }
}

/// All places of the kind of `place`, in the classes by which hot spots are ranked.
fn alike(network: &Network, place: PlaceRef) -> Vec<(PlaceRef, String, performance::Place)> {
    let like = |kind, class: &str, length_m, legs| performance::Place {
        kind,
        class: class.to_owned(),
        length_m,
        legs,
        daily_traffic: None,
        years: 1.0,
        n: 0,
    };
    if let PlaceRef::Section(_) = place {
        let sections = network.sections().filter(|(_, s)| s.length_m > 1.0);
        return sections.map(|(id, s)| (PlaceRef::Section(id), s.key, like(PlaceKind::Section, s.class.word(), s.length_m, 0))).collect();
    }
    let mut legs = HashMap::<CrossingId, u32>::new();
    for (_, section) in network.sections() {
        for end in section.ends {
            *legs.entry(end).or_default() += 1;
        }
    }
    let crossings = network.crossings();
    crossings
        .map(|(id, c)| {
            let class = if c.signal { "signal" } else { "plain" };
            (PlaceRef::Crossing(id), c.key, like(PlaceKind::Crossing, class, 0.0, legs.get(&id).copied().unwrap_or(1)))
        })
        .collect()
}

/// Valid signals of the kinds in `[from, to)`. A second call about the same event is not another event; a repeat of a trouble
/// days later is one: that it came back is what the check looks for.
fn events<'a>(index: &'a SignalIndex, kinds: &[String], from: i64, to: i64) -> impl Iterator<Item = &'a Entry> {
    let kinds: Vec<u32> = kinds.iter().filter_map(|k| index.kinds.number(k)).collect();
    index.between(from, to).iter().filter(move |e| e.valid && e.incident == e.id && kinds.contains(&e.kind))
}

/// The place of a case, as signals are counted there.
struct Place<'a> {
    row: &'a CaseRow,
    kinds: &'a [String],
    radius_m: f64,
}

impl Place<'_> {
    /// Events in `[from, to)` at the same crossing or section; where the case has none, within the radius.
    fn count(&self, index: &SignalIndex, from: i64, to: i64) -> u64 {
        let key = self.row.place_key.as_deref();
        let number = key.and_then(|k| index.places.number(k));
        let point = self.row.lon.zip(self.row.lat).map(|(lon, lat)| Point::new(lon, lat));
        let here = |e: &&Entry| match (key, point) {
            (Some(_), _) => Some(e.place) == number,
            (None, Some(point)) => e.lon.is_finite() && haversine_m(point, Point::new(e.lon, e.lat)) <= self.radius_m,
            (None, None) => false,
        };
        u64::try_from(events(index, self.kinds, from, to).filter(here).count()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YEAR: Times = Times { first: 0, opened_at: 360 * DAY_MS, closed_at: 400 * DAY_MS, at: 430 * DAY_MS };

    /// A hundred and twenty crossings with none to fourteen signals a year; the first had `here` of them in the year and `now` since closing.
    fn among(places: usize, here: u64, now: u64) -> Result<AmongPlaces, Text> {
        let of = |i: usize| performance::Place {
            kind: PlaceKind::Crossing,
            class: "plain".into(),
            length_m: 0.0,
            legs: 4,
            daily_traffic: None,
            years: 1.0,
            n: if i == 0 { here } else { [0, 1, 1, 2, 2, 3, 5, 9, 14][i % 9] },
        };
        let places: Vec<performance::Place> = (0..places).map(of).collect();
        let after: Vec<u64> = (0..places.len()).map(|i| if i == 0 { now } else { u64::from(i % 4 == 1) }).collect();
        among_places(&places, &after, &[0], Durations { before: 360.0, after: 30.0 }, Limits::default()).map_err(|e| e.text())
    }

    fn check(before: u64, now: u64) -> (EffectCheck, Comparison) {
        (EffectCheck { after: "30d".into(), before, now, ..EffectCheck::default() }, compare::rates(now, 30.0, before, 30.0).unwrap())
    }

    #[test]
    fn a_fall_that_was_to_be_expected_is_no_success() {
        // Nine in the month that put it on the list, fourteen in the whole year; one a month later. By the two counts alone: success.
        let (made, plain) = check(9, 1);
        assert!(plain.significant && plain.ratio.unwrap() < 1.0);
        let found = with_comparison(made, &plain, among(121, 14, 1), YEAR);
        assert_eq!((found.method, found.verdict), (CheckMethod::EmpiricalBayes, Verdict::Unclear));
        assert_eq!((found.before, found.now, found.naive.unwrap().ratio), (9, 1, plain.ratio));
        assert!(found.expected.unwrap() < 2.0, "{found:?}");
        let reference = found.reference.unwrap();
        assert_eq!((reference.places, reference.here, reference.days, reference.pooled), (120, 14, 360.0, false));
        let (words, basis) = (found.words.unwrap(), found.basis.unwrap());
        assert!(words.zh.starts_with("9 → 1；若不治理预计 ") && words.zh.ends_with("（简单前后比 0.11）"), "{}", words.zh);
        assert!(words.en.contains("not significant (plain before–after ratio 0.11)"), "{}", words.en);
        assert!(basis.zh.contains("对照组 120 处") && basis.en.contains("360 days of records before opening"), "{basis:?}");
    }

    #[test]
    fn a_place_that_was_bad_all_year_and_fell_did_fall() {
        let (made, plain) = check(20, 2);
        let found = with_comparison(made, &plain, among(121, 240, 2), YEAR);
        assert_eq!(found.verdict, Verdict::Better, "{found:?}");
        assert!(found.expected.unwrap() > 10.0 && found.high.unwrap() < 1.0 && found.ratio.unwrap() > plain.ratio.unwrap() * 0.8);
        let (made, plain) = check(3, 12);
        let found = with_comparison(made, &plain, among(121, 30, 12), YEAR);
        assert_eq!((found.verdict, found.words.unwrap().zh.contains("显著上升")), (Verdict::Worse, true));
    }

    #[test]
    fn without_like_places_the_two_counts_speak_and_the_reason_is_kept() {
        let (made, plain) = check(10, 0);
        let found = with_comparison(made, &plain, among(12, 14, 0), YEAR);
        assert_eq!((found.method, found.verdict, found.ratio), (CheckMethod::Exact, Verdict::Better, Some(0.0)));
        assert_eq!((found.low, found.high, found.p), (Some(plain.low), plain.high, Some(plain.p)));
        assert!(found.basis.unwrap().zh.ends_with("同类地点仅 11 处（39 → 3 起），不足以作对照"));
        assert!(found.expected.is_none() && found.reference.is_none());
    }

    #[test]
    fn checks_recorded_before_methods_were_named_are_read_as_exact() {
        let old = r#"{"after":"30d","run":0,"at":5,"before":10,"now":0,"ratio":0.0,"low":0.0,"high":0.31,"p":0.002,"verdict":"better"}"#;
        let check: EffectCheck = serde_json::from_str(old).unwrap();
        assert_eq!((check.method, check.naive, check.words.is_none()), (CheckMethod::Exact, None, true));
        assert_eq!(serde_json::to_string(&check).unwrap(), old, "and written as they were");
    }
}
