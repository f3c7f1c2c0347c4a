//! Whole calls, of which one part says where.

use super::crossings::{fill, means};
use super::{Distortion, Kind, Maker, Slip, Truth, traditional};

/// Whole calls; `P` is the place.
pub(super) const CALLS: [&str; 40] = [
    "喂，110吗，P这边有两部车撞了，一部V一部V，人没什么事，麻烦来处理一下",
    "你好我要报警，刚刚T在P，我骑电瓶车被一辆V撞倒了，腿很疼，车牌是#，他还不承认",
    "P，V追尾V，后面堵了一长串了，快点派人来吧",
    "我是路过的，P那儿有个老太太被车碰了躺在地上，已经打了120，你们交警也来看一下",
    "交警同志你好，我的车号是#，停在P，现在被一辆V刮了，对方电话13800000000，他说有急事先走了",
    "不好意思打扰一下，P的红绿灯坏了，四个方向都是红灯，现在乱成一锅粥",
    "哎哟快来呀，P有人被撞了，流了好多血，一个小姑娘，穿蓝色衣服的",
    "我这边是#，V，单方事故，撞到P的隔离护栏了，人没受伤，保险公司要你们出个证明",
    "您好，平安保险，客户报案T在P发生两车碰撞，标的车#，对方是V，请协助核实",
    "报告指挥中心，我在P，现场两车轻微刮擦，已拍照撤离，请记录",
    "师傅你听我说，我送外卖的，T走到P，一个V开门把我撞了，餐都洒了，现在人跑了",
    "我看到一辆V开得歪歪扭扭的，可能喝了酒，现在在P等红灯，车牌尾号是886",
    "有部V抛锚在P，占了一个车道，后面的公交车都过不去，已经二十分钟了",
    "P违停一排车，公交车都转不过弯，这种情况每天早上7点到9点都有，希望你们管一管",
    "麻烦来一下P好吗，对方全责但是他不认，我行车记录仪都有的，电话是13900000000",
    "我姓陈，T开车经过P的时候被V别了一下，他还下来打我，我现在车里不敢下来",
    "喂你好，我老公出车祸了，他说在P，我现在赶过去，能不能先派个人过去看看，他手机快没电了",
    "P这边路面塌了一个坑，直径有一米多，刚才一辆V轮子陷进去了，晚上没灯很危险",
    "昨天晚上十点多，就在P，我被一辆没牌的三轮车撞了，当时没报警，现在腰疼想问怎么处理",
    "校车停在P下小孩，后面的V不让，差一点撞到孩子，请你们加强管理",
    "P有一辆水泥搅拌车侧翻，水泥漏了一地，两个车道都不能走",
    "我要举报，#这辆V每天占着P的公交站停车，打了12345也没用",
    "你好，公交公司调度，我们一辆公交车在P跟一辆V发生刮擦，车上三十多个乘客，需要快处",
    "T，在P，三车连环追尾，最前面是V，中间是V，最后面是我的车，人都好的",
    "喂，警察叔叔，P这里有个老爷爷迷路了，八十多岁，说不清家在哪里",
    "哦哟堵得来动也不动，P，红灯过了四次还没过去，侬叫个人来指挥一下好伐",
    "我在P呢，刚才右转的V把骑车的人卷进去了，人在车底下，快点快点",
    "同志，P施工把人行道全围了，行人只能走机动车道，没有指示牌，谁来负责啊",
    "快递小哥被撞了在P，人清醒的，120来了说没大碍，主要是责任要认定一下",
    "P。两车。无人伤。车已靠边。",
    "定位是P，我这是#，对方#，他变道没打灯，责任清楚的，麻烦远程定责",
    "就P呀，你们上次来过的那个地方，又有人把共享单车堆到马路中间了",
    "T我从单位出来，走到P过斑马线，绿灯，被左转的V蹭到手，手机摔坏了",
    "P有辆V占用应急车道，还一直按喇叭，里面好像有人晕过去了",
    "我车胎爆了停在P，是快车道，后面车开得很快，我不敢下去放三角牌",
    "刚才P两个骑电动车的撞一起了，一个带着小孩，小孩头上起了个包",
    "请转告中队，P信号灯配时有问题，左转绿灯只有八秒，晚高峰排队到上个路口了",
    "喂听得见吗，信号不好，我说P，对，有人受伤，一男一女，女的不能动",
    "麻烦问一下拖车多少钱，我的V在P坏了，水箱开锅了，推不动",
    "出警人员注意，警情地点P，报警人女，三十岁左右，电话1990000000000，事由小汽车与行人相撞",
];

