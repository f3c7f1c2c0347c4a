//! Nearest junctions against shortest ways between all pairs.

use crate::Numbers;
use gongzhi_risk::blackspot::reach::Reach;
use gongzhi_risk::network::{Edge, Graph};

#[test]
fn nearest_along_the_streets_on_random_graphs() {
    let mut numbers = Numbers(9);
    let mut far = 0;
    for _ in 0..200 {
        let nodes = 2 + numbers.below(12);
        let edges: Vec<Edge> = (0..numbers.below(20))
            .map(|_| Edge {
                from: numbers.below(nodes) as u32,
                to: numbers.below(nodes) as u32,
                length_m: numbers.below(20) as f64 * 10.0,
                oneway: numbers.below(2) == 0,
            })
            .collect();
        let junctions: Vec<(u32, u32)> =
            (0..1 + numbers.below(3)).map(|_| (numbers.below(nodes) as u32, numbers.below(5) as u32)).collect();
        let most = 50.0 + numbers.below(20) as f64 * 10.0;
        let mut way = vec![vec![f64::INFINITY; nodes]; nodes];
        for (i, row) in way.iter_mut().enumerate() {
            row[i] = 0.0;
        }
        for e in &edges {
            let (a, b) = (e.from as usize, e.to as usize);
            way[a][b] = way[a][b].min(e.length_m);
            way[b][a] = way[a][b];
        }
        for k in 0..nodes {
            for i in 0..nodes {
                for j in 0..nodes {
                    way[i][j] = way[i][j].min(way[i][k] + way[k][j]);
                }
            }
        }
        let graph = Graph::new(nodes as u32, edges.clone()).unwrap();
        let reach = Reach::new(&graph, &junctions, most);
        for (number, edge) in edges.iter().enumerate() {
            let offset = numbers.unit() * edge.length_m;
            let metres = |&(node, junction): &(u32, u32)| {
                let by = |end: u32, m: f64| way[end as usize][node as usize] + m;
                (by(edge.from, offset).min(by(edge.to, edge.length_m - offset)), junction)
            };
            let expected = junctions.iter().map(metres).min_by(|a, b| a.0.total_cmp(&b.0)).filter(|m| m.0 <= most);
            let found = reach.nearest(&graph, number as u32, offset, most);
            far += usize::from(expected.is_none());
            match (found, expected) {
                (None, None) => {}
                (Some((junction, m)), Some((least, _))) => {
                    assert!((m - least).abs() < 1e-9);
                    assert!(junctions.iter().map(metres).any(|(d, j)| j == junction && (d - least).abs() < 1e-9));
                }
                other => panic!("{other:?}"),
            }
        }
    }
    assert!(far > 100, "{far}");
}

#[test]
fn what_is_not_there_is_not_near() {
    let graph = Graph::new(2, vec![Edge { from: 0, to: 1, length_m: 100.0, oneway: true }]).unwrap();
    assert_eq!(Reach::new(&graph, &[(9, 1)], 50.0).nearest(&graph, 0, 0.0, 50.0), None);
    let reach = Reach::new(&graph, &[(1, 4)], 50.0);
    // One-way or not, the crash 50 m before the junction is 50 m from it.
    assert_eq!(reach.nearest(&graph, 0, 50.0, 50.0), Some((4, 50.0)));
    assert_eq!(reach.nearest(&graph, 0, 49.0, 50.0), None);
    assert_eq!(reach.nearest(&graph, 7, 0.0, 50.0), None);
}
