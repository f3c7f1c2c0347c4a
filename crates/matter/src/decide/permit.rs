//! The checks of a command, each with its refusal.

use gongzhi_civic::calendar::Calendar;
use gongzhi_civic::text::Text;
use gongzhi_civic::time::Timestamp;

use crate::case::Case;
use crate::command::{ActorFacts, Command, Facts};
use crate::definition::{Action, Definition, Verb, WhoTerm, who_terms};
use crate::refusal::{Refusal, RefusalCode};
use crate::{expression, form};

pub(super) fn known_action<'d>(definition: &'d Definition, id: &str) -> Result<&'d Action, Refusal> {
    definition.action(id).ok_or_else(|| {
        refuse(
            RefusalCode::UnknownAction,
            (format!("“{}”没有动作“{id}”", definition.title.zh), format!("`{}` has no action `{id}`", definition.title.en)),
            ("请刷新页面后重试", "reload the page and try again"),
        )
    })
}

pub(super) fn no_case() -> Refusal {
    refuse(
        RefusalCode::NoSuchCase,
        ("没有这个案件".to_owned(), "there is no such case".to_owned()),
        ("请核对案件编号", "check the case number"),
    )
}

pub(super) fn system_only() -> Refusal {
    refuse(
        RefusalCode::NotPermitted,
        ("催办节点只能由程序执行".to_owned(), "only the program climbs the ladder".to_owned()),
        ("需要催办时请用“催办”", "use urge instead"),
    )
}

/// Case, definition and version belong together.
pub(super) fn case_fits(definition: &Definition, case: Option<&Case>, action: &Action, command: &Command) -> Result<(), Refusal> {
    let Some(case) = case else {
        return if action.verb == Verb::Open { Ok(()) } else { Err(no_case()) };
    };
    if action.verb == Verb::Open {
        return Err(refuse(
            RefusalCode::WrongStage,
            ("案件已经建立".to_owned(), "the case is open already".to_owned()),
            ("补充情况请用“备注”", "add a note instead"),
        ));
    }
    let pinned = &case.definition;
    if pinned.id != definition.id || pinned.version != definition.version || pinned.hash != definition.content_hash {
        return Err(refuse(
            RefusalCode::WrongDefinition,
            (
                format!("案件按《{}》第 {} 版办理，不能用第 {} 版", pinned.id, pinned.version, definition.version),
                format!("the case runs on {} version {}, not on version {}", pinned.id, pinned.version, definition.version),
            ),
            ("请用案件所属版本的定义", "use the version the case is pinned to"),
        ));
    }
    if command.expected_version.is_some_and(|v| v != case.version) {
        return Err(refuse(
            RefusalCode::VersionConflict,
            ("案件刚刚被别人更新".to_owned(), "somebody else has just changed the case".to_owned()),
            ("请查看最新情况后再操作", "look at the latest state and decide again"),
        ));
    }
    Ok(())
}

/// Stage, actor, other eyes, window, pending answers, counts and guard: everything that does not need the form.
pub(super) fn permitted(
    definition: &Definition,
    case: Option<&Case>,
    action: &Action,
    actor: &ActorFacts,
    facts: &Facts,
    now: Timestamp,
    calendar: &Calendar,
) -> Result<(), Refusal> {
    if let Some(case) = case
        && !action.from.contains(&case.stage)
    {
        let label = definition.stage(&case.stage).map(|s| s.label.clone()).unwrap_or_default();
        return Err(refuse(
            RefusalCode::WrongStage,
            (
                format!("案件处于“{}”，不能{}", label.zh, action.label.zh),
                format!("the case is in stage “{}”: “{}” is not possible there", label.en, action.label.en),
            ),
            ("请刷新后查看可以做的操作", "reload to see what can be done"),
        ));
    }
    if !action.who.iter().any(|who| who_terms(who).all(|term| holds(definition, case, actor, term))) {
        let who = who_label(definition, action);
        return Err(Refusal::new(
            RefusalCode::NotPermitted,
            Text::new(format!("您不能{}", action.label.zh), format!("you may not do “{}”", action.label.en)),
            Text::new(format!("可以由{}来做", who.zh), format!("it can be done by {}", who.en)),
        ));
    }
    other_eyes(definition, case, action, actor)?;
    window(case, action, now, calendar)?;
    counts(case, action)?;
    if let Some(guard) = definition.compiled.guards.get(&action.id)
        && guard.holds(&expression::scope(&definition.compiled.context, &facts.0)) != Ok(true)
    {
        return Err(refuse(
            RefusalCode::GuardFailed,
            (format!("目前不符合“{}”的条件", action.label.zh), format!("the condition of “{}” does not hold now", action.label.en)),
            ("请查看办理说明", "see the matter's sheet for the condition"),
        ));
    }
    Ok(())
}

