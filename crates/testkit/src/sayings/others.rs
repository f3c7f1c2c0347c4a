//! Places that are no crossing, and words that do not say a place.

use std::collections::BTreeMap;

use gongzhi_civic::place::{Point, haversine_m};
use gongzhi_road::Section;

use super::book::{along, groups, middle, within};
use super::crossings::{fill, means};
use super::{Distortion, Kind, Maker, Slip, Truth, slip, traditional};

const NEAR: [&str; 14] = [
    "A近B",
    "A靠近B",
    "A临近B",
    "A快到B的地方",
    "A上靠近B这边",
    "A，B附近",
    "A（近B）",
    "A(近B)",
    "近B的A上",
    "A上，快到B了",
    "A、近B",
    "A还没到B",
    "A接近B处",
    "A靠B这头",
];
const OFFSET: [&str; 10] = [
    "A与B交叉口往D M米",
    "AB路口往DM米",
    "AB路口D M米处",
    "A和B路口以D约M米",
    "从AB路口往D走M米左右",
    "A与B交叉口以DM米",
    "AB路口向D大概M米",
    "A/B路口D约M米",
    "A和B那个红绿灯往D面开M米",
    "A与B交叉口D行M米",
];
const CORNER: [&str; 8] =
    ["A与B交叉口C角", "AB路口C角", "A和B路口的C角上", "A/B路口C角", "AB路口C侧", "A与B交叉口C面", "A和B路口C边的斑马线", "AB路口C进口道"];
const SECTION: [&str; 12] = [
    "A（B至C）",
    "A，B至C段",
    "AB至C段",
    "A从B到C这一段",
    "A在B和C之间",
    "AB到C之间",
    "A(B-C)",
    "AB—C段",
    "A B与C之间路段",
    "AB和C中间",
    "A上，B和C之间",
    "A由B至C路段",
];
const ALONE: [&str; 10] = ["A", "A上堵车", "在A上", "A有事故", "A路面有坑", "我在A上", "A堵死了", "A那边", "A上有车抛锚", "A全线"];
const NUMBER: [&str; 6] = ["AN号", "AN号门口", "AN弄", "A N 号附近", "A上N号这里", "AN号楼下"];
const STAKE: [&str; 8] = ["A KN+M", "AKN+M", "AKN+M处", "A N公里M米", "A N公里M米处", "ＡkN+M", "A桩号KN+M", "A的N公里加M米"];
const AT_LANDMARK: [&str; 9] = ["L", "L门口", "L附近", "L对面", "L旁边", "在L这里", "L大门口", "L停车场出口", "L边上"];
const AT_LANDMARK_ON_ROAD: [&str; 6] = ["AL门口", "A上L门口", "L旁边的A上", "A，L对面", "AL附近", "AL"];
const AT_STRUCTURE: [&str; 10] = ["L上", "L里面", "L", "L上面", "L入口", "L出口", "L中间", "L上桥口", "L往东方向", "L里"];

/// What callers say that names no place.
const NOWHERE: [&str; 40] = [
    "这里有人打架",
    "喂，喂，听得到吗",
    "路上堵死了，没人管",
    "我的车被刮了，对方跑了",
    "红绿灯坏了半天了，你们快来修",
    "前面有个大坑，很危险",
    "我也不知道这是哪里，边上都是树",
    "就在路口这里，你们快点来",
    "我在小区门口",
    "在学校门口，孩子被撞了",
    "刚才那个路口",
    "就是上次报的那个地方",
    "一辆白色轿车和电动车撞了，人没事",
    "我要投诉，交警态度不好",
    "打错了不好意思",
    "我在高架上，车坏了",
    "桥上追尾了",
    "隧道里有车着火",
    "我迷路了，旁边有个加油站",
    "大货车在按喇叭，吵得睡不着",
    "他喝了酒还要开车，你们管不管",
    "请问驾驶证到期怎么换",
    "车牌被人偷了",
    "我在公交车上，司机跟人吵起来了",
    "一直往前走有个红绿灯，左转就到",
    "你们到哪里了，怎么还没来",
    "我在马路边上，旁边有棵大树",
    "前面三车追尾，占了两个车道",
    "有个老人躺在马路中间",
    "违停，拖不拖",
    "下雨路滑，我自己撞护栏了",
    "出租车拒载",
    "停车被贴条了，怎么处理",
    "电瓶车被偷了",
    "有人在路中间发小广告",
    "渣土车漏了一路的泥",
    "井盖没了，差点掉下去",
    "我想问一下昨天的事故处理好了没有",
    "路灯不亮，黑得很",
    "快递车把我撞了，人跑了",
];

