//! Which way a vehicle drove, on maps small enough to see.

use gongzhi_civic::place::Point;
use gongzhi_road::track::{BreakWhy, MatchOptions, MatchedTrack, Matcher, OnlineMatcher, Unmatched};
use gongzhi_road::{Fix, Network};
use gongzhi_testkit::RoadMap;
use gongzhi_testkit::drive::{Device, Roads};

use crate::real_data::data;

/// Fixes at points, so many seconds apart, with an accuracy of 8 m.
fn fixes(every_s: i64, points: &[Point]) -> Vec<Fix> {
    points.iter().enumerate().map(|(i, p)| Fix { at_ms: i as i64 * every_s * 1_000, accuracy_m: Some(8.0), ..Fix::at(*p) }).collect()
}

fn matched(network: &Network, fixes: &[Fix]) -> MatchedTrack {
    Matcher::new(network, MatchOptions::default()).match_track(fixes)
}

/// Names of the edges driven, each once while it lasts, and `←` where the drive goes west.
fn driven(network: &Network, track: &MatchedTrack) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for part in track.pieces.iter().flat_map(|p| &p.driven) {
        let edge = network.edge(part.edge).unwrap();
        let west = edge.line[0].lon > edge.line[edge.line.len() - 1].lon + 1e-7;
        let name = format!("{}{}", edge.name, if west { "←" } else { "" });
        if names.last() != Some(&name) {
            names.push(name);
        }
    }
    names
}

#[test]
fn a_drive_round_a_corner_follows_the_streets_with_offsets_and_times() {
    let map = super::drawn::city();
    let network = map.network();
    // East along 胜利东路, then north on 阳明北路; the corner itself is not reported.
    let track = matched(
        &network,
        &fixes(
            10,
            &[
                map.beside('W', 50.0, -3.0),
                map.beside('W', 150.0, 4.0),
                map.beside('W', 250.0, -6.0),
                map.beside('X', 5.0, 50.0),
                map.beside('X', -2.0, 95.0),
            ],
        ),
    );
    assert_eq!(driven(&network, &track), ["胜利东路", "阳明北路"]);
    assert_eq!(track.pieces.len(), 1);
    let parts = &track.pieces[0].driven;
    assert!((parts[0].from_m - 50.0).abs() < 1.0 && (parts[0].to_m - 300.0).abs() < 1.0, "{parts:?}");
    assert!(parts.windows(2).all(|w| w[0].to_ms == w[1].from_ms), "{parts:?}");
    // The corner lies half way between the fixes at 20 and 30 s.
    assert!((parts[0].to_ms - 25_000).abs() < 600, "{parts:?}");
    assert!(track.confidence > 0.9, "{}", track.confidence);
}

#[test]
fn a_viaduct_is_followed_past_the_street_it_crosses() {
    let map = RoadMap::draw(
        "
     C
     |
A----+----B
     |
     D",
    )
    .way("AB", |w| w.name("地面路"))
    .way("CD", |w| w.name("高架路").class("trunk").bridge());
    let network = map.network();
    // One fix lies nearer to the street below.
    let track = matched(
        &network,
        &fixes(
            5,
            &[
                map.beside('C', 2.0, -20.0),
                map.beside('C', -3.0, -60.0),
                map.beside('C', 9.0, -100.0),
                map.beside('C', 4.0, -140.0),
                map.beside('C', 0.0, -180.0),
            ],
        ),
    );
    assert_eq!(driven(&network, &track), ["高架路"]);
    assert!(track.fixes.iter().all(|f| f.place.is_ok()));
}

fn divided() -> RoadMap {
    RoadMap::draw(
        "
A-----------B
C-----------D",
    )
    .scale(12.0)
    .way("BA", |w| w.name("中兴大道").class("primary").oneway())
    .way("CD", |w| w.name("中兴大道").class("primary").oneway())
}

