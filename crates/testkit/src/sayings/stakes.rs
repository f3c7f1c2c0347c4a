//! Stakes drawn along the numbered roads of a map that has none, and sayings with them.

use gongzhi_civic::place::{Point, haversine_m};
use gongzhi_road::{LocatedStake, Network, StakeIndex, Travel};

use super::book::{along, beads, middle};
use super::calls::CALLS;
use super::{Distortion, Kind, Maker, Truth, full_width, traditional};

/// The stake at the western or southern end of every road, metres.
const FIRST_M: f64 = 10_000.0;
/// Points of a road are taken together in steps of this along it, metres: its carriageways become one line.
const STEP_M: f64 = 60.0;

const FORMS: [&str; 14] = [
    "R KN+M",
    "RKN+M",
    "RKN+M处",
    "R N公里M米",
    "RN公里M米处",
    "RN公里加M米",
    "R桩号KN+M",
    "R kN+M附近",
    "R，KN+M",
    "RKN加M",
    "R第N公里M米",
    "R NKM",
    "在R上，桩号KN+M",
    "R线KN+M",
];

/// One line for each route number: a stand-in for stakes that someone has measured.
#[derive(Debug)]
pub struct DrawnStakes {
    /// Route number, names, line from the first stake on.
    roads: Vec<(String, Vec<String>, Vec<Point>)>,
}

impl DrawnStakes {
    /// Draws stakes on every road that has a route number, from K10 on at its western or southern end.
    #[must_use]
    pub fn new(network: &Network) -> Self {
        let edges: Vec<_> = (0..network.counts().edges as u32).filter_map(|e| network.edge(e)).collect();
        let mut numbers: Vec<String> = edges.iter().map(|e| e.reference.clone()).filter(|r| !r.is_empty()).collect();
        numbers.sort();
        numbers.dedup();
        let road = |number: String| {
            let mine: Vec<_> = edges.iter().filter(|e| e.reference == number).collect();
            let mut names: Vec<String> = mine.iter().map(|e| e.name.clone()).filter(|n| !n.is_empty()).collect();
            names.sort();
            names.dedup();
            let line = one_line(mine.iter().flat_map(|e| beads(&e.line)).collect());
            (number, names, line)
        };
        Self { roads: numbers.into_iter().map(road).collect() }
    }

    fn at(line: &[Point], metre: f64) -> Option<Point> {
        let length: f64 = line.windows(2).map(|w| haversine_m(w[0], w[1])).sum();
        let from_start = metre - FIRST_M;
        (0.0..=length).contains(&from_start).then(|| along(line, from_start))
    }
}

impl StakeIndex for DrawnStakes {
    fn locate(&self, road: &str, metre: f64, _travel: Option<&Travel>) -> Vec<LocatedStake> {
        let mine = self.roads.iter().filter(|(number, names, _)| number == road || names.iter().any(|n| n == road));
        mine.filter_map(|(number, _, line)| {
            let name = format!("{number} K{}+{:03}", (metre / 1000.0) as u32, metre as u32 % 1000);
            Some(LocatedStake { point: Self::at(line, metre)?, bound_m: 20.0, name })
        })
        .collect()
    }
}

/// Points of a road in steps along its longer side, each step's points as one.
fn one_line(points: Vec<Point>) -> Vec<Point> {
    let Some(first) = points.first().copied() else { return Vec::new() };
    let far = |from: Point| points.iter().copied().max_by(|a, b| haversine_m(*a, from).total_cmp(&haversine_m(*b, from))).unwrap_or(from);
    let (a, b) = (far(first), far(far(first)));
    let start = if (a.lon - b.lon).abs() >= (a.lat - b.lat).abs() { a.lon < b.lon } else { a.lat < b.lat };
    let start = if start { a } else { b };
    let mut steps: Vec<Vec<Point>> = Vec::new();
    for p in points {
        let step = (haversine_m(p, start) / STEP_M) as usize;
        steps.resize_with(steps.len().max(step + 1), Vec::new);
        steps[step].push(p);
    }
    steps.iter().filter(|s| !s.is_empty()).map(|s| middle(s)).collect()
}

