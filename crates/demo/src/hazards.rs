//! Past hazards, so that inbox and scoreboard have a history on the first day.

use jiff::civil::{Date, DateTime, Weekday};

use crate::calls::Sites;
use crate::city::Plan;
use crate::geometry::P;
use crate::random::Random;
use crate::records::{Course, HotSpot, PastHazard, day_date, day_number};
use crate::words::Spoken;

/// Where a kind of hazard is found.
#[derive(Clone, Copy, PartialEq)]
enum Need {
    Crossing,
    School,
    Village,
    Highway,
    City,
}

struct Kind {
    category: &'static str,
    duty: &'static str,
    need: Need,
    severity: &'static str,
    says: &'static [&'static str],
    done: &'static str,
    /// A unit that might be taken for the right one, with what it answers.
    wrong: (&'static str, &'static str),
}

const KINDS: [Kind; 14] = [
    Kind { category: "signal", duty: "signal", need: Need::Crossing, severity: "2", says: &["信号灯左转相位过短，高峰溢流", "人行信号灯不亮", "信号灯被树枝遮挡，看不清"], done: "调整配时方案并修复灯组", wrong: ("urban-management", "信号灯由公安交警部门管理，非我单位职责") },
    Kind { category: "marking", duty: "marking", need: Need::Crossing, severity: "3", says: &["停止线、斑马线磨损不清", "导向箭头与车道不符", "右转弯危险区标线缺失"], done: "重新施划标线", wrong: ("transport", "城市道路标线由交警部门设置维护") },
    Kind { category: "sign", duty: "sign.city", need: Need::City, severity: "3", says: &["限速标志被广告牌遮挡", "禁停标志倾倒", "指路标志信息与道路不符"], done: "移除遮挡、扶正标志", wrong: ("urban-management", "交通标志由交警部门管理") },
    Kind { category: "lamp", duty: "lamp.city", need: Need::City, severity: "3", says: &["连续五盏路灯不亮，夜间看不清行人", "路灯杆倾斜", "新建路段路灯未通电"], done: "更换光源并恢复供电", wrong: ("power", "路灯资产不属供电公司") },
    Kind { category: "lamp", duty: "lamp.village", need: Need::Village, severity: "3", says: &["村口路灯不亮，晚上看不见", "村道急弯处无照明"], done: "补装太阳能路灯", wrong: ("urban-management", "农村路灯由镇街负责") },
    Kind { category: "pavement", duty: "road.city", need: Need::City, severity: "2", says: &["路面坑槽，电动车多次摔倒", "非机动车道沉陷积水", "路面破损严重，车辆绕行占对向车道"], done: "铣刨重铺破损路面", wrong: ("transport", "该路段为城市道路，已移交城管养护") },
    Kind { category: "pavement", duty: "road.highway", need: Need::Highway, severity: "2", says: &["路面坑槽连片，大货车避让占道", "路肩塌陷", "桥头跳车明显"], done: "修补路面、加固路肩", wrong: ("urban-management", "该路段为公路，由交通部门养护") },
    Kind { category: "guardrail", duty: "guardrail.highway", need: Need::Highway, severity: "1", says: &["临水路段波形护栏被撞缺失", "中央隔离设施有人为缺口，行人穿越", "急弯外侧无护栏"], done: "补齐护栏并设置警示桩", wrong: ("water", "护栏属公路附属设施") },
    Kind { category: "junction", duty: "junction.highway", need: Need::Highway, severity: "2", says: &["村道接入口无让行标志、无减速设施", "开口过密，车辆随意掉头", "支路口视距不良，绿化遮挡"], done: "增设减速带、爆闪灯并修剪绿化", wrong: ("housing", "公路平交口由交通部门负责") },
    Kind { category: "school", duty: "school", need: Need::School, severity: "2", says: &["上下学时段接送车辆停满两侧，学生在车缝中穿行", "校门口无人行过街设施", "护学岗缺位，秩序混乱"], done: "实行错峰放学并设置接送区", wrong: ("brigade-1", "接送组织应由教育部门牵头，我单位协助") },
    Kind { category: "manhole", duty: "manhole", need: Need::City, severity: "1", says: &["车行道井盖缺失，仅插树枝警示", "井盖松动异响，电动车易摔"], done: "更换防沉降井盖", wrong: ("waterworks", "该井产权不属水务集团，经查为市政雨水井") },
    Kind { category: "ponding", duty: "ponding.city", need: Need::City, severity: "2", says: &["逢雨积水超过三十厘米", "下穿通道排水泵故障"], done: "疏通雨水口、检修水泵", wrong: ("waterworks", "排水设施未移交") },
    Kind { category: "works", duty: "works.city", need: Need::City, severity: "2", says: &["施工围挡遮挡路口视线", "占道施工无警示灯和疏导员", "管线开挖后回填不平"], done: "降低围挡高度、补设警示灯", wrong: ("transport", "占道许可由城管部门核发") },
    Kind { category: "parking", duty: "parking", need: Need::City, severity: "3", says: &["商圈出口排队占用主路", "非机动车道长期停车", "公交站点内停车，公交车二次停靠"], done: "施划禁停线并增设电子抓拍", wrong: ("urban-management", "机动车道内停车由交警管理") },
];