#[test]
fn travel_against_a_carriageway_is_never_believed() {
    let map = divided();
    let network = map.network();
    // Eastward, but every report lies on the westbound carriageway.
    let track = matched(&network, &fixes(3, &[0.0, 30.0, 60.0, 90.0, 120.0].map(|x| map.beside('A', x + 5.0, -1.0))));
    assert_eq!(driven(&network, &track), ["中兴大道"], "{track:?}");
    // Westward there, all is well.
    let back = matched(&network, &fixes(3, &[120.0, 90.0, 60.0, 30.0].map(|x| map.beside('A', x + 5.0, -1.0))));
    assert_eq!(driven(&network, &back), ["中兴大道←"]);
}

#[test]
fn wrong_way_positions_on_a_lone_one_way_street_give_no_drive_against_it() {
    let map = RoadMap::draw("A-----------B").scale(20.0).way("AB", |w| w.name("单行路").oneway());
    let network = map.network();
    let track = matched(&network, &fixes(5, &[200.0, 150.0, 100.0, 50.0].map(|x| map.beside('A', x, 2.0))));
    for piece in &track.pieces {
        assert!(piece.driven.iter().all(|d| d.to_m >= d.from_m), "{piece:?}");
        let metres: f64 = piece.driven.iter().map(|d| d.to_m - d.from_m).sum();
        assert!(metres < 1.0, "{piece:?}");
    }
    // Backwards by far more than noise: each place is a piece of its own or an outlier.
    assert!(track.pieces.len() > 1 || track.fixes.iter().any(|f| f.place.is_err()), "{track:?}");
}

#[test]
fn a_turn_back_in_the_street_is_seen_once() {
    let map = RoadMap::draw("A-----------B").scale(30.0).way("AB", |w| w.name("双向路"));
    let network = map.network();
    let track = matched(&network, &fixes(5, &[40.0, 100.0, 160.0, 150.0, 90.0, 30.0].map(|x| map.beside('A', x, 0.0))));
    assert_eq!(driven(&network, &track), ["双向路", "双向路←"], "{track:?}");
}

#[test]
fn a_tunnel_without_fixes_is_driven_through_and_a_long_silence_breaks() {
    let map = RoadMap::draw("A---B-----------------C---D")
        .way("AB", |w| w.name("引道"))
        .way("BC", |w| w.name("湖底隧道").class("primary").tag("tunnel", "yes").tag("layer", "-1"))
        .way("CD", |w| w.name("出口路"));
    let network = map.network();
    let at = |s: i64, x: f64| Fix { at_ms: s * 1_000, accuracy_m: Some(8.0), ..Fix::at(map.beside('A', x, 1.0)) };
    let track = matched(&network, &[at(0, 50.0), at(10, 150.0), at(55, 1_130.0), at(60, 1_200.0)]);
    assert_eq!(driven(&network, &track), ["引道", "湖底隧道", "出口路"]);
    let tunnel = track.pieces[0].driven.iter().find(|d| network.edge(d.edge).unwrap().tunnel).unwrap();
    assert!(!tunnel.seen && (tunnel.to_m - tunnel.from_m - 900.0).abs() < 5.0, "{tunnel:?}");
    let broken = matched(&network, &[at(0, 50.0), at(10, 150.0), at(75, 1_130.0), at(80, 1_200.0)]);
    assert_eq!(broken.pieces.iter().map(|p| p.why).collect::<Vec<_>>(), [BreakWhy::Start, BreakWhy::Silence]);
    assert!(BreakWhy::Silence.text().zh.contains("断开"));
    let far = Fix { at_ms: 110_000, accuracy_m: Some(8.0), ..Fix::at(map.beside('D', 1_100.0, 0.0)) };
    let options = MatchOptions { gap_m: 500.0, ..MatchOptions::default() };
    let split = Matcher::new(&network, options).match_track(&[at(0, 50.0), at(10, 150.0), at(55, 1_130.0), far]);
    assert_eq!(split.pieces.iter().map(|p| p.why).collect::<Vec<_>>(), [BreakWhy::Start, BreakWhy::Distance]);
    assert_eq!(split.fixes[3].place, Err(Unmatched::OffRoad));
}

