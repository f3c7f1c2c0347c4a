//! What callers say in the labelled calls: two books of wordings that share no sentence, one to tune on, one to judge by.

/// What a call is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Matter {
    /// Two cars.
    CrashCars,
    /// A car and a bicycle with a motor.
    CrashBike,
    /// A lorry is in it.
    CrashLorry,
    /// Somebody on foot is hit.
    CrashWalker,
    /// Three or more cars.
    CrashChain,
    Jam,
    Oil,
    BusBroken,
    CarBroken,
    Lamp,
    Signal,
    Hole,
    Cover,
    Lorries,
    Parking,
    Racing,
    Stalls,
}

impl Matter {
    pub(super) const CRASHES: [Self; 4] = [Self::CrashCars, Self::CrashBike, Self::CrashLorry, Self::CrashWalker];
    /// What stays until somebody mends it.
    pub(super) const DEFECTS: [Self; 4] = [Self::Lamp, Self::Signal, Self::Hole, Self::Cover];
    /// What comes back every day or night.
    pub(super) const HABITS: [Self; 4] = [Self::Lorries, Self::Parking, Self::Racing, Self::Stalls];
}

/// One book of wordings.
pub(super) struct Book {
    pub(super) of: fn(Matter) -> &'static [&'static str],
    /// A crash as those see it who only stand in the queue: it may be taken for a jam.
    pub(super) from_afar: &'static [&'static str],
    /// Said before the matter when it goes on, `{}` is what was said first.
    pub(super) again: &'static [&'static str],
    /// Said when it was dealt with and is back, within hours.
    pub(super) back: &'static [&'static str],
    /// The place: `{a}` and `{b}` are the roads that meet.
    pub(super) places: &'static [&'static str],
    /// The whole call: `{p}` the place, `{m}` the matter.
    pub(super) frames: &'static [&'static str],
    /// Directions on the road.
    pub(super) ways: [&'static str; 2],
}

pub(super) const DEV: Book = Book {
    of: dev,
    from_afar: &["前面好像出车祸了，堵着不动", "堵死了，听说前面撞车了", "车都走不动了，可能是事故", "排长队了，前面有事故吧"],
    again: &["又来了，{}", "昨天就报过警，{}", "还是没人管，{}", "前几天打过电话了，{}", "一直这样，{}"],
    back: &["刚才你们来过，人一走又这样了，{}", "刚报过警，说处理了，其实还在，{}", "上午处理过，现在又有了，{}"],
    places: &["{a}{b}路口", "{a}和{b}交叉口", "{a}上，快到{b}", "{a}与{b}路口往前一点", "{b}{a}红绿灯", "{a}近{b}"],
    frames: &["{p}，{m}", "你好，{p}这里{m}", "{m}，在{p}", "喂，我在{p}，{m}，快来", "{p}{m}，麻烦来看看", "警察同志，{p}有情况，{m}"],
    ways: ["往东方向", "往西方向"],
};

