//! What callers say: the place in spoken form, the matter in many wordings, and now and then a wrong character.

use crate::random::Random;
use crate::records::Class;

/// How a place is named.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Spoken {
    /// Two roads meet.
    Crossing(String, String),
    /// A road near another one.
    Near(String, String),
    /// A road by itself.
    Road(String),
    /// Before a landmark, on a road if it is known.
    Gate(String, Option<String>),
    /// In or by a village or on no named road at all.
    Village(String),
}

impl Spoken {
    /// The full name as an officer writes it.
    pub(crate) fn full(&self) -> String {
        match self {
            Self::Crossing(a, b) => format!("{a}与{b}交叉口"),
            Self::Near(a, b) => format!("{a}近{b}"),
            Self::Road(a) => a.clone(),
            Self::Gate(gate, Some(road)) => format!("{road}{gate}门口"),
            Self::Gate(gate, None) => format!("{gate}门口"),
            Self::Village(village) => format!("{village}附近"),
        }
    }

    /// The road it lies on, if that has a name.
    pub(crate) fn road(&self) -> Option<&str> {
        match self {
            Self::Crossing(road, _) | Self::Near(road, _) | Self::Road(road) | Self::Gate(_, Some(road)) => Some(road),
            Self::Gate(_, None) | Self::Village(_) => None,
        }
    }

    /// The call taker's note: the full name, or one of its usual short forms.
    pub(crate) fn noted(&self, random: &mut Random) -> String {
        match self {
            Self::Crossing(a, b) => match random.below(10) {
                0..=5 => format!("{a}与{b}交叉口"),
                6 | 7 => format!("{a}{b}路口"),
                8 => format!("{b}与{a}交叉口"),
                _ => format!("{a}/{b}路口"),
            },
            Self::Near(a, b) => match random.below(4) {
                0 => format!("{a}靠近{b}"),
                1 => format!("{a}{b}附近"),
                _ => format!("{a}近{b}"),
            },
            other => other.full(),
        }
    }

    /// As a caller puts it.
    pub(crate) fn said(&self, random: &mut Random) -> String {
        match self {
            Self::Crossing(a, b) => match random.below(9) {
                0 => format!("{a}和{b}的路口"),
                1 => format!("{a}{b}红绿灯这里"),
                2 => format!("{a}与{b}交叉口"),
                3 => format!("{a}跟{b}交叉口"),
                4 => format!("{b}{a}路口"),
                5 => format!("{a}到{b}的十字路口"),
                6 => format!("{a}、{b}路口"),
                7 => format!("{a}与{b}交叉口往{}方向", random.pick(&["东", "西", "南", "北"])),
                _ => format!("{a}{b}这个路口"),
            },
            Self::Near(a, b) => match random.below(6) {
                0 => format!("{a}靠近{b}"),
                1 => format!("{a}上，快到{b}的地方"),
                2 => format!("{a}，{b}过去一点"),
                3 => format!("{a}近{b}"),
                4 => format!("{a}{}往{}，{b}附近", random.pick(&["由东", "由西", "由南", "由北"]), random.pick(&["西", "东", "北", "南"])),
                _ => format!("{a}{}号附近，靠近{b}", 8 + random.below(480)),
            },
            Self::Road(a) => match random.below(3) {
                0 => format!("{a}上"),
                1 => format!("{a}{}号门口", 8 + random.below(380)),
                _ => format!("{a}中间这一段"),
            },
            Self::Gate(gate, Some(road)) => match random.below(4) {
                0 => format!("{gate}门口"),
                1 => format!("{road}{gate}门口"),
                2 => format!("{gate}对面，{road}上"),
                _ => format!("{gate}旁边的{road}"),
            },
            Self::Gate(gate, None) => format!("{gate}{}", random.pick(&["门口", "旁边", "后门"])),
            Self::Village(village) => format!("{village}{}", random.pick(&["村口", "里面", "村委会旁边", "附近"])),
        }
    }
}

/// Which vehicles met, for words and for the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Collision {
    Rear,
    Scrape,
    Side,
    Cycle,
    Pedestrian,
    Alone,
    Cycles,
    Lorry,
}

impl Collision {
    pub(crate) const ALL: [Self; 8] =
        [Self::Rear, Self::Scrape, Self::Side, Self::Cycle, Self::Pedestrian, Self::Alone, Self::Cycles, Self::Lorry];

