//! Did it help? Signals at the place of a closed case, before its opening and after its closing, over equal spans.

use gongzhi_civic::place::{Point, haversine_m};
use gongzhi_civic::time::Timestamp;
use gongzhi_matter::{ActorFacts, Command, Definition, EffectCheck, EffectCheckDue, Verdict};
use gongzhi_risk::compare;
use gongzhi_store::Write;
use gongzhi_store::cases::{self, CaseRow};

use crate::App;
use crate::cases::Loaded;
use crate::error::AppError;
use crate::journal::Signature;
use crate::signal_index::SignalIndex;

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
        let recorded = index.span().is_some_and(|(first, _)| first <= row.opened_at - span);
        #[allow(clippy::cast_precision_loss)] // days
        let days = span as f64 / gongzhi_civic::time::DAY_MS as f64;
        let compared = if recorded { compare::rates(now, days, before, days).ok() } else { None };
        let Some(c) = compared else { return check };
        let verdict = match (c.significant, c.ratio.is_none_or(|r| r > 1.0)) {
            (false, _) => Verdict::Unclear,
            (true, true) => Verdict::Worse,
            (true, false) => Verdict::Better,
        };
        EffectCheck { ratio: c.ratio, low: Some(c.low), high: c.high, p: Some(c.p), verdict, ..check }
    }
}

/// The place of a case, as signals are counted there.
struct Place<'a> {
    row: &'a CaseRow,
    kinds: &'a [String],
    radius_m: f64,
}

impl Place<'_> {
    /// Valid signals of the kinds in `[from, to)` at the same crossing or section; where the case has none, within the
    /// radius. A second call about the same event, or a repeat, is not another event.
    fn count(&self, index: &SignalIndex, from: i64, to: i64) -> u64 {
        let kinds: Vec<u32> = self.kinds.iter().filter_map(|k| index.kinds.number(k)).collect();
        let key = self.row.place_key.as_deref();
        let number = key.and_then(|k| index.places.number(k));
        let point = self.row.lon.zip(self.row.lat).map(|(lon, lat)| Point::new(lon, lat));
        let here = |e: &crate::signal_index::Entry| match (key, point) {
            (Some(_), _) => Some(e.place) == number,
            (None, Some(point)) => e.lon.is_finite() && haversine_m(point, Point::new(e.lon, e.lat)) <= self.radius_m,
            (None, None) => false,
        };
        let found = index
            .between(from, to)
            .iter()
            .filter(|e| e.valid && e.repeat_of == 0 && e.incident == e.id && kinds.contains(&e.kind) && here(e));
        u64::try_from(found.count()).unwrap_or(u64::MAX)
    }
}
