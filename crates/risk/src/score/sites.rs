//! Does a method name the same places, and are they still bad? Tests of Cheng & Washington (TRR 2083, 2008), §"Evaluation criteria".

use serde::{Deserialize, Serialize};

use super::ScoreError;

/// A method's lists of two successive periods, held against each other.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sites {
    /// How many sites each list has.
    pub listed: usize,
    /// Site consistency: events of the second period at the sites listed in the first. More is better.
    pub consistency: f64,
    /// Method consistency: sites on both lists. More is better.
    pub common: usize,
    /// Total rank difference: sum over the sites listed in the first period of the difference of their ranks. Less is better.
    pub rank_difference: f64,
}

/// Compares the lists of the `listed` best that one method makes of two periods.
///
/// `first` and `second` are its scores of each site, `later` the events of the second period. Sites of equal score share
/// the mean of their ranks; which of them are listed goes by position.
///
/// # Errors
/// [`ScoreError::Lengths`], [`ScoreError::Unit`].
pub fn sites(first: &[f64], second: &[f64], later: &[f64], listed: usize) -> Result<Sites, ScoreError> {
    for others in [second.len(), later.len()] {
        if others != first.len() {
            return Err(ScoreError::Lengths { units: first.len(), others });
        }
    }
    let broken = (0..first.len()).find(|&i| first[i].is_nan() || second[i].is_nan() || !(later[i] >= 0.0 && later[i].is_finite()));
    if let Some(index) = broken {
        return Err(ScoreError::Unit(index));
    }
    let top = |scores: &[f64]| -> Vec<usize> { descending(scores).into_iter().take(listed).collect() };
    let (then, mut now) = (top(first), top(second));
    now.sort_unstable();
    let (rank_then, rank_now) = (ranks(first), ranks(second));
    Ok(Sites {
        listed: then.len(),
        consistency: then.iter().map(|&i| later[i]).sum(),
        common: then.iter().filter(|i| now.binary_search(i).is_ok()).count(),
        rank_difference: then.iter().map(|&i| (rank_then[i] - rank_now[i]).abs()).sum(),
    })
}

/// Rank of each score, 1 for the highest; equal scores share the mean of their ranks.
#[must_use]
pub fn ranks(scores: &[f64]) -> Vec<f64> {
    let order = descending(scores);
    let mut ranks = vec![0.0; scores.len()];
    let mut start = 0;
    while start < order.len() {
        let equal = order[start..].iter().take_while(|&&i| scores[i] == scores[order[start]]).count().max(1);
        for &i in &order[start..start + equal] {
            ranks[i] = start as f64 + (equal + 1) as f64 / 2.0;
        }
        start += equal;
    }
    ranks
}

fn descending(scores: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(a.cmp(&b)));
    order
}