#[test]
fn a_jump_is_an_outlier_and_the_drive_goes_on() {
    let map = super::drawn::city();
    let network = map.network();
    let mut track = fixes(5, &[50.0, 100.0, 150.0, 200.0, 250.0].map(|x| map.beside('W', x, 2.0)));
    // Faster than any vehicle: out before the model is asked.
    track[2].point = map.beside('Y', 20.0, 140.0);
    let far = matched(&network, &track);
    assert_eq!(far.fixes[2].place, Err(Unmatched::Outlier));
    assert_eq!(driven(&network, &far), ["胜利东路"]);
    // A drive could be as fast, but not there and back: the model passes over it.
    track[2].point = map.beside('X', 3.0, 120.0);
    let near = matched(&network, &track);
    assert_eq!(near.fixes[2].place, Err(Unmatched::Outlier), "{near:?}");
    assert_eq!((driven(&network, &near), near.pieces.len()), (vec!["胜利东路".to_owned()], 1));
}

#[test]
fn a_jump_that_stays_breaks_the_track() {
    let map = RoadMap::draw("A-------------------------------------------------------B").scale(200.0).way("AB", |w| w.name("国道"));
    let network = map.network();
    let at = |s: i64, x: f64| Fix { at_ms: s * 1_000, accuracy_m: Some(8.0), ..Fix::at(map.beside('A', x, 1.0)) };
    let track = matched(&network, &[at(0, 50.0), at(5, 120.0), at(10, 9_000.0), at(15, 9_070.0), at(20, 9_140.0), at(25, 9_210.0)]);
    assert_eq!(track.pieces.iter().map(|p| p.why).collect::<Vec<_>>(), [BreakWhy::Start, BreakWhy::Jump]);
    assert_eq!(track.fixes.iter().filter(|f| f.place == Err(Unmatched::Outlier)).count(), 2);
}

#[test]
fn standing_at_a_signal_drives_nowhere() {
    let map = super::drawn::city();
    let network = map.network();
    let wobble = [(0.0, 0.0), (4.0, 3.0), (-5.0, 2.0), (3.0, -6.0), (-2.0, 5.0), (6.0, 1.0), (-7.0, -3.0), (1.0, 4.0)];
    let mut points = vec![map.beside('W', 120.0, -3.0), map.beside('W', 200.0, 2.0)];
    points.extend(wobble.iter().cycle().take(20).map(|(x, y)| map.beside('X', -20.0 + x, y - 2.0)));
    points.extend([map.beside('X', 60.0, -2.0), map.beside('X', 150.0, -2.0)]);
    let track = matched(&network, &fixes(5, &points));
    assert_eq!(driven(&network, &track), ["胜利东路"], "{:?}", track.pieces);
    let metres: f64 = track.pieces[0].driven.iter().map(|d| d.to_m - d.from_m).sum();
    assert!((metres - 330.0).abs() < 15.0, "{metres}");
}

#[test]
fn a_roundabout_is_driven_round() {
    let map = RoadMap::draw(
        "
       N
       |
       n
W----w   e----E
       s
       |
       S",
    )
    .scale(15.0)
    .way("wsenw", |w| w.name("环岛").tag("junction", "roundabout"))
    .way("Ww", |w| w.name("西路"))
    .way("eE", |w| w.name("东路"))
    .way("Nn", |w| w.name("北路"))
    .way("sS", |w| w.name("南路"));
    let network = map.network();
    // From the west, right round by the south, to the north.
    let points = [
        map.beside('W', 20.0, -2.0),
        map.beside('W', 55.0, -2.0),
        map.beside('s', 2.0, 3.0),
        map.beside('e', -4.0, 4.0),
        map.beside('n', 1.0, 20.0),
    ];
    let track = matched(&network, &fixes(6, &points));
    assert_eq!(driven(&network, &track).iter().filter(|n| n.starts_with("环岛")).count() >= 1, true);
    let names = driven(&network, &track);
    assert!(names.first().is_some_and(|n| n == "西路") && names.last().is_some_and(|n| n.starts_with("北路")), "{names:?}");
    let round: f64 = track.pieces[0].driven.iter().filter(|d| network.edge(d.edge).unwrap().roundabout).map(|d| d.to_m - d.from_m).sum();
    let ring: f64 = (0..network.counts().edges as u32).filter_map(|e| network.edge(e)).filter(|e| e.roundabout).map(|e| e.length_m).sum();
    assert!((round / ring - 0.75).abs() < 0.05, "{round} of {ring}");
}