/// Whether the actor is somebody of a list of alternatives, as in `who`.
pub(super) fn is_one_of(definition: &Definition, case: &Case, actor: &ActorFacts, who: &[String]) -> bool {
    who.iter().any(|who| who_terms(who).all(|term| holds(definition, Some(case), actor, term)))
}

/// Whether somebody may open a case of this matter at all; the form is judged when it comes.
#[must_use]
pub fn may_open(definition: &Definition, actor: &ActorFacts) -> bool {
    let may = |who: &String| who_terms(who).all(|term| holds(definition, None, actor, term));
    definition.actions.iter().filter(|a| a.verb == Verb::Open).any(|a| a.who.iter().any(may))
}

fn holds(definition: &Definition, case: Option<&Case>, actor: &ActorFacts, term: WhoTerm<'_>) -> bool {
    let relation = match term {
        WhoTerm::Role(role) => return actor.has_role(role),
        WhoTerm::Unit(unit) => return actor.is_within(unit),
        WhoTerm::Unknown(_) => return false,
        WhoTerm::Relation(relation) => relation,
    };
    let Some(case) = case else { return relation == "reporter" && actor.reporter };
    let within = |unit: Option<&String>| unit.is_some_and(|u| actor.is_within(u));
    match relation {
        "reporter" => actor.reporter || (actor.person.is_some() && actor.person == case.opened_by.person),
        "opener_unit" => within(case.opened_by.unit.as_ref()),
        "owner_unit" => within(case.unit.as_ref()),
        "handler" => actor.person.is_some() && actor.person == case.handler,
        "assist_unit" => case.assists.iter().any(|u| actor.is_within(u)),
        "copied_unit" => case.copies.iter().any(|u| actor.is_within(u)),
        "router_unit" => within(case.router_unit.as_ref()),
        "part_unit" => case.open_parts().any(|u| actor.is_within(u)),
        "parent_unit" => within(case.parent.as_ref().and_then(|p| p.unit.as_ref())),
        "other_unit" => actor.unit.is_some() && !within(case.unit.as_ref()),
        "above_owner_unit" => match (&actor.unit, &case.unit) {
            (Some(mine), Some(owner)) => mine != owner && definition.units.is_within(owner, mine),
            _ => false,
        },
        _ => false,
    }
}

fn other_eyes(definition: &Definition, case: Option<&Case>, action: &Action, actor: &ActorFacts) -> Result<(), Refusal> {
    let Some(case) = case else { return Ok(()) };
    for other in &action.not_same_unit_as {
        let unit = case.last_actors.get(other).and_then(|a| a.unit.as_ref());
        if unit.is_some_and(|u| actor.is_within(u)) {
            return Err(eyes(definition, action, other, true));
        }
    }
    for other in &action.not_same_person_as {
        let person = case.last_actors.get(other).and_then(|a| a.person.as_ref());
        if person.is_some() && person == actor.person.as_ref() {
            return Err(eyes(definition, action, other, false));
        }
    }
    Ok(())
}

fn eyes(definition: &Definition, action: &Action, other: &str, unit: bool) -> Refusal {
    let label = definition.action(other).map(|a| a.label.clone()).unwrap_or_default();
    let (zh, en) = if unit { ("单位", "unit") } else { ("人", "person") };
    refuse(
        RefusalCode::FourEyes,
        (
            format!("“{}”与“{}”不能由同一{zh}来做", action.label.zh, label.zh),
            format!("“{}” and “{}” must not be done by the same {en}", action.label.en, label.en),
        ),
        ("请由其他单位的复查人员办理", "let a reviewer of another unit do it"),
    )
}

fn window(case: Option<&Case>, action: &Action, now: Timestamp, calendar: &Calendar) -> Result<(), Refusal> {
    let Some(until) = window_end(case, action, calendar) else { return Ok(()) };
    if now <= until {
        return Ok(());
    }
    let date = until.date(calendar.zone());
    Err(refuse(
        RefusalCode::WindowOver,
        (format!("“{}”的期限已于 {date} 届满", action.label.zh), format!("the time for “{}” ended on {date}", action.label.en)),
        ("情况仍在的，请重新上报", "if the trouble is still there, report it anew"),
    ))
}

/// Until when an action with a window stays possible after closing.
pub(crate) fn window_end(case: Option<&Case>, action: &Action, calendar: &Calendar) -> Option<Timestamp> {
    Some(calendar.due(case?.closed_at?, action.within?, &[], true).at)
}

