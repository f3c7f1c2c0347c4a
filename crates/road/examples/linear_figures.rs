//! Figures of linear reference on real and made stakes. Prints Markdown; progress goes to stderr.
//!
//! `cargo run --release -p gongzhi-road --example linear_figures [DATA]`, DATA as in `GONGZHI_TEST_DATA`.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::path::PathBuf;
use std::time::Instant;

use gongzhi_civic::place::haversine_m;
use gongzhi_road::Network;
use gongzhi_road::import::{self, Options};
use gongzhi_road::linear::{Course, Direction, StakePost, StakeRefusal, Stakes};

#[path = "../tests/it/milestones.rs"]
mod milestones;

fn main() {
    let data = std::env::args()
        .nth(1)
        .or_else(|| std::env::var("GONGZHI_TEST_DATA").ok())
        .map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from);
    let Ok(bytes) = std::fs::read(data.join("osm/lower_saxony_main_roads.osm.gz")) else {
        println!("SKIPPED: lower_saxony_main_roads.osm.gz not found under {}", data.display());
        return;
    };
    eprintln!("importing");
    let network = Network::from_vec(import::osm(&bytes, &Options::default(), &mut |_| {}).unwrap().bytes).unwrap();
    let names: Vec<String> = std::env::var("NAMES").unwrap_or("A 7,B 6".into()).split(",").map(String::from).collect();
    for name in &names {
        let started = Instant::now();
        let courses = Course::of(&network, name);
        let ms = started.elapsed().as_secs_f64() * 1e3;
        eprintln!("{name}: {} courses in {ms:.1} ms", courses.len());
        for c in courses.iter().take(4) {
            let back = c.line(0.0, c.length_m(), Direction::Backward);
            let back: f64 = back.windows(2).map(|w| haversine_m(w[0], w[1])).sum();
            eprintln!(
                "   {} {:.1} km, back {:.1} km, {} gaps {:?}, {} branches {:?}",
                c.key(), c.length_m() / 1e3, back / 1e3, c.gaps().len(),
                c.gaps().iter().map(|g| (g.direction, g.from_m.round(), g.to_m.round())).collect::<Vec<_>>(),
                c.branches().len(),
                c.branches().iter().map(|b| (b.at_m.round(), b.length_m.round())).collect::<Vec<_>>()
            );
        }
    }
    let posts = milestones::read(&bytes);
    let stakes = Stakes::new(&network, posts.clone(), &[]);
    eprintln!("{} posts, rejected:", posts.len());
    for r in stakes.rejected() {
        eprintln!("  {:?} {}", posts[r.post], r.reason.text().en);
    }
    eprintln!("breaks {:?}", stakes.suspected_breaks());
    let course = &Course::of(&network, "A 7")[0];
    let mut xs: Vec<_> = posts.iter().filter_map(|p| course.project(p.point, Direction::Both, 60.0).map(|h| (h.measure_m, p.metre, h.direction))).collect();
    xs.sort_by(|a, b| a.0.total_cmp(&b.0));
    for w in xs.windows(2) {
        eprintln!("   {:?} sum {:.0}; step road {:.0} stakes {:.0}", w[1], w[1].0 + w[1].1, w[1].0 - w[0].0, w[1].1 - w[0].1);
    }
}