#[test]
fn nonsense_is_answered_and_harms_nothing() {
    let map = super::drawn::city();
    let network = map.network();
    let mut track = fixes(10, &[50.0, 150.0, 250.0].map(|x| map.beside('W', x, 2.0)));
    track.insert(1, Fix { at_ms: 5_000, ..Fix::at(Point::new(f64::NAN, 0.0)) });
    track.insert(3, Fix { at_ms: -99_000, ..Fix::at(map.beside('W', 0.0, 0.0)) });
    track.push(Fix { at_ms: i64::MAX, ..Fix::at(map.point('X')) });
    let answer = matched(&network, &track);
    assert_eq!(answer.fixes.len(), track.len());
    assert_eq!(answer.fixes[1].place, Err(Unmatched::Invalid));
    assert_eq!(answer.fixes[3].place, Err(Unmatched::Invalid));
    assert!(answer.fixes[4].place.is_ok());
    assert!(matched(&network, &[]).pieces.is_empty());
    let nowhere = matched(&network, &fixes(10, &[Point::new(10.0, 10.0); 4]));
    assert!(nowhere.fixes.iter().all(|f| f.place == Err(Unmatched::OffRoad)));
}

fn helsinki() -> Option<Network> {
    let bytes = data("osm/helsinki_centre.osm.pbf")?;
    Some(
        Network::from_vec(gongzhi_road::import::osm(&bytes, &gongzhi_road::import::Options::default(), &mut |_| {}).unwrap().bytes)
            .unwrap(),
    )
}

#[test]
fn one_fix_at_a_time_answers_within_two_and_survives_being_written_down() {
    let map = super::drawn::city();
    let mut networks = vec![map.network()];
    networks.extend(helsinki());
    for network in &networks {
        let roads = Roads::new(network);
        let mut matcher = Matcher::new(network, MatchOptions::default());
        for n in 0..12 {
            let Some(drive) = roads.drive(3, n, 400.0, 1_500.0) else { continue };
            for (every_s, sigma_m) in [(1, 8.0), (10, 10.0), (30, 20.0)] {
                let device = Device { every_s, sigma_m, outliers: 0.05, heading: n % 2 == 0 };
                let (mut online, mut written) = (OnlineMatcher::new(), OnlineMatcher::new());
                let (mut said, mut said_again) = (Vec::new(), Vec::new());
                let reports = drive.reports(&device, n);
                for (i, report) in reports.iter().enumerate() {
                    said.extend(online.push(&mut matcher, report.fix));
                    assert!(said.len() + 2 > i, "at most two fixes wait");
                    // Another worker takes over after each fix.
                    let text = serde_json::to_string(&written).unwrap();
                    written = serde_json::from_str(&text).unwrap();
                    said_again.extend(written.push(&mut Matcher::new(network, MatchOptions::default()), report.fix));
                }
                said.extend(online.finish(&mut matcher));
                said_again.extend(written.finish(&mut matcher));
                assert_eq!(said.len(), said_again.len());
                // JSON rounds the last bit of a number, so the same to a hair.
                for (a, b) in said.iter().zip(&said_again) {
                    match (&a.place, &b.place) {
                        (Ok(a), Ok(b)) => {
                            assert_eq!((a.edge, &a.path, a.starts), (b.edge, &b.path, b.starts));
                            assert!((a.offset_m - b.offset_m).abs() < 0.01 && (a.confidence - b.confidence).abs() < 1e-6, "{a:?} {b:?}");
                        }
                        (a, b) => assert_eq!(a, b),
                    }
                }
                assert_eq!(said.iter().map(|s| s.index).collect::<Vec<_>>(), (0..reports.len() as u64).collect::<Vec<_>>());
                connected(network, &matcher.pieces(&said));
                let whole = matcher.match_track(&reports.iter().map(|r| r.fix).collect::<Vec<_>>());
                connected(network, &whole.pieces);
                assert_eq!(whole.fixes.len(), reports.len());
            }
        }
    }
}

