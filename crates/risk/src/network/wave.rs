//! Equal-split maps by a wave that marches through the streets: a cost that depends on neither walks nor events.
//!
//! An equal-split map is linear: the value at a place is `Σ a(d)·K(d)` over distances `d`, where `a(d)` is the share of
//! events that comes to the place after `d` metres. Every event sends a pulse of its weight both ways along its street, and
//! each junction scatters what arrives into its streets by the estimator's factors. All that has gone equally far is added
//! up: in place of walks, whose number explodes with the bandwidth, there are two pulses for each street and step. For the
//! continuous estimator this is the wave equation on the network: McSwiggan, Baddeley and Nair (2017, Scandinavian Journal
//! of Statistics 44) make the same step from walks to an equation for the Gaussian kernel, where it is heat that spreads.
//!
//! The factors are those of Okabe and Sugihara (2012, Spatial Analysis along Networks, ch. 9). What is approximate is
//! distance: a street is no whole number of steps long, so a pulse that leaves it is parted between the two nearest steps
//! such that its weight and its mean distance are kept. It spreads a little with each street, with a variance of at most a
//! quarter of a squared step. Where the kernel is smooth the error is of second order in the step; at a kink of the kernel (the
//! rim, Epanechnikov and triangular) it is of first order for one event and averages out over many; at a jump (the uniform
//! kernel's rim) an event may be counted or not. Streets shorter than a step are solved with their junctions ([`junction`]).

mod junction;
mod march;

use super::density::{by_streets, checked, each_street, rim};
use super::moments::{Polynomial, Sources, epanechnikov, quartic, triangular, uniform};
use super::split::along_the_street;
use super::walk::Walks;
use super::{Estimator, Graph, Kernel, Lixels, NetworkDensity, NetworkError, Options, Records};
use junction::Ports;
use march::March;

/// Step that does for maps of streets, metres.
pub const WAVE_STEP_M: f64 = 1.0;
/// Smallest step of a wave, metres.
pub const MIN_STEP_M: f64 = 0.1;
/// Largest step of a wave, metres.
pub const MAX_STEP_M: f64 = 50.0;
/// Most pulses on their way at once, 8 B each: 2²⁸, 2 GB.
pub const MAX_WAVE_CELLS: usize = 1 << 28;
/// Most pulses sent in all, two for each street and step: 2³⁶, some minutes.
pub const MAX_WAVE_PULSES: usize = 1 << 36;

/// The streets of a network as a wave with one step passes them: what all maps share, whatever the bandwidth and the events.
///
/// Made for one network, estimator and step. Memory: about 100 B for each street. A map needs in addition 16 B for each step
/// and each slice of each street, and about 1 kB for each street.
#[derive(Clone, Debug)]
pub struct Waves {
    ports: Ports,
    estimator: Estimator,
    step_m: f64,
    size: (usize, u32),
}

impl Waves {
    /// Prepares the streets for steps of `step_m` metres; [`WAVE_STEP_M`] does for maps.
    ///
    /// # Errors
    /// [`NetworkError::Step`]: not between [`MIN_STEP_M`] and [`MAX_STEP_M`]; [`NetworkError::Estimator`]: not one of the two
    /// equal-split estimators.
    pub fn new(graph: &Graph, estimator: Estimator, step_m: f64) -> Result<Self, NetworkError> {
        if !(MIN_STEP_M..=MAX_STEP_M).contains(&step_m) {
            return Err(NetworkError::Step(step_m));
        }
        if estimator == Estimator::Simple {
            return Err(NetworkError::Estimator);
        }
        let ports = Ports::new(graph, &Walks::new(graph, estimator, 0.0, 0.0), step_m);
        Ok(Self { ports, estimator, step_m, size: (graph.edges().len(), graph.nodes()) })
    }

    /// The step, metres.
    #[must_use]
    pub const fn step_m(&self) -> f64 {
        self.step_m
    }

    /// Streets shorter than a step that could not be solved with their junctions, being too many together: a wave takes one
    /// whole step for each, so what passes one comes up to a step too late. 0 for streets as they are and steps of metres.
    #[must_use]
    pub fn stretched(&self) -> usize {
        self.ports.stretched
    }
}