/// A whole number below a hundred thousand in Chinese words.
fn in_words(n: usize) -> String {
    const DIGITS: [&str; 10] = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    match n {
        0..10 => DIGITS[n].to_owned(),
        10..20 => format!("十{}", if n == 10 { "" } else { DIGITS[n - 10] }),
        20..100 => format!("{}十{}", DIGITS[n / 10], if n.is_multiple_of(10) { "" } else { DIGITS[n % 10] }),
        _ if n.is_multiple_of(100) => format!("{}百", DIGITS[n / 100]),
        _ if n % 100 < 10 => format!("{}百零{}", DIGITS[n / 100], DIGITS[n % 10]),
        _ => format!("{}百{}十{}", DIGITS[n / 100], DIGITS[n / 10 % 10], if n.is_multiple_of(10) { "" } else { DIGITS[n % 10] }),
    }
}

pub(super) fn make(maker: &mut Maker<'_>) {
    let drawn = DrawnStakes::new(maker.book.network);
    let digit_by_digit =
        |number: &str| number.chars().map(|c| c.to_digit(10).map_or(String::new(), |d| in_words(d as usize))).collect::<String>();
    for (distortion, count) in [
        (Distortion::Clean, 80),
        (Distortion::Traditional, 20),
        (Distortion::FullWidth, 20),
        (Distortion::Digits, 30),
        (Distortion::Call, 30),
    ] {
        maker.repeat(count, |m| {
            let (number, names, line) = drawn.roads.get(m.random.below(drawn.roads.len()))?;
            let length: f64 = line.windows(2).map(|w| haversine_m(w[0], w[1])).sum();
            let metres = 10 * m.random.below((length / 10.0) as usize);
            let point = DrawnStakes::at(line, FIRST_M + metres as f64)?;
            let (k, rest) = (10 + metres / 1000, metres % 1000);
            let (letter, digits) = number.split_at(1);
            let kind = if letter == "G" { "国道" } else { "省道" };
            let spoken = distortion == Distortion::Digits;
            let digits = if spoken { digit_by_digit(digits) } else { digits.to_owned() };
            let road = match m.random.below(5) {
                0 if !spoken => number.clone(),
                1 if !spoken => format!("{number}{kind}"),
                2 => format!("{kind}{digits}"),
                3 if !names.is_empty() => names[m.random.below(names.len())].clone(),
                _ => format!("{digits}{kind}"),
            };
            let form = if spoken {
                ["R N公里M米", "RN公里M米处", "RN公里加M米", "R第N公里M米"][m.random.below(4)]
            } else {
                FORMS[m.random.below(FORMS.len())]
            };
            let (k_said, rest_said) = if spoken { (in_words(k), in_words(rest)) } else { (k.to_string(), format!("{rest:03}")) };
            // A number right after a number can be read in two ways.
            if (road.ends_with(|c: char| c.is_ascii_digit()) || road.ends_with(&digits)) && form.starts_with("RN") {
                return None;
            }
            let place = form.replace('M', &rest_said).replace('N', &k_said).replace('R', &road);
            let words = match distortion {
                Distortion::Traditional => traditional(&place),
                Distortion::FullWidth => full_width(&place),
                Distortion::Call => {
                    let call = CALLS[m.random.below(CALLS.len())];
                    m.dress(call, &place, "")
                }
                _ => place,
            };
            let truth = Truth::Place { points: vec![point], lines: Vec::new(), within_m: 50.0 };
            m.add(words, Kind::Stake, distortion, truth, format!("{number} K{k}+{rest:03}"));
            Some(())
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RoadMap;

    #[test]
    fn stakes_run_from_the_west() {
        let network =
            RoadMap::draw("A----------B").scale(100.0).way("AB", |w| w.name("渤海大道").tag("ref", "G220").class("trunk")).network();
        let drawn = DrawnStakes::new(&network);
        let (a, b) = (drawn.locate("G220", 10_100.0, None), drawn.locate("渤海大道", 10_900.0, None));
        let [a, b] = [a, b].map(|found| found[0].point);
        assert!(a.lon < b.lon && (haversine_m(a, b) - 800.0).abs() < 20.0, "{a:?} {b:?}");
        assert!(drawn.locate("G220", 9_000.0, None).is_empty() && drawn.locate("G221", 10_100.0, None).is_empty());
    }

    #[test]
    fn numbers_are_said_in_words() {
        assert_eq!(
            [0, 7, 10, 12, 40, 300, 305, 320, 987].map(in_words),
            ["零", "七", "十", "十二", "四十", "三百", "三百零五", "三百二十", "九百八十七"]
        );
    }
}
