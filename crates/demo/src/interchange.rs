//! Ramps of the motorways, and roundabouts.

use crate::geometry::{P, curve, line_crossings, line_length, nearest_on_line, offset, p, point_along};
use crate::ground::new_town;
use crate::names::Names;
use crate::streets::{Highway, Road};

/// Roads with ramps to the expressway and to the orbital motorway.
const EXITS: [&str; 11] =
    ["站西大道", "平安路", "解放北路", "滨江路", "阳明北路", "越州大道", "东屏路", "胜利东路", "迎宾大道", "220国道", "315省道"];

/// Metres from a crossing at which a ramp leaves the motorway.
const LEAVE_M: f64 = 430.0;

/// Gives every motorway its ramps: the motorways' lines get a point where a ramp joins, and the ramps come back as roads.
pub(crate) fn ramps(roads: &mut [Road], names: &Names) -> Vec<Road> {
    let mut out = Vec::new();
    for at in 0..roads.len() {
        if roads[at].highway != Highway::Motorway {
            continue;
        }
        let motorway = roads[at].line.clone();
        let gap = roads[at].gap.unwrap_or(22.0);
        let total = line_length(&motorway);
        let mut taken: Vec<f64> = Vec::new();
        for crossed in roads.iter() {
            let exit = crossed.names.iter().any(|(_, id)| EXITS.contains(&names.get(*id).zh.as_str()));
            if !exit || crossed.highway == Highway::Motorway {
                continue;
            }
            for middle in line_crossings(&motorway, &crossed.line) {
                let (_, _, s) = nearest_on_line(middle, &motorway);
                if s < LEAVE_M + 60.0 || s > total - LEAVE_M - 60.0 || taken.iter().any(|t| (t - s).abs() < 2.0 * LEAVE_M + 80.0) {
                    continue;
                }
                taken.push(s);
                let raised = |s: f64| roads[at].raised.is_some_and(|(a, b)| s / total > a && s / total < b);
                for side in [-1.0, 1.0] {
                    for ahead in [-1.0, 1.0] {
                        let join = s + ahead * LEAVE_M;
                        let mut ramp = ramp(&motorway, &crossed.line, middle, s, side, ahead, gap);
                        // Traffic keeps right: on the right-hand carriageway (side −1) a ramp behind the crossing leaves.
                        if (side < 0.0) == (ahead > 0.0) {
                            ramp.reverse();
                        }
                        let mut road = Road::new(ramp, Highway::MotorwayLink, None);
                        road.oneway = true;
                        if raised(join) {
                            let from_motorway = (side < 0.0) != (ahead > 0.0);
                            road.raised = Some(if from_motorway { (0.0, 0.5) } else { (0.5, 1.0) });
                        }
                        out.push(road);
                    }
                }
            }
        }
        taken.sort_by(f64::total_cmp);
        let line = &mut roads[at].line;
        let mut joined = Vec::with_capacity(line.len() + taken.len() * 2);
        let mut stops: Vec<f64> = taken.iter().flat_map(|s| [s - LEAVE_M, s + LEAVE_M]).collect();
        stops.sort_by(f64::total_cmp);
        let mut along = 0.0;
        let mut stop = stops.iter().peekable();
        for w in line.windows(2) {
            joined.push(w[0]);
            let length = w[0].distance(w[1]);
            while let Some(s) = stop.next_if(|s| **s < along + length) {
                joined.push(w[0].towards(w[1], (s - along) / length));
            }
            along += length;
        }
        joined.extend(line.last());
        *line = joined;
    }
    out
}

/// From the motorway to the crossed road, on one side and behind (−1) or ahead (1) of the crossing.
fn ramp(motorway: &[P], crossed: &[P], middle: P, s: f64, side: f64, ahead: f64, gap: f64) -> Vec<P> {
    let edge = offset(motorway, side * gap / 2.0);
    let on_edge = |back: f64| {
        let (centre, direction) = point_along(motorway, s + ahead * back);
        let (near, _, _) = nearest_on_line(centre + direction.left() * (side * gap / 2.0), &edge);
        (near, direction.left() * side)
    };
    let (_, direction) = point_along(motorway, s);
    let out = direction.left() * side;
    let (_, _, at) = nearest_on_line(middle, crossed);
    let (forward, backward) = (point_along(crossed, at + 95.0).0, point_along(crossed, (at - 95.0).max(0.0)).0);
    let end = if (forward - middle).dot(out) > (backward - middle).dot(out) { forward } else { backward };
    let (start, _) = on_edge(LEAVE_M);
    let (second, push) = on_edge(LEAVE_M - 110.0);
    let (third, _) = on_edge(LEAVE_M - 230.0);
    let turn_in = end + direction * (ahead * 80.0);
    // A little past the crossed road's middle line, so that it surely meets its nearer carriageway.
    let past = end - direction * (ahead * 4.0);
    let mut knots = vec![start, second + push * 7.0, third + push * 26.0, turn_in, past];
    if knots[3].distance(knots[2]) < 20.0 {
        knots.remove(3);
    }
    curve(&knots, 45.0)
}

/// A roundabout: middle and radius. Streets end at its ring.
pub(crate) struct Roundabout {
    pub(crate) at: P,
    pub(crate) radius: f64,
}

/// Where the city has roundabouts: on crossings of the drawn roads named here.
pub(crate) fn roundabouts(roads: &[Road], names: &Names) -> Vec<Roundabout> {
    let line = |zh: &str| roads.iter().find(|r| r.names.iter().any(|(_, id)| names.get(*id).zh == zh)).map(|r| &r.line);
    [("体育路", "大学路", 42.0), ("梧桐路", "镜月北街", 30.0), ("体育路", "文澜路", 36.0), ("临空大道", "府东街", 38.0)]
        .into_iter()
        .filter_map(|(a, b, radius)| Some(Roundabout { at: *line_crossings(line(a)?, line(b)?).first()?, radius }))
        .chain([Roundabout { at: p(-9900.0, 6900.0), radius: 28.0 }])
        .filter(|r| r.at.distance(new_town(0.0, 0.0)) < 20_000.0)
        .collect()
}

/// The ring itself, against the clock.
pub(crate) fn ring(roundabout: &Roundabout) -> Road {
    let line = (0..=24)
        .map(|i| {
            let angle = std::f64::consts::TAU * f64::from(i % 24) / 24.0;
            roundabout.at + p(angle.cos(), angle.sin()) * roundabout.radius
        })
        .collect();
    let mut road = Road::new(line, Highway::Secondary, None);
    road.oneway = true;
    road.roundabout = true;
    road
}
