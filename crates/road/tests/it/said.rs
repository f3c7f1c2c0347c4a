//! Chinese words to a place, form by form, each on a map small enough to see; and places back to words.

use gongzhi_civic::place::{Point, haversine_m};
use gongzhi_road::{Answer, Context, Level, LocatedStake, Missing, Network, Part, PlaceRef, Spot, StakeIndex, Travel, Verdict};
use gongzhi_testkit::RoadMap;

/// 胜利东路 from west to east crossed by 阳明北路, 平江路 and 中兴南路; 越王路 ends on 中兴南路; 环城北路 lies apart in the north.
fn city() -> RoadMap {
    RoadMap::draw(
        "
H-------------------------I


      N         P         T
      |         |         |
W-----X---------Y---------Z-----E
      |         |         |
      S         Q         U-----V",
    )
    .way("WXYZE", |w| w.name("胜利东路").class("primary"))
    .way("NXS", |w| w.name("阳明北路").class("secondary"))
    .way("PYQ", |w| w.name("平江路").class("tertiary"))
    .way("TZU", |w| w.name("中兴南路").class("secondary"))
    .way("UV", |w| w.name("越王路"))
    .way("HI", |w| w.name("环城北路").class("secondary"))
}

fn ask(network: &Network, words: &str) -> Answer {
    network.say_where(words, &Context::default())
}

/// The one place that the words mean lies at the letter.
fn at(map: &RoadMap, network: &Network, words: &str, letter: char) -> Answer {
    near(network, words, map.point(letter))
}

fn near(network: &Network, words: &str, point: Point) -> Answer {
    let answer = ask(network, words);
    assert_eq!(answer.verdict, Verdict::Found, "{words}: {answer:?}");
    let off = haversine_m(answer.candidates[0].point, point);
    assert!(off < 20.0, "{words}: {off:.0} m off, {answer:?}");
    assert!(!answer.reason.zh.is_empty() && !answer.reason.en.is_empty(), "{words}");
    answer
}

#[test]
fn a_crossing_is_understood_in_every_order_and_form() {
    let map = city();
    let network = map.network();
    for words in [
        "胜利东路阳明北路十字路口",
        "阳明北路和胜利东路红绿灯",
        "胜利东路到阳明北路口",
        "胜利东路与阳明北路交界处",
        "胜利东路、阳明北路相交的地方",
        "胜利东路(阳明北路口)",
        "胜利东路-阳明北路",
        "胜利东与阳明北交叉口",
        "胜利路与阳明路路口",
        "胜利东路靠近阳明北路",
        "胜利东路不到阳明北路",
        "勝利東路與陽明北路交匯處",
        "在胜利东路上，靠近阳明北路",
    ] {
        at(&map, &network, words, 'X');
    }
}

#[test]
fn a_misheard_name_that_fits_one_crossing_is_sure_enough() {
    let map = city();
    let network = map.network();
    for (words, how) in [
        ("盛利东路与阳明北路路口", "读音相同"),
        ("胜力东路与羊名北路路口", "读音相同"),
        ("森利东路和阳明北路", "读音相近"),
        ("胜利东路与杨明北路口", "读音相同"),
        ("胜利东路与阳朋北路口", "字形相近"),
        ("胜利东路与阳北明路口", "字序颠倒"),
        ("胜利东路与阳明路北路口", ""),
        ("胜利东路与阳明大北路口", "多一字"),
        ("胜利东路与阳北路路口", "少一字"),
        ("胜利东街与阳明北路", "道路类型"),
        ("胜利东路和阳某北路", "一字不同"),
    ] {
        let answer = at(&map, &network, words, 'X');
        let first = &answer.candidates[0];
        assert!(first.confidence >= 0.75, "{words}: {first:?}");
        assert!(first.reason.zh.contains(how), "{words}: {}", first.reason.zh);
    }
    // 坪姜路 is neither written nor known; 胜利东路 it crosses tells which road it is.
    at(&map, &network, "胜利东路和坪姜路", 'Y');
    // Two characters are left of a name of three.
    at(&map, &network, "胜利东路与平路路口", 'Y');
}