fn dev(matter: Matter) -> &'static [&'static str] {
    match matter {
        Matter::CrashCars => &[
            "两辆轿车追尾了",
            "两车相撞，没人受伤",
            "小车撞了小车，车头坏了",
            "我的车被后面的车撞了",
            "变道刮擦，对方不肯协商",
            "出车祸了，两辆车停在路中间",
        ],
        Matter::CrashBike => &[
            "小车撞了电瓶车，人倒在地上",
            "有个骑电动车的被撞倒了",
            "我骑电瓶车被汽车撞了，腿疼",
            "电动车和轿车相撞，有人受伤",
            "车祸，骑车的人受伤了，叫了120",
        ],
        Matter::CrashLorry => {
            &["大货车撞了一辆小车", "货车右转碰到人了", "渣土车和轿车撞了，车门瘪了", "一辆大货车追尾面包车", "我被大货车刮了"]
        }
        Matter::CrashWalker => {
            &["有个老人过马路被车撞了", "汽车撞了行人，人躺在斑马线上", "撞到走路的人了，快叫救护车", "一个老太太被撞倒了"]
        }
        Matter::CrashChain => &["四五辆车连环追尾", "好几辆车撞在一起了", "连环撞，快车道全堵了", "多车追尾，有人受伤", "三辆车追尾了"],
        Matter::Jam => &[
            "堵死了，没人指挥",
            "车堵成一团了",
            "排长队，半小时没动",
            "路口堵得一塌糊涂",
            "堵车堵了很久，喇叭响个不停",
            "车辆走不动，需要疏导",
        ],
        Matter::Oil => &["路上有一大滩油，电动车滑倒了", "地上全是柴油，很滑", "有车漏油，路面油污一长条", "油漏了一地，容易打滑"],
        Matter::BusBroken => &["公交车抛锚了停在路中间", "一辆公交坏了，占了车道", "公交车熄火动不了，后面堵了", "公交坏在站台外面"],
        Matter::CarBroken => &["我的车抛锚了", "车坏了停在快车道上", "一辆车爆胎了动不了", "有辆故障车停在路中间"],
        Matter::Lamp => {
            &["路灯不亮，黑漆漆的", "路灯坏了好几盏", "晚上路灯没亮，看不见路", "这一段没有路灯光，很危险", "路灯灭了，希望修一下"]
        }
        Matter::Signal => &["红绿灯不亮了", "信号灯坏了", "红绿灯一直是红的", "信号灯故障，车子乱走"],
        Matter::Hole => &["路面有个大坑", "路上一个坑，电动车摔了", "路面破了，坑很深", "地上有坑，轮胎扎坏了"],
        Matter::Cover => &["井盖不见了", "窨井盖翘起来", "井盖坏了，有个洞", "下水道盖子没了，要摔人"],
        Matter::Lorries => &["大货车闯禁行", "渣土车一辆接一辆，吵得睡不着", "半夜货车从小区门口过", "大货车开得飞快，撒了一路土"],
        Matter::Parking => &["路边违停一排车", "车停在我家门口出不去", "违章停车堵住了出口", "人行道上停满了车", "有人乱停车，公交过不来"],
        Matter::Racing => &["有人飙车炸街", "摩托车轰油门，很吵", "改装车半夜来回跑", "飙车的声音吵得睡不着"],
        Matter::Stalls => &["摆摊占道，车过不去", "夜宵摊摆到马路上了", "水果摊占了半条路", "小贩占道经营，路都堵了"],
    }
}

pub(super) const HELD_OUT: Book = Book {
    of: held_out,
    from_afar: &[
        "我们在车里坐二十分钟了，前头是不是出啥事故了",
        "一步都挪不了，看见前边有人在吵，估计碰了",
        "走不通了，前面拉了三角牌",
        "后头的车全憋住了，前面好像有车祸",
    ],
    again: &["这都第几回了，{}", "我上个礼拜就反映了，{}", "说了多少遍没人理，{}", "跟你们讲过的那个事，{}", "天天如此，{}", "老问题，{}"],
    back: &["民警前脚走后脚又成老样子，{}", "早些时候打过的，说弄好了，根本没弄好，{}", "之前那单结了是吧，可是{}"],
    places: &[
        "{a}跟{b}那个十字路口",
        "{a}靠{b}这头",
        "{b}口子上，{a}边上",
        "{a}过了{b}没多远",
        "{a}、{b}这儿",
        "{a}上",
        "{a}{b}岔口",
        "{b}红绿灯底下，{a}这侧",
    ],
    frames: &[
        "哎你们快来，{p}，{m}",
        "我跟你说啊，{m}，位置是{p}",
        "{p}这个地方，{m}，管不管啊",
        "那个……{m}，{p}",
        "报警，{p}，{m}。",
        "您好，我路过{p}，看到{m}",
        "{m}！{p}！",
    ],
    ways: ["朝南走的那半边", "朝北去的那半边"],
};

