//! Figures of linear reference: real kilometre posts left out one at a time, made ones with survey noise. Prints Markdown; progress to stderr.
//!
//! `cargo run --release -p gongzhi-road --example linear_figures [DATA]`, DATA as in `GONGZHI_TEST_DATA`.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use gongzhi_civic::place::{EARTH_RADIUS_M, Point, haversine_m};
use gongzhi_road::Network;
use gongzhi_road::import::{self, Options};
use gongzhi_road::jurisdiction::{Jurisdiction, Jurisdictions, RoadDuty, Spot, Why};
use gongzhi_road::linear::{ChainageEquation, Course, Direction, Located, PostSource, Sense, StakePost, StakeRefusal, Stakes};

#[path = "../tests/it/milestones.rs"]
mod milestones;

fn main() {
    let data = std::env::args()
        .nth(1)
        .or_else(|| std::env::var("GONGZHI_TEST_DATA").ok())
        .map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from);
    println!("## Linear reference\n");
    let Ok(bytes) = std::fs::read(data.join("osm/lower_saxony_main_roads.osm.gz")) else {
        println!("SKIPPED: lower_saxony_main_roads.osm.gz not found under {}", data.display());
        return;
    };
    eprintln!("importing");
    let network = Network::from_vec(import::osm(&bytes, &Options::default(), &mut |_| {}).unwrap().bytes).unwrap();
    real(&network, &milestones::read(&bytes));
    made(&network);
    speed(&network, &milestones::read(&bytes));
    grids(&network);
}

/// What became of the questions.
#[derive(Default)]
struct Tally {
    errors: Vec<f64>,
    bounds: Vec<f64>,
    held: usize,
    refused: BTreeMap<&'static str, usize>,
}

impl Tally {
    fn take(&mut self, answer: &Result<Located, StakeRefusal>, truth: Point) {
        match answer {
            Ok(located) => {
                let error = haversine_m(located.place.point, truth);
                self.errors.push(error);
                self.bounds.push(located.bound_m);
                self.held += usize::from(error <= located.bound_m);
            }
            Err(refusal) => *self.refused.entry(refusal.code()).or_default() += 1,
        }
    }

    fn row(&mut self, title: &str) {
        self.errors.sort_by(f64::total_cmp);
        self.bounds.sort_by(f64::total_cmp);
        let n = self.errors.len();
        let at = |v: &[f64], share: f64| v.get(((n as f64 * share).ceil() as usize).saturating_sub(1)).copied().unwrap_or(f64::NAN);
        let refused: usize = self.refused.values().sum();
        println!(
            "| {title} | {} | {n} | {:.1} | {:.1} | {:.1} | {:.0} | {:.1} % | {} |",
            n + refused,
            at(&self.errors, 0.5),
            at(&self.errors, 0.95),
            self.errors.last().copied().unwrap_or(f64::NAN),
            at(&self.bounds, 0.5),
            100.0 * self.held as f64 / n.max(1) as f64,
            if refused == 0 {
                "–".to_owned()
            } else {
                self.refused.iter().map(|(k, n)| format!("{n} {}", k.rsplit('.').next().unwrap_or(k))).collect::<Vec<_>>().join(", ")
            }
        );
    }
}

const HEAD: &str = "| | asked | answered | median m | p95 m | worst m | median bound m | bound true | refused |\n|---|---:|---:|---:|---:|---:|---:|---:|---|";

