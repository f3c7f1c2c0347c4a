//! How names hang together in the story: what joins them, what is a corner, what is taken back, and what lies elsewhere.

use super::Words;
use crate::find::hear::Mention;

/// What stands between two names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// Nothing.
    Touching,
    /// 与, 和, /, 交 …
    And,
    /// 近, 靠近, 附近, 过, 不到
    Near,
    /// 至, 到, —
    To,
    /// A few other characters.
    Loose,
    /// More.
    Far,
}

impl Words<'_> {
    /// How two names hang together by the words between them.
    pub(crate) fn link(&self, from: usize, to: usize) -> Link {
        const AND: &[&str] = &[
            "与",
            "和",
            "跟",
            "同",
            "及",
            "、",
            "/",
            "\\",
            "×",
            "x",
            "&",
            "+",
            "交叉口",
            "交叉",
            "交汇",
            "交界",
            "相交",
            "交",
            ",",
            "，",
            "@",
            "|",
            "(",
            "（",
            "上",
            "路口",
            "口",
            "这边",
            "那边",
            "这里",
            "那里",
            "的",
            "还有",
            "那个",
            "这个",
            "以及",
            "转弯",
            "转",
            "拐",
            "嗯",
            "呃",
            "啊",
            "就是",
            "然后",
            " ",
            "-",
            "—",
            "以及",
        ];
        const NEAR: &[&str] = &[
            "靠近",
            "临近",
            "邻近",
            "附近",
            "接近",
            "旁边",
            "近",
            "旁",
            "边上",
            "边",
            "快到",
            "不到",
            "没到",
            "过了",
            "过",
            "靠",
            "往",
            "向",
            "的",
            "挨着",
            "就快到",
        ];
        const TO: &[&str] = &["至", "到", "—", "~", "～", "–", "-", "从", "通往", "路口", "开到", "行驶到", "行驶至"];
        let between = self.text.get(from..to).unwrap_or(&[]);
        if between.is_empty() {
            return Link::Touching;
        }
        let whole = |words: &[&str]| {
            let mut i = from;
            while i < to {
                match words.iter().filter(|w| self.says(i, w)).map(|w| w.chars().count()).max() {
                    Some(length) => i += length,
                    None => return false,
                }
            }
            i == to
        };
        if whole(AND) {
            Link::And
        } else if whole(NEAR) {
            Link::Near
        } else if whole(TO) {
            Link::To
        } else if between.len() <= 4 && !between.iter().any(|c| matches!(c, '。' | ';' | '！' | '!' | '?')) {
            Link::Loose
        } else {
            Link::Far
        }
    }

    /// How much the words around a place speak for its being where it happened; below 0 they say that it is another place.
    pub(crate) fn tone(&self, start: usize, end: usize) -> i32 {
        const ELSEWHERE_BEFORE: &[&str] = &[
            "从",
            "由",
            "昨天",
            "昨晚",
            "前天",
            "上次",
            "上周",
            "以前",
            "之前",
            "以为是",
            "以为在",
            "家在",
            "家住",
            "住在",
            "店在",
            "公司在",
            "单位在",
            "学校在",
            "孩子在",
            "老家",
            "堵到",
            "送到",
            "称在",
            "说是",
            "停在",
            "逃到",
            "跑到",
            "回到",
            "要去",
            "前往",
            "开往",
            "想去",
            "准备去",
            "刚才在",
            "早上在",
            "排到",
            "延伸到",
            "原来在",
            "上车点",
            "去往",
            "赶往",
            "去",
            "不是",
        ];
        const ELSEWHERE_AFTER: &[&str] = &[
            "上学",
            "上班",
            "过来",
            "出发",
            "上的车",
            "上车",
            "也堵",
            "也有",
            "吗",
            "回来",
            "开过来",
            "出来",
            "的家",
            "送货",
            "接的",
            "取的",
            "下班",
            "那家",
            "方向",
            "住",
            "开的店",
            "吃饭",
            "买",
        ];
        const HERE_BEFORE: &[&str] = &[
            "现场在",
            "现场还在",
            "现场是",
            "现场",
            "地点",
            "地点在",
            "位置",
            "位置在",
            "事发",
            "轮到",
            "今天是",
            "今天在",
            "这次是",
            "这次在",
            "现在在",
            "现在是",
            "开到",
            "走到",
            "到",
            "是在",
            "在",
            "路过",
            "经过",
            "骑到",
            "行至",
            "行驶到",
            "行驶至",
            "伤者在",
            "就在",
        ];
        const HERE_AFTER: &[&str] = &[
            "撞",
            "追尾",
            "碰",
            "刮",
            "蹭",
            "事故",
            "翻",
            "倒",
            "受伤",
            "出事",
            "起火",
            "熄火",
            "抛锚",
            "堵",
            "违停",
            "打架",
            "逃逸",
            "被",
            "的时候",
            "发生",
        ];
        let after = self.skip(
            end,
            &[
                "路口",
                "交叉口",
                "交叉",
                "交汇处",
                "交汇",
                "交界处",
                "交界",
                "相交处",
                "相交",
                "口",
                "的",
                "红绿灯",
                "十字",
                "丁字",
                "东侧",
                "西侧",
                "南侧",
                "北侧",
                "附近",
                "那边",
                "这边",
                "这里",
                "那里",
                "那个",
                "那",
                "处",
                " ",
            ],
        );
        let near = |words: &[&str]| {
            (after..after + 10)
                .take_while(|i| !self.at(*i).is_some_and(|c| matches!(c, '。' | ';')))
                .any(|i| self.one_of(i, words).is_some())
        };
        let mut tone = 0;
        if self.ends_with(start, ELSEWHERE_BEFORE) && !self.ends_with(start, &["过去", "出去", "回去"]) {
            tone -= 3;
        } else if self.ends_with(start, HERE_BEFORE) {
            tone += 1;
        }
        if self.one_of(after, ELSEWHERE_AFTER).is_some() {
            tone -= 3;
        } else if near(HERE_AFTER) {
            tone += 1;
        }
        tone
    }

    /// Whether words for a crossing follow: 交叉口, 路口, 口, 红绿灯 …
    pub(crate) fn corner_after(&self, end: usize) -> bool {
        let at = self.skip(end, &["的", "这个", "那个", "处", "这边", "那边", "大", "小", " "]);
        const WORDS: &[&str] = &[
            "交叉",
            "路口",
            "口",
            "交汇",
            "交界",
            "相交",
            "交口",
            "十字",
            "丁字",
            "三岔",
            "岔口",
            "岔路",
            "转角",
            "拐角",
            "环岛",
            "转盘",
            "红绿灯",
            "信号灯",
            "t型",
            "t字",
            "立交",
            "之间的路口",
        ];
        self.one_of(at, WORDS).is_some()
    }

    /// Whether words for a stretch between two crossings follow.
    pub(crate) fn stretch_after(&self, end: usize) -> bool {
        let at = self.skip(end, &["的", "口", "这"]);
        self.one_of(at, &["之间", "中间", "段", "路段", "这段", "一段"]).is_some()
    }

    /// Whether the name that starts at `start` says where someone lives, comes from or goes to.
    pub(crate) fn elsewhere(&self, start: usize, end: usize) -> bool {
        const BEFORE: &[&str] = &[
            "家住",
            "住在",
            "我住",
            "家在",
            "我家",
            "开往",
            "前往",
            "驶往",
            "要去",
            "准备去",
            "打算去",
            "赶去",
            "想去",
            "去往",
            "正去",
            "上班在",
            "单位在",
            "公司在",
            "老家",
            "来自",
            "户籍",
            "目的地",
            "送到",
            "送去",
            "准备到",
            "回到",
            "回",
            "去",
            "打算到",
            "要到",
            "想到",
            "出发去",
            "是去",
            "赶往",
            "要开到",
        ];
        let start = start - usize::from(self.ends_with(start, &["了", "是", "的"]));
        if self.ends_with(start, &["过去", "出去", "上去", "进去", "下去", "回去", "开去", "走去", "刚去过"]) {
            return false;
        }
        let after = self.skip(end, &["那边", "路口", "的", "这边", "站", "口", "方向"]);
        self.ends_with(start, BEFORE)
            || self.ends_with(start, &["从", "由"]) && self.one_of(end, &["出发", "出来", "过来", "下班", "开过来", "来的"]).is_some()
            || self.one_of(after, &["出发", "上班", "的路上"]).is_some()
            || self.one_of(end, &["方向"]).is_some() && self.ends_with(start, &["往", "向", "朝"])
    }

    /// Where a speaker takes back what was said: start and end of the words that do it.
    pub(crate) fn corrections(&self) -> Vec<(usize, usize)> {
        const WORDS: &[&str] = &[
            "不对不对",
            "不对",
            "说错了",
            "说错",
            "我错了",
            "搞错了",
            "搞错",
            "看错了",
            "看错",
            "记错了",
            "记错",
            "口误",
            "更正",
            "应该是",
            "哦不是",
            "哦不",
            "啊不",
            "噢不",
            "不不",
            "不好意思是",
            "纠正",
            "讲错了",
            "讲错",
            "经核实",
            "核实",
            "其实",
            "实际上",
            "实际",
            "吗?不是",
            "吗,不是",
            "吗不是",
            "应该在",
            "准确地说",
            "准确说",
            "旁边的人说",
        ];
        let mut found = Vec::new();
        let mut i = 0;
        while i < self.text.len() {
            match WORDS.iter().filter(|w| self.says(i, w)).map(|w| w.chars().count()).max() {
                Some(length) => {
                    found.push((i, i + length));
                    i += length;
                }
                None => i += 1,
            }
        }
        found
    }

    /// Whether a name is denied: 不是A路, 是B路.
    pub(crate) fn denied(&self, m: &Mention) -> bool {
        let start = m.start - usize::from(self.ends_with(m.start, &["在", "说", "去"]));
        self.ends_with(start, &["不是", "并不是", "没在", "不在"])
    }
}