/// Edges of a piece follow each other, or turn back on the same line.
fn connected(network: &Network, pieces: &[gongzhi_road::track::Piece]) {
    for piece in pieces {
        for pair in piece.driven.windows(2) {
            let (a, b) = (network.edge(pair[0].edge).unwrap(), network.edge(pair[1].edge).unwrap());
            assert!(a.to == b.from || a.twin == Some(pair[1].edge), "{pair:?}");
            assert!(pair[0].to_ms <= pair[1].to_ms && pair[0].from_m <= pair[0].to_m + 1e-6, "{pair:?}");
        }
    }
}

#[test]
fn another_network_starts_the_track_afresh() {
    let (first, second) = (super::drawn::city(), super::drawn::city().way("WN", |w| w.name("环路")));
    let (before, after) = (first.network(), second.network());
    let mut online = OnlineMatcher::new();
    let track = fixes(10, &[50.0, 150.0, 250.0, 350.0].map(|x| first.beside('W', x, 2.0)));
    let (mut a, mut b) = (Matcher::new(&before, MatchOptions::default()), Matcher::new(&after, MatchOptions::default()));
    let mut said = online.push(&mut a, track[0]);
    said.extend(online.push(&mut a, track[1]));
    said.extend(online.push(&mut b, track[2]));
    said.extend(online.push(&mut b, track[3]));
    said.extend(online.finish(&mut b));
    assert_eq!(said.len(), 4);
    let starts = said[2].place.as_ref().unwrap().starts;
    assert_eq!(starts, Some(BreakWhy::Network), "{said:?}");
}

#[test]
fn simulated_drives_through_porto_alegre_are_found_again() {
    let Some(bytes) = data("osm/porto_alegre.osm.pbf") else { return };
    let imported = gongzhi_road::import::osm(&bytes, &gongzhi_road::import::Options::default(), &mut |_| {}).unwrap();
    let network = Network::from_vec(imported.bytes).unwrap();
    let roads = Roads::new(&network);
    let mut matcher = Matcher::new(&network, MatchOptions { gap_s: 100.0, ..MatchOptions::default() });
    for (every_s, sigma_m, goal) in [(10, 10.0, 0.98), (30, 20.0, 0.94)] {
        let (mut right, mut count) = (0u32, 0u32);
        for n in 0..60 {
            let Some(drive) = roads.drive(11, n, 2_500.0, 8_000.0) else { continue };
            let reports = drive.reports(&Device { every_s, sigma_m, outliers: 0.02, heading: true }, 70 + n);
            let track = matcher.match_track(&reports.iter().map(|r| r.fix).collect::<Vec<_>>());
            for (report, fix) in reports.iter().zip(&track.fixes).filter(|(r, _)| !r.outlier) {
                let at = drive.metres(&report.truth);
                let near = |i: usize| {
                    let end = drive.starts_m.get(i + 1).copied().unwrap_or(f64::MAX);
                    drive.starts_m[i] <= at + 3.0 * sigma_m && end >= at - 3.0 * sigma_m
                };
                let edge = fix.place.as_ref().ok().map(|on| on.edge);
                right += u32::from(drive.edges.iter().enumerate().any(|(i, e)| Some(*e) == edge && near(i)));
                count += 1;
            }
        }
        let share = f64::from(right) / f64::from(count);
        assert!(count > 800 && share >= goal, "{every_s} s {sigma_m} m: {right} of {count}, {share}");
    }
}
