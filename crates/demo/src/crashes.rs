//! Recorded crashes: those accident calls that went the way of general procedure.

use std::io::Write;

use jiff::civil::DateTime;

use crate::calls::{field, iso, outcome};
use crate::city::Plan;
use crate::random::Random;
use crate::records::{Call, Class, Crash, Relation, Severity};
use crate::rhythm::{self, Sky};
use crate::words::Collision;

/// The recorded crashes among the calls of one day.
pub(crate) fn of_day(plan: &Plan, calls: &[Call]) -> Vec<Crash> {
    let mut out = Vec::new();
    for call in calls.iter().filter(|c| c.class == Class::Accident && c.valid && c.truth.relation == Relation::First) {
        let outcome = outcome(plan.seed, &call.truth.incident);
        if outcome.recorded {
            out.push(record(plan, call, outcome.collision, outcome.hurt));
        }
    }
    out.sort_by(|a, b| a.at.cmp(&b.at).then(a.call_no.cmp(&b.call_no)));
    for (n, crash) in out.iter_mut().enumerate() {
        crash.crash_no = format!("S{}-{:04}", crash.call_no.get(1..9).unwrap_or("00000000"), n + 1);
    }
    out
}

fn record(plan: &Plan, call: &Call, collision: Collision, hurt: bool) -> Crash {
    let key = call.truth.incident.bytes().fold(7u64, |k, b| k.wrapping_mul(131).wrapping_add(u64::from(b)));
    let mut random = Random::keyed(plan.seed, &[0xc4a5, key]);
    let day = call.received_at.date();
    let ago = 60 + random.below(540) as i64;
    // Never before midnight: a day's records stay with the day.
    let at = call.received_at.checked_sub(jiff::Span::new().seconds(ago)).ok().filter(|t| t.date() == day).unwrap_or(call.received_at);
    let place = &call.truth.place;
    let open_road = ["国道", "省道", "公路", "高速", "快速路"].iter().any(|w| place.contains(w));
    let harsh = match collision {
        Collision::Pedestrian | Collision::Lorry => 3.0,
        Collision::Alone => 1.5,
        _ => 1.0,
    } * if open_road { 2.6 } else { 1.0 };
    let severity = match random.unit() {
        u if hurt && u < 0.0032 * harsh => Severity::Fatal,
        u if hurt && u < 0.075 * harsh.min(3.0) => Severity::Serious,
        _ if hurt => Severity::Slight,
        _ => Severity::Damage,
    };
    let deaths = if severity == Severity::Fatal { 1 + u32::from(random.chance(0.05)) } else { 0 };
    let injured = match severity {
        Severity::Damage => 0,
        Severity::Fatal => u32::from(random.chance(0.35)),
        _ => 1 + u32::from(random.chance(0.14)) + u32::from(random.chance(0.03)),
    };
    let sky = rhythm::sky(plan.seed, day);
    let hour = at.hour();
    let light = match hour {
        7..=17 => "白天",
        6 | 18 => "黎明或黄昏",
        _ if open_road && random.chance(0.7) => "夜间无路灯照明",
        _ => "夜间有路灯照明",
    };
    let cause = cause(&mut random, collision, sky, hour);
    let harm = match severity {
        Severity::Fatal => format!("致{deaths}人死亡"),
        Severity::Damage => "无人受伤".into(),
        _ => format!("致{injured}人受伤"),
    };
    let point = near(&mut random, call);
    let words =
        format!("{}分许，{place}发生{}事故，{harm}，{}。", format_args!("{}时{:02}", at.hour(), at.minute()), collision.zh(), cause);
    Crash {
        crash_no: String::new(),
        call_no: call.call_no.clone(),
        at,
        kind: collision.zh(),
        severity,
        deaths,
        injured,
        words,
        place_text: place.clone(),
        point,
        weather: sky.zh(),
        light,
        cause,
        parties: collision.parties().into(),
    }
}

/// The surveyed point, at most about 8 m from the truth.
fn near(random: &mut Random, call: &Call) -> gongzhi_civic::place::Point {
    let (distance, angle) = (random.range(0.0, 7.0), random.range(0.0, std::f64::consts::TAU));
    let degrees = distance / 111_195.0;
    let round = |v: f64| (v * 1e7).round() / 1e7;
    let truth = call.truth.point;
    gongzhi_civic::place::Point::new(
        round(truth.lon + degrees * angle.cos() / truth.lat.to_radians().cos()),
        round(truth.lat + degrees * angle.sin()),
    )
}

fn cause(random: &mut Random, collision: Collision, sky: Sky, hour: i8) -> &'static str {
    if !(4..21).contains(&hour) && random.chance(0.12) {
        return "饮酒后驾驶";
    }
    if sky == Sky::Rain && random.chance(0.1) {
        return "雨天未降低车速";
    }
    let list: &[&'static str] = match collision {
        Collision::Rear => &["未保持安全车距", "未保持安全车距", "驾驶时使用手机", "疲劳驾驶"],
        Collision::Scrape => &["变更车道影响他人", "变更车道影响他人", "未按规定会车"],
        Collision::Side => &["未按规定让行", "违反交通信号", "左转未让直行", "超速行驶"],
        Collision::Cycle => &["未按规定让行", "非机动车逆行", "非机动车闯红灯", "开关车门妨碍通行", "右转未让直行"],
        Collision::Pedestrian => &["未礼让行人", "行人横穿道路", "超速行驶"],
        Collision::Alone => &["操作不当", "超速行驶", "疲劳驾驶"],
        Collision::Cycles => &["非机动车逆行", "非机动车闯红灯", "未按规定让行"],
        Collision::Lorry => &["右转未停车观察", "右转未停车观察", "未按规定让行"],
    };
    random.pick::<&str>(list)
}

/// The crashes as CSV.
pub(crate) fn csv(crashes: impl Iterator<Item = Crash>) -> Vec<u8> {
    let time = |at: DateTime| iso(at);
    let mut out = b"crash_no,call_no,at,type,severity,deaths,injured,words,place_text,lon,lat,weather,light,cause,parties\n".to_vec();
    for crash in crashes {
        // Writing into a vector cannot fail.
        let _ = write!(
            out,
            "{},{},{},{},{},{},{},",
            crash.crash_no,
            crash.call_no,
            time(crash.at),
            crash.kind,
            crash.severity.zh(),
            crash.deaths,
            crash.injured
        );
        field(&mut out, &crash.words);
        out.push(b',');
        field(&mut out, &crash.place_text);
        let _ = writeln!(
            out,
            ",{:.7},{:.7},{},{},{},{}",
            crash.point.lon, crash.point.lat, crash.weather, crash.light, crash.cause, crash.parties
        );
    }
    out
}