#[test]
fn roads_that_do_not_meet_are_no_crossing_and_say_where_they_are_nearest() {
    let map = city();
    let network = map.network();
    for words in ["环城北路与胜利东路交叉口", "胜利东路环城北路路口", "勝利東路／環城北路"] {
        let answer = ask(&network, words);
        let Verdict::NoSuchCrossing { roads, unknown, nearest } = &answer.verdict else { panic!("{words}: {answer:?}") };
        assert_eq!((roads.len(), unknown.len()), (2, 0));
        let (_, gap) = nearest.unwrap();
        assert!((gap - 250.0).abs() < 5.0, "{gap}");
        assert!(answer.candidates.iter().all(|c| c.confidence < 0.5));
        assert!(answer.reason.zh.contains("不相交") && answer.reason.en.contains("do not meet"));
    }
    let answer = ask(&network, "胜利东路与火星大道交叉口");
    let Verdict::NoSuchCrossing { roads, unknown, .. } = answer.verdict else { panic!("{answer:?}") };
    assert_eq!((roads, unknown), (vec!["胜利东路".to_owned()], vec!["火星大道".to_owned()]));
}

#[test]
fn what_is_missing_is_asked_for() {
    let network = city().network();
    for (words, missing) in [
        ("胜利东路上堵得厉害", Missing::PartOfRoad),
        ("K12+300处追尾", Missing::RoadOfStake),
        ("十二公里三百米处有辆货车翻了", Missing::RoadOfStake),
        ("胜利东路12公里300米", Missing::StakesOfRoad),
        ("胜利东路128号门口", Missing::HouseNumber),
        ("128号门口有人打架", Missing::RoadOfNumber),
        ("从平江路往环城北路方向开", Missing::PartOfRoad),
    ] {
        let answer = ask(&network, words);
        assert_eq!(answer.verdict, Verdict::NotEnough { missing }, "{words}: {answer:?}");
        assert!(!answer.reason.zh.is_empty() && !answer.reason.en.is_empty());
    }
    for words in ["喂，你好，有人打架", "", "路", "今天天气不错"] {
        assert_eq!(ask(&network, words).verdict, Verdict::Unknown, "{words}");
    }
}

#[test]
fn names_of_the_same_sound_are_told_apart_by_what_they_cross() {
    let map = RoadMap::draw(
        "
  A         C
  |         |
W-X----E  V-Y----F
  |         |
  B         D",
    )
    .way("AXB", |w| w.name("长兴路"))
    .way("CYD", |w| w.name("常兴路"))
    .way("WXE", |w| w.name("人民路"))
    .way("VYF", |w| w.name("建设路"));
    let network = map.network();
    at(&map, &network, "长兴路人民路口", 'X');
    at(&map, &network, "常兴路建设路口", 'Y');
    // Written like the other road, which does not meet 人民路: heard, not read.
    let answer = at(&map, &network, "常兴路人民路口", 'X');
    assert!(answer.candidates[0].reason.zh.contains("读音相同"), "{answer:?}");
}

#[test]
fn without_its_direction_a_name_that_fits_twice_is_several() {
    let map = RoadMap::draw(
        "
  A              C
  |              |
W-X-------M------Y-E
  |              |
  B              D",
    )
    .way("WXM", |w| w.name("解放西路"))
    .way("MYE", |w| w.name("解放东路"))
    .way("AXB", |w| w.name("光明街"))
    .way("CYD", |w| w.name("光明街"));
    let network = map.network();
    let answer = ask(&network, "解放路与光明街路口");
    assert_eq!(answer.verdict, Verdict::Several, "{answer:?}");
    assert_eq!(answer.candidates.iter().filter(|c| matches!(c.place, PlaceRef::Crossing(_))).count(), 2);
    assert!(answer.candidates[0].reason.zh.contains("省略了方位字"), "{answer:?}");
    at(&map, &network, "解放东路与光明街路口", 'Y');
    // The caller stands near one of them.
    let context = Context { near: Some((map.beside('Y', 60.0, 40.0), 300.0)), ..Context::default() };
    let answer = network.say_where("解放路与光明街路口", &context);
    assert_eq!(answer.verdict, Verdict::Found);
    assert!(haversine_m(answer.candidates[0].point, map.point('Y')) < 10.0);
}

