//! What is asked of a network map, and the map.

use std::sync::Mutex;

use gongzhi_civic::text::Text;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::distance::{Rows, give_back, lend};
use super::moments::{Polynomial, Sources, epanechnikov, quartic, triangular, uniform};
use super::shortest::{Map, Scratch};
use super::split::SplitMap;
use super::target::End;
use super::walk::{WalkTable, Walks};
use super::{Event, Graph, Kernel, Lixels, NetworkError, Records};

/// How an event's hill passes a junction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Estimator {
    /// The kernel of the shortest distance, whole on every branch: "how many events are near". Not a density: at each
    /// junction the hill is copied into every branch, so the mass of an event grows with the junctions about it.
    #[default]
    Simple,
    /// The hill is shared out: at a junction of n streets each other branch gets 1/(n−1) of it (Okabe and Sugihara 2012).
    /// One event adds one event, but the map jumps at junctions. At a dead end what would go on is lost.
    EqualSplitDiscontinuous,
    /// The hill is shared out so that the map has no jump: at a junction of n streets each other branch gets 2/n and the
    /// branch one came by gets back −(n−2)/n (Okabe and Sugihara 2012). One event adds one event. At a dead end (n = 1)
    /// the hill is reflected whole.
    EqualSplitContinuous,
}

impl Estimator {
    /// Stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Simple => "simple",
            Self::EqualSplitDiscontinuous => "equal_split_discontinuous",
            Self::EqualSplitContinuous => "equal_split_continuous",
        }
    }

    /// What a map made with it shows, for the map's margin.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::Simple => Text::new(
                "路网核密度（简单核：路口处各支路均按全值计，表示附近事件多少，总量不守恒）",
                "network kernel density, simple (whole on every branch of a junction: how much is near; mass not conserved)",
            ),
            Self::EqualSplitDiscontinuous => Text::new(
                "路网核密度（等分不连续核：路口处均分到其余支路，总量守恒，断头路处流失）",
                "network kernel density, equal split discontinuous (shared among the branches of a junction; mass conserved, lost at dead ends)",
            ),
            Self::EqualSplitContinuous => Text::new(
                "路网核密度（等分连续核：路口处连续，总量守恒，断头路处反射）",
                "network kernel density, equal split continuous (no jump at junctions; mass conserved, reflected at dead ends)",
            ),
        }
    }
}

/// Which ways count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Travel {
    /// Along any street in either direction: nearness. For hot spots.
    #[default]
    EitherWay,
    /// As driven from the place on the map to the event, one-way streets in their direction only. For "what can be reached".
    Driven,
}

/// What is asked of a network map.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Options {
    /// Distance at which an event is no longer felt, metres; [`MIN_BANDWIDTH_M`] to [`MAX_BANDWIDTH_M`].
    pub bandwidth_m: f64,
    /// Shape of the hill.
    pub kernel: Kernel,
    /// What happens at junctions.
    pub estimator: Estimator,
    /// Which ways count. Only [`Estimator::Simple`] knows [`Travel::Driven`].
    pub travel: Travel,
    /// For the equal-split estimators: walks that carry less than this share of an event are left out. 0 leaves out none,
    /// which takes long where streets are short; [`NetworkDensity::left_out`] says what it came to.
    pub least_share: f64,
}

impl Options {
    /// The simple estimator with the Epanechnikov kernel, in either direction.
    #[must_use]
    pub fn new(bandwidth_m: f64) -> Self {
        Self {
            bandwidth_m,
            kernel: Kernel::default(),
            estimator: Estimator::default(),
            travel: Travel::default(),
            least_share: LEAST_SHARE,
        }
    }
}

/// Share of an event below which a walk is left out, unless said otherwise.
pub const LEAST_SHARE: f64 = 1e-4;

/// Smallest bandwidth, metres.
pub const MIN_BANDWIDTH_M: f64 = 1e-3;

/// Largest bandwidth, metres.
pub const MAX_BANDWIDTH_M: f64 = 1_000_000.0;

/// A map of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkDensity {
    /// Events per km at the centre of each slice of [`Lixels`].
    pub values: Vec<f64>,
    /// What was asked, which names the estimator.
    pub options: Options,
    /// Greatest length of a slice, metres.
    pub lixel_m: f64,
    /// Events counted.
    pub n: usize,
    /// Sum of their weights.
    pub weight: f64,
    /// Equal-split estimators: the greatest sum of shares left out of the walks from one end of one street
    /// ([`Options::least_share`]). 0 for the simple estimator and for [`Records::wave_density`], which leave nothing out.
    pub left_out: f64,
}