const COUNT: usize = 120;

/// The hazards of the twelve months before the plan's today, by time of opening.
pub(crate) fn past(plan: &Plan, sites: &Sites, spots: &[HotSpot]) -> Vec<PastHazard> {
    let mut out: Vec<PastHazard> = Vec::with_capacity(COUNT);
    let today = day_number(plan.today);
    for index in 0..COUNT {
        let mut random = Random::keyed(plan.seed, &[0x4a2a, index as u64]);
        let kind = &KINDS[if index < spots.len() { 0 } else { random.weighted(&[9.0, 9.0, 6.0, 10.0, 7.0, 12.0, 9.0, 6.0, 8.0, 9.0, 5.0, 5.0, 7.0, 8.0]) }];
        let open = index % 9 == 4;
        // Open ones are recent, so that the inbox is alive; the rest spread over the year.
        let ago = if open { 1 + random.below(16) as i32 } else { 9 + random.below(350) as i32 };
        let opened = working(day_date(today - ago), -1);
        let opened_at = moment(opened, &mut random);
        let (at, place, road, description, source) = match spots.get(index) {
            Some(spot) => {
                let pieces = sites.hot_pieces(index);
                let at = pieces.get(pieces.len() / 2).map_or(P::default(), |piece| piece.0);
                (at, spot.name.clone(), spot.roads.first().cloned().unwrap_or_default(), format!("警情多发：{}", spot.cause.zh), "analysis")
            }
            None => {
                let (at, spoken) = find(sites, kind.need, &mut random);
                let says = (*random.pick(kind.says)).to_owned();
                let source = *random.pick(&["public", "public", "patrol"]);
                (at, spoken.full(), road_of(&spoken), says, source)
            }
        };
        let area = sites.area(at).unwrap_or("城中街道");
        let course = course(plan, &mut random, kind, opened_at, open, index);
        out.push(PastHazard {
            key: String::new(),
            category: kind.category,
            severity: kind.severity,
            point: at.geographic(),
            place,
            road,
            opened_at,
            description,
            measure: kind.done.into(),
            source,
            duty: kind.duty,
            unit: unit(kind.duty, area),
            course,
            synthetic: true,
        });
    }
    out.sort_by(|a, b| a.opened_at.cmp(&b.opened_at).then_with(|| a.place.cmp(&b.place)));
    for (n, hazard) in out.iter_mut().enumerate() {
        hazard.key = format!("demo-hazard-{:03}", n + 1);
    }
    out
}

fn find(sites: &Sites, need: Need, random: &mut Random) -> (P, Spoken) {
    let fits = |at: P, spoken: &Spoken| {
        let full = spoken.full();
        let city = sites.area(at).is_some_and(|a| a.ends_with("街道"));
        let highway = ["国道", "省道", "公路"].iter().any(|w| full.contains(w));
        match need {
            Need::Crossing => city && matches!(spoken, Spoken::Crossing(..)) && !highway,
            Need::School => matches!(spoken, Spoken::Gate(gate, _) if gate.ends_with("小学") || gate.ends_with("中学") || gate.ends_with("学校")),
            Need::Village => matches!(spoken, Spoken::Village(_)) && !city,
            Need::Highway => highway && !full.contains("高速"),
            Need::City => city && matches!(spoken, Spoken::Near(..) | Spoken::Crossing(..)) && !highway && !full.contains("快速路"),
        }
    };
    let mut last = sites.draw(random);
    for _ in 0..4000 {
        if fits(last.0, &last.1) {
            break;
        }
        last = sites.draw(random);
    }
    last
}