fn real(network: &Network, posts: &[StakePost]) {
    println!("### Real: Lower Saxony's {} kilometre posts (OpenStreetMap), left out and asked for\n", posts.len());
    println!(
        "Error: metres from the answer to the post left out. *One number*: all posts within 100 m of stakes are left out together, so that the"
    );
    println!("post of the other carriageway does not give the answer away.\n\n{HEAD}");
    let all = Stakes::new(network, posts.to_vec(), &[]);
    let courses: BTreeMap<&str, Course> =
        posts.iter().map(|p| (p.reference.as_str(), Course::of(network, &p.reference).remove(0))).collect();
    for (title, near_m) in [("one post", 0.0), ("one number", 100.0)] {
        let (mut whole, mut near) = (Tally::default(), Tally::default());
        for (i, post) in posts.iter().enumerate() {
            let rest: Vec<StakePost> = posts
                .iter()
                .enumerate()
                .filter(|(j, p)| *j != i && (near_m == 0.0 || p.reference != post.reference || (p.metre - post.metre).abs() > near_m))
                .map(|(_, p)| p.clone())
                .collect();
            let stakes = Stakes::new(network, rest, &[]);
            let side = courses[post.reference.as_str()]
                .project(post.point, Direction::Both, 30.0)
                .and_then(|_| all.stake_at(post.point, 30.0))
                .map(|s| s.sense);
            let answer = stakes.locate(&post.reference, post.metre, side);
            whole.take(&answer, post.point);
            if answer.as_ref().is_ok_and(|l| l.bracket.len() == 2 && l.bracket.iter().map(|b| b.distance_m).sum::<f64>() <= 5_000.0) {
                near.take(&answer, post.point);
            }
        }
        whole.row(&format!("{title}, all"));
        near.row(&format!("{title}, between posts ≤ 5 km apart"));
    }
    println!("\nPosts rejected: {}. Breaks of chainage found:", all.rejected().len());
    for (e, point) in all.suspected_breaks() {
        println!("{} K{:.1} = K{:.1} near {:.4}, {:.4}.", e.reference, e.back_m / 1e3, e.ahead_m / 1e3, point.lon, point.lat);
    }
    println!();
}

/// Numbers from a counter (splitmix64): the same figures every time.
struct Counter(u64);

impl Counter {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn between(&mut self, a: f64, b: f64) -> f64 {
        a + (b - a) * self.unit()
    }

    /// Normal by twelve uniforms.
    fn normal(&mut self, sd: f64) -> f64 {
        sd * ((0..12).map(|_| self.unit()).sum::<f64>() - 6.0)
    }
}

/// Truth of a made route: stakes at measures of the course.
struct Made {
    /// (measure, continuous chainage), rising.
    knots: Vec<(f64, f64)>,
    /// Chainage where numbers jump, and by how much.
    jump: Option<(f64, f64)>,
}

impl Made {
    fn new(counter: &mut Counter, length: f64, with_break: bool) -> Self {
        let (mut x, mut c) = (0.0, (counter.between(0.0, 200.0)).round() * 1_000.0);
        let mut knots = vec![(x, c)];
        while x < length {
            let step = counter.between(2_000.0, 6_000.0);
            x += step;
            c += step * counter.between(0.985, 1.015);
            knots.push((x, c));
        }
        let middle = knots[knots.len() / 2].1;
        let jump = with_break.then(|| (middle, (counter.between(-400.0, 600.0) / 10.0).round() * 10.0));
        Self { knots, jump }
    }

    fn number(&self, x: f64) -> f64 {
        let i = self.knots.partition_point(|k| k.0 <= x).clamp(1, self.knots.len() - 1);
        let (a, b) = (self.knots[i - 1], self.knots[i]);
        let c = a.1 + (b.1 - a.1) * (x - a.0) / (b.0 - a.0);
        c + self.jump.filter(|j| c > j.0).map_or(0.0, |j| j.1)
    }
}

