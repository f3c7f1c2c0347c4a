//! From posts along a course to a monotone calibration of its measure.
//!
//! The largest set of posts that agree is found by dynamic programming (a chain of posts, each consistent with the one before; a jump costs more
//! than two posts, so that a break of chainage needs posts on both sides to be believed); what lies outside is rejected with its reason. A second
//! look removes posts that disagree with their neighbours far more than the others do.

use super::stakes::RejectReason;

/// Stakes and road grow alike to this share.
pub(super) const SPEED_TOLERANCE: f64 = 0.1;
/// Two posts may disagree by this even where they stand together (survey, carriageways), metres.
const SLACK_M: f64 = 60.0;
/// What a jump costs, in surveyed posts.
const JUMP_COST: f64 = 2.5;
/// How many posts back a chain may reach.
const LOOK_BACK: usize = 200;
/// Posts this near with agreeing numbers are one knot, metres.
const SAME_PLACE_M: f64 = 80.0;
/// Posts that disagree with their neighbours by so many typical scores are rejected.
const DISAGREES: f64 = 6.0;
/// … and by at least this, metres.
const DISAGREES_M: f64 = 60.0;

/// A post on the course.
#[derive(Clone, Debug)]
pub(super) struct Anchor {
    /// Metres along the course.
    pub(super) x: f64,
    /// What its number may mean as continuous chainage: (zone, metres).
    pub(super) meanings: Vec<(usize, f64)>,
    pub(super) weight: f64,
    /// Index among the posts given.
    pub(super) post: usize,
}

/// A calibrated place of the course.
#[derive(Clone, Debug)]
pub(super) struct Knot {
    pub(super) x: f64,
    /// Continuous chainage, metres.
    pub(super) c: f64,
    weight: f64,
    pub(super) posts: Vec<usize>,
    /// Measure and chainage of each post.
    members: Vec<(f64, f64)>,
}

/// Knots without a break between them, by x.
pub(super) type Run = Vec<Knot>;

#[derive(Clone, Debug, Default)]
pub(super) struct Calibration {
    /// 1 if stakes grow with the course's measure, −1 if they fall.
    pub(super) sign: f64,
    pub(super) runs: Vec<Run>,
    pub(super) rejected: Vec<(usize, RejectReason)>,
}

/// The scale of errors between two knots, `before` and `after` metres away: the noise of a post, and a chainage that wanders between fixed ends
/// like a Brownian bridge.
pub(super) fn scale_between(before: f64, after: f64) -> f64 {
    12.0 + 0.4 * (before * after / (before + after).max(1.0)).sqrt()
}

/// The scale of errors `beyond` metres outside the last knot.
pub(super) fn scale_beyond(beyond: f64) -> f64 {
    12.0 + 0.4 * beyond.sqrt() + 0.03 * beyond
}

impl Calibration {
    pub(super) fn fit(mut anchors: Vec<Anchor>) -> Self {
        anchors.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.post.cmp(&b.post)));
        let (with, against) = (longest_chain(&anchors, 1.0), longest_chain(&anchors, -1.0));
        let (sign, chain) = if against.0 > with.0 { (-1.0, against.1) } else { (1.0, with.1) };
        let mut rejected: Vec<(usize, RejectReason)> = Vec::new();
        for (i, anchor) in anchors.iter().enumerate().filter(|(i, _)| chain.iter().all(|(a, _)| a != i)) {
            rejected.push((anchor.post, why_rejected(&anchors, &chain, i, sign)));
        }
        let mut runs: Vec<Run> = Vec::new();
        let mut last: Option<(f64, f64)> = None;
        for (i, meaning) in &chain {
            let (Some(anchor), Some((_, c))) = (anchors.get(*i), anchors.get(*i).and_then(|a| a.meanings.get(*meaning))) else { continue };
            let goes_on = last.is_some_and(|(x, before)| consistent(anchor.x - x, sign * (c - before)));
            if !goes_on {
                runs.push(Vec::new());
            }
            if let Some(run) = runs.last_mut() {
                push(
                    run,
                    Knot { x: anchor.x, c: *c, weight: anchor.weight, posts: vec![anchor.post], members: vec![(anchor.x, *c)] },
                    sign,
                );
            }
            last = Some((anchor.x, *c));
        }
        for run in &mut runs {
            reject_disagreeing(run, &mut rejected);
        }
        rejected.sort_by_key(|(post, _)| *post);
        Self { sign, runs, rejected }
    }

    pub(super) fn knots(&self) -> usize {
        self.runs.iter().map(Vec::len).sum()
    }

    /// Leave-one-out scores, error over scale: of knots with a neighbour on both sides, and of posts that share a place with others.
    pub(super) fn scores(&self) -> Vec<f64> {
        let knots = self.runs.iter().flat_map(|run| run.windows(3).map(|w| residual(w).1));
        let posts = self.runs.iter().flatten().flat_map(|knot| {
            let others = (knot.members.len() - 1) as f64;
            knot.members.iter().filter(move |_| others > 0.0).map(move |(x, c)| {
                // The mean of all lies so much nearer than the mean of the others.
                let off = (x - knot.x) - self.sign * (c - knot.c);
                off.abs() * (others + 1.0) / others / scale_between(0.0, 0.0)
            })
        });
        knots.chain(posts).collect()
    }
}