#[test]
fn equal_names_in_two_districts_are_told_apart_by_the_district() {
    let map = RoadMap::draw(
        "
  A                                C
  |                                |
W-X----E                         V-Y----F
  |                                |
  B                                D",
    )
    .way("AXB", |w| w.name("人民路"))
    .way("WXE", |w| w.name("建设路"))
    .way("CYD", |w| w.name("人民路"))
    .way("VYF", |w| w.name("建设路"))
    .area([-5.0, -5.0, 15.0, 15.0], &[("boundary", "administrative"), ("admin_level", "6"), ("name", "越城区")])
    .area([20.0, -5.0, 60.0, 15.0], &[("boundary", "administrative"), ("admin_level", "6"), ("name", "柯桥区")]);
    let network = map.network();
    assert_eq!(ask(&network, "人民路与建设路路口").verdict, Verdict::Several);
    at(&map, &network, "柯桥区人民路与建设路路口", 'Y');
    at(&map, &network, "越城区人民路建设路口", 'X');
    let answer = network.say_where("人民路与建设路路口", &Context { areas: &["柯桥区"], ..Context::default() });
    assert!(answer.verdict == Verdict::Found && haversine_m(answer.candidates[0].point, map.point('Y')) < 10.0, "{answer:?}");
    // Said back, the district is added because it is needed.
    let words = network.say_place(&Spot { point: map.point('Y'), ..Spot::default() });
    assert!(words.unambiguous && words.zh.starts_with("柯桥区"), "{words:?}");
}

#[test]
fn distances_are_measured_along_the_road() {
    let map = city();
    let network = map.network();
    for (words, east, north) in [
        ("胜利东路与阳明北路路口以东200米", 200.0, 0.0),
        ("胜利东路阳明北路口往东约二百米", 200.0, 0.0),
        ("胜利东路，过阳明北路往东约120米，北侧", 120.0, 0.0),
        ("阳明北路胜利东路口北一百米处", 0.0, 100.0),
        ("胜利东路阳明北路交叉口西行150米", -150.0, 0.0),
        ("胜利东路阳明北路交叉口南侧50米", 0.0, -50.0),
    ] {
        near(&network, words, map.beside('X', east, north));
    }
    let answer = ask(&network, "胜利东路阳明北路路口100米");
    assert!(answer.candidates[0].confidence < 0.8 && answer.candidates[0].reason.zh.contains("没有说方向"), "{answer:?}");
}

#[test]
fn a_distance_follows_the_bends_of_the_road() {
    let map = RoadMap::draw(
        "
  N
  |
W-X----A
  |    |
  S    B----C",
    )
    .way("WXABC", |w| w.name("弯路街"))
    .way("NXS", |w| w.name("直路"));
    // 250 m east to A, 100 m south to B.
    near(&map.network(), "弯路街与直路路口往东350米", map.point('B'));
}

#[test]
fn the_stretch_between_two_roads_is_a_section() {
    let map = city();
    let network = map.network();
    let middle = map.beside('X', 250.0, 0.0);
    for words in [
        "胜利东路阳明北路至平江路段",
        "胜利东路(阳明北路-平江路)",
        "胜利东路从阳明北路到平江路",
        "胜利东路上，阳明北路和平江路之间",
        "盛利东路在阳明北路与平江路之间",
    ] {
        let answer = near(&network, words, middle);
        assert!(matches!(answer.candidates[0].place, PlaceRef::Section(_)), "{words}: {answer:?}");
    }
    // Over two crossings: the middle of the whole.
    near(&network, "胜利东路阳明北路至中兴南路段", map.point('Y'));
}

#[test]
fn in_a_whole_call_the_place_of_the_trouble_is_chosen() {
    let map = city();
    let network = map.network();
    for words in [
        "喂你好，我要报警，我在胜利东路跟那个平江路路口这里，刚才有个电瓶车撞了我，我的车是浙D12345，电话13900001111",
        "我家住在阳明北路，现在我在胜利东路平江路口被一辆货车刮了",
        "我从胜利东路阳明北路过来的，开到胜利东路平江路口被人追尾了",
        "我要去中兴南路，走到胜利东路和平江路红绿灯这里撞了",
        "胜利东路阳明北路，哦不对，是胜利东路平江路路口，两车相撞",
        "胜利东路和阳明北路，不对，是平江路路口",
        "不是阳明北路，是胜利东路平江路口",
        "昨天胜利东路阳明北路口也堵，今天是胜利东路平江路路口，红绿灯坏了",
        "早上八点二十分左右，胜利东路平江路口一辆出租车和公交车碰了",
        "救护车已经从胜利东路阳明北路路口出发了，伤者在胜利东路平江路路口",
    ] {
        at(&map, &network, words, 'Y');
    }
    let answer = ask(&network, "我家住在阳明北路，我在胜利东路平江路口");
    let part = |part: Part| answer.understood.iter().find(|u| u.part == part).unwrap();
    assert_eq!((part(Part::Elsewhere).read_as.as_str(), part(Part::Elsewhere).from, part(Part::Elsewhere).to), ("阳明北路", 4, 8));
    assert_eq!(part(Part::Road).read_as, "胜利东路");
}

