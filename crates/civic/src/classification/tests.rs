use super::*;

const CITY: &str = include_str!("../../../../city/classes.toml");

fn city() -> Classifier {
    Classifier::from_toml(CITY).unwrap_or_else(|e| panic!("{e}"))
}

/// Calls as callers put them, with the class a dispatcher gives them.
const CALLS: [(&str, &str); 78] = [
    ("中兴大道平江路口两车追尾，一辆电动车倒地", "accident"),
    ("我的车被后面的出租车刮擦了，对方不肯下车", "accident"),
    ("有人骑电动车撞到老人了，快来", "accident"),
    ("货车侧翻，货物散落一地", "accident"),
    ("两辆小车碰撞，没有受伤，车辆能动", "accident"),
    ("停车的时候被旁边开门的车剐蹭", "accident"),
    ("撞了护栏，就我一辆车", "accident"),
    ("对方肇事逃逸，车牌号记下来了", "accident"),
    ("电动车和行人相撞，人躺地上流血", "accident"),
    ("三车连环撞，堵得很厉害", "accident"),
    ("出了事故，堵车", "accident"),
    ("有个骑摩托车的自己摔倒了，起不来", "accident"),
    ("小车冲进绿化带，司机受伤", "accident"),
    ("路上大坑，我骑车摔了，腿骨折", "accident"),
    ("倒车碰了一下，要定责", "accident"),
    ("高架上面包车和轿车擦碰，占了一条车道", "accident"),
    ("公交车急刹车，乘客摔倒受伤", "accident"),
    ("一辆三轮车翻到沟里", "accident"),
    ("我把人家车门蹭了，人不在，电话打不通", "accident"),
    ("胜利东路有车祸，救护车来了", "accident"),
    ("兩車追撞，有人受傷", "accident"),
    ("機車與貨車擦撞，肇事逃逸", "accident"),
    ("闯红灯把人撞了", "accident"),
    ("一辆逆行的电动车跟我撞上了", "accident"),
    ("红绿灯路口发生交通事故，请来处理", "accident"),
    ("学校门口有车违停，孩子过不去", "order"),
    ("小区门口乱停车，堵住出口出不去", "order"),
    ("人行道上停满了车", "order"),
    ("消防通道被一辆白色小车占用", "order"),
    ("有大货车半夜扰民，一直轰油门", "order"),
    ("摩托车炸街，吵得睡不着", "order"),
    ("一辆黑色轿车逆行", "order"),
    ("路口堵车半小时了，没有交警指挥交通", "order"),
    ("阳明北路拥堵，动不了", "order"),
    ("前面的车一直按喇叭鸣笛", "order"),
    ("有人酒后开车，刚从饭店出来", "order"),
    ("渣土车超载超速", "order"),
    ("货车闯禁行", "order"),
    ("我的车被堵在里面，请帮忙联系挪车", "order"),
    ("电动车占用机动车道，随意变道", "order"),
    ("举报车辆遮挡号牌", "order"),
    ("早上菜场门口占道摆摊，车过不去", "order"),
    ("三轮车非法拉客", "order"),
    ("車輛違停，擋住車庫出口", "order"),
    ("救护车过不去，前面停满了车", "order"),
    ("应急车道上有人占道停车", "order"),
    ("校门口接送家长双排停车", "order"),
    ("电动车不戴头盔还带两个人", "order"),
    ("僵尸车停了半年没人管", "order"),
    ("有人飙车，差点撞到人", "order"),
    ("信号灯坏了，路口很乱", "other"),
    ("红绿灯不亮", "other"),
    ("红绿灯一直是红灯不变", "other"),
    ("路面有油污，很滑，电动车容易摔倒", "other"),
    ("路上有个大坑，容易出事故", "other"),
    ("井盖没了", "other"),
    ("我的车抛锚在高架上，没人来拖车", "other"),
    ("车子爆胎了停在路边，求助", "other"),
    ("咨询一下驾驶证怎么换", "other"),
    ("请问事故认定书什么时候可以拿", "other"),
    ("路边大树倒了，挡住半边路", "other"),
    ("树枝挡住红绿灯了", "other"),
    ("高速封了没有，路况怎么样", "other"),
    ("打错了，不好意思", "other"),
    ("手机落在出租车上了", "other"),
    ("路边有老人迷路了", "other"),
    ("路面积水，小车熄火", "other"),
    ("标志牌被风吹歪了", "other"),
    ("货车抛洒石子，一地都是", "other"),
    ("号誌燈壞了，路口紅綠燈不亮", "other"),
    ("有条狗在高速上跑", "other"),
    ("隧道里灯不亮", "other"),
    ("没有发生事故，就是想问一下停车场在哪", "other"),
    ("crash at Main St, two injured", "accident"),
    ("illegally parked truck blocking the crosswalk", "order"),
    ("big pothole in the right lane", "other"),
    ("Colisão na Av Ipiranga, sem feridos", "accident"),
    ("semáforo apagado", "other"),
];

