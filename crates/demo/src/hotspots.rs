//! The places that are hot by construction.

use gongzhi_civic::text::Text;

use crate::city::Plan;
use crate::geometry::P;
use crate::places::Places;
use crate::records::{Class, HotSpot, HotSpotKind, day_date, day_number};

/// When a place is hot.
#[derive(Clone, Copy, PartialEq)]
enum Span {
    Always,
    /// Until a year ago: something was done.
    Before,
    /// Since a year ago: something new went wrong.
    Since,
}

struct Design {
    road: &'static str,
    /// The crossing road, or the two that bound a section.
    ends: &'static [&'static str],
    span: Span,
    share: f64,
    class: Class,
    hours: &'static [u8],
    cause: (&'static str, &'static str),
}

const RUSH: &[u8] = &[7, 8, 9, 17, 18, 19];
const SCHOOL: &[u8] = &[7, 8, 16, 17];
const EVENING: &[u8] = &[11, 12, 17, 18, 19, 20, 21];
const NIGHT: &[u8] = &[21, 22, 23, 0, 1];

const DESIGNS: [Design; 15] = [
    Design {
        road: "胜利东路",
        ends: &["阳明北路"],
        span: Span::Always,
        share: 0.0100,
        class: Class::Accident,
        hours: RUSH,
        cause: ("左转与直行冲突，高峰溢流", "left turns conflict with through traffic; queues spill back at peak"),
    },
    Design {
        road: "中兴大道",
        ends: &["平江路"],
        span: Span::Always,
        share: 0.0070,
        class: Class::Accident,
        hours: RUSH,
        cause: ("商圈车流交织，信号配时不足", "weaving around the mall; too little green time"),
    },
    Design {
        road: "解放北路",
        ends: &["环城北路"],
        span: Span::Always,
        share: 0.0055,
        class: Class::Accident,
        hours: &[],
        cause: ("右转车与非机动车冲突", "right-turning cars conflict with cycles"),
    },
    Design {
        road: "胜利西路",
        ends: &["平安路"],
        span: Span::Always,
        share: 0.0045,
        class: Class::Order,
        hours: RUSH,
        cause: ("高峰拥堵，车辆压黄线", "peak congestion, junction blocked"),
    },
    Design {
        road: "人民东路",
        ends: &["越州大道"],
        span: Span::Since,
        share: 0.0060,
        class: Class::Accident,
        hours: RUSH,
        cause: ("施工围挡遮挡视线", "works fence hides the view"),
    },
    Design {
        road: "北海路",
        ends: &["站西大道"],
        span: Span::Before,
        share: 0.0060,
        class: Class::Accident,
        hours: &[],
        cause: ("无左转专用相位", "no protected left turn"),
    },
    Design {
        road: "迎宾大道",
        ends: &["阳明南路"],
        span: Span::Always,
        share: 0.0040,
        class: Class::Accident,
        hours: &[],
        cause: ("车速过快，大货车右转盲区", "speed; blind spot of right-turning lorries"),
    },
    Design {
        road: "220国道",
        ends: &["解放北路"],
        span: Span::Always,
        share: 0.0045,
        class: Class::Accident,
        hours: &[5, 6, 7, 18, 19, 20],
        cause: ("过境货车多，夜间照明不足", "through lorries, poor lighting at night"),
    },
    Design {
        road: "中山路",
        ends: &["延安路"],
        span: Span::Always,
        share: 0.0035,
        class: Class::Order,
        hours: RUSH,
        cause: ("占用非机动车道停车", "parking on the cycle lane"),
    },
    Design {
        road: "中兴大道",
        ends: &["平江路", "世纪大道"],
        span: Span::Always,
        share: 0.0090,
        class: Class::Order,
        hours: EVENING,
        cause: ("湖滨商业中心周边违停", "illegal parking around Hubin Commercial Center"),
    },
    Design {
        road: "平江路",
        ends: &["中兴大道", "阳明北路"],
        span: Span::Always,
        share: 0.0055,
        class: Class::Order,
        hours: EVENING,
        cause: ("网约车随意停靠", "ride-hailing cars stop at will"),
    },
    Design {
        road: "建设路",
        ends: &["中山路", "胜利东路"],
        span: Span::Always,
        share: 0.0045,
        class: Class::Order,
        hours: SCHOOL,
        cause: ("学校上下学时段拥堵", "congestion at school hours"),
    },
    Design {
        road: "315省道",
        ends: &["解放南路", "中兴大道"],
        span: Span::Always,
        share: 0.0050,
        class: Class::Accident,
        hours: &[],
        cause: ("村口无信号控制，开口多", "many uncontrolled village entries"),
    },
    Design {
        road: "站前路",
        ends: &["站西大道", "平安路"],
        span: Span::Since,
        share: 0.0050,
        class: Class::Order,
        hours: EVENING,
        cause: ("站前黑车揽客、乱停", "touting and parking before the station"),
    },
    Design {
        road: "世纪大道",
        ends: &["汇金路", "越州大道"],
        span: Span::Before,
        share: 0.0045,
        class: Class::Order,
        hours: NIGHT,
        cause: ("夜间机动车炸街噪声", "racing noise at night"),
    },
];

/// Pieces of network a hot spot's incidents fall on.
pub(crate) fn pieces(places: &Places, spot: &HotSpot) -> Vec<(P, P)> {
    match spot.roads.as_slice() {
        [road, cross] => places.crossing(road, cross).map(|c| (c.at, c.at)).into_iter().collect(),
        [road, from, to] => places.between(road, from, to),
        _ => Vec::new(),
    }
}

/// The hot spots of a plan. A design whose roads do not meet in this ground is left out.
pub(crate) fn place(plan: &Plan, places: &Places) -> Vec<HotSpot> {
    let (first, today) = (plan.first_day(), plan.today);
    let turn = day_date(day_number(today).saturating_sub(365));
    // Hot "always" and "since" reach ten years beyond today, so that live play goes on.
    let forever = day_date(day_number(today).saturating_add(3653));
    DESIGNS
        .iter()
        .filter_map(|design| {
            let mut roads = vec![design.road.to_owned()];
            roads.extend(design.ends.iter().map(|&r| r.to_owned()));
            let (name, kind) = match design.ends {
                [cross] => (format!("{}与{cross}交叉口", design.road), HotSpotKind::Crossing),
                [from, to] => (format!("{}（{from}—{to}）", design.road), HotSpotKind::Section),
                _ => return None,
            };
            let (from, to) = match design.span {
                Span::Always => (first, forever),
                Span::Before => (first, turn.max(first)),
                Span::Since => (turn.max(first), forever),
            };
            let mut spot = HotSpot {
                name,
                point: P::default().geographic(),
                kind,
                roads,
                line: Vec::new(),
                reach_m: if kind == HotSpotKind::Crossing { 60.0 } else { 30.0 },
                from,
                to,
                share: design.share,
                class: design.class,
                hours: design.hours.to_vec(),
                cause: Text::new(design.cause.0, design.cause.1),
            };
            let pieces = pieces(places, &spot);
            let middle = pieces.get(pieces.len() / 2)?;
            spot.point = middle.0.geographic();
            spot.line = pieces.iter().flat_map(|(a, b)| [a.geographic(), b.geographic()]).collect();
            spot.line.dedup();
            Some(spot)
        })
        .collect()
}