    /// The record's type of crash.
    pub(crate) const fn zh(self) -> &'static str {
        match self {
            Self::Rear => "追尾碰撞",
            Self::Scrape => "同向刮擦",
            Self::Side => "侧面碰撞",
            Self::Cycle => "机动车与非机动车碰撞",
            Self::Pedestrian => "碰撞行人",
            Self::Alone => "撞固定物",
            Self::Cycles => "非机动车相撞",
            Self::Lorry => "大型货车右转碰撞",
        }
    }

    /// Vehicles as (label, plural wording for the record).
    pub(crate) const fn parties(self) -> &'static str {
        match self {
            Self::Rear => "小型轿车；小型轿车",
            Self::Scrape => "小型轿车；小型越野客车",
            Self::Side => "小型轿车；小型面包车",
            Self::Cycle => "小型轿车；电动自行车",
            Self::Pedestrian => "小型轿车；行人",
            Self::Alone => "小型轿车",
            Self::Cycles => "电动自行车；电动自行车",
            Self::Lorry => "重型自卸货车；电动自行车",
        }
    }

    fn told(self) -> &'static [&'static str] {
        match self {
            Self::Rear => &["两辆车追尾了", "我被后面的车追尾了", "三车追尾，堵住了一条车道", "我追尾了前面的车", "等红灯被后车撞了"],
            Self::Scrape => &["两辆小车刮擦", "变道的时候刮到了", "我的车被刮了，对方不肯走快处", "并线刮擦", "擦了一下，双方说不清"],
            Self::Side => &["两辆车撞在一起了", "左转的车和直行的车撞了", "路口两车相撞", "对方抢黄灯撞了我"],
            Self::Cycle => &[
                "小车撞了电瓶车",
                "一辆电动车被轿车撞倒了",
                "我骑电动车被汽车撞了",
                "开车门撞到电瓶车",
                "电瓶车逆行和小车撞了",
                "右转的车碰到了骑电动车的",
            ],
            Self::Pedestrian => &["有个老人过马路被车撞了", "汽车撞了行人", "斑马线上撞到人了"],
            Self::Alone => &["一辆车撞到隔离栏上了", "小车撞了绿化带", "车子撞上路灯杆", "单方事故，撞了石墩"],
            Self::Cycles => &["两辆电瓶车相撞", "电动车和电动车撞了", "外卖电瓶车撞了一个骑车的"],
            Self::Lorry => &["大货车右转撞了电动车", "渣土车碰到骑电瓶车的人", "大货车和电动车撞了"],
        }
    }
}

const HARM: &[&str] = &["有人受伤", "人倒在地上，腿流血了", "伤者说头晕", "已经打了120", "老人起不来，快点来", "手擦破了"];
const NO_HARM: &[&str] =
    &["没人受伤", "人没事，车动不了", "人没事", "占了一条车道，后面堵了", "双方协商不了", "对方要走，我拦着", "想请民警来认定一下"];
const ORDER: &[(f64, &[&str])] = &[
    (
        3.2,
        &[
            "有车乱停，堵住出口",
            "路边违停一排，公交车过不去",
            "私家车停在非机动车道上",
            "消防通道被车堵了",
            "有辆车停在人行道上",
            "车停在我家车库门口，叫挪车不来",
            "车子乱停把路占了一半",
        ],
    ),
    (2.4, &["堵得厉害，没人指挥", "红绿灯这里堵死了，车都不动", "车堵成一团", "排队排了好几个灯都过不去", "路口溢出来了"]),
    (1.0, &["红绿灯不亮了", "信号灯一直是红灯", "绿灯时间太短", "红绿灯坏了，四个方向乱走"]),
    (0.9, &["大货车闯禁行", "渣土车开得飞快，还撒土", "大货车从小区门口过，太吵", "半夜渣土车一辆接一辆"]),
    (0.7, &["有人飙车炸街，声音很大", "摩托车轰油门，吵得睡不着", "改装车来回跑，很吵"]),
    (0.9, &["电瓶车逆行，差点撞到", "很多电动车闯红灯", "三轮车在机动车道上走", "货车倒车逆行"]),
    (0.5, &["怀疑有人酒驾，车开得歪歪扭扭", "有辆车没有车牌", "看到有人开车一直看手机，画龙一样"]),
    (0.6, &["摆摊占道，车过不去", "收废品的把路占了", "施工围挡占道没有标志"]),
];
const OTHER: &[(f64, &[&str])] = &[
    (2.0, &["车子抛锚在路中间，需要帮忙", "车坏了停在快车道上", "爆胎了，推不动", "没油了停在路上"]),
    (1.2, &["路面有个大坑，电动车容易摔", "井盖翘起来了", "窨井盖不见了", "路面塌了一块"]),
    (0.8, &["树枝掉下来挡住路了", "路灯全不亮，看不见", "隔离护栏倒在路上", "路上掉了一块铁板", "货车上掉下来一堆石子"]),
    (0.8, &["积水很深，车过不去", "路面结冰打滑"]),
    (1.2, &["想问一下事故处理到哪里去办", "我的车被拖走了，在哪里取", "问一下这里能不能掉头", "行车证掉了怎么补"]),
    (0.8, &["有个小孩在路边哭，找不到大人", "老人迷路了，在路边坐着", "我孩子高考快迟到了，能不能帮忙", "孕妇要生了，堵在路上"]),
    (0.4, &["路上有条狗跑来跑去", "有只受伤的狗躺在路中间"]),
];
const INVALID: &[&str] = &[
    "喂？……（无声）",
    "按错了，不好意思",
    "你们是修手机的吗",
    "我要点外卖",
    "（小孩玩手机）",
    "打错了",
    "我想找一下派出所户籍科电话",
    "没事了没事了，已经自己处理好了",
    "（骚扰电话，挂断）",
];
const START: &[&str] = &["", "", "", "你好，", "喂，", "警察同志，", "我在", "你好我要报警，", "麻烦来一下，", "这里是"];
const END: &[&str] = &["", "", "", "，请尽快处理", "，麻烦来看看", "，快来", "，能不能派人来", "，谢谢"];

