//! A matter explained to people: the picture of its course, and the sheet that a department head can sign.
//!
//! Both are made from the definition alone, so that they can never say something else than what is run.

use gongzhi_civic::text::{Language, Text};

use crate::definition::{BudgetRule, Clock, Deed, Definition};

mod diagram;
mod layout;
mod sheet;

pub use diagram::svg;
pub use sheet::html;

/// Escapes text for XML and HTML.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(c),
        }
    }
    out
}

/// The word of a deed for readers.
pub(crate) fn deed_word(deed: Deed) -> Text {
    match deed {
        Deed::Remind => Text::new("提醒", "remind"),
        Deed::Urge => Text::new("催办", "urge"),
        Deed::Supervise => Text::new("督办", "supervise"),
        Deed::List => Text::new("挂牌通报", "list publicly"),
    }
}

/// When a rung comes, for readers: `50%`, `到期`, `逾期 2 个工作日`.
pub(crate) fn rung_word(at: &str) -> Text {
    if at == "due" {
        return Text::new("到期", "due");
    }
    match at.strip_prefix('+').and_then(|b| b.parse::<gongzhi_civic::calendar::Budget>().ok()) {
        Some(budget) => {
            let label = budget.label();
            Text::new(format!("逾期 {}", label.zh), format!("{} late", label.en))
        }
        None => Text::new(at, at),
    }
}

/// A clock's time for readers, with the table it is looked up in.
pub(crate) fn budget_words(clock: &Clock, language: Language) -> String {
    match &clock.budget {
        BudgetRule::Fixed { budget } => budget.label().get(language).to_owned(),
        BudgetRule::Table { by, rows, otherwise } => {
            let rows: Vec<String> = rows.iter().map(|(value, budget)| format!("{value}: {}", budget.label().get(language))).collect();
            let rest = otherwise.label();
            match language {
                Language::Zh => format!("按 {by}（{}；其余 {}）", rows.join("；"), rest.zh),
                Language::En => format!("by {by} ({}; otherwise {})", rows.join("; "), rest.en),
            }
        }
    }
}

/// An addressee or owner in words: `owner_unit`, `role:leader`, `unit:<id>`.
pub(crate) fn addressee_words(definition: &Definition, word: &str, language: Language) -> String {
    let text = match word.split_once(':') {
        Some(("unit", id)) => definition.units.get(id).map_or_else(|| Text::new(id, id), |u| u.name.clone()),
        Some(("role", role)) => crate::decide::role_word(role),
        _ => match word {
            "owner_unit" => Text::new("责任单位", "the responsible unit"),
            "assist_units" => Text::new("协办单位", "the assisting units"),
            "copied_units" => Text::new("抄送单位", "units with a copy"),
            "router_unit" => Text::new("交办单位", "the dispatching unit"),
            "opener_unit" => Text::new("上报单位", "the unit that opened it"),
            "above_owner_unit" => Text::new("责任单位的上级", "the unit above the responsible one"),
            "parent_unit" => Text::new("上级事项的责任单位", "the unit responsible for the parent case"),
            "handler" => Text::new("承办人", "the handler"),
            "reporter" => Text::new("上报人", "the reporter"),
            other => Text::new(other, other),
        },
    };
    text.get(language).to_owned()
}
