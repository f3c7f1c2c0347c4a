//! From arcs of the hierarchy back to edges of the road.

use super::customise::Weights;
use super::{FAR, Hierarchy, arc_between};

/// Appends the edges driven on an arc of the hierarchy: from its lower to its higher end, or `down`.
///
/// An arc is an arc of the graph, or two arcs over a lower node that take the same time. The work is kept on a stack of our own.
pub(super) fn unpack(h: &Hierarchy, weights: &Weights, arc: u32, down: bool, edges: &mut Vec<u32>) {
    let view = h.cch.view();
    let mut open = vec![(arc, down)];
    while let Some((arc, down)) = open.pop() {
        let ms = if down { weights.backward[arc as usize] } else { weights.forward[arc as usize] };
        if ms >= FAR {
            continue;
        }
        if let Some(own) = h.under(arc, down).iter().find(|a| weights.arc_ms(h, **a) == ms) {
            edges.push(h.graph.arcs[*own as usize].edge);
            continue;
        }
        let (x, z) = (h.tail[arc as usize], view.up_head[arc as usize]);
        let below = view.down_first_out[x as usize] as usize..view.down_first_out[x as usize + 1] as usize;
        let halves = below.into_iter().find_map(|i| {
            let (y, bottom) = (view.down_head[i], view.down_to_up[i]);
            let middle = arc_between(&view, y, z)?;
            let (b, m) = (bottom as usize, middle as usize);
            let total = if down {
                weights.backward[m].saturating_add(weights.forward[b])
            } else {
                weights.backward[b].saturating_add(weights.forward[m])
            };
            (total == ms).then_some((bottom, middle))
        });
        // The first half driven is pushed last.
        if let Some((bottom, middle)) = halves {
            open.extend(if down { [(bottom, false), (middle, true)] } else { [(middle, false), (bottom, true)] });
        }
    }
}