/// Metres the middle one of three knots lies off the line between the others, and that over its scale.
fn residual(w: &[Knot]) -> (f64, f64) {
    let [a, b, d] = w else { return (0.0, 0.0) };
    let share = (b.c - a.c) / if d.c == a.c { 1.0 } else { d.c - a.c };
    let off = (a.x + (d.x - a.x) * share - b.x).abs();
    (off, off / scale_between(b.x - a.x, d.x - b.x))
}

fn consistent(dx: f64, dc: f64) -> bool {
    (dc - dx).abs() <= SPEED_TOLERANCE * dx + SLACK_M
}

/// Adds a knot; posts of one place are one knot, and so are posts whose numbers would run backwards.
fn push(run: &mut Run, knot: Knot, sign: f64) {
    if let Some(last) = run.last_mut() {
        let (dx, dc) = (knot.x - last.x, sign * (knot.c - last.c));
        if dx <= SAME_PLACE_M && dc.abs() <= SAME_PLACE_M && (dc < 0.5 * SAME_PLACE_M) || dc <= 0.0 || dx <= 0.0 {
            let weight = last.weight + knot.weight;
            last.x = (last.x * last.weight + knot.x * knot.weight) / weight;
            last.c = (last.c * last.weight + knot.c * knot.weight) / weight;
            last.weight = weight;
            last.posts.extend(knot.posts);
            last.members.extend(knot.members);
            return;
        }
    }
    run.push(knot);
}

/// The heaviest chain of anchors and the meanings chosen: (weight, [(anchor, meaning)]).
fn longest_chain(anchors: &[Anchor], sign: f64) -> (f64, Vec<(usize, usize)>) {
    struct Step {
        anchor: usize,
        meaning: usize,
        c: f64,
        score: f64,
        before: Option<usize>,
    }
    let mut steps: Vec<Step> = Vec::new();
    for (anchor, a) in anchors.iter().enumerate() {
        let known = steps.len();
        for (meaning, (_, c)) in a.meanings.iter().enumerate() {
            let mut best: (f64, Option<usize>) = (0.0, None);
            for (i, step) in steps.iter().enumerate().take(known).skip(known.saturating_sub(LOOK_BACK)) {
                let Some(b) = anchors.get(step.anchor) else { continue };
                let cost = if consistent(a.x - b.x, sign * (c - step.c)) { 0.0 } else { JUMP_COST };
                // Of equals the nearest: `>=`.
                if step.score - cost >= best.0 {
                    best = (step.score - cost, Some(i));
                }
            }
            steps.push(Step { anchor, meaning, c: *c, score: best.0 + a.weight, before: best.1 });
        }
    }
    let end = (0..steps.len()).max_by(|a, b| steps[*a].score.total_cmp(&steps[*b].score).then(b.cmp(a)));
    let score = end.map_or(0.0, |e| steps[e].score);
    let mut chain = Vec::new();
    let mut at = end;
    while let Some(step) = at.and_then(|i| steps.get(i)) {
        chain.push((step.anchor, step.meaning));
        at = step.before;
    }
    chain.reverse();
    (score, chain)
}

fn why_rejected(anchors: &[Anchor], chain: &[(usize, usize)], index: usize, sign: f64) -> RejectReason {
    let Some(anchor) = anchors.get(index) else { return RejectReason::NotOnCourse { distance_m: 0.0 } };
    let Some(own) = anchor.meanings.first().map(|m| m.1) else { return RejectReason::Alone };
    let others = || chain.iter().filter_map(|(i, m)| Some((anchors.get(*i)?.x, anchors.get(*i)?.meanings.get(*m)?.1)));
    let before = others().filter(|(x, _)| *x <= anchor.x).max_by(|a, b| a.0.total_cmp(&b.0));
    let after = others().filter(|(x, _)| *x > anchor.x).min_by(|a, b| a.0.total_cmp(&b.0));
    let steps = [before, after].into_iter().flatten().map(|(x, c)| (anchor.x - x, sign * (own - c)));
    let Some((dx, dc)) = steps.clone().min_by(|a, b| (a.1 - a.0).abs().total_cmp(&(b.1 - b.0).abs())) else { return RejectReason::Alone };
    let off_m = (dc - dx).abs();
    if steps.into_iter().any(|(dx, dc)| dx * dc < 0.0 && dx.abs() > SLACK_M) {
        RejectReason::Order { off_m }
    } else if dx.abs() > SLACK_M {
        RejectReason::Speed { ratio: dc / dx, off_m }
    } else {
        RejectReason::Disagrees { off_m }
    }
}

fn reject_disagreeing(run: &mut Run, rejected: &mut Vec<(usize, RejectReason)>) {
    while run.len() >= 5 {
        let scores: Vec<(f64, f64)> = run.windows(3).map(residual).collect();
        let mut sorted: Vec<f64> = scores.iter().map(|s| s.1).collect();
        sorted.sort_by(f64::total_cmp);
        let typical = sorted.get(sorted.len() / 2).copied().unwrap_or(0.0).max(0.5);
        let worst = (0..scores.len()).max_by(|a, b| scores[*a].1.total_cmp(&scores[*b].1));
        let Some(i) = worst.filter(|i| scores[*i].1 > DISAGREES * typical && scores[*i].0 > DISAGREES_M) else { return };
        let knot = run.remove(i + 1);
        rejected.extend(knot.posts.iter().map(|p| (*p, RejectReason::Disagrees { off_m: scores[i].0 })));
    }
}
