//! A route in words, Chinese and English.

use gongzhi_civic::place::Point;
use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};

use super::answer::Route;
use super::turns::{STRAIGHT_DEG, turn_angle};
use crate::Network;
use crate::geometry::to_units;
use crate::network::EdgeView;
use crate::place::Class;

/// What is done at a place of the route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "manoeuvre", rename_all = "snake_case")]
pub enum Manoeuvre {
    /// The start.
    Start,
    /// Straight on, onto a road of another name.
    Straight,
    /// A bend to the left of 30° to 60°.
    SlightLeft,
    /// A left turn.
    Left,
    /// A left turn of more than 135°.
    SharpLeft,
    /// A bend to the right of 30° to 60°.
    SlightRight,
    /// A right turn.
    Right,
    /// A right turn of more than 135°.
    SharpRight,
    /// Turning back.
    UTurn,
    /// Onto a ramp.
    OntoRamp,
    /// Off a ramp onto a road.
    OffRamp,
    /// Through a roundabout.
    Roundabout {
        /// Which exit is taken, 1 the first.
        exit: u8,
    },
    /// The destination.
    Arrive,
}

/// One step of a route.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// What is done.
    pub manoeuvre: Manoeuvre,
    /// Road driven from here on: name, or number; empty if it has neither.
    pub road: String,
    /// Metres from the start of the route.
    pub at_m: f64,
    /// Metres until the next step.
    pub metres: f64,
    /// Where.
    pub point: Point,
    /// In words.
    pub text: Text,
}

impl Route {
    /// The steps of the route. Nothing is said where only one way can be gone and the road keeps its name.
    #[must_use]
    pub fn steps(&self, network: &Network) -> Vec<Step> {
        let views: Vec<EdgeView> = self.edges.iter().filter_map(|e| network.edge(*e)).collect();
        let (Some(first), true) = (views.first(), views.len() == self.edges.len()) else { return Vec::new() };
        let line = self.line(network);
        let (Some(start), Some(end)) = (line.first().copied(), line.last().copied()) else { return Vec::new() };
        let mut steps: Vec<Step> = Vec::new();
        let mut say = |manoeuvre: Manoeuvre, view: &EdgeView, at_m: f64, point: Point| {
            let step = Step { manoeuvre, road: label(view), at_m, metres: 0.0, point, text: Text::default() };
            steps.push(step);
        };
        say(Manoeuvre::Start, first, 0.0, start);
        let mut at_m = (if views.len() == 1 { self.to_m } else { first.length_m }) - self.from_m;
        let mut i = 1;
        while i < views.len() {
            let (before, view) = (&views[i - 1], &views[i]);
            let Some(point) = view.line.first().copied() else { break };
            if view.roundabout && !before.roundabout {
                let leaves = (i..views.len()).find(|j| !views[*j].roundabout);
                let exits = (i..leaves.unwrap_or(views.len()))
                    .filter(|j| *j + 1 == leaves.unwrap_or(0) || leaves_here(network, &views[*j]))
                    .count();
                let road = leaves.map_or(view, |j| &views[j]);
                say(Manoeuvre::Roundabout { exit: exits.clamp(1, 255) as u8 }, road, at_m, point);
                let to = leaves.unwrap_or(views.len());
                at_m += views[i..to.max(i + 1)].iter().map(|v| v.length_m).sum::<f64>();
                i = to.max(i + 1);
                if i < views.len() {
                    // The edge after the roundabout has been spoken of.
                    at_m += views[i].length_m;
                    i += 1;
                }
                continue;
            }
            if let Some(manoeuvre) = manoeuvre(network, before, view, self.edges[i]) {
                say(manoeuvre, view, at_m, point);
            }
            at_m += view.length_m;
            i += 1;
        }
        if let Some(last) = views.last() {
            say(Manoeuvre::Arrive, last, self.metres, end);
        }
        for i in 0..steps.len() {
            let until = steps.get(i + 1).map_or(steps[i].at_m, |s| s.at_m);
            steps[i].metres = (until - steps[i].at_m).max(0.0);
            steps[i].text = text(&steps[i], &views);
        }
        steps
    }
}

fn label(view: &EdgeView) -> String {
    if view.name.is_empty() { view.reference.clone() } else { view.name.clone() }
}

