//! The sheet in plain language: who may do what, by when, and what if not; to be read and signed.

use std::fmt::Write as _;

use gongzhi_civic::text::{Language, Text};

use super::{addressee_words, budget_words, deed_word, escape, rung_word, svg};
use crate::decide::who_label;
use crate::definition::{Action, Definition, Effect, EffectKind, UnitChoice, Verb};

const STYLE: &str = "
:root{color-scheme:light dark;--ink:#16202e;--soft:#43526a;--line:#c5cfdb;--page:#fff;--mark:#9a4a12}
@media (prefers-color-scheme:dark){:root{--ink:#eef3f9;--soft:#b9c6d8;--line:#3a4a5e;--page:#10161f;--mark:#f0a878}}
body{font:15px/1.6 'Noto Sans CJK SC','Source Han Sans SC','PingFang SC','Microsoft YaHei',sans-serif;color:var(--ink);background:var(--page);max-width:1100px;margin:0 auto;padding:24px}
h1{font-size:26px;margin:0 0 4px}h2{font-size:19px;margin:32px 0 8px}p{margin:6px 0}.soft{color:var(--soft)}.mark{color:var(--mark);font-weight:600}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}th,td{border:1px solid var(--line);padding:6px 8px;text-align:left;vertical-align:top}th{font-weight:600}
svg{max-width:100%;height:auto}.sign{display:flex;gap:40px;margin-top:48px;flex-wrap:wrap}.sign span{border-top:1px solid var(--ink);min-width:220px;padding-top:6px}
@media print{h2{break-after:avoid}tr{break-inside:avoid}body{padding:0}}
";

/// The sheet in one language, with the picture in it; one file that needs no other.
#[must_use]
pub fn html(definition: &Definition, language: Language) -> String {
    let sheet = Sheet { definition, language };
    let say = |zh: &str, en: &str| Text::new(zh, en).get(language).to_owned();
    let d = definition;
    let tag = if language == Language::Zh { "zh-CN" } else { "en" };
    let title = escape(d.title.get(language));
    let owner = escape(&sheet.unit(&d.owner));
    let mut out = format!(
        "<!doctype html><html lang=\"{tag}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style></head><body><main>\
         <h1>{title}</h1><p>{}</p>",
        escape(d.description.get(language))
    );
    let _ = write!(
        out,
        "<p class=\"soft\">{}：{owner} · {} {} · {} {} · {} <code>{}</code></p>",
        say("主管单位", "answers for it"),
        say("第", "version"),
        if language == Language::Zh { format!("{} 版", d.version) } else { d.version.to_string() },
        say("自", "in force from"),
        if language == Language::Zh { format!("{} 起施行", d.effective_from) } else { d.effective_from.clone() },
        say("内容校验", "content hash"),
        &d.content_hash
    );
    let _ = write!(out, "<h2>{}</h2><div class=\"wide\">{}</div>", say("办理过程", "The course"), svg(d, language));
    sheet.actions(&mut out);
    sheet.clocks(&mut out);
    sheet.routing(&mut out);
    sheet.tables(&mut out);
    sheet.effects(&mut out);
    sheet.after(&mut out);
    sheet.public(&mut out);
    sheet.basis(&mut out);
    let _ = writeln!(
        out,
        "<div class=\"sign\"><span>{}</span><span>{}</span><span>{}</span></div></main></body></html>",
        say("主管单位负责人（签字、盖章）", "Head of the unit that answers for it (signature, seal)"),
        say("法制审核", "Legal review"),
        say("日期", "Date")
    );
    out
}

struct Sheet<'d> {
    definition: &'d Definition,
    language: Language,
}

impl Sheet<'_> {
    fn say(&self, zh: &str, en: &str) -> String {
        Text::new(zh, en).get(self.language).to_owned()
    }

    fn get<'t>(&self, text: &'t Text) -> &'t str {
        text.get(self.language)
    }

    fn unit(&self, id: &str) -> String {
        self.definition.units.get(id).map_or_else(|| id.to_owned(), |u| u.name.get(self.language).to_owned())
    }

    fn stage(&self, id: &str) -> String {
        self.definition.stage(id).map_or_else(|| id.to_owned(), |s| s.label.get(self.language).to_owned())
    }

    fn join(&self, words: impl IntoIterator<Item = String>) -> String {
        words.into_iter().collect::<Vec<_>>().join(if self.language == Language::Zh { "、" } else { ", " })
    }

    fn sentences(&self, words: Vec<String>) -> String {
        words.into_iter().filter(|w| !w.is_empty()).map(|w| escape(&w)).collect::<Vec<_>>().join("<br>")
    }

    fn table(&self, out: &mut String, title: (&str, &str), head: &[(&str, &str)], rows: Vec<Vec<String>>) {
        if rows.is_empty() {
            return;
        }
        let _ = write!(out, "<h2>{}</h2><div class=\"wide\"><table><thead><tr>", self.say(title.0, title.1));
        for (zh, en) in head {
            let _ = write!(out, "<th scope=\"col\">{}</th>", self.say(zh, en));
        }
        out.push_str("</tr></thead><tbody>");
        for row in rows {
            out.push_str("<tr>");
            for cell in row {
                let _ = write!(out, "<td>{cell}</td>");
            }
            out.push_str("</tr>");
        }
        out.push_str("</tbody></table></div>");
    }

    fn actions(&self, out: &mut String) {
        let rows = self
            .definition
            .actions
            .iter()
            .map(|a| {
                let to = if a.to.is_empty() { self.say("不变", "stays") } else { self.stage(&a.to) };
                vec![
                    format!("<strong>{}</strong>", escape(self.get(&a.label))),
                    escape(self.get(&who_label(self.definition, a))),
                    escape(&self.join(a.from.iter().map(|s| self.stage(s)))),
                    escape(&to),
                    self.sentences(self.conditions(a)),
                ]
            })
            .collect();
        let head = [
            ("动作", "action"),
            ("由谁", "who"),
            ("在哪个阶段", "in which stages"),
            ("去向", "leads to"),
            ("要求与限制", "needs and limits"),
        ];
        self.table(out, ("谁可以做什么", "Who may do what"), &head, rows);
    }

    fn conditions(&self, a: &Action) -> Vec<String> {
        let mut found = Vec::new();
        let mut add = |zh: String, en: String| found.push(Text::new(zh, en).get(self.language).to_owned());
        let labels = |ids: &[String]| {
            self.join(ids.iter().map(|i| self.definition.action(i).map_or_else(|| i.clone(), |x| self.get(&x.label).to_owned())))
        };
        if let Some(form) = a.form.as_ref().and_then(|f| self.definition.forms.get(f)) {
            add(format!("填写《{}》", form.title.zh), format!("fill in “{}”", form.title.en));
        }
        if a.photos > 0 {
            add(format!("至少 {} 张照片", a.photos), format!("at least {} photo(s)", a.photos));
        }
        if a.needs_reason {
            add("写明理由".to_owned(), "say why in words".to_owned());
        }
        if !a.reasons.is_empty() {
            let words =
                self.join(a.reasons.iter().map(|r| self.definition.reasons.get(r).map_or_else(|| r.clone(), |t| self.get(t).to_owned())));
            add(format!("选择原因：{words}"), format!("choose a reason: {words}"));
        }
        match (a.unit, a.verb) {
            (_, Verb::Split) => add("选择牵头单位和协办单位".to_owned(), "choose the lead and the assisting units".to_owned()),
            (UnitChoice::Chosen, _) => add("选择单位".to_owned(), "choose a unit".to_owned()),
            (UnitChoice::Proposed, _) => {
                add("默认交给分派表建议的单位".to_owned(), "goes to the unit that routing proposes unless another is chosen".to_owned())
            }
            _ => {}
        }
        if !a.not_same_unit_as.is_empty() {
            let words = labels(&a.not_same_unit_as);
            add(format!("不得与“{words}”为同一单位"), format!("not by the unit that did “{words}”"));
        }
        if !a.not_same_person_as.is_empty() {
            let words = labels(&a.not_same_person_as);
            add(format!("不得与“{words}”为同一人"), format!("not by the person who did “{words}”"));
        }
        if !a.when.is_empty() {
            add(format!("条件：{}", a.when), format!("condition: {}", a.when));
        }
        if a.max > 0 {
            match &a.then {
                Some(stage) => {
                    let stage = self.stage(stage);
                    add(format!("最多 {} 次，再有则转“{stage}”", a.max), format!("at most {} times, then it goes to “{stage}”", a.max));
                }
                None => add(format!("最多 {} 次", a.max), format!("at most {} times", a.max)),
            }
        }
        if let Some(limit) = a.limit {
            add(format!("每次不超过 {}", limit.label().zh), format!("each time at most {}", limit.label().en));
        }
        if let Some(within) = a.within {
            add(format!("办结后 {} 内", within.label().zh), format!("within {} of closing", within.label().en));
        }
        if let Some(low) = a.low {
            add(format!("评分 {low} 分及以下重新办理"), format!("a mark of {low} or less opens the case again"));
        }
        found
    }

    fn clocks(&self, out: &mut String) {
        let rows = self
            .definition
            .clocks
            .iter()
            .map(|c| {
                let stages = self.definition.stages.iter().filter(|s| s.clocks.contains(&c.id)).map(|s| self.get(&s.label).to_owned());
                let ladder = c
                    .ladder
                    .iter()
                    .map(|r| {
                        let to = addressee_words(self.definition, &r.to, self.language);
                        format!("{}：{} → {to}", self.get(&rung_word(&r.at)), self.get(&deed_word(r.deed)))
                    })
                    .collect();
                let pauses = self
                    .join(c.pause_on.iter().map(|r| self.definition.reasons.get(r).map_or_else(|| r.clone(), |t| self.get(t).to_owned())));
                let source = if c.source.is_empty() || c.source.starts_with("unconfirmed") {
                    format!("<span class=\"mark\">{}</span>", self.say("未确认，由城市确定", "unconfirmed; the city sets it"))
                } else {
                    escape(&c.source)
                };
                let promise = if c.promise { self.say("（对上报人承诺）", " (promised to the reporter)") } else { String::new() };
                vec![
                    format!("<strong>{}</strong>{}", escape(self.get(&c.label)), escape(&promise)),
                    escape(&budget_words(c, self.language)),
                    escape(&self.join(stages)),
                    escape(&addressee_words(self.definition, &c.owner, self.language)),
                    self.sentences(ladder),
                    escape(&pauses),
                    source,
                ]
            })
            .collect();
        let head = [
            ("时限", "clock"),
            ("多久", "how long"),
            ("在哪个阶段计时", "runs in"),
            ("谁负责", "who answers"),
            ("到时未办怎么办", "what if not"),
            ("何时不计时", "does not count"),
            ("来源", "source"),
        ];
        self.table(out, ("何时办完，没办完怎么办", "By when, and what if not"), &head, rows);
    }

    fn routing(&self, out: &mut String) {
        let target = |t: &str| match t.split_once(':') {
            Some(("unit", id)) => self.unit(id),
            Some(("duty", duty)) => {
                let units: Vec<String> = self
                    .definition
                    .units
                    .units
                    .values()
                    .filter(|u| u.active && u.duties.iter().any(|d| d == duty.trim_end_matches(" in area")))
                    .map(|u| u.name.get(self.language).to_owned())
                    .collect();
                let here = if duty.ends_with(" in area") { self.say("（按辖区）", " (by area)") } else { String::new() };
                format!("{}{here}", self.join(units.into_iter().take(4)))
            }
            _ => t.to_owned(),
        };
        let mut rows: Vec<Vec<String>> = self
            .definition
            .routing
            .rows
            .iter()
            .enumerate()
            .map(|(i, r)| {
                let when = if r.when.trim() == "true" { self.say("其余", "everything else") } else { r.when.clone() };
                vec![
                    (i + 1).to_string(),
                    format!("<code>{}</code>", escape(&when)),
                    escape(&target(&r.to)),
                    escape(&self.join(r.assist.iter().map(|a| target(a)))),
                    escape(self.get(&r.reason)),
                ]
            })
            .collect();
        let head = [("行", "row"), ("条件", "condition"), ("单位", "unit"), ("协办", "assisting"), ("理由", "why")];
        if !self.definition.routing.copy.is_empty() {
            let copies = self.join(self.definition.routing.copy.iter().map(|t| target(t)));
            let why = self.say("每次交办同时抄送", "a copy goes out with every dispatch");
            rows.push(vec![String::new(), String::new(), String::new(), escape(&copies), why]);
        }
        self.table(out, ("归谁办（自上而下，首行命中）", "Whose it is (first row that holds)"), &head, rows);
    }

    fn tables(&self, out: &mut String) {
        let rows = self.definition.tables.iter().flat_map(|t| t.rows.iter().map(move |r| (t, r)));
        let rows = rows
            .map(|(t, r)| {
                let when = if r.when.trim() == "true" { self.say("其余", "everything else") } else { r.when.clone() };
                let value = r.value.as_str().map_or_else(|| r.value.to_string(), str::to_owned);
                vec![escape(&t.id), format!("<code>{}</code>", escape(&when)), escape(&value), escape(self.get(&r.reason))]
            })
            .collect();
        let head = [("判定表", "table"), ("条件", "condition"), ("结果", "result"), ("理由", "why")];
        self.table(out, ("怎样判定", "How it is judged"), &head, rows);
    }

    fn effects(&self, out: &mut String) {
        let rows = self
            .definition
            .effects
            .iter()
            .map(|e| vec![escape(self.get(&e.words)), escape(&self.trigger(e)), escape(&self.deed(e))])
            .collect();
        let head = [("内容", "what"), ("何时", "when"), ("程序做什么", "what the program does")];
        self.table(out, ("自动办理的事", "What follows by itself"), &head, rows);
    }

    fn trigger(&self, effect: &Effect) -> String {
        use crate::definition::Trigger;
        let action = |id: &str| self.definition.action(id).map_or_else(|| id.to_owned(), |a| self.get(&a.label).to_owned());
        let on = match effect.trigger() {
            Some(Trigger::Action(id)) => Text::new(format!("“{}”之后", action(id)), format!("after “{}”", action(id))),
            Some(Trigger::Stage(id)) => Text::new(format!("进入“{}”", self.stage(id)), format!("on entering “{}”", self.stage(id))),
            Some(Trigger::Deed(deed)) => Text::new(format!("{}时", deed_word(deed).zh), format!("on: {}", deed_word(deed).en)),
            Some(Trigger::Rung { clock, at }) => {
                let label = self.definition.clock(clock).map_or_else(|| clock.to_owned(), |c| self.get(&c.label).to_owned());
                Text::new(format!("“{label}”{}", rung_word(at).zh), format!("“{label}”: {}", rung_word(at).en))
            }
            Some(Trigger::CallBackLow) => Text::new("回访评分低", "a low mark at call-back"),
            Some(Trigger::ChildrenDone) => Text::new("必办的下级案件全部办结", "all mandatory children have ended"),
            None => Text::new(&effect.on, &effect.on),
        };
        let when = if effect.when.is_empty() { String::new() } else { format!("（{}）", effect.when) };
        format!("{}{when}", self.get(&on))
    }

    fn deed(&self, effect: &Effect) -> String {
        let word = |w: Option<&String>| w.cloned().unwrap_or_default();
        let action = || {
            let id = word(effect.action.as_ref());
            self.definition.action(&id).map_or(id, |a| self.get(&a.label).to_owned())
        };
        let text = match effect.deed {
            EffectKind::Notify => {
                let to = self.join(effect.to.iter().map(|t| addressee_words(self.definition, t, self.language)));
                Text::new(format!("通知{to}"), format!("tells {to}"))
            }
            EffectKind::Child => {
                let matter = word(effect.matter.as_ref());
                let must = if effect.mandatory { ("（须办结）", " (must end first)") } else { ("", "") };
                Text::new(format!("开立下级案件：{matter}{}", must.0), format!("opens a child case: {matter}{}", must.1))
            }
            EffectKind::Children => Text::new(format!("下级案件：{}", action()), format!("open children: {}", action())),
            EffectKind::Parent => Text::new(format!("上级案件：{}", action()), format!("the parent: {}", action())),
            EffectKind::Own => Text::new(format!("本案：{}", action()), format!("this case: {}", action())),
            EffectKind::Document => {
                let id = word(effect.letter.as_ref());
                let title = self.definition.letter(&id).map_or(id, |l| self.get(&l.title).to_owned());
                Text::new(format!("制作文书《{title}》"), format!("makes the letter “{title}”"))
            }
            EffectKind::Webhook => {
                Text::new(format!("推送 {}", word(effect.topic.as_ref())), format!("tells other systems: {}", word(effect.topic.as_ref())))
            }
            EffectKind::Signal => Text::new(
                format!("记为信号：{}", word(effect.class.as_ref())),
                format!("becomes a signal: {}", word(effect.class.as_ref())),
            ),
        };
        self.get(&text).to_owned()
    }

    /// Letters, effect checks, retention.
    fn after(&self, out: &mut String) {
        let rows = self
            .definition
            .letters
            .iter()
            .map(|l| {
                let seal = if l.seal { self.say("有盖章处", "place for a seal") } else { String::new() };
                let public = if l.public { self.say("上报人可取", "the reporter may have it") } else { String::new() };
                vec![
                    escape(self.get(&l.title)),
                    escape(self.get(&l.number)),
                    escape(&self.join([seal, public].into_iter().filter(|w| !w.is_empty()))),
                ]
            })
            .collect();
        self.table(out, ("文书", "Letters"), &[("名称", "title"), ("文号", "number"), ("说明", "remarks")], rows);
        let mut lines = Vec::new();
        if let Some(check) = &self.definition.effect_check {
            let zh: Vec<String> = check.after.iter().map(|b| b.label().zh).collect();
            let en: Vec<String> = check.after.iter().map(|b| b.label().en).collect();
            lines.push(self.say(
                &format!("办结后 {} 各评估一次：周边 {} 米内的 {} 是否减少。", zh.join("、"), check.radius_m, check.kinds.join("、")),
                &format!("Checked {} after closing: whether {} within {} m fell.", en.join(", "), check.kinds.join(", "), check.radius_m),
            ));
        }
        let r = &self.definition.retention;
        lines.push(self.say(
            &format!(
                "办结案件保存 {} 年，终止案件 {} 年，上报人联系方式 {} 年。",
                r.done_years, r.cancelled_years, r.reporter_contact_years
            ),
            &format!(
                "Solved cases are kept {} years, cancelled ones {}, the reporter's contact {}.",
                r.done_years, r.cancelled_years, r.reporter_contact_years
            ),
        ));
        let _ = write!(out, "<h2>{}</h2>", self.say("办结之后", "After closing"));
        for line in lines {
            let _ = write!(out, "<p>{}</p>", escape(&line));
        }
    }

    fn public(&self, out: &mut String) {
        let _ = write!(out, "<h2>{}</h2>", self.say("公众能看到什么", "What the public sees"));
        let Some(public) = &self.definition.public else {
            let _ = write!(out, "<p>{}</p>", self.say("不对外公开。", "Nothing: the matter is internal."));
            return;
        };
        let schema = self.definition.opening_form().map(|f| &f.schema);
        let title = |pointer: &String| {
            let node = schema.and_then(|s| crate::form::property(s, pointer)).and_then(|p| p.get("x-title"));
            let key = if self.language == Language::Zh { "zh" } else { "en" };
            node.and_then(|t| t.get(key)).and_then(serde_json::Value::as_str).unwrap_or(pointer).to_owned()
        };
        let fields = self.join(public.fields.iter().map(title));
        let open = if public.open {
            self.say("公众可以上报。", "The public may open cases.")
        } else {
            self.say("公众不能上报。", "The public cannot open cases.")
        };
        let listed = if public.listed {
            self.say("案件列入公开清单和地图。", "Cases stand in the public list and map.")
        } else {
            self.say("案件不列入公开清单。", "Cases are not listed in public.")
        };
        let shown = self.say(&format!("公开：办理状态、{fields}。"), &format!("Shown: the status, {fields}."));
        let _ = write!(out, "<p>{} {} {}</p>", escape(&open), escape(&listed), escape(&shown));
    }

    fn basis(&self, out: &mut String) {
        let rows = self
            .definition
            .legal_basis
            .iter()
            .map(|b| {
                let mark = if b.confirmed {
                    self.say("已核对原文", "checked against the text")
                } else {
                    format!("<span class=\"mark\">{}</span>", self.say("未核对", "unconfirmed"))
                };
                vec![escape(self.get(&b.name)), escape(&b.article), mark]
            })
            .collect();
        self.table(out, ("依据", "Legal basis"), &[("名称", "rule"), ("条款", "article"), ("核对", "checked")], rows);
        let rows =
            self.definition.unconfirmed.iter().map(|(key, note)| vec![format!("<code>{}</code>", escape(key)), escape(note)]).collect();
        self.table(out, ("签署前须由城市确定的事项", "To be set by the city before signing"), &[("项目", "item"), ("说明", "note")], rows);
    }
}
