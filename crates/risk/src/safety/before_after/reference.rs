//! A treated place among all others of its kind: they give the model and the comparison group.

use super::{BeforeAfter, BeforeAfterError, ComparisonGroup, Durations, Treated, evaluate};
use crate::safety::performance::{Models, Options, Performance, Place, fit_network};
use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};

/// How much is needed before places can stand for what would have happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Fewest places of the comparison group.
    pub places: usize,
    /// Fewest events of the group before, and after.
    pub events: u64,
}

impl Default for Limits {
    /// With 30 events on each side the trend itself is known to about a quarter (`√(2/30)`).
    fn default() -> Self {
        Self { places: 30, events: 30 }
    }
}

/// The answer, and what it rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AmongPlaces {
    /// The evaluation.
    pub answer: BeforeAfter,
    /// The comparison group.
    pub group: ComparisonGroup,
    /// The class was too small and all places of the kind stand for it.
    pub pooled: bool,
    /// The safety performance function behind the expectation.
    pub model: Text,
}

/// Evaluates a measure at the places `treated` of `places`, whose counts are those of the time before; `after` are the counts of the
/// time after, in the same order. All places of the network are to be passed. Comparison group: all other places of the same kind and
/// class as the first treated one; of the same kind where the class falls short of `limits`.
///
/// # Errors
/// [`BeforeAfterError`]; [`BeforeAfterError::Reference`] where even the kind falls short.
pub fn among_places(
    places: &[Place],
    after: &[u64],
    treated: &[usize],
    durations: Durations,
    limits: Limits,
) -> Result<AmongPlaces, BeforeAfterError> {
    let first = treated.first().and_then(|&t| places.get(t)).ok_or(BeforeAfterError::NoPlaces)?;
    if after.len() != places.len() || treated.iter().any(|&t| t >= places.len()) {
        return Err(BeforeAfterError::NoPlaces);
    }
    let others = |same_class: bool| {
        let alike = |p: &Place| p.kind == first.kind && (!same_class || p.class == first.class);
        let mut group = ComparisonGroup { before: 0, after: 0, places: 0, odds_variance: 0.0 };
        for (i, place) in places.iter().enumerate().filter(|(i, p)| alike(p) && !treated.contains(i)) {
            group.places += 1;
            group.before = group.before.saturating_add(place.n);
            group.after = group.after.saturating_add(after[i]);
        }
        group
    };
    let enough = |g: &ComparisonGroup| g.places >= limits.places && g.before >= limits.events && g.after >= limits.events;
    let of_class = others(true);
    let pooled = !enough(&of_class);
    let group = if pooled { others(false) } else { of_class };
    if !enough(&group) {
        return Err(too_few(&group));
    }

    // The treated places stay in the model: without them a group of quiet places would know no overdispersion, and what was
    // counted at the worst place would count for nothing.
    let of_kind: Vec<Place> = places.iter().filter(|p| p.kind == first.kind).cloned().collect();
    let models = fit_network(&of_kind, &Options::default()).map_err(|_| too_few(&group))?;
    let sites = treated.iter().map(|&t| site(&models, &places[t], after[t], durations)).collect::<Option<Vec<_>>>();
    let sites = sites.ok_or_else(|| too_few(&group))?;
    let answer = evaluate(&sites, Some(&group), durations)?;
    let model = models.models.first().map_or_else(Text::default, Performance::text);
    Ok(AmongPlaces { answer, group, pooled, model })
}

fn too_few(group: &ComparisonGroup) -> BeforeAfterError {
    BeforeAfterError::Reference { places: group.places, before: group.before, after: group.after }
}

fn site(models: &Models, place: &Place, after: u64, durations: Durations) -> Option<Treated> {
    let expected = models.expected(place)?;
    Some(Treated {
        before: place.n,
        after,
        expected_before: expected.mean,
        expected_after: expected.mean * durations.after / durations.before,
        k: expected.k,
    })
}