/// Whether the node at an edge's end has a way out of the roundabout.
fn leaves_here(network: &Network, view: &EdgeView) -> bool {
    network.edges_from(view.to).any(|e| network.edge(e).is_some_and(|e| !e.roundabout))
}

fn manoeuvre(network: &Network, before: &EdgeView, view: &EdgeView, edge: u32) -> Option<Manoeuvre> {
    if before.twin == Some(edge) {
        return Some(Manoeuvre::UTurn);
    }
    if view.class == Class::Ramp && before.class != Class::Ramp {
        return Some(Manoeuvre::OntoRamp);
    }
    if before.class == Class::Ramp && view.class != Class::Ramp {
        return Some(Manoeuvre::OffRamp);
    }
    let choices =
        network.edges_from(before.to).filter(|e| network.edge(*e).is_some_and(|v| v.to != before.from || v.twin.is_none())).count();
    let same = label(before) == label(view);
    let angle = turn_angle(bearing(before, true)?, bearing(view, false)?);
    if angle.abs() <= STRAIGHT_DEG {
        return (!same && !label(view).is_empty()).then_some(Manoeuvre::Straight);
    }
    if choices < 2 && same {
        return None;
    }
    Some(match angle {
        a if a < -135.0 => Manoeuvre::SharpLeft,
        a if a < -60.0 => Manoeuvre::Left,
        a if a < 0.0 => Manoeuvre::SlightLeft,
        a if a <= 60.0 => Manoeuvre::SlightRight,
        a if a <= 135.0 => Manoeuvre::Right,
        _ => Manoeuvre::SharpRight,
    })
}

/// Bearing at an edge's end or start, over some fifteen metres.
fn bearing(view: &EdgeView, at_end: bool) -> Option<f64> {
    let shape: Vec<_> = view.line.iter().map(|p| to_units(*p)).collect();
    let (start, end) = super::graph::bearings(&shape, false);
    shape.first()?;
    Some(if at_end { end } else { start })
}

fn text(step: &Step, views: &[EdgeView]) -> Text {
    let (zh_unnamed, en_unnamed) =
        views.iter().find(|v| label(v) == step.road).map_or(("无名路", "unnamed street"), |v| v.class.unnamed());
    let (zh, en) = if step.road.is_empty() { (zh_unnamed, en_unnamed) } else { (step.road.as_str(), step.road.as_str()) };
    let far = step.metres.round();
    let onto =
        |zh_turn: &str, en_turn: &str| Text::new(format!("{zh_turn}进入{zh}，行驶 {far} 米"), format!("{en_turn} onto {en}, {far} m"));
    match step.manoeuvre {
        Manoeuvre::Start => Text::new(format!("沿{zh}行驶 {far} 米"), format!("Along {en}, {far} m")),
        Manoeuvre::Straight => onto("直行", "Straight on"),
        Manoeuvre::SlightLeft => onto("向左前方", "Bear left"),
        Manoeuvre::Left => onto("左转", "Turn left"),
        Manoeuvre::SharpLeft => onto("向左后方急转", "Turn sharp left"),
        Manoeuvre::SlightRight => onto("向右前方", "Bear right"),
        Manoeuvre::Right => onto("右转", "Turn right"),
        Manoeuvre::SharpRight => onto("向右后方急转", "Turn sharp right"),
        Manoeuvre::UTurn => Text::new(format!("掉头，沿{zh}行驶 {far} 米"), format!("Turn back along {en}, {far} m")),
        Manoeuvre::OntoRamp => Text::new(format!("驶入匝道，行驶 {far} 米"), format!("Take the ramp, {far} m")),
        Manoeuvre::OffRamp => Text::new(format!("驶出匝道，进入{zh}，行驶 {far} 米"), format!("Leave the ramp onto {en}, {far} m")),
        Manoeuvre::Roundabout { exit } => {
            let place = match exit % 10 {
                1 if exit % 100 != 11 => format!("{exit}st"),
                2 if exit % 100 != 12 => format!("{exit}nd"),
                3 if exit % 100 != 13 => format!("{exit}rd"),
                _ => format!("{exit}th"),
            };
            Text::new(
                format!("进入环岛，从第 {exit} 个出口驶出，进入{zh}，行驶 {far} 米"),
                format!("At the roundabout take the {place} exit onto {en}, {far} m"),
            )
        }
        Manoeuvre::Arrive => Text::new("到达目的地", "You have arrived"),
    }
}
