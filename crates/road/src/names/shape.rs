//! Characters that are written or read for one another because they look alike. Made for this program from the characters that
//! occur in names of roads and places; no published table was used.

use std::sync::LazyLock;

/// Groups of characters that look alike. A character may stand in several.
const GROUPS: &str = "\
未末朱本木术 土士工王干千于玉 天夫无元 己已巳 日曰目白 田由甲申电 人入八 大太犬丈 小少水永 力刀方万 东车乐 西酉四 南甫 北比此 中申 \
右石古占 左在佐 平半呼 开井并 正止上 牛午年 生主 兰三 民氏 名各 光先 丰车羊 长张 门们问 青清情晴请 阳阴杨扬汤 明朋胡 朝潮韩 江汪红 河何可 \
湖潮 海梅每 洋样详 沙砂少 浦铺捕辅 滨宾缤 沪护 泸沪卢 济挤齐 淮准谁 漕槽糟 溪奚 港巷 湾弯 浙折 汉汊 渭谓 泾径经轻 澄登 渡度 源原 深探 清请 \
城诚成 域城 塘糖唐 坊访防 坪评平 堤提题 埔浦 坝贝 坡披波 林森材 村材 桥侨轿 楼搂 桃挑 梅海 松公 柏伯拍 杨扬 榆愉 桂佳 枫讽 柳抑 槐愧 横黄 \
嘉喜 善嘉 喜善 安宴 宁宇 定宝 宝宁 富福副 寿涛 康唐庚 庆床 庙庄 广厂 庐芦 应庆 府付 座坐 建健键 延廷 廷延 通勇 进近 运远 远运 迎抑 达迭 连莲 \
虹红江 虬虹 蚌虾 复夏 夏复 兴举 学字 文交 交父 公分 分公 元无 共兴 其基 具其 兵乓 关美 美关 义文 京凉 亭停享 享亨亭 仁任 代伐 仓合 仙山 会合 \
北此 华化毕 卫工 卢户 厚原 吉古 后启 向问 吴昊吕 吕品 和知 周同 商高 启后 四西 团困 园圆 国图 团园 圣怪 壮状 复腹 多名 奉秦泰春 春泰秦 太大 \
威咸成 孙小 孝考 学觉 宜宣 宣宜 家豪 宾滨 密蜜 将奖 尚常 常尚 展屋 屏平 岗冈 岭领 岩崖 峰锋蜂 崇祟 川州 州洲川 巨臣 帝常 师帅 带常 常带 \
幸辛 庄压 张章 彩采 彭鼓 徐除途 徽微 微徽 德得 志忘 忠志 思恩 恒桓 恩思 惠慧 慈兹 成戌 戴载 扬杨 拱供 振震 捷接 教救 敬警 斜针 新析 断新 昌冒昆 \
昆昌 昌曰 星皇 昭照 景影 晋普 普晋 智知 曲由 曹曾 月日 朗郎 望忘 本木 李季 季李 杏否 杜社 杭抗 枣束 梧语 桐洞 棠堂 梁粱 楚梵 榕溶 武式 殷段 毛手 \
永水 汇江 沁心 沈沉 法去 治冶 泉皇 泰秦 洪供 洛络 浩告 浪狼 渔鱼 漳章 潭谭 潍维 瑞端 瑶遥 甘廿 田由 畅杨 白百 百白 皇星 盐监 盛威 盘盆 真直 石右 碧珀 \
福富 禄绿 科料 秀季 稻滔 穆稷 站战 竹行 章童 童章 纬伟 纪记 绍招 绿录 罗岁 翔详 翠卒 老考 育盲 胜性 舟丹 丹舟 船般 花化 芳方 苏办 苑宛 英央 茂戊 荣荥 \
莘辛 萧肃 蓝篮监 虎虚 蜀独 衡街 街衡 裕浴 解触 议义 诸请 诸储 贤坚 贵责 赤亦 跃妖 路跨露 车东 轩杆 辉挥 迪油 逸兔 郊效 郑邓 邓郑 都部 部都 酒洒 里理 金全 \
钟种 钱线 铁铗 银很 锡踢 锦绵 长兴 闵闽 闸闹 阜埠 陆际 陈阵 陕峡 隆降 雅稚 雨两 雪雷 霞霸 靖晴 静净 顺须 颐硕 风凤 凤风 飞气 香杳 马乌 驻柱 高亭 鲁鱼 鸿鸣 鹤鹃 麓鹿 \
黄横 黎藜 鼎晶 龙尤 龟电 ";

static PAIRS: LazyLock<Vec<(char, char)>> = LazyLock::new(|| {
    let mut pairs = Vec::new();
    for group in GROUPS.split_whitespace() {
        pairs.extend(group.chars().flat_map(|a| group.chars().filter(move |b| *b != a).map(move |b| (a, b))));
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
});

/// Whether two different characters look alike.
pub(crate) fn look_alike(a: char, b: char) -> bool {
    PAIRS.binary_search(&(a, b)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likeness_goes_both_ways_and_no_character_is_like_itself() {
        for (a, b) in [('阳', '杨'), ('未', '末'), ('土', '士'), ('泰', '秦'), ('沪', '泸')] {
            assert!(look_alike(a, b) && look_alike(b, a), "{a} {b}");
        }
        assert!(!look_alike('东', '东') && !look_alike('东', '南'));
    }
}