fn counts(case: Option<&Case>, action: &Action) -> Result<(), Refusal> {
    let Some(case) = case else { return Ok(()) };
    let pending = case.pending_extension.is_some();
    match action.verb {
        Verb::Extend if pending => {
            return Err(refuse(
                RefusalCode::AlreadyPending,
                ("已有延期申请等待批复".to_owned(), "an extension is already waiting for its answer".to_owned()),
                ("请等待批复", "wait for the answer"),
            ));
        }
        Verb::ApproveExtension | Verb::RefuseExtension if !pending => {
            return Err(refuse(
                RefusalCode::NothingPending,
                ("没有待批复的延期申请".to_owned(), "no extension is waiting for an answer".to_owned()),
                ("无需操作", "nothing to do"),
            ));
        }
        Verb::FinishPart | Verb::DropPart if case.open_parts().next().is_none() => return Err(super::split::no_part(action)),
        _ => {}
    }
    let taken = case.counts.get(&action.id).copied().unwrap_or(0);
    if action.max > 0 && action.then.is_none() && taken >= action.max {
        return Err(refuse(
            RefusalCode::TooMany,
            (
                format!("“{}”最多 {} 次，已用完", action.label.zh, action.max),
                format!("“{}” is possible {} times at most; all are used", action.label.en, action.max),
            ),
            ("请联系交办单位", "speak to the unit that dispatched it"),
        ));
    }
    Ok(())
}

/// Reason, photos, form and the other parts of the command itself.
pub(super) fn complete(definition: &Definition, action: &Action, command: &Command) -> Result<(), Refusal> {
    if !action.reasons.is_empty() && !command.reason_code.as_ref().is_some_and(|c| action.reasons.contains(c)) {
        return Err(refuse(
            RefusalCode::MissingReason,
            (format!("“{}”须选择原因", action.label.zh), format!("“{}” needs one of the listed reasons", action.label.en)),
            ("请从所列原因中选择", "choose one of the listed reasons"),
        ));
    }
    if action.needs_reason && command.reason.as_ref().is_none_or(|r| r.trim().is_empty()) {
        return Err(refuse(
            RefusalCode::MissingReason,
            (format!("“{}”须写明情况", action.label.zh), format!("“{}” needs some words", action.label.en)),
            ("请写明原因或意见", "say why in words"),
        ));
    }
    if u32::try_from(command.photos.len()).unwrap_or(u32::MAX) < action.photos {
        return Err(refuse(
            RefusalCode::MissingPhoto,
            (
                format!("“{}”须附至少 {} 张照片", action.label.zh, action.photos),
                format!("“{}” needs at least {} photo(s)", action.label.en, action.photos),
            ),
            ("请拍照上传后再提交", "take and upload the photos, then submit"),
        ));
    }
    let mut fields = std::collections::BTreeMap::new();
    match &action.form {
        Some(id) => {
            if let (Some(validator), Some(form)) = (definition.compiled.validators.get(id), definition.forms.get(id)) {
                fields = form::validate(validator, &form.schema, &command.fields);
                for (pointer, unit) in form::units_named(&form.schema, &command.fields) {
                    if definition.units.get(&unit).is_none_or(|u| !u.active) {
                        fields.insert(pointer, Text::new("没有这个单位或已撤销", "there is no such unit, or it is dissolved"));
                    }
                }
            }
        }
        None if command.fields.as_object().is_some_and(|f| !f.is_empty()) => {
            fields.insert(String::new(), Text::new("此操作没有表单", "this action has no form"));
        }
        None => {}
    }
    // The public fills in only what it is asked: severity and the like belong to the office.
    if action.verb == Verb::Open && command.actor.unit.is_none() && !command.actor.has_role("system") {
        let asked = definition.public_opening_schema();
        for name in command.fields.as_object().into_iter().flat_map(|f| f.keys()) {
            if asked.as_ref().is_none_or(|schema| form::property(schema, name).is_none()) {
                fields.insert(format!("/{name}"), Text::new("此项由受理单位填写", "this field is filled in by the office"));
            }
        }
    }
    let missing = |given: Option<&String>| given.is_none_or(|g| g.trim().is_empty());
    if action.verb == Verb::MergeDuplicate && missing(command.other_case.as_ref()) {
        fields.insert("/other_case".to_owned(), Text::new("请选择要并入的案件", "choose the case to merge into"));
    }
    if action.verb == Verb::Delegate && missing(command.to_person.as_ref()) {
        fields.insert("/to_person".to_owned(), Text::new("请选择承办人", "choose the person"));
    }
    if fields.is_empty() { Ok(()) } else { Err(form_invalid(fields)) }
}

fn form_invalid(fields: std::collections::BTreeMap<String, Text>) -> Refusal {
    let n = fields.len();
    Refusal {
        fields,
        ..refuse(
            RefusalCode::FormInvalid,
            (format!("表单有 {n} 处不符合要求"), format!("{n} field(s) of the form do not hold")),
            ("请按提示修改", "correct the marked fields"),
        )
    }
}

pub(super) fn extension_invalid(pointer: &str, action: &Action) -> Refusal {
    let limit = action.limit.map(|l| l.label()).unwrap_or_default();
    let message = Text::new(format!("应为 1 至 {}", limit.zh), format!("must be 1 to {}", limit.en));
    form_invalid([(pointer.to_owned(), message)].into())
}

