//! Names of roads and places: invented from a vocabulary that Chinese towns share, with their English form from pinyin.

use std::collections::HashSet;

use gongzhi_civic::text::Text;

use crate::ground::Zone;
use crate::random::Random;
use crate::streets::{Highway, NameId};

/// Characters that open a street's name, with their sound.
const HEADS: &str = "锦jin 瑞rui 云yun 翠cui 兰lan 桂gui 柳liu 松song 竹zhu 梅mei 莲lian 荷he 枫feng 银yin 金jin 玉yu 青qing 碧bi 清qing 明ming 春chun 秋qiu 晨chen 朝chao 东dong 西xi 南nan 北bei 文wen 学xue 书shu 墨mo 仁ren 义yi 德de 和he 泰tai 安an 康kang 宁ning 福fu 寿shou 嘉jia 吉ji 祥xiang 永yong 长chang 新xin 兴xing 华hua 景jing 秀xiu 丽li 星xing 月yue 虹hong 凤feng 龙long 鹤he 鹭lu 石shi 古gu 双shuang 万wan 广guang 聚ju 汇hui 创chuang 智zhi 科ke";
/// Characters that close it.
const TAILS: &str = "溪xi 山shan 江jiang 河he 湖hu 塘tang 桥qiao 渡du 浦pu 洲zhou 湾wan 泉quan 林lin 园yuan 亭ting 台tai 楼lou 阁ge 门men 城cheng 苑yuan 岭ling 峰feng 谷gu 川chuan 泽ze 源yuan 田tian 坊fang 营ying 丰feng 乐le 宁ning 平ping 庆qing 昌chang 盛sheng 兴xing 达da 和he 顺shun 祥xiang 瑞rui 辉hui 阳yang 霞xia 波bo 汀ting 港gang 沙sha";
/// Old-town names, curated, with their sound.
const OLD: &str = "状元Zhuangyuan 仓桥Cangqiao 学前Xueqian 府前Fuqian 县前Xianqian 鼓楼Gulou 钟楼Zhonglou 书院Shuyuan 笔架Bijia 井头Jingtou 水澄Shuicheng 酒务Jiuwu 米行Mihang 鱼市Yushi 打铁Datie 竹器Zhuqi 织造Zhizao 盐仓Yancang 官井Guanjing 八字Bazi 题扇Tishan 望江Wangjiang 大营Daying 小校场Xiaojiaochang 后观Houguan 前观Qianguan 塔山Tashan 戒珠Jiezhu 宝珠Baozhu 香桥Xiangqiao 月池Yuechi 咸亨桥Xianhengqiao 斜桥Xieqiao 探花Tanhua 进士Jinshi 司狱Siyu 狮子Shizi 凤仪Fengyi 昌安Chang'an 西咸Xixian 观音Guanyin 城隍Chenghuang 鲍家Baojia 陆家Lujia 周家Zhoujia 孙府Sunfu 沈园Shenyuan 和畅Hechang 作揖Zuoyi 日晖Rihui 石灰Shihui 草貌Caomao 稽山Jishan 罗门Luomen 偏门Pianmen 五云Wuyun 东双桥Dongshuangqiao 清道Qingdao 花巷Huaxiang 局弄Junong 蔡家Caijia 丁家Dingjia 秋官Qiuguan 萧家Xiaojia 南街Nanjie 大木桥Damuqiao 小江桥Xiaojiangqiao 北海桥Beihaiqiao 锦鳞桥Jinlinqiao";
/// Names for works' districts.
const WORKS: &str = "创业Chuangye 工贸Gongmao 科创Kechuang 兴工Xinggong 启航Qihang 物流Wuliu 机电Jidian 纺工Fanggong 轻纺Qingfang 腾飞Tengfei 开源Kaiyuan 振业Zhenye 联发Lianfa 宏业Hongye 百川Baichuan 千帆Qianfan 致远Zhiyuan 弘毅Hongyi 卓越Zhuoyue 强工Qianggong 富业Fuye 安业Anye 勤业Qinye 敬业Jingye 立业Liye 盛业Shengye 恒业Hengye 伟业Weiye 聚业Juye 嘉业Jiaye";
/// Villages: heads and tails combine.
const VILLAGE_TAILS: &str = "家jia 家埭jiadai 家溇jialou 家桥jiaqiao 家岙jia'ao 家塔jiata 湾wan 泾jing 渎du 浜bang 岙ao 汇hui";
const SURNAMES: &str = "王wang 李li 张zhang 陈chen 沈shen 徐xu 朱zhu 俞yu 金jin 何he 钱qian 孙sun 周zhou 吴wu 郑zheng 冯feng 韩han 杨yang 许xu 吕lü 施shi 曹cao 严yan 魏wei 陶tao 姜jiang 戚qi 谢xie 邹zou 章zhang 潘pan 葛ge 范fan 鲁lu 马ma 花hua 方fang 任ren 袁yuan 柳liu 史shi 唐tang 薛xue 雷lei 汤tang 罗luo 毕bi 傅fu 齐qi 顾gu 孟meng 黄huang 萧xiao 尹yin 汪wang 毛mao 戴dai 宋song 茅mao 庞pang";

