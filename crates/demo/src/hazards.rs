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
    /// Countryside, off the numbered roads.
    Village,
    /// Numbered roads.
    Highway,
    City,
}

struct Kind {
    /// Category, severity and measure are ids of `matters/hazard/forms`; the duty is the one its routing table picks.
    category: &'static str,
    duty: &'static str,
    need: Need,
    severity: u8,
    says: &'static [&'static str],
    measure: &'static str,
    done: &'static str,
    /// A unit that might be taken for the right one, with what it answers.
    wrong: (&'static str, &'static str),
    weight: f64,
}

/// What data showed rather than eyes: the hot spots.
const BLACK_SPOT: Kind = Kind {
    category: "black_spot",
    duty: "black_spot",
    need: Need::Crossing,
    severity: 3,
    says: &[],
    measure: "redesign",
    done: "已优化渠化与配时，高峰安排专人值守",
    wrong: ("urban-management", "该点位以交通组织问题为主，请交警部门牵头"),
    weight: 0.0,
};

const KINDS: [Kind; 20] = [
    Kind {
        category: "signal",
        duty: "signal",
        need: Need::Crossing,
        severity: 2,
        says: &["信号灯左转相位过短，高峰溢流", "人行信号灯不亮", "信号灯被树枝遮挡，看不清"],
        measure: "redesign",
        done: "调整配时方案，修复灯组并复核",
        wrong: ("urban-management", "信号灯由公安交警部门管理，非我单位职责"),
        weight: 9.0,
    },
    Kind {
        category: "marking",
        duty: "marking",
        need: Need::City,
        severity: 1,
        says: &["停止线、斑马线磨损不清", "导向箭头与车道不符", "右转弯危险区标线缺失"],
        measure: "repair",
        done: "已重新施划标线",
        wrong: ("transport", "城市道路标线由交警部门设置维护"),
        weight: 9.0,
    },
    Kind {
        category: "sign",
        duty: "marking",
        need: Need::City,
        severity: 1,
        says: &["限速标志被广告牌遮挡", "禁停标志倾倒", "指路标志信息与道路不符"],
        measure: "repair",
        done: "已移除遮挡、扶正标志",
        wrong: ("urban-management", "交通标志由交警部门管理"),
        weight: 5.0,
    },
    Kind {
        category: "lamp",
        duty: "lamp.city",
        need: Need::City,
        severity: 1,
        says: &["连续五盏路灯不亮，夜间看不清行人", "路灯杆倾斜", "新建路段路灯未通电"],
        measure: "replace",
        done: "已更换光源并恢复供电",
        wrong: ("power", "路灯资产不属供电公司"),
        weight: 10.0,
    },
    Kind {
        category: "lamp",
        duty: "lamp.village",
        need: Need::Village,
        severity: 1,
        says: &["村口路灯不亮，晚上看不见", "村道急弯处无照明"],
        measure: "add",
        done: "已补装太阳能路灯",
        wrong: ("urban-management", "农村路灯由镇街负责"),
        weight: 6.0,
    },
    Kind {
        category: "pothole",
        duty: "road.city",
        need: Need::City,
        severity: 2,
        says: &["路面坑槽，电动车多次摔倒", "非机动车道沉陷", "路面破损严重，车辆绕行占对向车道"],
        measure: "repair",
        done: "已铣刨重铺破损路面",
        wrong: ("transport", "该路段为城市道路，已移交城管养护"),
        weight: 12.0,
    },
    Kind {
        category: "pothole",
        duty: "road.highway",
        need: Need::Highway,
        severity: 2,
        says: &["路面坑槽连片，大货车避让占道", "路肩塌陷", "桥头跳车明显"],
        measure: "repair",
        done: "已修补路面、加固路肩",
        wrong: ("urban-management", "该路段为公路，由交通部门养护"),
        weight: 9.0,
    },
    Kind {
        category: "guardrail",
        duty: "road.highway",
        need: Need::Highway,
        severity: 3,
        says: &["临水路段波形护栏被撞缺失", "急弯外侧无护栏"],
        measure: "add",
        done: "已补齐护栏并设置警示桩",
        wrong: ("water", "护栏属公路附属设施"),
        weight: 6.0,
    },
    Kind {
        category: "junction",
        duty: "road.village",
        need: Need::Village,
        severity: 2,
        says: &["村道接入口无让行标志、无减速设施", "支路口绿化遮挡，看不见来车"],
        measure: "add",
        done: "已增设减速带、爆闪灯并修剪绿化",
        wrong: ("housing", "农村道路平交口由镇街负责"),
        weight: 7.0,
    },
    Kind {
        category: "school",
        duty: "school",
        need: Need::School,
        severity: 2,
        says: &["上下学时段接送车辆停满两侧，学生在车缝中穿行", "校门口无人行过街设施", "护学岗缺位，秩序混乱"],
        measure: "order",
        done: "已实行错峰放学并设置接送区",
        wrong: ("brigade-1", "接送组织应由教育部门牵头，我单位协助"),
        weight: 9.0,
    },
    Kind {
        category: "manhole",
        duty: "manhole",
        need: Need::City,
        severity: 3,
        says: &["车行道井盖缺失，仅插树枝警示", "井盖松动异响，电动车易摔"],
        measure: "replace",
        done: "已更换防沉降井盖",
        wrong: ("waterworks", "该井经查为市政雨水井，产权不属水务集团"),
        weight: 5.0,
    },
    Kind {
        category: "ponding",
        duty: "ponding.city",
        need: Need::City,
        severity: 2,
        says: &["逢雨积水超过三十厘米", "雨水口堵塞，车道积水"],
        measure: "clear",
        done: "已疏通雨水口、检修水泵",
        wrong: ("waterworks", "该处排水设施未移交"),
        weight: 5.0,
    },
    Kind {
        category: "works",
        duty: "works.city",
        need: Need::City,
        severity: 2,
        says: &["施工围挡遮挡路口视线", "占道施工无警示灯和疏导员", "管线开挖后回填不平"],
        measure: "order",
        done: "已降低围挡高度、补设警示灯",
        wrong: ("transport", "占道许可由城管部门核发"),
        weight: 6.0,
    },
    Kind {
        category: "parking",
        duty: "parking",
        need: Need::City,
        severity: 1,
        says: &["商圈出口排队占用主路", "非机动车道长期停车", "公交站点内停车，公交车二次停靠"],
        measure: "order",
        done: "已施划禁停线并增设电子抓拍",
        wrong: ("urban-management", "机动车道内停车由交警管理"),
        weight: 8.0,
    },
    Kind {
        category: "bus_stop",
        duty: "bus_stop",
        need: Need::City,
        severity: 1,
        says: &["站台无候车区，乘客站在非机动车道等车", "站点紧靠路口，公交停靠堵住右转车道"],
        measure: "add",
        done: "已增设候车岛并后移站位",
        wrong: ("bus", "站点设置由交通部门审批"),
        weight: 3.0,
    },
    Kind {
        category: "entrance",
        duty: "entrance",
        need: Need::City,
        severity: 1,
        says: &["停车场出口起杆慢，车队排到主路", "加油站出入口与公交站相互干扰"],
        measure: "redesign",
        done: "已增设出口通道并调整流线",
        wrong: ("urban-management", "商业场所出入口由商务部门牵头"),
        weight: 3.0,
    },
    Kind {
        category: "street_market",
        duty: "street_market",
        need: Need::City,
        severity: 1,
        says: &["早市摊位占据非机动车道", "收摊后菜叶积水，骑车打滑"],
        measure: "order",
        done: "已划定疏导点，摊位退出车道",
        wrong: ("urban-management", "马路市场由市场监管部门牵头整治"),
        weight: 3.0,
    },
    Kind {
        category: "sight",
        duty: "sight.building",
        need: Need::City,
        severity: 2,
        says: &["围墙转角遮挡视线，出小区看不见来车", "广告牌遮挡右侧视距"],
        measure: "redesign",
        done: "已拆除转角围墙并装凸面镜",
        wrong: ("planning", "该处为已建成建筑，由住建部门处理"),
        weight: 3.0,
    },
    Kind {
        category: "waterside",
        duty: "waterside",
        need: Need::Village,
        severity: 3,
        says: &["临河村道无防护，夜间易坠河", "河埠头旁急弯无警示"],
        measure: "add",
        done: "已安装防护墩和反光警示柱",
        wrong: ("transport", "非等级公路临水段由水利部门处理"),
        weight: 3.0,
    },
    Kind {
        category: "spill",
        duty: "cleaning.city",
        need: Need::City,
        severity: 2,
        says: &["渣土车沿路遗撒，路面湿滑", "路口有大片油污"],
        measure: "clear",
        done: "已冲洗路面并撒布吸油材料",
        wrong: ("transport", "城市道路保洁由城管部门负责"),
        weight: 3.0,
    },
];

