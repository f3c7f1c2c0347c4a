//! Ways on the roads in use: from words or points to routes, reach and the units that are first.

use std::sync::Arc;

use gongzhi_civic::place::Point;
use gongzhi_civic::text::Text;
use gongzhi_road::Verdict;
use gongzhi_road::route::{
    Attachment, BoundedDijkstra, Change, Graph, NearestAnswer, NearestQuery, Overlay, Profile, Route, Routes as _, Unit, outline,
};

use crate::error::{AppError, Problem};
use crate::roads::Roads;

/// A spot is looked for on roads within this, metres.
const REACH_M: f64 = 500.0;
/// Cells of the outline of a reach, metres.
const CELL_M: f64 = 40.0;
/// Longest reach: beyond an hour a city's extract ends before the answer does, milliseconds.
const LONGEST_MS: u32 = 3_600_000;

/// A spot that a way begins or ends at.
#[derive(Clone, Debug)]
pub struct Spot {
    /// What it is called.
    pub name: String,
    /// The point given or said.
    pub point: Point,
    /// Where it joins the roads.
    pub attached: Attachment,
}

/// The roads as one kind of vehicle may drive them, with what is closed just now.
pub struct Ways {
    roads: Arc<Roads>,
    graph: Arc<Graph>,
    overlay: Overlay,
    engine: BoundedDijkstra,
}

impl std::fmt::Debug for Ways {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ways").field("size", &self.graph.size()).finish_non_exhaustive()
    }
}

impl Ways {
    /// Builds the graph: some tens of milliseconds for a city.
    #[must_use]
    pub fn new(roads: Arc<Roads>, profile: &Profile) -> Self {
        let graph = Arc::new(Graph::build(&roads.network, profile));
        Self { overlay: Overlay::new(&graph), engine: BoundedDijkstra::new(graph.clone()), graph, roads }
    }

    /// A spot from `lon,lat` (WGS-84) or from words that say one place.
    ///
    /// # Errors
    /// Words that say no place or several, with what to ask; a point far from every road that the vehicle may drive.
    pub fn spot(&self, said: &str) -> Result<Spot, AppError> {
        let (name, point) = match point_of(said) {
            Some(point) => (self.roads.network.describe(point).zh, point),
            None => {
                let answer = self.roads.say_where(said, None);
                match (&answer.verdict, answer.candidates.first()) {
                    (Verdict::Found, Some(found)) => (found.name.clone(), found.point),
                    _ => return Err(refusal(said, &answer.reason)),
                }
            }
        };
        let attached = self.graph.attach(&self.roads.network, point, REACH_M).ok_or_else(|| {
            let far = Text::new(
                format!("{REACH_M:.0} 米内没有该车型可行驶的道路"),
                format!("no road that the vehicle may drive lies within {REACH_M:.0} m"),
            );
            refusal(said, &far)
        })?;
        Ok(Spot { name, point, attached })
    }

    /// Closes the road at a spot, both directions.
    pub fn close(&mut self, spot: &Spot) {
        let change = Change::close(&[spot.attached.position.edge]).both();
        self.overlay.apply(&self.graph, &change);
    }

    /// The quickest way; `None` if there is none.
    pub fn way(&mut self, from: &Spot, to: &Spot) -> Option<Route> {
        // Who plans a way from words says a place, not a side of the street.
        let either = |spot: &Spot| spot.attached.position.either();
        self.engine.path(&self.overlay, &either(from), &either(to))
    }

    /// The outline of everything within a time: rings, even-odd, WGS-84.
    pub fn reach(&mut self, from: &Spot, minutes: f64) -> Vec<Vec<Point>> {
        let limit_ms = ((minutes * 60_000.0).round().max(0.0) as u32).min(LONGEST_MS);
        let isochrone = self.engine.isochrone(&self.overlay, &from.attached.position.either(), limit_ms);
        outline(&self.roads.network, &isochrone, limit_ms, CELL_M)
    }

    /// The `k` units that are first at a spot, with reasons for those that are nearer by the crow and were not chosen.
    pub fn nearest(&mut self, to: &Spot, units: &[Spot], k: usize) -> NearestAnswer {
        let units: Vec<Unit> = units.iter().map(|u| Unit { position: u.attached.position.either(), point: u.point, ready_ms: 0 }).collect();
        let query =
            NearestQuery { units: &units, to: to.attached.position.either(), point: to.point, k, limit_ms: LONGEST_MS, explain: true };
        self.engine.k_nearest(&self.overlay, &query)
    }

    /// The roads they are ways on.
    #[must_use]
    pub fn roads(&self) -> &Roads {
        &self.roads
    }
}

/// `lon,lat` in degrees.
#[must_use]
pub fn point_of(text: &str) -> Option<Point> {
    let (lon, lat) = text.split_once([',', '，'])?;
    Point::valid(lon.trim().parse().ok()?, lat.trim().parse().ok()?)
}

fn refusal(said: &str, why: &Text) -> AppError {
    let text = Text::new(format!("“{said}”：{}", why.zh), format!("“{said}”: {}", why.en));
    Problem { status: 422, code: "place_unclear".into(), message: text, fields: Default::default() }.into()
}