/// Splits `锦jin` into the Chinese and the Latin part.
fn parts(list: &'static str) -> Vec<(&'static str, &'static str)> {
    list.split_whitespace().filter_map(|word| word.char_indices().find(|(_, c)| c.is_ascii()).map(|(at, _)| word.split_at(at))).collect()
}

/// First letter upper case.
pub(crate) fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// All names given so far; no name is given twice.
pub(crate) struct Names {
    list: Vec<Text>,
    used: HashSet<String>,
    heads: Vec<(&'static str, &'static str)>,
    tails: Vec<(&'static str, &'static str)>,
    old: Vec<(&'static str, &'static str)>,
    works: Vec<(&'static str, &'static str)>,
    surnames: Vec<(&'static str, &'static str)>,
    village_tails: Vec<(&'static str, &'static str)>,
}

impl Names {
    pub(crate) fn new() -> Self {
        Self {
            list: Vec::new(),
            used: HashSet::new(),
            heads: parts(HEADS),
            tails: parts(TAILS),
            old: parts(OLD),
            works: parts(WORKS),
            surnames: parts(SURNAMES),
            village_tails: parts(VILLAGE_TAILS),
        }
    }

    pub(crate) fn get(&self, id: NameId) -> &Text {
        &self.list[id as usize]
    }

    /// Takes a designed name; the same name again is the same road.
    pub(crate) fn fixed(&mut self, zh: &str, en: &str) -> NameId {
        if !self.used.insert(zh.into()) {
            return self.list.iter().position(|t| t.zh == zh).map_or(0, |at| at as NameId);
        }
        self.push(Text::new(zh, en))
    }

    fn push(&mut self, name: Text) -> NameId {
        self.list.push(name);
        (self.list.len() - 1) as NameId
    }

    /// A base of two characters from the general vocabulary.
    pub(crate) fn base(&self, random: &mut Random) -> (String, String) {
        loop {
            let (head, tail) = (random.pick(&self.heads), random.pick(&self.tails));
            if head.0 != tail.0 {
                return (format!("{}{}", head.0, tail.0), capital(&format!("{}{}", head.1, tail.1)));
            }
        }
    }

    /// A new name for a street; `None` when the vocabulary is spent, which leaves the street unnamed.
    pub(crate) fn street(&mut self, random: &mut Random, zone: Zone, highway: Highway) -> Option<NameId> {
        for attempt in 0..40 {
            let curated = attempt < 6;
            let (zh, en) = match zone {
                Zone::OldTown if curated && random.chance(0.7) => own(random.pick(&self.old)),
                Zone::Industry if curated => own(random.pick(&self.works)),
                _ => self.base(random),
            };
            let (suffix, word) = suffix(random, zone, highway);
            let number = if zone == Zone::Industry && random.chance(0.3) { *random.pick(&["一", "二", "三", "四"]) } else { "" };
            let ordinal = match number {
                "一" => " 1st",
                "二" => " 2nd",
                "三" => " 3rd",
                "四" => " 4th",
                _ => "",
            };
            let full = format!("{zh}{number}{suffix}");
            if zh.ends_with(suffix) || !self.used.insert(full.clone()) {
                continue;
            }
            return Some(self.push(Text::new(full, format!("{en}{ordinal} {word}"))));
        }
        None
    }

