//! Writing effects down, in the transaction of the event: what the program does by itself (whoever gets a case is told, so is
//! the addressee of a rung and a reporter; a parent hears of its child) and what the definition declares.

use gongzhi_civic::text::Text;
use gongzhi_civic::time::{DAY_MS, Timestamp};
use gongzhi_matter::{Addressee, Base, Case, Channel, ChildChange, Definition, EffectDeed, EffectDeed as D, EffectRef, Event, Verb};
use gongzhi_store::Write;
use gongzhi_store::cases::CaseRow;
use gongzhi_store::outbox::{self, Entry, Lane};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::App;
use crate::error::AppError;

/// How a case stood before the events.
#[derive(Clone, Debug, Default)]
pub(crate) struct Before {
    /// Owner unit.
    pub unit: Option<String>,
    /// Whether it had ended.
    pub ended: bool,
}

/// What is to be told, to whom, by which ways. `{link}` is filled in when the reader is known.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Telling {
    pub kind: String,
    pub number: String,
    pub title: String,
    pub words: Text,
    pub to: Vec<Addressee>,
    pub channels: Vec<Channel>,
    /// Made up: nothing of it leaves the house.
    #[serde(default)]
    pub synthetic: bool,
}

/// News of a child for its parent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct News {
    pub parent: String,
    pub child: ChildChange,
}

/// A declared effect as its row keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Declared {
    /// The effect with everything resolved.
    #[serde(flatten)]
    pub effect: EffectRef,
    /// Event it follows.
    pub seq: i64,
    /// The event's action. Under a name of its own: a deed that takes an action has a field `action` too.
    #[serde(rename = "event_action")]
    pub action: String,
    /// Stage after the event.
    pub stage: String,
}

impl App {
    /// Puts everything that follows from these events, each under its own key.
    #[allow(clippy::too_many_arguments)] // the parts of one transaction
    pub(crate) async fn put_effects(
        &self,
        write: &mut Write,
        definition: &Definition,
        row: &CaseRow,
        case: &Case,
        decided: &[Event],
        before: &Before,
        now: Timestamp,
    ) -> Result<(), AppError> {
        let first = row.sequence - i64::try_from(decided.len()).unwrap_or(0) + 1;
        let mut unit = before.unit.clone();
        // A demo city's past is played in a minute: nobody was told then, and no letter was made.
        let history = row.synthetic && now.0 < self.clock.now().0 - DAY_MS;
        for (seq, event) in (first..).zip(decided) {
            let base = format!("{}/{seq}", row.id);
            for (index, effect) in event.effects.iter().enumerate() {
                if history && !matches!(effect.deed, D::Child { .. } | D::Children { .. } | D::Parent { .. } | D::Own { .. }) {
                    continue;
                }
                let (kind, target, body) = self.declared(definition, row, seq, event, effect)?;
                let entry = Entry {
                    key: &format!("{base}/{index}"),
                    lane: if kind == "document" { Lane::Paper } else { Lane::Inside },
                    kind,
                    target: &target,
                    case: &row.id,
                    effect: &effect.id,
                    body: &body.to_string(),
                    at: now.0,
                };
                outbox::put(write, &entry).await?;
            }
            let mut own = if history { Vec::new() } else { self.by_itself(definition, row, event, unit.as_deref()) };
            own.retain(|(_, telling)| !declared_too(event, telling));
            for (what, telling) in own {
                let target = telling.to.iter().map(target_word).collect::<Vec<_>>().join(" ");
                self.put_own(write, row, &format!("{base}/{what}"), "notify", &target, &json!(telling), now).await?;
            }
            if let Some(to) = event.unit.as_deref().filter(|u| Some(*u) != unit.as_deref()) {
                crate::open311::push_to_unit(write, row, seq, to, now.0).await?;
            }
            unit = event.unit.clone().or(unit);
        }
        let ended = definition.base(&case.stage).is_final();
        if let Some(parent) = case.parent.as_ref().filter(|_| ended != before.ended) {
            let child = child_change(row, case, definition.base(&case.stage));
            let news = News { parent: parent.case.clone(), child };
            self.put_own(write, row, &format!("{}/{}/parent", row.id, row.sequence), "child_news", &parent.number, &json!(news), now)
                .await?;
        }
        Ok(())
    }