#[test]
fn a_common_word_is_no_road_and_a_hospital_is_no_road() {
    let map = RoadMap::draw(
        "
  N         H
  |         |
W-X---------Y---E
  |         |
  S         G",
    )
    .way("WXYE", |w| w.name("人民路"))
    .way("NXS", |w| w.name("和平路"))
    .way("HYG", |w| w.name("中山路"))
    .node('H', "amenity", "hospital")
    .node('H', "name", "市人民医院");
    let network = map.network();
    at(&map, &network, "市人民医院门口", 'H');
    at(&map, &network, "中山路人民医院门口撞了", 'H');
    near(&network, "市人民医院以南50米", map.beside('H', 0.0, -50.0));
    assert_eq!(ask(&network, "中山").verdict, Verdict::Unknown);
    assert_eq!(ask(&network, "我们和平解决了，人民群众满意").verdict, Verdict::Unknown);
}

#[test]
fn roads_over_one_another_are_found_where_they_pass() {
    let map = RoadMap::draw(
        "
     C
     |
A----+----B
     |
     D",
    )
    .way("AB", |w| w.name("地面路"))
    .way("CD", |w| w.name("延安高架路").class("trunk").bridge());
    let network = map.network();
    for (words, level) in
        [("延安高架下地面路", Level::Ground), ("地面路延安高架桥下", Level::Ground), ("延安高架上，地面路立交", Level::Above)]
    {
        let answer = near(&network, words, map.beside('A', 250.0, 0.0));
        assert_eq!(answer.level, Some(level), "{words}");
        assert!(answer.candidates[0].reason.zh.contains("立交"));
    }
}

/// Stakes of G220 every 50 m from A eastward, K12+000 at A.
struct Posts(RoadMap);

impl StakeIndex for Posts {
    fn locate(&self, road: &str, metre: f64, travel: Option<&Travel>) -> Vec<LocatedStake> {
        assert!(!matches!(travel, Some(Travel::Bearing(b)) if *b > 360.0));
        if road != "G220" || !(12_000.0..=13_000.0).contains(&metre) {
            return Vec::new();
        }
        vec![LocatedStake { point: self.0.beside('A', metre - 12_000.0, 0.0), bound_m: 10.0, name: format!("G220 {metre:.0}") }]
    }
}

#[test]
fn stakes_are_read_in_every_form_and_placed_by_the_index() {
    let map = RoadMap::draw("A-------------------B").way("AB", |w| w.tag("ref", "G220").name("渤海公路").class("trunk"));
    let network = map.network();
    let posts = Posts(map.clone());
    let context = Context { stakes: Some(&posts), ..Context::default() };
    for words in [
        "G220 K12+300",
        "220国道K12+300处",
        "国道220线12公里300米处",
        "二二〇国道十二公里三百米",
        "两百二十国道12公里三百",
        "G220桩号K12加300",
        "渤海公路K12+300",
        "220国道12.3公里处",
        "220國道Ｋ１２＋３００",
        "G二二零国道上行12KM+300M处，货车侧翻",
        "幺两公里，不对，二二〇国道幺两公里三百米处",
    ] {
        let answer = network.say_where(words, &context);
        assert_eq!(answer.verdict, Verdict::Found, "{words}: {answer:?}");
        let off = haversine_m(answer.candidates[0].point, map.beside('A', 300.0, 0.0));
        assert!(off < 5.0, "{words}: {off}");
    }
    let answer = network.say_where("220国道上行K12+300往北京方向", &context);
    assert_eq!(answer.travel, Some(Travel::Up));
    assert_eq!(network.say_where("220国道K99+300", &context).verdict, Verdict::NotEnough { missing: Missing::StakesOfRoad });
}