impl Maker<'_> {
    fn line_truth(&self, lines: Vec<Vec<Point>>) -> Truth {
        Truth::Place { points: Vec::new(), lines, within_m: 50.0 }
    }

    /// A road too long to be a place by itself.
    pub(super) fn road(&mut self, longer_than_m: f64) -> Option<String> {
        let a = self.pair().map(|p| p.0).filter(|a| !is_structure(a))?;
        let points = self.book.beads(&a);
        let spread = points.iter().map(|p| haversine_m(*p, points[0])).fold(0.0, f64::max);
        (spread > longer_than_m).then_some(a)
    }
}

pub(super) fn make(maker: &mut Maker<'_>) {
    stops(maker);
    near(maker);
    offsets_and_corners(maker);
    sections(maker);
    structures(maker);
    overpasses(maker);
    landmarks(maker);
    not_enough(maker);
}

/// Bus stops that are named after two roads, each name once: words and places that the city itself put together.
fn stops(maker: &mut Maker<'_>) {
    let mut by_name: BTreeMap<&str, Vec<Point>> = BTreeMap::new();
    for (name, point) in maker.stops {
        by_name.entry(name).or_default().push(*point);
    }
    for (name, points) in by_name {
        let cuts = name.char_indices().map(|(i, _)| name.split_at(i));
        if cuts.into_iter().any(|(a, b)| maker.book.knows(a) && !maker.book.meeting(a, b).is_empty()) {
            let truth = Truth::Place { points, lines: Vec::new(), within_m: 250.0 };
            maker.add(name.to_owned(), Kind::Stop, Distortion::Clean, truth, name.to_owned());
        }
    }
}

fn near(maker: &mut Maker<'_>) {
    for (distortion, count) in
        [(Distortion::Clean, 140), (Distortion::Traditional, 40), (Distortion::Slip(Slip::SameSound), 50), (Distortion::Prefixed, 30)]
    {
        maker.repeat(count, |m| {
            let (a, b) = m.pair()?;
            let said = if let Distortion::Slip(kind) = distortion { m.wrong(&a, &b, kind)? } else { a.clone() };
            let mut words = fill(NEAR[m.random.below(NEAR.len())], &said, &b);
            if m.random.chance(15) {
                words = format!("{said}{}号近{b}", 2 + m.random.below(900));
            }
            let words = match distortion {
                Distortion::Traditional => traditional(&words),
                Distortion::Prefixed => m.prefix(&a, &b) + &words,
                _ => words,
            };
            let truth = Truth::Place { points: m.book.accepted(&a, &b), lines: Vec::new(), within_m: 150.0 };
            m.add(words, Kind::Near, distortion, truth, means(&a, &b));
            Some(())
        });
    }
}

fn offsets_and_corners(maker: &mut Maker<'_>) {
    const HEADINGS: [(&str, f64); 4] = [("东", 90.0), ("南", 180.0), ("西", 270.0), ("北", 0.0)];
    for (distortion, count) in [(Distortion::Clean, 120), (Distortion::Traditional, 30)] {
        maker.repeat(count, |m| {
            let (a, b) = m.pair()?;
            m.book.only_meeting(&a, &b)?;
            let (word, heading) = HEADINGS[m.random.below(4)];
            let metres = [30, 50, 80, 100, 120, 150, 200, 300][m.random.below(8)];
            let points = m.book.walk(&a, &b, heading, 35.0, f64::from(metres));
            // One leg only: its carriageways lie close together.
            if points.is_empty() || points.iter().any(|p| haversine_m(*p, points[0]) > 60.0) {
                return None;
            }
            let words = fill(OFFSET[m.random.below(OFFSET.len())], &a, &b).replace('D', word).replace('M', &metres.to_string());
            let words = if distortion == Distortion::Traditional { traditional(&words) } else { words };
            let truth = Truth::Place { points, lines: Vec::new(), within_m: 50.0 };
            m.add(words, Kind::Offset, distortion, truth, format!("{} + {metres} m {word}", means(&a, &b)));
            Some(())
        });
    }
    maker.repeat(60, |m| {
        let (a, b) = m.pair()?;
        let corner = m.random.pick(&["东", "西", "南", "北", "东北", "西南", "东南", "西北"]).to_owned();
        let words = fill(&CORNER[m.random.below(CORNER.len())].replace('C', &corner), &a, &b);
        let truth = Truth::Place { points: m.book.accepted(&a, &b), lines: Vec::new(), within_m: 75.0 };
        m.add(words, Kind::Corner, Distortion::Clean, truth, means(&a, &b));
        Some(())
    });
}