/// The caller's words for an incident.
pub(crate) fn told(random: &mut Random, class: Class, place: &str, collision: Option<Collision>, hurt: bool) -> String {
    let matter = match (class, collision) {
        (Class::Accident, Some(collision)) => {
            let what = random.pick(collision.told());
            let harm = if hurt { random.pick(HARM) } else { random.pick(NO_HARM) };
            if random.chance(0.75) { format!("{what}，{harm}") } else { (*what).to_owned() }
        }
        (Class::Other, _) => of(random, OTHER).to_owned(),
        _ => of(random, ORDER).to_owned(),
    };
    let start = random.pick(START);
    let end = random.pick(END);
    let text = match random.below(5) {
        0 if !start.ends_with('在') && !start.ends_with('是') => format!("{start}{matter}，就在{place}{end}"),
        1 => format!("{start}{place}，{matter}{end}"),
        2 => format!("{start}{place}这边{matter}{end}"),
        _ => format!("{start}{place}{}{matter}{end}", random.pick(&["", "，", "有情况，"])),
    };
    slip(random, text)
}

fn of<'a>(random: &mut Random, table: &[(f64, &[&'a str])]) -> &'a str {
    let weights: Vec<f64> = table.iter().map(|(w, _)| *w).collect();
    let row = random.weighted(&weights);
    random.pick::<&str>(table[row].1)
}

/// A call that is no matter for the police.
pub(crate) fn invalid(random: &mut Random) -> String {
    (*random.pick(INVALID)).to_owned()
}

/// The same caller again.
pub(crate) fn again(random: &mut Random, first: &str, days: i32) -> String {
    let when = match days {
        0 => *random.pick(&["刚才", "今天", "上午"]),
        1 => "昨天",
        2 => "前天",
        _ => *random.pick(&["前几天", "上次"]),
    };
    let start = random.pick(&["报过警了怎么还没处理，", "打过电话的，到现在没人管，", "报过一次了，又来了，", "就反映过，还是老样子，"]);
    format!("我{when}{start}{first}")
}

/// Wrong characters of one sound, as fast typing brings them.
const HOMOPHONES: &[(char, char)] = &[
    ('胜', '盛'),
    ('阳', '杨'),
    ('明', '名'),
    ('兴', '新'),
    ('江', '姜'),
    ('环', '还'),
    ('解', '结'),
    ('放', '方'),
    ('建', '件'),
    ('设', '社'),
    ('撞', '装'),
    ('刮', '挂'),
    ('电', '店'),
    ('停', '亭'),
    ('路', '陆'),
    ('叉', '岔'),
    ('追', '锥'),
    ('伤', '商'),
    ('堵', '赌'),
    ('越', '月'),
    ('州', '洲'),
];

fn slip(random: &mut Random, text: String) -> String {
    if !random.chance(0.035) {
        return text;
    }
    let at: Vec<usize> = text.chars().enumerate().filter(|(_, c)| HOMOPHONES.iter().any(|h| h.0 == *c)).map(|(i, _)| i).collect();
    if at.is_empty() {
        return text;
    }
    let chosen = *random.pick(&at);
    let swap = |c: char| HOMOPHONES.iter().find(|h| h.0 == c).map_or(c, |h| h.1);
    text.chars().enumerate().map(|(i, c)| if i == chosen { swap(c) } else { c }).collect()
}