pub(super) fn score_missing() -> Refusal {
    form_invalid([("/score".to_owned(), Text::new("请打分", "give a mark"))].into())
}

pub(super) fn unit_missing(action: &Action) -> Refusal {
    refuse(
        RefusalCode::UnitUnknown,
        (format!("“{}”须选择单位", action.label.zh), format!("“{}” needs a unit", action.label.en)),
        ("请选择单位", "choose a unit"),
    )
}

pub(super) fn unit_unknown(action: &Action, unit: &str) -> Refusal {
    refuse(
        RefusalCode::UnitUnknown,
        (
            format!("不能{}给“{unit}”：没有这个单位或已撤销", action.label.zh),
            format!("“{}”: the unit `{unit}` does not exist or is dissolved", action.label.en),
        ),
        ("请从单位名录中选择", "choose from the list of units"),
    )
}

pub(super) fn unit_same(action: &Action) -> Refusal {
    refuse(
        RefusalCode::UnitUnknown,
        (format!("“{}”不能转给本单位", action.label.zh), format!("“{}”: the unit has the case already", action.label.en)),
        ("请选择其他单位", "choose another unit"),
    )
}

/// Who may take an action, in words.
pub(crate) fn who_label(definition: &Definition, action: &Action) -> Text {
    let word = |term: WhoTerm<'_>| -> (String, String) {
        if let WhoTerm::Unit(id) = term {
            let name = definition.units.get(id).map_or_else(|| Text::new(id, id), |u| u.name.clone());
            return (name.zh, format!("of {}", name.en));
        }
        let (zh, en) = fixed_word(term);
        (zh.to_owned(), en.to_owned())
    };
    let one = |who: &String| -> (String, String) {
        let mut terms: Vec<WhoTerm<'_>> = who_terms(who).collect();
        // Chinese says the unit first, English the person.
        let en = terms.iter().map(|t| word(*t).1).collect::<Vec<_>>().join(" ");
        terms.sort_by_key(|t| matches!(t, WhoTerm::Role(_)));
        (terms.iter().map(|t| word(*t).0).collect::<Vec<_>>().join("的"), en)
    };
    let all: Vec<(String, String)> = action.who.iter().map(one).collect();
    Text::new(
        all.iter().map(|w| w.0.as_str()).collect::<Vec<_>>().join("或"),
        all.iter().map(|w| w.1.as_str()).collect::<Vec<_>>().join(" or "),
    )
}

/// A role in words.
pub(crate) fn role_word(role: &str) -> Text {
    let (zh, en) = fixed_word(WhoTerm::Role(role));
    if zh.is_empty() { Text::new(role, role) } else { Text::new(zh, en) }
}

fn fixed_word(term: WhoTerm<'_>) -> (&'static str, &'static str) {
    match term {
        WhoTerm::Role("dispatcher") => ("交办人员", "a dispatcher"),
        WhoTerm::Role("analyst") => ("研判人员", "an analyst"),
        WhoTerm::Role("clerk") => ("承办人员", "a clerk"),
        WhoTerm::Role("officer") => ("民警", "an officer"),
        WhoTerm::Role("leader") => ("领导", "a leader"),
        WhoTerm::Role("administrator") => ("管理员", "an administrator"),
        WhoTerm::Role("reporter") => ("群众", "the public"),
        WhoTerm::Role("system") => ("程序", "the program"),
        WhoTerm::Relation("reporter") => ("上报人", "the reporter"),
        WhoTerm::Relation("opener_unit") => ("上报单位", "of the unit that opened it"),
        WhoTerm::Relation("owner_unit") => ("责任单位", "of the responsible unit"),
        WhoTerm::Relation("handler") => ("承办人本人", "who handles it"),
        WhoTerm::Relation("assist_unit") => ("协办单位", "of an assisting unit"),
        WhoTerm::Relation("copied_unit") => ("抄送单位", "of a unit with a copy"),
        WhoTerm::Relation("router_unit") => ("交办单位", "of the dispatching unit"),
        WhoTerm::Relation("other_unit") => ("其他单位", "of another unit"),
        WhoTerm::Relation("part_unit") => ("有未完成任务的协办单位", "of a unit with an open part"),
        WhoTerm::Relation("parent_unit") => ("上级事项的责任单位", "of the unit responsible for the parent case"),
        WhoTerm::Relation("above_owner_unit") => ("责任单位的上级", "of a unit above the responsible one"),
        _ => ("", ""),
    }
}

fn refuse(code: RefusalCode, message: (String, String), remedy: (&str, &str)) -> Refusal {
    Refusal::new(code, Text::new(message.0, message.1), Text::new(remedy.0, remedy.1))
}
