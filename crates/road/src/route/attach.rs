//! Where a vehicle joins the roads it may drive: not on a piece that leads nowhere if one that does is within reach.

use gongzhi_civic::place::Point;
use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};

use super::graph::{Graph, NEVER};
use super::position::Position;
use crate::Network;
use crate::format::NONE;
use crate::geometry::{Plane, to_units};
use crate::snap::near::{NearLine, NearRoom};

/// Why the nearest road was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Detached {
    /// The nearest road is a piece apart: a yard, a drawing that was not joined.
    PieceApart,
    /// The vehicle may not use the nearest road.
    NotAllowed,
}

/// Where a point joins the roads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attachment {
    /// Position on an edge of the largest joined piece.
    pub position: Position,
    /// The spot on that edge.
    pub point: Point,
    /// Metres from the point to the spot.
    pub distance_m: f64,
    /// Metres to the nearest road of any kind, and why it was not taken; `None` if it was.
    pub passed_over: Option<(f64, Detached)>,
}

impl Attachment {
    /// What to tell people, if the nearest road was not taken.
    #[must_use]
    pub fn note(&self) -> Option<Text> {
        let (nearest_m, why) = self.passed_over?;
        let far = self.distance_m.round();
        Some(match why {
            Detached::PieceApart => Text::new(
                format!("最近的道路（{nearest_m:.0} 米）与主路网不连通，改从 {far} 米外的道路计算"),
                format!("the nearest road ({nearest_m:.0} m) is not joined to the others; counted from a road {far} m away"),
            ),
            Detached::NotAllowed => Text::new(
                format!("最近的道路（{nearest_m:.0} 米）该车型不得行驶，改从 {far} 米外的道路计算"),
                format!("the vehicle may not use the nearest road ({nearest_m:.0} m); counted from a road {far} m away"),
            ),
        })
    }
}

impl Graph {
    /// The nearest spot within `max_m` metres on the largest joined piece, on the side of a two-way street that the point lies on
    /// (traffic drives on the right). `None` if there is none.
    #[must_use]
    pub fn attach(&self, network: &Network, point: Point, max_m: f64) -> Option<Attachment> {
        let point = Point::valid(point.lon, point.lat)?;
        let origin = to_units(point);
        let plane = Plane::at(origin);
        let mut room = NearRoom::default();
        network.lines_near(origin, &plane, max_m.clamp(0.0, 5_000.0), &mut room);
        room.lines.sort_by(|a, b| a.distance_m.total_cmp(&b.distance_m).then(a.line.cmp(&b.line)));
        let lines = network.lines();
        let edges = |near: &NearLine| lines.get(near.line as usize).map_or([NONE; 2], |l| [l.forward, l.backward]);
        let chosen = room.lines.iter().find(|near| edges(near).iter().any(|e| self.in_main(*e)))?;
        let line = lines.get(chosen.line as usize)?;
        let right = chosen.along.0 * -chosen.foot.1 + chosen.along.1 * chosen.foot.0 <= 0.0;
        let [forward, backward] = edges(chosen).map(|e| self.in_main(e));
        let against = if forward && backward { !right } else { backward };
        let along = network.along_line_m(chosen, line, &plane);
        let position = Position {
            edge: if against { line.backward } else { line.forward },
            offset_m: if against { (f64::from(line.length_m) - along).max(0.0) } else { along },
            either_side: false,
        };
        let nearest = room.lines.first()?;
        let usable = edges(nearest).iter().any(|e| self.ms.get(*e as usize).is_some_and(|ms| *ms != NEVER));
        let passed_over = (nearest.line != chosen.line && nearest.distance_m < chosen.distance_m)
            .then_some((nearest.distance_m, if usable { Detached::PieceApart } else { Detached::NotAllowed }));
        Some(Attachment { position, point: plane.point(chosen.foot), distance_m: chosen.distance_m, passed_over })
    }
}
