//! Did the intervals hold what they promised?

use serde::{Deserialize, Serialize};

use super::CountForecast;

/// One nominal level of central intervals, looked back on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// What was promised at least.
    pub nominal: f64,
    /// What the forecasts gave themselves: whole counts cannot hold `nominal` exactly. Compare `actual` with this.
    pub stated: f64,
    /// Share of counts that lay inside.
    pub actual: f64,
    /// How many counts.
    pub n: u64,
}

/// Forecasts and what came, gathered one by one.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    nominal: Vec<f64>,
    stated: Vec<f64>,
    inside: Vec<u64>,
    /// Sum of the conditional distribution functions at the bin edges 1/J … 1.
    pit: Vec<f64>,
    crps: f64,
    log_score: f64,
    n: u64,
}

impl Calibration {
    /// Nothing gathered yet; intervals of these levels, a PIT histogram of `bins` bins (at least 1).
    #[must_use]
    pub fn new(nominal: &[f64], bins: usize) -> Self {
        let zero = vec![0.0; nominal.len()];
        let pit = vec![0.0; bins.max(1)];
        Self { nominal: nominal.to_vec(), inside: vec![0; zero.len()], stated: zero, pit, crps: 0.0, log_score: 0.0, n: 0 }
    }

    /// One forecast and what came.
    pub fn add(&mut self, forecast: &CountForecast, came: u64) {
        self.n += 1;
        let table = forecast.table();
        self.crps += table.crps(came);
        self.log_score -= forecast.log_probability(came);
        for (i, &nominal) in self.nominal.iter().enumerate() {
            let interval = table.interval(nominal);
            self.stated[i] += table.inside(interval);
            self.inside[i] += u64::from((interval.0..=interval.1).contains(&came));
        }
        // Between P(came − 1) and P(came) the PIT is spread evenly: no random number is needed.
        let high = table.at_most(came);
        let low = if came == 0 { 0.0 } else { table.at_most(came - 1) };
        let bins = self.pit.len() as f64;
        for (i, sum) in self.pit.iter_mut().enumerate() {
            let edge = (i + 1) as f64 / bins;
            *sum += if high > low { ((edge - low) / (high - low)).clamp(0.0, 1.0) } else { f64::from(u8::from(edge >= high)) };
        }
    }

    /// How many.
    #[must_use]
    pub const fn n(&self) -> u64 {
        self.n
    }

    /// Mean CRPS, events; 0 of nothing.
    #[must_use]
    pub fn crps(&self) -> f64 {
        self.crps / self.n.max(1) as f64
    }

    /// Mean logarithmic score `−ln P(came)`; infinite if the impossible came.
    #[must_use]
    pub fn log_score(&self) -> f64 {
        self.log_score / self.n.max(1) as f64
    }

    /// Coverage at each nominal level.
    #[must_use]
    pub fn coverage(&self) -> Vec<Coverage> {
        let n = self.n.max(1) as f64;
        let each = self.nominal.iter().zip(&self.stated).zip(&self.inside);
        each.map(|((&nominal, stated), &inside)| Coverage { nominal, stated: stated / n, actual: inside as f64 / n, n: self.n }).collect()
    }

    /// Heights of the nonrandomised PIT histogram for counts (Czado, Gneiting & Held, Biometrics 65, 2009): all 1 for a
    /// calibrated forecast; a hill in the middle says that intervals are too wide, raised ends that they are too narrow.
    #[must_use]
    pub fn pit(&self) -> Vec<f64> {
        let (bins, n) = (self.pit.len() as f64, self.n.max(1) as f64);
        let mut before = 0.0;
        self.pit
            .iter()
            .map(|&sum| {
                let height = (sum - before) / n * bins;
                before = sum;
                height
            })
            .collect()
    }
}

/// Brier score of probabilities for something that came or did not: mean squared error, 0 is best (Brier 1950). 0 of nothing.
#[must_use]
pub fn brier(forecasts: &[(f64, bool)]) -> f64 {
    let errors = forecasts.iter().map(|&(p, came)| (p - f64::from(u8::from(came))).powi(2));
    errors.sum::<f64>() / forecasts.len().max(1) as f64
}