fn held_out(matter: Matter) -> &'static [&'static str] {
    match matter {
        Matter::CrashCars => &[
            "一辆白色本田把前车屁股顶了",
            "我这边跟人家剐上了，他非说是我的责任",
            "俩私家车怼一块儿，玻璃渣一地",
            "刚被人追了尾，对方喝没喝酒不知道",
            "并道的把我别了一下，蹭掉块漆",
            "撞上了撞上了，两个司机在路上吵",
        ],
        Matter::CrashBike => &[
            "一个外卖小哥让汽车带倒了，脑袋出血",
            "骑小电驴的大姐给轿车碰翻了",
            "我电瓶车叫他车门打到，手动不了",
            "汽车跟两轮车碰一起，人坐地上起不来",
            "送快递的被车剐倒，箱子撒了一路",
        ],
        Matter::CrashLorry => {
            &["拉土的大车把小轿车挤到护栏上了", "一辆半挂剐了我的面包", "重卡拐弯没看见，把旁边车压了", "厢式货车顶了出租车后备箱"]
        }
        Matter::CrashWalker => {
            &["过斑马线的小孩让车碰了", "有个大爷被撞飞出去，赶紧派救护车", "一女的走着路被轿车撞，躺那儿不动", "撞人了，行人，满脸是血"]
        }
        Matter::CrashChain => {
            &["一串车全亲上了，数不清几辆", "前车急刹，后面五六辆跟着撞", "高架下来一溜追尾", "我夹在当中，前后都撞了，大概六辆车"]
        }
        Matter::Jam => &[
            "这路口成停车场了，红灯绿灯都不走",
            "四个方向的车顶牛，谁也不让谁",
            "挪一米停十分钟",
            "堵得水泄不通，赶紧派人来疏通",
            "一个多钟头了还在原地",
            "车龙排出去二里地",
        ],
        Matter::Oil => {
            &["马路上不知谁洒的机油，已经摔了仨骑车的", "水泥车一路滴油，滑得站不住", "一层油花，刹不住车", "油箱破了流得到处都是"]
        }
        Matter::BusBroken => {
            &["12路公交趴窝了，横在当中", "大巴打不着火，一车人下来等", "公交冒白烟停那儿不走", "一台公交歇菜了，右边车道没法走"]
        }
        Matter::CarBroken => {
            &["我车轮子瘪了挪不开", "前面有台车开双闪停最里道，司机说没电了", "水箱开锅，车走不了", "发动机坏了，横在道上"]
        }
        Matter::Lamp => &[
            "夜里乌漆嘛黑，灯杆一个都没点",
            "这条街的照明瞎了三天",
            "走夜路摸黑，老人差点跌跤，灯是摆设",
            "灯泡全憋了，小孩放学怕得很",
            "路灯只剩一盏在闪",
        ],
        Matter::Signal => &["灯头全黑，四面车抢着走", "指示灯卡在红灯十分钟没变", "红绿灯罢工了", "交通灯乱跳，左转的不给绿灯"],
        Matter::Hole => &["柏油塌下去一块，轮毂都磕变形", "路上那个窟窿越来越大", "坑坑洼洼，昨晚有人栽进去", "路皮掀了，露着石子"],
        Matter::Cover => {
            &["马路当中敞着个黑窟窿，盖板被偷了", "铁盖子一压就跳，哐当响", "阴井敞口，插了根树枝当标记", "盖子碎成两半，轮子会掉进去"]
        }
        Matter::Lorries => {
            &["工程车后半夜轰隆轰隆，墙都震", "拉砂石的不让走这条路，偏走", "一趟趟重车过，尘土飞扬没法开窗", "泥头车闯红灯抢道"]
        }
        Matter::Parking => &[
            "车库口又给人塞住，孩子上学要迟到",
            "私家车把盲道霸占了",
            "一溜车趴在非机动车道上",
            "那辆黑色越野一直横在单元门前，电话也不留",
            "黄线上照停不误",
        ],
        Matter::Racing => &["小年轻开跑车轰来轰去，心脏受不了", "排气管跟放炮似的", "一帮骑机车的比速度", "凌晨炸街的又出来了"],
        Matter::Stalls => &["烧烤炉子支到车道上", "卖菜三轮把路口围了", "赶集的占着半边街", "小吃车一字排开，救护车都进不去"],
    }
}
