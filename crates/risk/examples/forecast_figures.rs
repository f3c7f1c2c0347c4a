//! How good is the forecast of the coming week? Rolling through real and synthetic cities; see docs/benchmarks/risk/forecast.md.
//!
//! `cargo run --release -p gongzhi-risk --example forecast_figures [ROUNDS]`, with `GONGZHI_TEST_DATA`; prints Markdown.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

#[path = "../tests/it/real.rs"]
mod real;

use std::collections::{BTreeMap, BTreeSet};

use gongzhi_civic::calendar::Calendar;
use gongzhi_risk::forecast::{
    Call, Cell, DayKind, Detail, Forecast, HOURS, Past, Reference, Review, forecast, iso_week, reference, week_of, week_start,
};
use gongzhi_risk::score::{Bootstrap, Unit, flagged};

/// One city: calls in cells, and what is known about its days.
struct City {
    name: &'static str,
    cells: Vec<Cell>,
    size_m: f64,
    calls: Vec<Call>,
    days: BTreeMap<i64, DayKind>,
    weeks: (i64, i64),
    /// First week that is forecast.
    from: i64,
    left_out: usize,
    note: &'static str,
}

fn main() {
    let rounds = std::env::args().nth(1).and_then(|a| a.parse().ok()).unwrap_or(1_000);
    let bootstrap = Bootstrap { seed: 2_026, rounds };
    for city in [porto_alegre(), japan(), demo()].into_iter().flatten() {
        eprintln!("{}: {} cells, {} calls", city.name, city.cells.len(), city.calls.len());
        figures(&city, &bootstrap);
    }
}

/// Squares of `size_m` that had a call before week `from`, and their neighbours; what falls elsewhere later is left out and counted.
fn city(name: &'static str, places: &[(f64, f64, i64)], size_m: f64, from: i64, days: BTreeMap<i64, DayKind>, note: &'static str) -> City {
    let cell = |x: f64, y: f64| ((x / size_m).floor() as i64, (y / size_m).floor() as i64);
    let mut inside = BTreeSet::new();
    for &(x, y, _) in places.iter().filter(|p| week_of(p.2) < from) {
        let (column, row) = cell(x, y);
        inside.extend((-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (column + dx, row + dy))));
    }
    let numbers: BTreeMap<(i64, i64), u32> = inside.iter().copied().zip(0..).collect();
    let cells = inside.iter().map(|&(x, y)| Cell { x_m: (x as f64 + 0.5) * size_m, y_m: (y as f64 + 0.5) * size_m }).collect();
    let calls: Vec<Call> = places.iter().filter_map(|&(x, y, hour)| Some(Call { hour, cell: *numbers.get(&cell(x, y))? })).collect();
    let (first, last) = (places.iter().map(|p| p.2).min().unwrap(), places.iter().map(|p| p.2).max().unwrap());
    let weeks = (week_of(first) + 1, week_of(last)); // whole weeks only
    City { name, cells, size_m, left_out: places.len() - calls.len(), calls, days, weeks, from, note }
}

/// Metres about a point.
fn metres(lon: f64, lat: f64, middle: (f64, f64)) -> (f64, f64) {
    const DEGREE: f64 = 111_195.0;
    ((lon - middle.0) * DEGREE * middle.1.to_radians().cos(), (lat - middle.1) * DEGREE)
}

fn week_of_date(date: jiff::civil::Date) -> i64 {
    i64::from((date - jiff::civil::date(1969, 12, 29)).get_days()).div_euclid(7)
}

fn porto_alegre() -> Option<City> {
    let mut places = Vec::new();
    for year in [2013, 2014, 2015, 2016] {
        for crash in real::porto_alegre(year)? {
            let (x, y) = metres(crash.lon, crash.lat, (-51.2, -30.06));
            if x.abs() < 20_000.0 && y.abs() < 25_000.0 {
                places.push((x, y, crash.hour()));
            }
        }
    }
    let from = week_of_date(jiff::civil::date(2016, 1, 4));
    Some(city(
        "Porto Alegre: crashes of 2013–16, the weeks of 2016 forecast",
        &places,
        500.0,
        from,
        BTreeMap::new(),
        "Holidays are not in the data and were not given to the model.",
    ))
}

fn japan() -> Option<City> {
    let crashes = real::japan("10_sapporo")?;
    let at = |c: &real::Crash| (c.lon != 0.0).then(|| metres(c.lon, c.lat, (141.35, 43.06))).map(|(x, y)| (x, y, c.hour()));
    let places: Vec<_> = crashes.iter().filter_map(at).filter(|p| p.0.abs() < 40_000.0 && p.1.abs() < 40_000.0).collect();
    let from = week_of_date(jiff::civil::date(2021, 1, 4));
    Some(city(
        "Sapporo and around: injury crashes of 2019–21, the weeks of 2021 forecast",
        &places,
        1_000.0,
        from,
        BTreeMap::new(),
        "2020 and 2021 are the years of the pandemic; holidays were not given to the model.",
    ))
}