#[test]
fn house_numbers_are_found_and_reckoned_between_their_neighbours_on_the_same_side() {
    let map = RoadMap::draw(
        "
   a     c
A-------------------B
   b     d",
    )
    .way("AB", |w| w.name("胜利东路"))
    .node('a', "addr:housenumber", "101")
    .node('a', "addr:street", "胜利东路")
    .node('c', "addr:housenumber", "121")
    .node('c', "addr:street", "胜利东路")
    .node('b', "addr:housenumber", "102")
    .node('b', "addr:street", "胜利东路")
    .node('d', "addr:housenumber", "112")
    .node('d', "addr:street", "胜利东路");
    let network = map.network();
    at(&map, &network, "胜利东路101号门口", 'a');
    at(&map, &network, "胜利东路一百一十二号", 'd');
    // 111 lies half way between 101 and 121 on the north side.
    near(&network, "胜利东路111号", map.beside('a', 150.0, 0.0));
    let answer = ask(&network, "胜利东路125号");
    assert_eq!(
        answer.verdict,
        Verdict::NotEnough { missing: Missing::HouseNumber },
        "beyond the last number nothing is reckoned: {answer:?}"
    );
    assert_eq!(ask(&network, "胜利东路99号").verdict, Verdict::NotEnough { missing: Missing::HouseNumber });
}

#[test]
fn direction_of_travel_and_side_are_understood() {
    let network = city().network();
    for (words, travel) in [
        ("胜利东路平江路口，由东向西方向", Travel::Bearing(270.0)),
        ("胜利东路平江路口往北方向", Travel::Bearing(0.0)),
        ("胜利东路平江路口往绍兴北站方向", Travel::Toward("绍兴北站".into())),
        ("胜利东路平江路口下行", Travel::Down),
    ] {
        let answer = ask(&network, words);
        assert_eq!((answer.verdict.clone(), answer.travel.clone()), (Verdict::Found, Some(travel)), "{words}: {answer:?}");
    }
}

#[test]
fn a_place_is_said_in_the_fewest_words_that_lead_back() {
    let map = city();
    let network = map.network();
    let say = |point: Point| network.say_place(&Spot { point, ..Spot::default() });
    let crossing = say(map.beside('X', 4.0, 4.0));
    assert_eq!((crossing.zh.as_str(), crossing.unambiguous), ("胜利东路与阳明北路路口", true));
    let block = say(map.beside('X', 120.0, 8.0));
    assert_eq!((block.zh.as_str(), block.unambiguous), ("胜利东路，过阳明北路往东约120米，北侧", true));
    assert_eq!(block.en, "胜利东路, about 120 m east of 阳明北路, north side");
    let driven = network.say_place(&Spot { point: map.beside('X', 120.0, 8.0), heading_deg: Some(270.0), ..Spot::default() });
    assert!(driven.zh.ends_with("东向西方向") && driven.unambiguous, "{driven:?}");
    assert_eq!(say(Point::new(1.0, 1.0)).zh, "");
}

/// Every crossing of two named roads in the middle of Shanghai, and a point on every named section, is said and found again.
#[test]
fn shanghai_is_said_and_found_again() {
    let Some(imported) = crate::real_data::imported("osm/shanghai_center.osm.bz2") else { return };
    let network = Network::from_vec(imported.bytes).unwrap();
    let (mut crossings, mut blocks) = ((0, 0, 0), (0, 0, 0));
    let mut count = |point: Point, counts: &mut (u32, u32, u32)| {
        let words = network.say_place(&Spot { point, ..Spot::default() });
        let answer = ask(&network, &words.zh);
        let back = answer.verdict == Verdict::Found && haversine_m(answer.candidates[0].point, point) <= 50.0;
        assert_eq!(back, words.unambiguous, "{words:?} {answer:?}");
        counts.0 += 1;
        counts.1 += u32::from(back);
        counts.2 += words.zh.chars().count() as u32;
    };
    for (_, crossing) in network.crossings().filter(|(_, c)| c.roads.len() > 1) {
        count(crossing.point, &mut crossings);
    }
    for (_, section) in network.sections().filter(|(_, s)| !s.road.is_empty() && s.line.len() > 1) {
        let (a, b) = (section.line[section.line.len() / 2 - 1], section.line[section.line.len() / 2]);
        count(Point::new(f64::midpoint(a.lon, b.lon), f64::midpoint(a.lat, b.lat)), &mut blocks);
    }
    eprintln!("crossings {crossings:?}, blocks {blocks:?}: asked, found again, characters");
    for (asked, back, _) in [crossings, blocks] {
        assert!(asked > 1_500 && f64::from(back) / f64::from(asked) >= 0.97, "{back} of {asked}");
    }
}