fn sections(maker: &mut Maker<'_>) {
    let long = maker.book.network.sections().map(|(_, s)| s).filter(|s| s.ends.len() == 2 && s.length_m >= 200.0);
    let sections: BTreeMap<String, Section> = long.map(|s| (s.key.clone(), s)).collect();
    let sections: Vec<Section> = sections.into_values().collect();
    for (distortion, count) in [(Distortion::Clean, 110), (Distortion::Traditional, 30), (Distortion::Slip(Slip::SameSound), 30)] {
        maker.repeat(count, |m| {
            let section = sections.get(m.random.below(sections.len()))?;
            let road = section.road.clone();
            let mut cross = Vec::new();
            for end in &section.ends {
                let at = m.book.network.crossing(*end)?;
                let other = at
                    .roads
                    .iter()
                    .find(|n| **n != road && m.book.only_meeting(&road, n).is_some_and(|p| haversine_m(p, at.point) < 60.0))?;
                cross.push(other.clone());
            }
            let [b, c] = <[String; 2]>::try_from(cross).ok()?;
            if b == c || !m.book.pairs().contains(&(road.clone().min(b.clone()), road.clone().max(b.clone()))) {
                return None;
            }
            // The middle three fifths: an answer at an end would be no section.
            let inner: Vec<Point> = (0..=12).map(|i| along(&section.line, section.length_m * (0.2 + 0.05 * f64::from(i)))).collect();
            let said = if let Distortion::Slip(kind) = distortion { m.wrong(&road, &b, kind)? } else { road.clone() };
            let words = fill(&SECTION[m.random.below(SECTION.len())].replace('C', &c), &said, &b);
            let words = if distortion == Distortion::Traditional { traditional(&words) } else { words };
            let truth = m.line_truth(vec![inner]);
            m.add(words, Kind::Section, distortion, truth, format!("{road}: {b} — {c}"));
            Some(())
        });
    }
}

fn is_structure(name: &str) -> bool {
    ["桥", "隧道", "地道", "立交"].iter().any(|end| bare(name).ends_with(end))
}

/// A name without what stands in brackets.
fn bare(name: &str) -> &str {
    name.split([' ', '(', '（']).next().unwrap_or(name)
}

fn structures(maker: &mut Maker<'_>) {
    let names: Vec<String> = maker.book.names().filter(|n| is_structure(n)).map(ToOwned::to_owned).collect();
    if names.is_empty() {
        return;
    }
    for (distortion, count) in [(Distortion::Clean, 50), (Distortion::Traditional, 20), (Distortion::Slip(Slip::SameSound), 25)] {
        maker.repeat(count, |m| {
            let full = &names[m.random.below(names.len())];
            let name = bare(full);
            let lines = names.iter().filter(|n| bare(n) == name).flat_map(|n| m.book.lines(n)).collect();
            let said = if let Distortion::Slip(kind) = distortion { slip(name, kind, m.random.next())? } else { name.to_owned() };
            if distortion != Distortion::Clean && distortion != Distortion::Traditional && names.contains(&said) {
                return None;
            }
            let words = AT_STRUCTURE[m.random.below(AT_STRUCTURE.len())].replace('L', &said);
            let words = if distortion == Distortion::Traditional { traditional(&words) } else { words };
            m.add(words, Kind::Structure, distortion, m.line_truth(lines), name.to_owned());
            Some(())
        });
    }
}

/// A road that passes over or under another without meeting it.
fn overpasses(maker: &mut Maker<'_>) {
    let names: Vec<String> = maker.book.names().filter(|n| !is_structure(n) && !n.ends_with('口')).map(ToOwned::to_owned).collect();
    let mut found = Vec::new();
    for name in &names {
        let raised: Vec<Point> = maker.book.edges(name).filter(|e| e.level != 0).flat_map(|e| super::book::beads(&e.line)).collect();
        for other in names.iter().filter(|o| *o != name && !raised.is_empty() && maker.book.meeting(name, o).is_empty()) {
            let under = maker.book.beads(other);
            let near: Vec<Point> = raised.iter().copied().filter(|p| under.iter().any(|q| within(*p, *q, 14.0))).collect();
            if let [one] = groups(&near).as_slice()
                && one.iter().all(|p| haversine_m(*p, one[0]) < 150.0)
            {
                found.push((name.clone(), other.clone(), middle(one)));
            }
        }
    }
    if found.is_empty() {
        return;
    }
    maker.repeat(60, |m| {
        let (a, b, at) = found[m.random.below(found.len())].clone();
        let form =
            ["A与B立交", "AB立交桥下", "A跨B的桥上", "A高架B下面", "A和B立交桥那里", "AB匝道", "A往B的下匝道", "B上A的匝道口", "AB出口"]
                [m.random.below(9)];
        let truth = Truth::Place { points: vec![at], lines: Vec::new(), within_m: 250.0 };
        m.add(fill(form, &a, &b), Kind::Overpass, Distortion::Clean, truth, format!("{a} over {b}"));
        Some(())
    });
}