    /// A new village: 沈家埭 (Shenjiadai). Villages and roads share one list of used names.
    pub(crate) fn village(&mut self, random: &mut Random) -> Option<Text> {
        for _ in 0..40 {
            let (surname, tail) = (random.pick(&self.surnames), random.pick(&self.village_tails));
            let zh = format!("{}{}", surname.0, tail.0);
            if self.used.insert(format!("{zh}村")) {
                return Some(Text::new(format!("{zh}村"), format!("{} Village", capital(&format!("{}{}", surname.1, tail.1)))));
            }
        }
        None
    }

    /// A new name with the given endings (小区, 小学, 医院 …), unique in the city.
    pub(crate) fn place(&mut self, random: &mut Random, zh_end: &str, en_end: &str) -> Text {
        for _ in 0..60 {
            let (zh, en) = self.base(random);
            let full = format!("{zh}{zh_end}");
            if self.used.insert(full.clone()) {
                return Text::new(full, format!("{en} {en_end}"));
            }
        }
        Text::new(format!("明川{zh_end}"), format!("Mingchuan {en_end}"))
    }
}

fn own(pair: &(&str, &str)) -> (String, String) {
    (pair.0.into(), pair.1.into())
}

fn suffix(random: &mut Random, zone: Zone, highway: Highway) -> (&'static str, &'static str) {
    match (zone, highway) {
        (_, Highway::Trunk | Highway::Primary) => ("大道", "Avenue"),
        (_, Highway::Secondary) => ("路", "Road"),
        (Zone::OldTown, Highway::Tertiary) => *random.pick(&[("街", "Street"), ("路", "Road"), ("直街", "Straight Street")]),
        (Zone::OldTown, _) => *random.pick(&[("巷", "Lane"), ("弄", "Alley"), ("街", "Street"), ("里", "Court"), ("巷", "Lane")]),
        (Zone::Rural, Highway::Tertiary) => ("公路", "Highway"),
        (Zone::Rural, _) => *random.pick(&[("村道", "Village Road"), ("线", "Line"), ("路", "Road")]),
        (Zone::Town, Highway::Residential | Highway::LivingStreet) => *random.pick(&[("街", "Street"), ("路", "Road"), ("弄", "Alley")]),
        (_, Highway::Tertiary | Highway::Unclassified) => *random.pick(&[("路", "Road"), ("街", "Street"), ("路", "Road")]),
        _ => *random.pick(&[("路", "Road"), ("路", "Road"), ("巷", "Lane"), ("街", "Street"), ("弄", "Alley")]),
    }
}

/// Whether a text is made of Chinese characters and the few signs names may hold.
#[cfg(test)]
pub(crate) fn is_chinese(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| ('\u{4e00}'..='\u{9fff}').contains(&c) || c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_chinese_and_never_given_twice() {
        let mut names = Names::new();
        let mut random = Random::keyed(1, &[]);
        let mut seen = HashSet::new();
        let zones = [Zone::OldTown, Zone::NewTown, Zone::Industry, Zone::Rural, Zone::Town];
        for i in 0..2500 {
            let highway = if i % 3 == 0 { Highway::Tertiary } else { Highway::Residential };
            if let Some(id) = names.street(&mut random, zones[i % 5], highway) {
                let name = names.get(id);
                assert!(is_chinese(&name.zh), "{}", name.zh);
                assert!(name.en.starts_with(char::is_uppercase), "{}", name.en);
                assert!(seen.insert(name.zh.clone()), "{} twice", name.zh);
            }
        }
        assert!(seen.len() > 2300, "{}", seen.len());
    }
}
