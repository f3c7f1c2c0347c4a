//! Kilometre stakes of the numbered roads: what a department's register of posts would hold.

use crate::geometry::P;
use crate::graph::Ground;

/// A stake: route number, whole kilometre, where it stands.
pub(crate) struct Stake {
    pub(crate) route: &'static str,
    pub(crate) kilometre: u32,
    pub(crate) at: P,
}

/// Routes and the kilometre each has where it enters the district in the west: they come from elsewhere.
const ROUTES: [(&str, u32); 2] = [("G220", 186), ("S315", 41)];

/// A stake at every whole kilometre from the west on, beside the eastbound carriageway.
pub(crate) fn stakes(ground: &Ground) -> Vec<Stake> {
    ROUTES.iter().flat_map(|(route, first)| along(ground, route, *first)).collect()
}

fn along(ground: &Ground, route: &'static str, first: u32) -> Vec<Stake> {
    let mut pieces: Vec<(P, P)> = Vec::new();
    for way in ground.ways.iter().filter(|w| ground.roads[w.road].number == Some(route)) {
        for pair in way.nodes.windows(2) {
            let (a, b) = (ground.nodes[pair[0] as usize], ground.nodes[pair[1] as usize]);
            // Both routes run from west to east without turning back: x orders their pieces.
            if b.x > a.x {
                pieces.push((a, b));
            } else if !way.oneway {
                pieces.push((b, a));
            }
        }
    }
    pieces.sort_by(|a, b| a.0.x.total_cmp(&b.0.x).then(a.1.x.total_cmp(&b.1.x)));
    let (mut stakes, mut measure, mut next, mut reached) = (Vec::new(), 0.0, 0u32, f64::NEG_INFINITY);
    for (a, b) in pieces.into_iter().filter(|(a, b)| b.x > a.x) {
        // A piece beside one already walked (a ramp of the same number) adds nothing.
        if b.x <= reached + 0.5 {
            continue;
        }
        let length = a.distance(b);
        while f64::from(next) * 1_000.0 <= measure + length {
            let share = (f64::from(next) * 1_000.0 - measure) / length;
            let (dx, dy) = ((b.x - a.x) / length, (b.y - a.y) / length);
            // Four metres to the right of the line: on the verge.
            let at = crate::geometry::p(a.x + (b.x - a.x) * share + dy * 4.0, a.y + (b.y - a.y) * share - dx * 4.0);
            stakes.push(Stake { route, kilometre: first + next, at });
            next += 1;
        }
        measure += length;
        reached = b.x;
    }
    stakes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stakes_stand_a_kilometre_apart_along_both_routes() {
        let stakes = stakes(&Ground::build(1));
        for (route, first) in ROUTES {
            let own: Vec<&Stake> = stakes.iter().filter(|s| s.route == route).collect();
            assert!((26..=29).contains(&own.len()), "{route} crosses a district of 26 km: {}", own.len());
            assert_eq!(own[0].kilometre, first);
            for pair in own.windows(2) {
                assert_eq!(pair[1].kilometre, pair[0].kilometre + 1);
                let apart = pair[0].at.distance(pair[1].at);
                assert!((930.0..=1_001.0).contains(&apart), "{route} K{}: {apart:.0} m in a straight line", pair[0].kilometre);
            }
        }
    }
}