#[test]
fn calls_get_the_class_a_dispatcher_gives_them() {
    let city = city();
    let wrong: Vec<_> = CALLS
        .iter()
        .filter_map(|(words, class)| {
            let suggestion = city.suggest(words);
            (suggestion.class != *class).then(|| format!("{words}: {} instead of {class}; {}", suggestion.class, suggestion.reason.zh))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), CALLS.len(), wrong.join("\n"));
}

#[test]
fn the_reason_names_the_words_that_decided_and_those_against() {
    let suggestion = city().suggest("两车追尾，堵车了");
    assert_eq!(suggestion.words, ["追尾"]);
    assert_eq!(suggestion.reason.zh, "依据“追尾”判断为“事故”；另有“堵车”指向其他类别，权重较低");
    assert!(suggestion.reason.en.contains("\"追尾\""));
    assert!(suggestion.confidence > 0.5 && suggestion.confidence < 1.0);
    assert!(city().suggest("两车追尾").confidence > suggestion.confidence);
}

#[test]
fn a_denied_word_does_not_count_and_a_question_denies_nothing() {
    let city = city();
    assert_eq!(city.suggest("没有发生事故").words, Vec::<String>::new());
    assert_eq!(city.suggest("没撞").class, "other");
    assert_eq!(city.suggest("没有人管，撞了").class, "accident", "a comma ends what is denied");
    assert_eq!(city.suggest("有没有事故").class, "accident");
    assert_eq!(city.suggest("sem colisao").words, Vec::<String>::new());
}

#[test]
fn no_word_gives_the_default_with_little_confidence() {
    for words in ["", "你好", "……", "\u{0}\u{FFFD}"] {
        let suggestion = city().suggest(words);
        assert_eq!((suggestion.class.as_str(), suggestion.words.len()), ("other", 0));
        assert!(suggestion.confidence < 0.2 && !suggestion.reason.zh.is_empty() && !suggestion.reason.en.is_empty());
    }
}

#[test]
fn latin_words_are_whole_words() {
    let city = city();
    assert_eq!(city.suggest("crashpad").words, Vec::<String>::new());
    assert_eq!(city.suggest("CRASH!").class, "accident");
}

#[test]
fn faults_of_the_file_are_named_with_their_line() {
    let fault = |text: &str| Classifier::from_toml(text).unwrap_err();
    let head = "default = \"a\"\n[[class]]\nid = \"a\"\nname = { zh = \"甲\", en = \"A\" }\n";
    assert_eq!((fault("default = ").code, fault("default = ").line), ("toml", 1));
    assert_eq!(fault(&head.replace("default = \"a\"", "default = \"b\"")).code, "unknown_class");
    let unknown = fault(&format!("{head}[[words]]\nclass = \"zzz\"\nweight = 1\nlist = [\"x\"]\n"));
    assert_eq!((unknown.code, unknown.line), ("unknown_class", 6));
    assert_eq!(fault(&format!("{head}[[words]]\nclass = \"a\"\nweight = 1\nlist = [\"x\", \"X\"]\n")).code, "double_word");
    assert_eq!(fault(&format!("{head}[fold]\npairs = \"abc\"\n")).code, "fold");
    assert_eq!(fault(&format!("{head}[[words]]\nwieght = 1\nlist = []\n")).code, "toml");
}

#[test]
fn the_classes_have_names() {
    let city = city();
    assert_eq!(city.classes().iter().map(|c| c.id.as_str()).collect::<Vec<_>>(), ["accident", "order", "other"]);
    assert_eq!(city.name("order").unwrap().zh, "秩序");
}