fn landmarks(maker: &mut Maker<'_>) {
    let mut all: Vec<_> = maker.book.network.landmarks().map(|(_, l)| l).collect();
    all.sort_by(|a, b| a.key.cmp(&b.key));
    let unique: Vec<_> =
        all.iter().filter(|l| all.iter().filter(|o| o.name == l.name).count() == 1 && !maker.book.knows(&l.name)).collect();
    if unique.len() < 5 {
        return;
    }
    for (distortion, count) in [
        (Distortion::Clean, 70),
        (Distortion::Traditional, 25),
        (Distortion::Prefixed, 20),
        (Distortion::Slip(Slip::SameSound), 30),
        (Distortion::Slip(Slip::Shape), 20),
    ] {
        maker.repeat(count, |m| {
            let landmark = unique[m.random.below(unique.len())];
            let said =
                if let Distortion::Slip(kind) = distortion { slip(&landmark.name, kind, m.random.next())? } else { landmark.name.clone() };
            let near = |name: &&String| m.book.beads(name).iter().any(|p| within(*p, landmark.point, 80.0));
            let road = m.book.pairs().iter().map(|p| &p.0).find(near).cloned();
            let form = match road {
                Some(_) if m.random.chance(45) => AT_LANDMARK_ON_ROAD[m.random.below(AT_LANDMARK_ON_ROAD.len())],
                _ => AT_LANDMARK[m.random.below(AT_LANDMARK.len())],
            };
            let words = form.replace('L', &said).replace('A', &road.unwrap_or_default());
            let words = match distortion {
                Distortion::Traditional => traditional(&words),
                Distortion::Prefixed => format!("深圳市福田区{words}"),
                _ => words,
            };
            let truth = Truth::Place { points: vec![landmark.point], lines: Vec::new(), within_m: 120.0 };
            m.add(words, Kind::Landmark, distortion, truth, landmark.name.clone());
            Some(())
        });
    }
}

fn not_enough(maker: &mut Maker<'_>) {
    maker.repeat(90, |m| {
        let a = m.road(800.0)?;
        let words = ALONE[m.random.below(ALONE.len())].replace('A', &a);
        m.add(words, Kind::RoadAlone, Distortion::Clean, Truth::NotEnough, a);
        Some(())
    });
    maker.repeat(60, |m| {
        let a = m.road(800.0)?;
        let number = (2 + m.random.below(1400)).to_string();
        let words = NUMBER[m.random.below(NUMBER.len())].replace('A', &a).replace('N', &number);
        m.add(words, Kind::NumberUnknown, Distortion::Clean, Truth::NotEnough, a);
        Some(())
    });
    let mut routes: Vec<String> = maker.book.network.roads().map(|(_, r)| r.reference).filter(|r| !r.is_empty()).collect();
    routes.sort();
    routes.dedup();
    maker.repeat(60, |m| {
        let reference = routes.get(m.random.below(routes.len()))?;
        let (letter, digits) = reference.split_at(1);
        let kind = if letter == "G" { "国道" } else { "省道" };
        let road = match m.random.below(4) {
            0 => reference.clone(),
            1 => format!("{digits}{kind}"),
            2 => format!("{kind}{digits}"),
            _ => format!("{reference}{kind}"),
        };
        let (k, metres) = (1 + m.random.below(60), m.random.below(1000));
        let form = STAKE[m.random.below(STAKE.len())].replace('Ａ', "A");
        let words = form.replace('M', &format!("{metres:03}")).replace('N', &k.to_string()).replace('A', &road);
        m.add(words, Kind::StakeUnknown, Distortion::Clean, Truth::NotEnough, format!("{reference} K{k}+{metres:03}"));
        Some(())
    });
    for text in NOWHERE {
        maker.add(text.to_owned(), Kind::Nowhere, Distortion::Clean, Truth::NotEnough, text.to_owned());
    }
}