fn made(network: &Network) {
    let names = [
        "A 2", "A 39", "A 36", "A 391", "B 6", "B 1", "B 188", "B 65", "B 3", "B 244", "B 248", "L 295", "B 444", "B 4", "B 443", "B 217",
        "L 290", "L 321", "L 625", "L 475", "L 390", "B 243", "B 441",
    ];
    let mut counter = Counter(4);
    let mut by_spacing: BTreeMap<u32, Tally> = BTreeMap::new();
    let (mut wrong, mut caught, mut right, mut blamed, mut routes, mut breaks) = (0, 0, 0, 0, 0, 0);
    for (n, name) in names.iter().enumerate() {
        let course = Course::of(network, name).remove(0);
        if course.length_m() < 8_000.0 {
            continue;
        }
        routes += 1;
        let truth = Made::new(&mut counter, course.length_m(), n % 3 == 0);
        breaks += usize::from(truth.jump.is_some());
        let spacing = [1_000.0, 2_000.0, 5_000.0][n % 3];
        let equations: Vec<ChainageEquation> = truth
            .jump
            .iter()
            .map(|(at, by)| ChainageEquation { reference: (*name).to_owned(), back_m: at.round(), ahead_m: (at + by).round() })
            .collect();
        let (mut posts, mut typed) = (Vec::new(), Vec::new());
        let mut x = counter.between(50.0, 800.0);
        while x < course.length_m() {
            let direction = if counter.unit() < 0.5 { Direction::Forward } else { Direction::Backward };
            if let Some(at) = course.at((x + counter.normal(8.0)).clamp(0.0, course.length_m()), direction) {
                let mut metre = truth.number(x).round();
                let is_wrong = counter.unit() < 0.03;
                if is_wrong {
                    metre = mistyped(metre, &mut counter);
                }
                typed.push(is_wrong && (metre - truth.number(x)).abs() > 150.0);
                let degree = EARTH_RADIUS_M.to_radians();
                let (east, north) = (counter.normal(7.0), counter.normal(7.0));
                let point = Point::new(at.point.lon + east / degree / at.point.lat.to_radians().cos(), at.point.lat + north / degree);
                posts.push(StakePost {
                    reference: (*name).to_owned(),
                    metre,
                    point,
                    direction: None,
                    source: PostSource::Survey,
                    note: String::new(),
                });
            }
            x += spacing * counter.between(0.8, 1.2);
        }
        let stakes = Stakes::new(network, posts, &equations);
        let rejected: Vec<usize> = stakes.rejected().iter().map(|r| r.post).collect();
        for (i, is_wrong) in typed.iter().enumerate() {
            let thrown = rejected.contains(&i);
            match (is_wrong, thrown) {
                (true, thrown) => (wrong, caught) = (wrong + 1, caught + usize::from(thrown)),
                (false, thrown) => (right, blamed) = (right + 1, blamed + usize::from(thrown)),
            }
        }
        let tally = by_spacing.entry(spacing as u32).or_default();
        let mut x = counter.between(0.0, 700.0);
        while x < course.length_m() {
            let direction = if counter.unit() < 0.5 { Direction::Forward } else { Direction::Backward };
            if let Some(at) = course.at(x, direction) {
                // Made stakes grow with the measure.
                let sense = if direction == Direction::Forward { Sense::Increasing } else { Sense::Decreasing };
                tally.take(&stakes.locate(name, truth.number(x).round(), Some(sense)), at.point);
            }
            x += counter.between(400.0, 1_000.0);
        }
    }
    println!("### Made (synthetic): stakes on {routes} real routes of Lower Saxony\n");
    println!(
        "Chainage runs at 0.985 to 1.015 of the road's length, changing every 2–6 km; posts stand 8 m (one standard deviation) off along the road and"
    );
    println!(
        "are surveyed with 7 m each way; 3 % of the numbers are mistyped; {breaks} routes have a declared break of chainage. Asked: hidden stakes of"
    );
    println!(
        "both carriageways, beyond the outermost posts too. The route's course is the program's own: this measures calibration, not courses.\n\n{HEAD}"
    );
    for (spacing, tally) in &mut by_spacing {
        tally.row(&format!("posts some {} km apart", spacing / 1_000));
    }
    let mut all = Tally::default();
    for tally in by_spacing.into_values() {
        all.errors.extend(tally.errors);
        all.bounds.extend(tally.bounds);
        all.held += tally.held;
        for (k, n) in tally.refused {
            *all.refused.entry(k).or_default() += n;
        }
    }
    all.row("all");
    println!("\nMistyped by more than 150 m and rejected: {caught} of {wrong}. Good posts rejected: {blamed} of {right}.\n");
}

/// One digit of the kilometres or hundreds changed.
fn mistyped(metre: f64, counter: &mut Counter) -> f64 {
    let place = [100.0, 1_000.0, 10_000.0][(counter.unit() * 3.0) as usize];
    let digit = (metre / place).floor() % 10.0;
    let other = (digit + 1.0 + (counter.unit() * 9.0).floor()) % 10.0;
    metre + (other - digit) * place
}

