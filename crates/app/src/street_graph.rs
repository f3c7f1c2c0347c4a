//! The street lines of the road file in use, each once, as the risk engine's graph; and where a point lies on them.

use std::sync::{Arc, PoisonError};

use gongzhi_civic::place::Point;
use gongzhi_risk::network::{Edge, Graph};
use gongzhi_risk::repeat::OnStreet;
use gongzhi_road::{Network, OnLine, StreetLine};

use crate::App;
use crate::error::AppError;
use crate::placing::REACH_M;

/// The streets of one road file.
#[derive(Debug)]
pub(crate) struct StreetGraph {
    pub network: Arc<Network>,
    /// Lines joined at nodes.
    pub graph: Arc<Graph>,
    /// The lines, in the order of the graph's edges.
    pub lines: Vec<StreetLine>,
    on: Vec<OnLine>,
}

impl StreetGraph {
    fn new(network: Arc<Network>) -> Result<Self, AppError> {
        let (lines, on) = network.street_lines();
        let edges = lines.iter().map(|l| Edge { from: l.from, to: l.to, length_m: l.length_m, oneway: l.oneway }).collect();
        let nodes = u32::try_from(network.counts().nodes).unwrap_or(u32::MAX);
        let graph = Graph::new(nodes, edges).map_err(|e| AppError::Internal(e.to_string()))?;
        Ok(Self { graph: Arc::new(graph), lines, on, network })
    }

    /// Where a point lies on the streets, if any is near.
    pub(crate) fn place(&self, point: Point) -> Option<OnStreet> {
        let snap = self.network.snap(point, REACH_M)?;
        let place = self.on.get(snap.edge as usize)?;
        let length_m = self.lines.get(place.line as usize)?.length_m;
        let along = if place.against { length_m - snap.offset_m } else { snap.offset_m };
        Some(OnStreet { edge: place.line, offset_m: along.clamp(0.0, length_m) })
    }
}

impl App {
    /// The streets of the road file in use; none before one is imported. Made when first asked for and after an import.
    pub(crate) fn street_graph(&self) -> Result<Option<Arc<StreetGraph>>, AppError> {
        let Some(network) = self.network() else { return Ok(None) };
        let mut held = self.street_graph.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = held.as_ref().filter(|g| g.network.identity() == network.identity()) {
            return Ok(Some(known.clone()));
        }
        let made = Arc::new(StreetGraph::new(network)?);
        *held = Some(made.clone());
        Ok(Some(made))
    }
}