/// Calls with another place; `P` is where it is, `Q` the other one.
const TWO: [&str; 16] = [
    "我从Q过来的，开到P被人追尾了，麻烦派人来看看",
    "我家住在Q那边，刚才下班走到P，被一辆V撞了",
    "本来要去Q的，结果在P跟V刮了一下，现在两边谈不拢",
    "我在P，刚刚发生的事故，对方往Q方向跑了，V，车牌#",
    "乘客从Q上的车，到P的时候跟一辆V碰了，乘客头撞到玻璃",
    "P出事故了，一直堵到Q，你们快去疏导一下",
    "我是送外卖的，店在Q，客人在别处，走到P被V撞了，餐全洒了",
    "肇事车在P撞了人，现在有人看到它停在Q附近，事故现场还在P，伤者还躺着",
    "你好，刚才T经过Q的时候还好好的，到了P刹车突然失灵，撞上前面的V",
    "我公司在Q，但是事故是在P，员工骑车上班被V碰倒",
    "昨天Q也堵，今天轮到P了，红绿灯坏了没人管",
    "救护车已经从Q出发了，伤者在P，请交警也到现场",
    "孩子在Q上学，今天早上我送他，在P被一辆V撞倒了",
    "人我先送去Q那边的医院了，事故现场在P，车还停在那里没动",
    "P，两车相撞，V是从Q方向开过来的，速度很快",
    "我到Q办事，回来的路上，就在P，被一辆逆行的电瓶车撞了车门",
];

/// Calls that take back a place first said; `Q` is the wrong one.
const CORRECTED: [&str; 12] = [
    "我在Q，哦不对，是P，说错了，有辆V撞了护栏",
    "不是Q，是P，两部车撞了",
    "喂，Q……不不不，P，我看错路牌了，这里有人受伤",
    "刚才我报的是Q，搞错了，应该是P，麻烦改一下",
    "前面说Q说错了，正确地点是P，请通知出警的同志",
    "地点更正：原报Q，更正为P",
    "我以为是Q，旁边的人说这里是P，车牌#，追尾",
    "Q吗？不是，他说P，对，是P，一辆V翻了",
    "别去Q了，我们现在P，车已经挪过来了，在这边等你们",
    "我重新说一下，不是在Q，事故在P，V撞了电动车",
    "哎，Q，啊呀讲错了，P，讲快了讲快了",
    "报警人称在Q，经核实现场在P，请就近派警",
];

const VEHICLES: [&str; 14] = [
    "白色大众",
    "黑色奔驰",
    "小轿车",
    "出租车",
    "公交车",
    "货车",
    "红色面包车",
    "银灰色别克",
    "渣土车",
    "电动三轮车",
    "特斯拉",
    "网约车",
    "黑色SUV",
    "蓝色比亚迪",
];
const TIMES: [&str; 8] =
    ["早上八点多", "刚才", "下午三点半左右", "今天中午", "晚上七点四十", "大概十分钟前", "凌晨一点", "五点多下班的时候"];