fn speed(network: &Network, posts: &[StakePost]) {
    let started = Instant::now();
    let courses: usize = (0..20).map(|_| Course::of(network, "A 7").len()).sum();
    let course_ms = started.elapsed().as_secs_f64() * 1e3 / courses as f64;
    let stakes = Stakes::new(network, posts.to_vec(), &[]);
    let mut found = 0u32;
    let started = Instant::now();
    for i in 0..100_000u32 {
        found += u32::from(stakes.locate("A 7", f64::from(152_000 + i % 50_000), Some(Sense::Increasing)).is_ok());
    }
    let locate = started.elapsed().as_secs_f64() * 1e6 / 100_000.0;
    let started = Instant::now();
    for post in (0..1_000).flat_map(|_| posts) {
        found += u32::from(stakes.stake_at(post.point, 30.0).is_some());
    }
    let at = started.elapsed().as_secs_f64() * 1e6 / (1_000 * posts.len()) as f64;
    println!(
        "### Speed\n\nCourse of A 7 (92 km, both directions) {course_ms:.1} ms; stake to place {locate:.1} µs; place to stake {at:.1} µs ({found} answers).\n"
    );
}

/// 10,000 grids over the network, neighbours sharing jagged borders.
fn grids(network: &Network) {
    let (bounds, side) = (network.bounds(), 100u32);
    let mut counter = Counter(7);
    let mut corners = Vec::new();
    for y in 0..=side {
        for x in 0..=side {
            let share = |v: u32, shift: f64| (f64::from(v) + if v == 0 || v == side { 0.0 } else { shift }) / f64::from(side);
            let (east, north) = (share(x, counter.between(-0.3, 0.3)), share(y, counter.between(-0.3, 0.3)));
            corners
                .push(Point::new(bounds.west + (bounds.east - bounds.west) * east, bounds.south + (bounds.north - bounds.south) * north));
        }
    }
    let corner = |x: u32, y: u32| corners[(y * (side + 1) + x) as usize];
    let mut list: Vec<Jurisdiction> = (0..side * side)
        .map(|i| {
            let (x, y) = (i % side, i / side);
            Jurisdiction {
                id: format!("grid {i}"),
                kind: "grid".into(),
                polygons: vec![vec![corner(x, y), corner(x + 1, y), corner(x + 1, y + 1), corner(x, y + 1)]],
                ..Jurisdiction::default()
            }
        })
        .collect();
    list.push(Jurisdiction {
        id: "motorways".into(),
        kind: "grid".into(),
        roads: vec![RoadDuty::Named { name: "A 2".into() }],
        ..Jurisdiction::default()
    });
    let started = Instant::now();
    let all = Jurisdictions::new(network, list);
    let build = started.elapsed().as_secs_f64() * 1e3;
    let spots: Vec<Spot> = (0..network.counts().edges as u32)
        .filter_map(|e| {
            let view = network.edge(e)?;
            Some(Spot { point: view.line[0], edge: Some((e, 0.0)) })
        })
        .take(100_000)
        .collect();
    let started = Instant::now();
    let (mut answered, mut shared, mut by_road) = (0u32, 0u32, 0u32);
    for spot in &spots {
        let answer = all.responsible(network, spot, "grid");
        answered += u32::from(answer.responsible.is_some());
        shared += u32::from(!answer.shared_with.is_empty());
        by_road += u32::from(answer.responsible.is_some_and(|r| r.why == Why::Road));
    }
    let micros = started.elapsed().as_secs_f64() * 1e6 / spots.len() as f64;
    let started = Instant::now();
    let faults = all.check("grid", 1.0).len();
    let check = started.elapsed().as_secs_f64();
    println!("### Jurisdictions: 10,000 made grids with jagged borders, one road duty (A 2)\n");
    println!(
        "Prepared in {build:.0} ms; who is responsible {micros:.1} µs a place ({} places on edges: {answered} answered, {shared} shared, {by_road} by road);",
        spots.len()
    );
    println!("overlaps and holes of the whole division checked in {check:.2} s ({faults} of at least 1 m² found, none were made).\n");
}