impl NetworkDensity {
    /// `Σ value · length`: how many events the map holds. The sum of weights if the estimator conserves mass and no hill
    /// runs off a dead end; off by the slices' coarseness (value at the centre for the whole slice).
    #[must_use]
    pub fn mass(&self, lixels: &Lixels) -> f64 {
        (0..lixels.edges()).map(|edge| self.values[lixels.of_edge(edge)].iter().sum::<f64>() * lixels.step_m(edge) / 1000.0).sum()
    }
}

/// Who is within the bandwidth of whom: what all maps of one network and bandwidth share, whatever the events.
///
/// Made for one bandwidth, estimator, way of travel and (equal split) least share; of kernels, the uniform and the Gaussian
/// share one table, the others another. Memory: 12 B for each node and node within the bandwidth of it; 24 B for each walk.
#[derive(Clone, Debug)]
pub struct DistanceTable {
    reach: Reach,
    made_for: (f64, f64, Travel, Estimator),
    size: (usize, u32),
}

#[derive(Clone, Debug)]
enum Reach {
    Shortest(Rows),
    Walks(WalkTable),
}

impl DistanceTable {
    /// Searches the network from every node.
    ///
    /// # Errors
    /// [`NetworkError::Bandwidth`], [`NetworkError::Travel`], [`NetworkError::Share`], [`NetworkError::Walks`].
    pub fn new(graph: &Graph, options: &Options) -> Result<Self, NetworkError> {
        checked(options)?;
        let reach = match options.estimator {
            Estimator::Simple => Reach::Shortest(Rows::new(graph, options.travel, rim(options))),
            _ => Reach::Walks(WalkTable::new(graph, walks(graph, options)).ok_or(NetworkError::Walks)?),
        };
        Ok(Self { reach, made_for: made_for(options), size: (graph.edges().len(), graph.nodes()) })
    }

    /// How many entries it has: node pairs, or walks for the equal-split estimators.
    #[must_use]
    pub fn entries(&self) -> usize {
        match &self.reach {
            Reach::Shortest(rows) => rows.len(),
            Reach::Walks(table) => table.len(),
        }
    }

    fn fits(&self, graph: &Graph, options: &Options) -> bool {
        self.made_for == made_for(options) && self.size == (graph.edges().len(), graph.nodes())
    }
}

/// The part of a question that a table is made for.
fn made_for(options: &Options) -> (f64, f64, Travel, Estimator) {
    let least_share = if options.estimator == Estimator::Simple { 0.0 } else { options.least_share };
    (rim(options), least_share, options.travel, options.estimator)
}

pub(super) fn walks(graph: &Graph, options: &Options) -> Walks {
    Walks::new(graph, options.estimator, rim(options), options.least_share)
}

pub(super) fn checked(options: &Options) -> Result<(), NetworkError> {
    if !(MIN_BANDWIDTH_M..=MAX_BANDWIDTH_M).contains(&options.bandwidth_m) {
        return Err(NetworkError::Bandwidth(options.bandwidth_m));
    }
    if options.travel == Travel::Driven && options.estimator != Estimator::Simple {
        return Err(NetworkError::Travel);
    }
    if !(0.0..1.0).contains(&options.least_share) {
        return Err(NetworkError::Share(options.least_share));
    }
    Ok(())
}

/// Where the rim is tested: a kernel that falls off there by a jump takes in what is there up to rounding.
pub(super) fn rim(options: &Options) -> f64 {
    match options.kernel {
        Kernel::Uniform | Kernel::Gaussian => options.bandwidth_m * (1.0 + 1e-12),
        _ => options.bandwidth_m,
    }
}

/// The density of events on a network, everything made afresh; slices of at most `lixel_m`.
///
/// Exact up to rounding: agrees with the direct sum to 1e-12 of the map's peak. The result does not depend on the order of
/// the events nor on the number of threads, bit for bit.
///
/// # Errors
/// [`NetworkError`].
pub fn density(graph: &Graph, events: &[Event], lixel_m: f64, options: &Options) -> Result<(Lixels, NetworkDensity), NetworkError> {
    checked(options)?;
    let lixels = Lixels::new(graph, lixel_m)?;
    let records = Records::new(graph, events)?;
    let table = DistanceTable::new(graph, options)?;
    let map = records.density(graph, &lixels, &table, options, |_| true)?;
    Ok((lixels, map))
}