const PLATES: [&str; 6] = ["沪A·12D45", "粤B3F882", "沪C7762X", "沪AD01234", "浙D88K21", "皖S5G310"];
/// How a caller puts a crossing into a sentence.
const SPOKEN: [&str; 14] = [
    "A和B路口",
    "AB路口",
    "A跟B那个路口",
    "A与B交叉口",
    "A、B路口",
    "A到B的路口",
    "A靠近B的路口",
    "AB口",
    "AB交叉口",
    "A和B的红绿灯",
    "AB十字路口",
    "A上B路口",
    "A与B路口东侧",
    "A和B交界",
];

impl Maker<'_> {
    pub(super) fn dress(&mut self, call: &str, place: &str, other: &str) -> String {
        let mut out = String::new();
        for c in call.chars() {
            match c {
                'P' => out.push_str(place),
                'Q' => out.push_str(other),
                'V' => out.push_str(VEHICLES[self.random.below(VEHICLES.len())]),
                'T' => out.push_str(TIMES[self.random.below(TIMES.len())]),
                '#' => out.push_str(PLATES[self.random.below(PLATES.len())]),
                c => out.push(c),
            }
        }
        out
    }

    fn spoken(&mut self) -> &'static str {
        SPOKEN[self.random.below(SPOKEN.len())]
    }
}

pub(super) fn make(maker: &mut Maker<'_>) {
    for (distortion, count) in [(Distortion::Call, 200), (Distortion::CallTraditional, 60), (Distortion::CallSlip, 100)] {
        maker.repeat(count, |m| {
            let ((a, b), form) = (m.pair()?, m.spoken());
            let said = if distortion == Distortion::CallSlip { m.wrong(&a, &b, Slip::SameSound)? } else { a.clone() };
            let call = CALLS[m.random.below(CALLS.len())];
            let words = m.dress(call, &fill(form, &said, &b), "");
            let words = if distortion == Distortion::CallTraditional { traditional(&words) } else { words };
            m.add(words, Kind::Crossing, distortion, m.at(&a, &b), means(&a, &b));
            Some(())
        });
    }
    for (distortion, calls, count) in [(Distortion::TwoPlaces, TWO.as_slice(), 110), (Distortion::Corrected, CORRECTED.as_slice(), 60)] {
        maker.repeat(count, |m| {
            let ((a, b), (c, d)) = (m.pair()?, m.pair()?);
            let (place, mut other) = (fill(m.spoken(), &a, &b), fill(m.spoken(), &c, &d));
            // Where one comes from or goes to is as often a road alone.
            if distortion == Distortion::TwoPlaces && m.random.chance(40) {
                other.clone_from(&c);
            }
            if [&c, &d].iter().any(|n| **n == a || **n == b) {
                return None;
            }
            let call = calls[m.random.below(calls.len())];
            let words = m.dress(call, &place, &other);
            m.add(words, Kind::Crossing, distortion, m.at(&a, &b), means(&a, &b));
            Some(())
        });
    }
    for (kind, count) in [(Kind::NoCrossing, 80), (Kind::InventedRoad, 50), (Kind::RoadAlone, 60)] {
        maker.repeat(count, |m| {
            let (a, b) = match kind {
                Kind::NoCrossing => m.strangers()?,
                Kind::InventedRoad => m.half_invented()?,
                _ => (m.road(800.0)?, String::new()),
            };
            let place = if kind == Kind::RoadAlone {
                ["A上", "A", "A路边", "A那边"][m.random.below(4)].replace('A', &a)
            } else {
                fill(["A和B路口", "AB路口", "A跟B那个路口", "A与B交叉口", "A、B路口", "AB十字路口"][m.random.below(6)], &a, &b)
            };
            let call = CALLS[m.random.below(CALLS.len())];
            let words = m.dress(call, &place, "");
            let truth = if kind == Kind::RoadAlone { Truth::NotEnough } else { Truth::NoSuchCrossing };
            m.add(words, kind, Distortion::Call, truth, if b.is_empty() { a } else { means(&a, &b) });
            Some(())
        });
    }
}