    #[allow(clippy::too_many_arguments)] // the columns of one row
    async fn put_own(
        &self,
        write: &mut Write,
        row: &CaseRow,
        key: &str,
        kind: &str,
        target: &str,
        body: &Value,
        now: Timestamp,
    ) -> Result<(), AppError> {
        let body = body.to_string();
        let entry = Entry { key, lane: Lane::Inside, kind, target, case: &row.id, effect: "", body: &body, at: now.0 };
        Ok(outbox::put(write, &entry).await?)
    }

    /// Kind, target and body of a declared effect.
    fn declared(
        &self,
        definition: &Definition,
        row: &CaseRow,
        seq: i64,
        event: &Event,
        effect: &EffectRef,
    ) -> Result<(&'static str, String, Value), AppError> {
        let body = || {
            let declared = Declared { effect: effect.clone(), seq, action: event.action.clone(), stage: event.to.clone() };
            serde_json::to_value(declared).map_err(|e| AppError::Internal(e.to_string()))
        };
        Ok(match &effect.deed {
            EffectDeed::Notify { to, channels } => {
                let words = definition.effect(&effect.id).map(|e| e.words.clone()).unwrap_or_default();
                let telling = Telling {
                    kind: "effect".into(),
                    number: row.number.clone(),
                    title: row.title.clone(),
                    words: self.filled(definition, row, event, &words),
                    to: to.clone(),
                    channels: channels.clone(),
                    synthetic: row.synthetic,
                };
                ("notify", to.iter().map(target_word).collect::<Vec<_>>().join(" "), json!(telling))
            }
            EffectDeed::Child { matter, .. } => ("child", matter.clone(), body()?),
            EffectDeed::Children { case, .. } => ("children", case.clone(), body()?),
            EffectDeed::Parent { case, .. } => ("parent", case.clone(), body()?),
            EffectDeed::Own { action } => ("self", action.clone(), body()?),
            EffectDeed::Document { letter } => ("document", letter.clone(), body()?),
            EffectDeed::Webhook { topic } => ("webhook", topic.clone(), body()?),
            EffectDeed::Signal { class, .. } => ("signal", class.clone(), body()?),
        })
    }

    /// Placeholders of a declared text, all but `{link}`.
    fn filled(&self, definition: &Definition, row: &CaseRow, event: &Event, words: &Text) -> Text {
        let stage = definition.stage(&event.to).map(|s| s.label.clone()).unwrap_or_default();
        let units = self.units();
        let unit = row.unit.as_deref().and_then(|u| units.get(u)).map(|u| u.name.clone()).unwrap_or_default();
        let fill = |text: &str, unit: &str, stage: &str| {
            text.replace("{number}", &row.number)
                .replace("{title}", &row.title)
                .replace("{place}", &row.place_name)
                .replace("{unit}", unit)
                .replace("{due}", &row.due_at.map(|t| self.minute(t)).unwrap_or_default())
                .replace("{stage}", stage)
        };
        let english = |text: &Text| text.get(gongzhi_civic::text::Language::En).to_owned();
        Text::new(fill(&words.zh, &unit.zh, &stage.zh), fill(&words.en, &english(&unit), &english(&stage)))
    }

    /// An instant as people of the city write it.
    fn minute(&self, at: i64) -> String {
        Timestamp(at).in_zone(&self.zone).strftime("%Y-%m-%d %H:%M").to_string()
    }