/// The product's demo city: synthetic, so this shows that the machinery works, not how predictable a city is.
fn demo() -> Option<City> {
    let plan = gongzhi_demo::Plan::new(20_261_122, jiff::civil::date(2026, 11, 23));
    let made = gongzhi_demo::City::generate(&plan);
    let center = made.center();
    let places: Vec<(f64, f64, i64)> = made
        .calls(plan.first_day(), plan.today)
        .filter(|c| c.valid)
        .map(|c| {
            let (x, y) = metres(c.truth.point.lon, c.truth.point.lat, (center.lon, center.lat));
            let day = i64::from((c.received_at.date() - jiff::civil::date(1969, 12, 29)).get_days());
            (x, y, day * 24 + i64::from(c.received_at.hour()))
        })
        .collect();
    let last = week_of(places.iter().map(|p| p.2).max()?);
    Some(city(
        "The demo city (synthetic): calls of two years, the last 26 weeks forecast",
        &places,
        500.0,
        last - 26,
        holidays(),
        "Synthetic: it shows that the machinery keeps its promises, not how predictable a city is. Holidays are those of the product's calendar.",
    ))
}

/// Days off and make-up days of the product's calendar.
fn holidays() -> BTreeMap<i64, DayKind> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../city/calendar");
    let mut files: Vec<(String, String)> = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().extension().is_some_and(|e| e == "toml") {
            files.push((entry.file_name().to_string_lossy().into_owned(), std::fs::read_to_string(entry.path()).unwrap()));
        }
    }
    files.sort();
    let files: Vec<(&str, &str)> = files.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let Ok(calendar) = Calendar::from_toml(&files) else {
        eprintln!("SKIPPED: no holidays, the calendar cannot be read");
        return BTreeMap::new();
    };
    let day = |date: jiff::civil::Date| i64::from((date - jiff::civil::date(1969, 12, 29)).get_days());
    calendar.rows().map(|(date, row)| (day(date), if row.worked { DayKind::Worked } else { DayKind::Off })).collect()
}

const DETAILS: [(Detail, &str); 4] = [
    (Detail::CityWeek, "city, week"),
    (Detail::CityHour, "city, hour"),
    (Detail::CellWeek, "cell, week"),
    (Detail::CellHour, "cell, hour"),
];

/// One way of forecasting, looked back on.
struct Looked {
    review: Review,
    /// By detail: sum of CRPS of each week.
    weekly: Vec<Vec<f64>>,
    hits: Vec<f64>,
    n: f64,
}

impl Looked {
    fn new() -> Self {
        Self { review: Review::new(&Detail::ALL), weekly: vec![Vec::new(); 4], hits: vec![0.0; SHARES.len()], n: 0.0 }
    }

    fn add(&mut self, expectation: &impl gongzhi_risk::forecast::Expectation, week: i64, calls: &[Call]) {
        let sum = |review: &Review, d: Detail| review.of(d).map_or(0.0, |c| c.crps() * c.n() as f64);
        let before: Vec<f64> = Detail::ALL.iter().map(|&d| sum(&self.review, d)).collect();
        self.review.add(expectation, week, calls);
        for (i, d) in Detail::ALL.into_iter().enumerate() {
            self.weekly[i].push(sum(&self.review, d) - before[i]);
        }
        let mut units = vec![Unit { length: 1.0, hits: 0.0 }; expectation.cells()];
        calls.iter().filter(|c| week_of(c.hour) == week).for_each(|c| units[c.cell as usize].hits += 1.0);
        let scores: Vec<f64> = (0..units.len()).map(|c| expectation.at(Detail::CellWeek, c, 0).mean()).collect();
        for (hits, share) in self.hits.iter_mut().zip(SHARES) {
            *hits += flagged(&units, &scores, share).unwrap().hits;
        }
        self.n += units.iter().map(|u| u.hits).sum::<f64>();
    }
}

const SHARES: [f64; 3] = [0.01, 0.02, 0.05];