impl Records {
    /// The map of those events that `keep` accepts by their position in the slice [`Records::new`] was given, made by a wave.
    ///
    /// For the equal-split estimators only, and approximate (see [`Waves`]): distances are off by a fraction of a step for
    /// each street passed, as much too long as too short, and events are exact along their own street. Compare
    /// [`Records::density`], which is exact and follows each walk. The cost is that of streets times steps (the bandwidth by
    /// the step), with few events as with many; the result is the same bit for bit on any number of threads.
    /// `options.least_share` is not read: no walk is left out.
    ///
    /// # Errors
    /// [`NetworkError::Bandwidth`], [`NetworkError::Travel`], [`NetworkError::Share`]; [`NetworkError::Estimator`] for the
    /// simple estimator; [`NetworkError::Table`] if records, slices, waves and options are not of one network and estimator;
    /// [`NetworkError::Waves`] beyond [`MAX_WAVE_CELLS`] or [`MAX_WAVE_PULSES`].
    pub fn wave_density(
        &self,
        graph: &Graph,
        lixels: &Lixels,
        waves: &Waves,
        options: &Options,
        keep: impl Fn(usize) -> bool,
    ) -> Result<NetworkDensity, NetworkError> {
        checked(options)?;
        if options.estimator == Estimator::Simple {
            return Err(NetworkError::Estimator);
        }
        if waves.size != (graph.edges().len(), graph.nodes()) || waves.estimator != options.estimator {
            return Err(NetworkError::Table("waves"));
        }
        self.fits(graph, lixels)?;
        let asked = Asked { records: self, graph, lixels, waves, options };
        let b = options.bandwidth_m;
        match options.kernel {
            Kernel::Uniform => asked.map(uniform(b), &keep),
            Kernel::Triangular => asked.map(triangular(b), &keep),
            Kernel::Epanechnikov => asked.map(epanechnikov(b), &keep),
            Kernel::Quartic => asked.map(quartic(b), &keep),
            Kernel::Gaussian => asked.map(uniform(b), &keep),
        }
    }
}

struct Asked<'a> {
    records: &'a Records,
    graph: &'a Graph,
    lixels: &'a Lixels,
    waves: &'a Waves,
    options: &'a Options,
}

/// The values of the slices, seen from the end by which the waves enter.
struct Seen {
    values: Vec<f64>,
    first: Vec<u32>,
}

impl Seen {
    /// The slices of a street, nearest first, as seen from the end by which one enters.
    fn of(&self, ports: &Ports, entry: usize) -> &[f64] {
        let port = ports.of_entry[entry] as usize;
        &self.values[self.first[port] as usize..self.first[port + 1] as usize]
    }
}

impl Asked<'_> {
    fn map<const N: usize>(&self, kernel: Polynomial<N>, keep: &impl Fn(usize) -> bool) -> Result<NetworkDensity, NetworkError> {
        let Self { records, graph, lixels, waves, options } = *self;
        let sources = Sources::new(graph, records, options.bandwidth_m, keep);
        let curved = (options.kernel == Kernel::Gaussian).then_some((options.kernel, options.bandwidth_m));
        let rim = rim(options);
        let mut values = vec![0.0; lixels.len()];
        if sources.n > 0 {
            let march = March { lixels, ports: &waves.ports, sources: &sources, kernel, curved, rim, step_m: waves.step_m };
            let seen = march.run()?;
            each_street(
                lixels,
                by_streets(lixels, &mut values),
                || (),
                |street, (), values| {
                    let (by_start, by_end) = (seen.of(&waves.ports, 2 * street), seen.of(&waves.ports, 2 * street + 1));
                    for (value, (a, b)) in values.iter_mut().zip(by_start.iter().zip(by_end.iter().rev())) {
                        *value = a + b;
                    }
                    let size = (graph.edges()[street].length_m, lixels.step_m(street));
                    along_the_street(&sources, street, size, &march.kernel, curved, rim, values);
                },
            );
        }
        Ok(NetworkDensity {
            values,
            options: *options,
            lixel_m: lixels.lixel_m(),
            n: sources.n,
            weight: sources.weight_total,
            left_out: 0.0,
        })
    }
}