    /// What the program tells by itself about one event.
    fn by_itself(&self, definition: &Definition, row: &CaseRow, event: &Event, before: Option<&str>) -> Vec<(&'static str, Telling)> {
        let (number, title) = (&row.number, &row.title);
        let telling = |kind: &str, words: Text, to: Vec<Addressee>, channels: Vec<Channel>| Telling {
            kind: kind.to_owned(),
            number: number.clone(),
            title: title.clone(),
            words,
            to,
            channels,
            synthetic: row.synthetic,
        };
        let mut out = Vec::new();
        if let Some(unit) = event.unit.as_deref().filter(|u| Some(*u) != before) {
            let words =
                Text::new(format!("{number} {title}：已分派到本单位，请签收办理。"), format!("{number} {title}: sent to your unit."));
            out.push(("assigned", telling("assigned", words, vec![Addressee::Unit(unit.to_owned())], vec![Channel::App])));
        }
        if let Some(rung) = &event.rung {
            let to = match rung.to.split_once(':') {
                Some(("unit", id)) => Addressee::Unit(id.to_owned()),
                Some(("role", role)) => Addressee::Role(role.to_owned()),
                // Nobody owns the case yet: whoever distributes cases has to know.
                _ => row.unit.clone().map_or_else(|| Addressee::Role("dispatcher".into()), Addressee::Unit),
            };
            let deed = match rung.deed.as_str() {
                "remind" => ("提醒", "Reminder"),
                "urge" => ("催办", "Urging"),
                "supervise" => ("督办", "Supervision"),
                _ => ("挂牌督办", "Listed for supervision"),
            };
            let clock = definition.clocks.iter().find(|c| c.id == rung.claim.clock).map(|c| c.label.clone()).unwrap_or_default();
            let due = row.due_at.map(|t| self.minute(t)).unwrap_or_default();
            let words = Text::new(
                format!("【{}】{number} {title}：{}，期限 {due}。", deed.0, clock.zh),
                format!("{}: {number} {title}, {}, due {due}.", deed.1, clock.get(gongzhi_civic::text::Language::En)),
            );
            out.push(("rung", telling(&rung.deed, words, vec![to], vec![Channel::App])));
        }
        let shown = definition.action(&event.action).map(|a| &a.public_label).filter(|l| !l.zh.is_empty());
        if let Some(label) = shown.filter(|_| definition.public.is_some() && row.source == "public" && event.verb != Verb::Open) {
            let words = Text::new(
                format!("您反映的事项（{number}）有新进展：{}。{{link}}", label.zh),
                format!("Your report {number}: {}. {{link}}", label.get(gongzhi_civic::text::Language::En)),
            );
            out.push(("progress", telling("progress", words, vec![Addressee::Reporter], vec![Channel::Sms])));
        }
        out
    }
}

/// Whether the definition tells the same people by the same way: then its words are enough.
fn declared_too(event: &Event, own: &Telling) -> bool {
    event.effects.iter().any(|effect| match &effect.deed {
        EffectDeed::Notify { to, channels } => own.to.iter().all(|t| to.contains(t)) && own.channels.iter().all(|c| channels.contains(c)),
        _ => false,
    })
}

/// The news a child tells.
fn child_change(row: &CaseRow, case: &Case, base: Base) -> ChildChange {
    ChildChange {
        case: row.id.clone(),
        number: row.number.clone(),
        matter: row.matter.clone(),
        mandatory: false,
        stage: case.stage.clone(),
        base,
        opened: false,
    }
}

/// An addressee as lists and notices write it.
pub(crate) fn target_word(to: &Addressee) -> String {
    match to {
        Addressee::Unit(id) => format!("unit:{id}"),
        Addressee::Person(id) => format!("person:{id}"),
        Addressee::Role(role) => format!("role:{role}"),
        Addressee::Reporter => "reporter".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_row_keeps_is_read_back_whole() {
        let (case, action) = ("c1".to_owned(), "assign".to_owned());
        let deeds = [
            EffectDeed::Own { action: action.clone() },
            EffectDeed::Children { case: case.clone(), action: action.clone() },
            EffectDeed::Parent { case, action },
            EffectDeed::Document { letter: "order".into() },
        ];
        for deed in deeds {
            let declared =
                Declared { effect: EffectRef { id: "e".into(), deed: deed.clone() }, seq: 2, action: "open".into(), stage: "s".into() };
            let text = serde_json::to_string(&declared).unwrap();
            let back: Declared = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!((back.effect.deed, back.seq, back.action.as_str(), back.stage.as_str()), (deed, 2, "open", "s"));
        }
    }
}