fn road_of(spoken: &Spoken) -> String {
    match spoken {
        Spoken::Crossing(road, _) | Spoken::Near(road, _) | Spoken::Road(road) | Spoken::Gate(_, Some(road)) => road.clone(),
        Spoken::Gate(_, None) | Spoken::Village(_) => String::new(),
    }
}

/// The unit of the template city that carries a duty in an area.
fn unit(duty: &str, area: &str) -> String {
    let town = match area {
        "高桥镇" => "gaoqiao",
        "云溪镇" => "yunxi",
        "石桥镇" => "shiqiao",
        "白塔镇" => "baita",
        "青杨镇" => "qingyang",
        "柳塘镇" => "liutang",
        "南浦镇" => "nanpu",
        "丰和镇" => "fenghe",
        _ => "changgeng",
    };
    let brigade = match area {
        "滨江街道" | "镜月街道" | "柳塘镇" | "南浦镇" | "丰和镇" => "brigade-2",
        "东屏街道" | "白塔镇" | "青杨镇" | "长埂镇" => "brigade-3",
        _ => "brigade-1",
    };
    match duty {
        "signal" | "marking" | "sign.city" | "parking" => brigade.into(),
        "lamp.village" => format!("town-{town}"),
        "school" => "education".into(),
        "road.highway" | "guardrail.highway" | "junction.highway" => "transport".into(),
        _ => "urban-management".into(),
    }
}

/// The nearest day in `step`'s direction that is no weekend (holidays are the engine's concern).
fn working(mut day: Date, step: i32) -> Date {
    while matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
        day = day_date(day_number(day) + step);
    }
    day
}

fn moment(day: Date, random: &mut Random) -> DateTime {
    day.at(8 + random.below(9) as i8, random.below(60) as i8, random.below(60) as i8, 0)
}

/// A moment `days` days after `from`, on a working day and after `from`.
fn after(from: DateTime, days: i32, random: &mut Random) -> DateTime {
    let day = working(day_date(day_number(from.date()) + days), 1);
    let at = moment(day, random);
    if at > from { at } else { from.checked_add(jiff::Span::new().minutes(25 + random.below(120) as i64)).unwrap_or(from) }
}

fn course(plan: &Plan, random: &mut Random, kind: &Kind, opened_at: DateTime, open: bool, index: usize) -> Course {
    let end = plan.today.at(0, 0, 0, 0);
    let accepted_at = after(opened_at, random.below(2) as i32, random);
    let past = |at: DateTime| (at < end).then_some(at);
    if open {
        let accepted_at = if index % 27 == 4 { None } else { past(accepted_at) };
        let handled_at = accepted_at.filter(|_| random.chance(0.3)).and_then(|from| past(after(from, 1 + random.below(4) as i32, random)));
        return Course::Open { accepted_at, handled_at };
    }
    if index % 11 == 7 {
        let returned_at = accepted_at;
        let accepted_at = after(returned_at, 1, random);
        let handled_at = after(accepted_at, 2 + random.below(3) as i32, random);
        let closed_at = after(handled_at, 1, random);
        let (wrong_unit, reason) = kind.wrong;
        return match (past(returned_at), past(accepted_at)) {
            (Some(returned_at), Some(accepted_at)) => {
                Course::Returned { wrong_unit, returned_at, reason, accepted_at, handled_at: past(handled_at), closed_at: past(closed_at) }
            }
            _ => Course::Open { accepted_at: None, handled_at: None },
        };
    }
    let late = index % 8 == 3;
    let took = if late { 24 + random.below(20) as i32 } else { 1 + random.below(4) as i32 };
    let handled_at = after(accepted_at, took, random);
    let closed_at = after(handled_at, 1 + random.below(2) as i32, random);
    match (past(accepted_at), past(handled_at), past(closed_at)) {
        (Some(accepted_at), Some(handled_at), Some(closed_at)) if late => Course::ClosedLate { accepted_at, handled_at, closed_at },
        (Some(accepted_at), Some(handled_at), Some(closed_at)) => Course::ClosedOnTime { accepted_at, handled_at, closed_at },
        (accepted_at, handled_at, _) => Course::Open { accepted_at, handled_at },
    }
}