impl Records {
    /// Whether records and slices are of this network.
    pub(super) fn fits(&self, graph: &Graph, lixels: &Lixels) -> Result<(), NetworkError> {
        if lixels.edges() != graph.edges().len() {
            return Err(NetworkError::Table("slices"));
        }
        if self.first.len() != graph.edges().len() + 1 {
            return Err(NetworkError::Table("records"));
        }
        Ok(())
    }

    /// The map of those events that `keep` accepts by their position in the slice [`Records::new`] was given.
    ///
    /// No search and no sort: only the running sums along the streets are made again.
    ///
    /// # Errors
    /// [`NetworkError::Bandwidth`], [`NetworkError::Travel`]; [`NetworkError::Table`] if records, slices, table and
    /// options are not of one network and one bandwidth.
    pub fn density(
        &self,
        graph: &Graph,
        lixels: &Lixels,
        table: &DistanceTable,
        options: &Options,
        keep: impl Fn(usize) -> bool,
    ) -> Result<NetworkDensity, NetworkError> {
        checked(options)?;
        if !table.fits(graph, options) {
            return Err(NetworkError::Table("distance table"));
        }
        self.fits(graph, lixels)?;
        let b = options.bandwidth_m;
        let asked = Asked { records: self, graph, lixels, table, options };
        Ok(match options.kernel {
            Kernel::Uniform => asked.map(uniform(b), &keep),
            Kernel::Triangular => asked.map(triangular(b), &keep),
            Kernel::Epanechnikov => asked.map(epanechnikov(b), &keep),
            Kernel::Quartic => asked.map(quartic(b), &keep),
            Kernel::Gaussian => asked.map(uniform(b), &keep),
        })
    }
}

struct Asked<'a> {
    records: &'a Records,
    graph: &'a Graph,
    lixels: &'a Lixels,
    table: &'a DistanceTable,
    options: &'a Options,
}

/// Streets one thread takes at a time.
const STREETS_AT_A_TIME: usize = 128;

impl Asked<'_> {
    fn map<const N: usize>(&self, kernel: Polynomial<N>, keep: &impl Fn(usize) -> bool) -> NetworkDensity {
        let Self { records, graph, lixels, table, options } = *self;
        let sources = Sources::new(graph, records, options.bandwidth_m, keep);
        let mut values = vec![0.0; lixels.len()];
        let parts = by_streets(lixels, &mut values);
        let curved = (options.kernel == Kernel::Gaussian).then_some((options.kernel, options.bandwidth_m));
        let rim = rim(options);
        let left_out = match &table.reach {
            Reach::Shortest(rows) => {
                let map = Map { graph, lixels, rows, sources: &sources, kernel, curved, rim, travel: options.travel };
                each_street(lixels, parts, || Scratch::new(graph.nodes()), |street, scratch, values| map.fill(street, scratch, values));
                0.0
            }
            Reach::Walks(table) => {
                let map = SplitMap { graph, lixels, table, sources: &sources, kernel, curved, rim };
                each_street(lixels, parts, End::new, |street, end, values| map.fill(street, end, values));
                table.left_out
            }
        };
        NetworkDensity { values, options: *options, lixel_m: lixels.lixel_m(), n: sources.n, weight: sources.weight_total, left_out }
    }
}

/// Fills the slices of every street, each street by one thread.
pub(super) fn each_street<S: Send>(
    lixels: &Lixels,
    parts: Vec<(std::ops::Range<usize>, &mut [f64])>,
    scratch: impl Fn() -> S + Sync,
    fill: impl Fn(usize, &mut S, &mut [f64]) + Sync,
) {
    let idle = Mutex::new(Vec::new());
    parts.into_par_iter().for_each(|(streets, mut values)| {
        let mut lent = lend(&idle, &scratch);
        for street in streets {
            let (own, rest) = values.split_at_mut(lixels.of_edge(street).len());
            fill(street, &mut lent, own);
            values = rest;
        }
        give_back(&idle, lent);
    });
}

/// The values in parts of some streets each.
pub(super) fn by_streets<'a>(lixels: &Lixels, mut values: &'a mut [f64]) -> Vec<(std::ops::Range<usize>, &'a mut [f64])> {
    let mut parts = Vec::new();
    for start in (0..lixels.edges()).step_by(STREETS_AT_A_TIME) {
        let end = lixels.edges().min(start + STREETS_AT_A_TIME);
        let (part, rest) = values.split_at_mut(lixels.of_edge(end - 1).end - lixels.of_edge(start).start);
        parts.push((start..end, part));
        values = rest;
    }
    parts
}