fn figures(city: &City, bootstrap: &Bootstrap) {
    let (mut ours, mut theirs) = (Looked::new(), Reference::ALL.map(|_| Looked::new()));
    let mut last: Option<Forecast> = None;
    let calls_of = |week: i64| -> Vec<Call> { city.calls.iter().filter(|c| week_of(c.hour) == week).copied().collect() };
    for week in city.from..city.weeks.1 {
        let past =
            Past { cells: &city.cells, size_m: city.size_m, calls: &city.calls, from_week: city.weeks.0, to_week: week, days: &city.days };
        let made = forecast(&past, week).unwrap();
        let calls = calls_of(week);
        ours.add(&made, week, &calls);
        for (looked, kind) in theirs.iter_mut().zip(Reference::ALL) {
            if let Some(made) = reference(&past, kind, week).unwrap() {
                looked.add(&made, week, &calls);
            }
        }
        last = Some(made);
    }
    println!("### {}\n", city.name);
    println!(
        "{} calls in {} cells of {:.0} m ({} elsewhere left out), {} weeks forecast ({} to {}), each from the weeks before it alone: {} calls came, \
         {:.0} were expected. {}\n",
        city.calls.len(),
        city.cells.len(),
        city.size_m,
        city.left_out,
        ours.review.weeks,
        iso_week(city.from),
        iso_week(city.weeks.1 - 1),
        ours.review.came,
        ours.review.expected,
        city.note
    );
    println!("**CRPS** (mean, calls; less is better) and ours over each reference's with its 95 % interval (weeks drawn again)\n");
    println!(
        "| number | numbers | ours | last four weeks | ratio | same week a year before | ratio | all weeks known | ratio |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    );
    for (i, (detail, name)) in DETAILS.into_iter().enumerate() {
        let own = ours.review.of(detail).unwrap();
        let mut line = format!("| {name} | {} | {} |", own.n(), number(own.crps()));
        for looked in &theirs {
            let its = looked.review.of(detail).unwrap();
            if looked.weekly[i].len() == ours.weekly[i].len() {
                let pairs: Vec<(f64, f64)> = ours.weekly[i].iter().copied().zip(looked.weekly[i].iter().copied()).collect();
                let ratio = bootstrap.mean(&pairs);
                line += &format!(" {} | {:.3} ({:.3}–{:.3}) |", number(its.crps()), ratio.value, ratio.low, ratio.high);
            } else {
                line += " – | – |";
            }
        }
        println!("{line}");
    }
    println!("\n**Intervals of ours**: share of counts inside, and what whole counts made of the nominal level\n");
    println!(
        "| number | 50 %: stated | actual | 80 %: stated | actual | 90 %: stated | actual | PIT, ten bins (1 everywhere is right) |\n|---|--:|--:|--:|--:|--:|--:|---|"
    );
    for (detail, name) in DETAILS {
        let own = ours.review.of(detail).unwrap();
        let coverage: Vec<String> =
            own.coverage().iter().map(|c| format!("{:.1} % | {:.1} %", c.stated * 100.0, c.actual * 100.0)).collect();
        let pit: Vec<String> = own.pit().iter().map(|h| format!("{h:.2}")).collect();
        println!("| {name} | {} | {} |", coverage.join(" | "), pit.join(" "));
    }
    println!("\n**Where**: share of a week's calls in the cells expected to be busiest, and PAI\n");
    println!("| list | 1 % of cells | 2 % | 5 % |\n|---|--:|--:|--:|");
    let names = ["last four weeks", "same week a year before", "all weeks known"];
    for (name, looked) in std::iter::once(("ours", &ours)).chain(names.into_iter().zip(&theirs)).filter(|(_, l)| l.n > 0.0) {
        let cells: Vec<String> =
            looked.hits.iter().zip(SHARES).map(|(h, s)| format!("{:.1} % (PAI {:.1})", h / looked.n * 100.0, h / looked.n / s)).collect();
        println!("| {name} | {} |", cells.join(" | "));
    }
    if let Some(made) = last {
        let d = &made.dispersion;
        println!(
            "\nLast forecast ({}, week of {}): level half-life {} weeks, season {}, trend {}; cells' half-life {} weeks, bandwidth {:.0} m; \
             relative variances: week {:.4}, hour {:.4}, cell {:.4}, single {:.4} (from {} weeks forecast again). {} hours.\n",
            made.model,
            week_start(made.week).unwrap(),
            made.level.half_life_weeks,
            made.level.season,
            made.level.trend,
            made.share.half_life_weeks,
            made.share.bandwidth_m,
            d.week,
            d.hour,
            d.cell,
            d.single,
            d.weeks,
            HOURS
        );
    }
}

fn number(x: f64) -> String {
    if x >= 10.0 {
        format!("{x:.1}")
    } else if x >= 0.1 {
        format!("{x:.3}")
    } else {
        format!("{x:.5}")
    }
}