const COUNT: usize = 120;

/// The hazards of the twelve months before the plan's today, by time of opening.
pub(crate) fn past(plan: &Plan, sites: &Sites, spots: &[HotSpot]) -> Vec<PastHazard> {
    let mut out: Vec<PastHazard> = Vec::with_capacity(COUNT);
    let today = day_number(plan.today);
    for index in 0..COUNT {
        let mut random = Random::keyed(plan.seed, &[0x4a2a, index as u64]);
        let chosen = random.weighted(&KINDS.map(|k| k.weight));
        let kind = if index < spots.len() { &BLACK_SPOT } else { &KINDS[chosen] };
        let open = index % 9 == 4;
        // Open ones are recent, so that the inbox is alive; the rest spread over the year.
        let ago = if open { 1 + random.below(16) as i32 } else { 9 + random.below(350) as i32 };
        let opened = working(day_date(today - ago), -1);
        let opened_at = moment(opened, &mut random);
        let (at, place, road, description, source) = match spots.get(index) {
            Some(spot) => {
                let pieces = sites.hot_pieces(index);
                let at = pieces.get(pieces.len() / 2).map_or(P::default(), |piece| piece.0);
                (at, spot.name.clone(), spot.roads.first().cloned().unwrap_or_default(), format!("警情多发：{}", spot.cause.zh), "hotspot")
            }
            None => {
                let (at, spoken) = find(sites, kind.need, &mut random);
                let says = (*random.pick(kind.says)).to_owned();
                let source = *random.pick(&["public", "public", "patrol"]);
                (at, spoken.full(), spoken.road().unwrap_or_default().to_owned(), says, source)
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
            measure: kind.measure,
            done: kind.done.into(),
            found_by: source,
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
            Need::School => {
                matches!(spoken, Spoken::Gate(gate, _) if gate.ends_with("小学") || gate.ends_with("中学") || gate.ends_with("学校"))
            }
            Need::Village => matches!(spoken, Spoken::Village(_)) && !city,
            Need::Highway => spoken.road().is_some_and(|road| road.ends_with("国道") || road.ends_with("省道")),
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
        "signal" | "marking" | "parking" | "black_spot" => brigade.into(),
        "lamp.village" | "road.village" => format!("town-{town}"),
        "school" => "education".into(),
        "road.highway" | "bus_stop" => "transport".into(),
        "entrance" => "commerce".into(),
        "street_market" => "market".into(),
        "sight.building" => "housing".into(),
        "waterside" => "water".into(),
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
