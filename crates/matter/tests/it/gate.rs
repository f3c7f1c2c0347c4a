//! The publish gate refuses each broken definition with the right file, line and code.

use std::collections::BTreeMap;

use gongzhi_matter::{Definition, Fault};

/// Replaces the first `from` after `after` in a file; both must be there.
fn edit(files: &BTreeMap<String, String>, file: &str, after: &str, from: &str, to: &str) -> (BTreeMap<String, String>, usize) {
    let mut files = files.clone();
    let text = &files[file];
    let start = text.find(after).unwrap_or_else(|| panic!("{file} has no `{after}`"));
    let at = start + text[start..].find(from).unwrap_or_else(|| panic!("{file} has no `{from}` after `{after}`"));
    let line = text[..at].matches('\n').count() + 1;
    let edited = format!("{}{to}{}", &text[..at], &text[at + from.len()..]);
    files.insert(file.to_owned(), edited);
    (files, line)
}

fn faults(files: &BTreeMap<String, String>) -> Vec<Fault> {
    Definition::load(files, &crate::units()).err().unwrap_or_default()
}

#[test]
fn every_kind_of_slip_is_refused_at_its_line() {
    let (good, _) = crate::sample();
    let m = "matter.toml";
    // (file, after, from, to, code, lines below the edit at which the fault is shown)
    let cases: &[(&str, &str, &str, &str, &str)] = &[
        (m, "id = \"close\"", "to = \"closed\"", "to = \"clsoed\"", "unknown_stage"),
        (m, "id = \"close\"", "from = [\"review\"]", "from = [\"reviw\"]", "unknown_stage"),
        (m, "id = \"close\"", "form = \"review\"", "form = \"revue\"", "unknown_form"),
        (m, "id = \"close\"", "role:officer", "role:oficer", "unknown_actor"),
        (m, "id = \"close\"", "unit:commission", "unit:comission", "unknown_actor"),
        (m, "id = \"sign\"", "rel:owner_unit", "rel:owner", "unknown_actor"),
        (m, "id = \"close\"", "not_same_unit_as = [\"submit\"]", "not_same_unit_as = [\"sumbit\"]", "unknown_action"),
        (m, "id = \"extend\"", "clock = \"fix\"", "clock = \"fixx\"", "unknown_clock"),
        (m, "id = \"handling\"", "clocks = [\"fix\"", "clocks = [\"fixx\"", "unknown_clock"),
        (m, "id = \"handling\"", "public = \"in_progress\"", "public = \"in_work\"", "unknown_status"),
        (m, "id = \"extend\"", "severity < 4", "sevrity < 4", "unknown_variable"),
        (m, "id = \"extend\"", "severity < 4", "severity < 'four'", "expression_type"),
        (m, "id = \"extend\"", "severity < 4", "severity <", "expression_syntax"),
        (m, "id = \"lamp_city\"", "category == 'lamp'", "category == 'lmap'", "unknown_value"),
        (m, "id = \"lamp_city\"", "duty:lamp.city", "duty:lamp.town", "unknown_duty"),
        (m, "id = \"lamp_city\"", "duty:lamp.city", "lamp.city", "bad_target"),
        (m, "id = \"fallback\"", "unit:commission", "unit:comission", "unknown_unit"),
        (m, "id = \"signal\"", "category == 'signal'", "true", "row_after_fallback"),
        (m, "row = \"lamp_village\"", "unit = \"town-gaoqiao\"", "unit = \"transport\"", "example_failed"),
        (m, "id = \"fix\"\nbudget", "owner = \"owner_unit\"", "owner = \"nobody\"", "clock_without_owner"),
        (m, "id = \"fix\"\nbudget", "at = \"50%\"", "at = \"half\"", "bad_rung"),
        (m, "id = \"fix\"\nbudget", "to = \"role:leader\"", "to = \"role:boss\"", "unknown_addressee"),
        (m, "id = \"fix\"\nbudget", "\"weather\"", "\"wether\"", "unknown_reason"),
        (m, "id = \"fix\"\nbudget", "{ 4 = \"24h\"", "{ 5 = \"24h\"", "unknown_value"),
        (m, "id = \"fix\"\nbudget", "budget_by = \"severity\"", "budget_by = \"severty\"", "unknown_variable"),
        (m, "id = \"closed_in_time\"", "on = \"closed_in_time\"", "on = \"closed_soon\"", "unknown_event"),
        (m, "[public]", "\"/category\"", "\"/description\"", "field_not_public"),
        (m, "[public]", "\"/category\"", "\"/categry\"", "unknown_field"),
        (m, "id = \"hazard\"", "owner = \"commission\"", "owner = \"comission\"", "unknown_unit"),
        (m, "id = \"urge\"", "id = \"urge\"", "id = \"note\"", "duplicate_id"),
        (m, "id = \"urge\"", "id = \"urge\"", "id = \"Urge It\"", "bad_id"),
        (m, "id = \"urge\"", "verb = \"urge\"", "verb = \"splat\"", "toml_syntax"),
        (m, "id = \"urge\"", "verb = \"urge\"", "verb = \"rung\"", "verb_unsupported"),
        (m, "id = \"fix\"\nbudget", "budget = \"15wd\"", "budget = \"15 days\"", "toml_syntax"),
        (m, "id = \"withdraw\"", "to = \"withdrawn\"", "to = \"accepted\"", "verb_base"),
        (m, "id = \"close\"", "to = \"closed\"", "to = \"declined\"", "verb_base"),
        (m, "id = \"merge_duplicate\"", "who = [\"role:dispatcher\"]", "whom = [\"role:dispatcher\"]", "toml_syntax"),
        ("forms/handle.schema.json", "\"measure\"", "\"type\": \"string\"", "\"type\": [\"string\"]", "schema_subset"),
        ("forms/handle.schema.json", "\"measure\"", "\"x-visibility\": \"public\"", "\"oneOf\": []", "schema_subset"),
        ("forms/handle.schema.json", "\"done\"", "\"x-ui\": \"textarea\"", "\"x-ui\": \"wysiwyg\"", "schema_subset"),
        ("forms/handle.schema.json", "\"finished_on\"", "\"format\": \"date\"", "\"format\": \"uri\"", "schema_subset"),
        ("forms/handle.schema.json", "\"required\"", "\"measure\"", "\"mesure\"", "schema_required"),
        ("forms/handle.schema.json", "\"type\"", "\"additionalProperties\": false,", "", "schema_subset"),
        ("forms/handle.schema.json", "\"properties\"", "\"properties\": {", "\"properties\": [", "schema_syntax"),
        ("en.toml", "[stages]", "hold = \"On hold\"", "hold = \"\"", "wording_missing"),
        ("zh.toml", "[reasons]", "weather = ", "wheather = ", "wording_unknown"),
        ("zh.toml", "title", "title = ", "titel = ", "toml_syntax"),
    ];
    assert!(cases.len() >= 25);
    let mut wrong = Vec::new();
    for (file, after, from, to, code) in cases {
        let (broken, line) = edit(&good, file, after, from, to);
        let found = faults(&broken);
        let hit = found.iter().find(|f| f.code == *code && f.file == *file);
        match hit {
            None => wrong.push(format!(
                "{file}: `{from}` → `{to}`: expected {code}, got {:?}",
                found.iter().map(ToString::to_string).collect::<Vec<_>>()
            )),
            // A fault is shown where the value stands, or at the head of the thing that lacks it.
            Some(fault)
                if fault.line.abs_diff(line) > 1
                    && !matches!(*code, "schema_subset" | "wording_missing" | "example_failed" | "duplicate_id") =>
            {
                wrong.push(format!("{file}: `{from}` → `{to}`: {code} expected near line {line}, got {fault}"));
            }
            Some(fault) => {
                assert!(!fault.message.zh.is_empty() && !fault.message.en.is_empty() && fault.line > 0 && fault.column > 0, "{fault}")
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The same over a matter that uses every key of the format.
#[test]
fn slips_beyond_the_case_are_refused_at_their_line() {
    let (good, _) = crate::fixture("joint");
    let m = "matter.toml";
    let cases: &[(&str, &str, &str, &str, &str)] = &[
        (m, "id = \"tell_units\"", "action:split", "action:splt", "unknown_action"),
        (m, "id = \"tell_units\"", "action:split", "when it splits", "bad_trigger"),
        (m, "id = \"stop_errands\"", "stage:closed", "stage:clsoed", "unknown_stage"),
        (m, "id = \"hook\"", "rung:supervise", "rung:list", "unknown_rung"),
        (m, "id = \"half\"", "rung:work@50%", "rung:work@60%", "unknown_rung"),
        (m, "id = \"half\"", "\"opener_unit\"", "\"opner_unit\"", "unknown_addressee"),
        (m, "id = \"half\"", "\"unit:commission\"", "\"unit:comission\"", "unknown_addressee"),
        (m, "id = \"errand_per_part\"", "grade == 'grave'", "grade == 'graev'", "unknown_value"),
        (m, "id = \"errand_per_part\"", "what = \"/words\"", "what = \"/wrods\"", "unknown_field"),
        (m, "id = \"errand_per_part\"", "what = \"/words\"", "what = \"words\"", "bad_value"),
        (m, "id = \"errand_per_part\"", "what = \"/words\"", "what = \"item:/words\"", "bad_value"),
        (m, "id = \"errand_per_item\"", "item:/what", "item:/waht", "unknown_field"),
        (m, "id = \"errand_per_item\"", "each = \"/items\"", "each = \"/itmes\"", "unknown_field"),
        (m, "id = \"errand_per_item\"", "unit = \"item:/unit\"", "unit = \"'nobody'\"", "unknown_unit"),
        (m, "id = \"hand_on\"", "action = \"remark\"", "action = \"plan\"", "system_not_allowed"),
        (m, "id = \"hand_on\"", "action = \"remark\"", "action = \"remrak\"", "unknown_action"),
        (m, "id = \"hand_on\"", "on = \"children_done\"", "on = \"action:remark\"", "effect_circle"),
        (m, "id = \"hand_on\"", "action = \"remark\"", "action = \"remark\"\nletter = \"order\"", "effect_key"),
        (m, "id = \"paper\"", "letter = \"order\"", "letter = \"odrer\"", "unknown_letter"),
        (m, "id = \"order\"", "letters/order.typ", "letters/odrer.typ", "template_missing"),
        (m, "id = \"grade\"\ntype", "value = \"grave\"", "value = 3", "bad_value"),
        (m, "id = \"grade\"\ntype", "deaths >= 3", "urgency >= 3", "unknown_variable"),
        (m, "id = \"grade\"\ntype", "row = \"grave\"", "row = \"light\"", "example_failed"),
        (m, "[context]", "table = \"grade\"", "table = \"graed\"", "unknown_table"),
        (m, "[context]", "form = \"handle\"", "form = \"hanlde\"", "unknown_form"),
        (m, "[context]", "field = \"outcome\"", "field = \"otucome\"", "unknown_field"),
        (m, "[subject]", "key = \"/plate\"", "key = \"/plaet\"", "unknown_field"),
        (m, "[effect_check]", "action = \"check_effect\"", "action = \"close\"", "verb_needs"),
        (m, "[effect_check]", "\"crash\"", "\"crahs\"", "unknown_signal"),
        (m, "[list]", "gone = \"cured\"", "gone = \"close\"", "verb_needs"),
        (m, "[list]", "campaign = \"/campaign\"", "campaign = \"/campagin\"", "unknown_field"),
        (m, "[[migrations]]", "from = 1", "from = 2", "bad_version"),
        (m, "[[migrations]]", "working = \"handling\"", "working = \"handlign\"", "unknown_stage"),
        (m, "[simulation]", "handling = \"6wh\"", "handlign = \"6wh\"", "unknown_stage"),
        (m, "[simulation]", "cured = 0.1", "crued = 0.1", "unknown_action"),
        (m, "id = \"work\"", "id = \"work\"", "id = \"effect\"", "bad_id"),
        (m, "id = \"remark\"", "id = \"remark\"", "id = \"child\"", "bad_id"),
        (m, "id = \"call_back\"", "to = \"review\"", "to = \"gone\"", "verb_base"),
        (m, "id = \"call_back\"", "from = [\"closed\"]", "from = [\"review\"]", "bad_from"),
        (m, "id = \"check_effect\"", "\"role:system\"", "\"role:officer\"", "verb_needs"),
        (m, "id = \"finish_part\"", "rel:part_unit", "rel:owner_unit", "verb_needs"),
        (m, "id = \"cured\"", "to = \"gone\"", "to = \"review\"", "verb_base"),
        ("en.toml", "[effects]", "{number}", "{nubmer}", "unknown_placeholder"),
        ("en.toml", "[tables.grade]", "light = ", "lihgt = ", "wording_unknown"),
        ("zh.toml", "[letters.order]", "number = \"O[{year}]{n}\"", "", "wording_missing"),
    ];
    let mut wrong = Vec::new();
    for (file, after, from, to, code) in cases {
        let (broken, line) = edit(&good, file, after, from, to);
        let found = faults(&broken);
        match found.iter().find(|f| f.code == *code && f.file == *file) {
            None => wrong.push(format!(
                "{file}: `{from}` → `{to}`: expected {code}, got {:?}",
                found.iter().map(ToString::to_string).collect::<Vec<_>>()
            )),
            // A fault is shown where the value stands, or at the head of the thing that lacks it.
            Some(fault) if fault.line.abs_diff(line) > 2 && !matches!(*code, "wording_missing" | "example_failed" | "verb_needs") => {
                wrong.push(format!("{file}: `{from}` → `{to}`: {code} expected near line {line}, got {fault}"));
            }
            Some(fault) => {
                assert!(!fault.message.zh.is_empty() && !fault.message.en.is_empty() && fault.line > 0 && fault.column > 0, "{fault}");
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_the_new_keys_leave_out_is_named() {
    let (good, _) = crate::fixture("joint");
    let cases: &[(&str, &str, &str, &str)] = &[
        ("id = \"split\"\nverb", "unit = \"chosen\"\n", "", "verb_needs"),
        ("id = \"finish_part\"", "verb = \"finish_part\"", "verb = \"note\"", "split_without_finish"),
        ("id = \"split\"\nverb", "verb = \"split\"", "verb = \"dispatch\"", "part_without_split"),
        ("id = \"drop_part\"", "needs_reason = true\n", "", "verb_needs"),
        ("id = \"call_back\"", "low = 2\n", "", "verb_needs"),
        ("id = \"call_back\"", "within = \"30d\"\n", "", "verb_needs"),
        ("id = \"tell_units\"", "to = [\"owner_unit\", \"assist_units\", \"handler\", \"above_owner_unit\"]\n", "", "effect_needs"),
        ("id = \"known\"", "class = \"solved\"\n", "", "effect_needs"),
        ("id = \"urgency\"\ntype", "when = \"true\"", "when = \"deaths == 1\"", "table_without_fallback"),
        ("[context]", "urgency = { type = \"int\", table = \"urgency\" }", "urgency = { type = \"int\" }", "table_unused"),
        ("id = \"paper\"", "do = \"document\"\nletter = \"order\"", "do = \"webhook\"", "letter_unused"),
        ("[subject]", "key = \"/plate\"\n", "", "bad_duplicates"),
        ("[effect_check]", "after = [\"30d\", \"60d\"]", "after = []", "bad_effect_check"),
        (
            "[effect_check]",
            "[effect_check]\nafter = [\"30d\", \"60d\"]\naction = \"check_effect\"\nkinds = [\"call\", \"crash\"]\nradius_m = 100\n",
            "",
            "effect_check_missing",
        ),
        ("id = \"call_back\"", "verb = \"call_back\"", "verb = \"contest\"", "effect_never"),
    ];
    for (after, from, to, code) in cases {
        let (broken, _) = edit(&good, "matter.toml", after, from, to);
        let found: Vec<String> = faults(&broken).iter().map(|f| f.code.clone()).collect();
        assert!(found.iter().any(|c| c == code), "`{from}` → `{to}`: expected {code}, got {found:?}");
    }
}

#[test]
fn what_one_matter_says_of_another_must_be_so() {
    let (joint, errand) = (crate::fixture("joint").0, crate::fixture("errand").0);
    let together = |joint: &BTreeMap<String, String>, errand: &BTreeMap<String, String>| {
        gongzhi_matter::gate_together(&[crate::load(joint), crate::load(errand)])
    };
    assert_eq!(together(&joint, &errand), vec![]);
    let m = "matter.toml";
    let of_joint: &[(&str, &str, &str, &str)] = &[
        ("id = \"errand_per_part\"", "matter = \"errand\"", "matter = \"erand\"", "unknown_matter"),
        ("id = \"errand_per_part\"", "urgent = true", "urgnet = true", "unknown_field"),
        ("id = \"errand_per_part\"", "urgent = true", "urgent = 1", "child_field_type"),
        ("id = \"errand_per_item\"", "kind = \"'fixed'\"", "kind = \"'fixd'\"", "child_field_type"),
        ("id = \"errand_per_part\"", "what = \"/words\"", "what = \"/deaths\"", "child_field_type"),
        ("id = \"errand_per_part\"", "fields = { what = \"/words\", ", "fields = { ", "child_field_missing"),
        ("id = \"errand_per_part\"", "then = \"assign\"", "then = \"asign\"", "unknown_action"),
        ("id = \"errand_per_part\"", "then = \"assign\"", "then = \"do\"", "system_not_allowed"),
        ("id = \"stop_errands\"", "action = \"stop\"", "action = \"stopp\"", "unknown_action"),
        ("id = \"stop_errands\"", "action = \"stop\"", "action = \"stop\"\nmatter = \"other\"", "effect_never"),
        ("id = \"hand_on\"", "do = \"self\"", "do = \"parent\"", "effect_never"),
    ];
    for (after, from, to, code) in of_joint {
        let (broken, line) = edit(&joint, m, after, from, to);
        let found = together(&broken, &errand);
        let hit = found.iter().find(|f| f.code == *code).unwrap_or_else(|| panic!("`{from}` → `{to}`: expected {code}, got {found:?}"));
        assert!(hit.file == "joint/matter.toml" && hit.line.abs_diff(line) <= 4, "{hit} near line {line}");
    }
    // A child that the system may not open, and one that opens its parent's like at once, without end.
    let (shut, _) = edit(&errand, m, "id = \"open\"", ", \"role:system\"", "");
    assert!(together(&joint, &shut).iter().any(|f| f.code == "system_not_allowed"));
    let endless = |when: &str| {
        let mut files = errand.clone();
        let effect = format!(
            "\n[[effects]]\nid = \"more\"\non = \"action:open\"\n{when}do = \"child\"\nmatter = \"errand\"\nfields = {{ what = \"/what\" }}\n"
        );
        files.get_mut(m).unwrap().push_str(&effect);
        for words in ["zh.toml", "en.toml"] {
            files.get_mut(words).unwrap().push_str("\n[effects]\nmore = \"More\"\n");
        }
        together(&joint, &files).iter().any(|f| f.code == "endless_children")
    };
    assert!(endless(""));
    assert!(!endless("when = \"parent.matter == ''\"\n"));
}

#[test]
fn what_is_left_out_is_named() {
    let (good, _) = crate::sample();
    let m = "matter.toml";
    let cases: &[(&str, &str, &str, &str)] = &[
        ("id = \"close\"", "who = [\"role:officer\", \"role:leader & unit:commission\"]\n", "", "action_without_actor"),
        ("id = \"close\"", "not_same_unit_as = [\"submit\"]\n", "", "four_eyes_missing"),
        ("id = \"fix\"\nbudget", "owner = \"owner_unit\"\n", "", "clock_without_owner"),
        ("id = \"fix\"\nbudget", "budget = \"15wd\"\n", "", "table_without_fallback"),
        ("id = \"return\"", "reasons = [\"not_ours\", \"place_wrong\", \"unclear\", \"duplicate\"]\n", "", "verb_needs"),
        ("id = \"contest\"", "within = \"15d\"\n", "", "verb_needs"),
        ("id = \"extend\"", "amount = \"/working_days\"\n", "", "verb_needs"),
        ("id = \"extend\"", "amount = \"/working_days\"", "amount = \"/why\"", "verb_needs"),
        ("id = \"dispatch\"\nverb", "unit = \"proposed\"\n", "", "verb_needs"),
        ("id = \"return\"", "max = 2\n", "", "then_without_max"),
        ("id = \"open\"\nverb", "verb = \"open\"", "verb = \"note\"", "no_open_action"),
        ("id = \"fallback\"", "when = \"true\"", "when = \"severity > 0\"", "table_without_fallback"),
        ("id = \"refuse_extension\"", "verb = \"refuse_extension\"", "verb = \"note\"", "extend_without_answer"),
        // Nothing leads to arbitration any more.
        ("id = \"return\"", "then = \"arbitration\"", "then = \"accepted\"", "unreachable_stage"),
        // Nothing leads out of the hold any more.
        ("id = \"resume\"", "from = [\"hold\"]", "from = [\"handling\"]", "dead_stage"),
        // Two stages without a clock that lead to each other.
        ("id = \"accepted\"\nbase", "clocks = [\"dispatch\", \"total\"]\n", "", "clock_unused"),
    ];
    for (after, from, to, code) in cases {
        let (broken, _) = edit(&good, m, after, from, to);
        let found: Vec<String> = faults(&broken).iter().map(|f| f.code.clone()).collect();
        assert!(found.iter().any(|c| c == code), "`{from}` → `{to}`: expected {code}, got {found:?}");
    }
}

#[test]
fn a_circle_without_a_clock_is_refused() {
    let (good, _) = crate::sample();
    let (broken, _) = edit(&good, "matter.toml", "id = \"accepted\"\nbase", "clocks = [\"dispatch\", \"total\"]\n", "");
    let (broken, _) = edit(&broken, "matter.toml", "id = \"signing\"\nbase", "clocks = [\"sign\", \"total\"]\n", "");
    let found = faults(&broken);
    let stages: Vec<&str> = found.iter().filter(|f| f.code == "cycle_without_clock").map(|f| f.message.en.as_str()).collect();
    assert_eq!(stages.len(), 2, "accepted → signing → accepted: {found:?}");
}

#[test]
fn missing_files_are_named() {
    let (good, _) = crate::sample();
    for file in ["matter.toml", "zh.toml", "en.toml"] {
        let mut broken = good.clone();
        broken.remove(file);
        let found = faults(&broken);
        assert!(found.iter().any(|f| f.code == "file_missing" && f.file == file), "{file}: {found:?}");
    }
    let copy = "[routing]\ncopy = [\"fact:road.chief.twn\"]\n\n[[routing.rows]]";
    let (broken, line) = edit(&good, "matter.toml", "[[routing.rows]]", "[[routing.rows]]", copy);
    let fault = &faults(&broken)[0];
    assert_eq!((fault.code.as_str(), fault.line), ("unknown_variable", line + 1), "{fault:?}");
    let mut broken = good.clone();
    broken.remove("forms/review.schema.json");
    assert_eq!(faults(&broken)[0].code, "form_missing");
}

#[test]
fn all_faults_come_at_once_in_file_order() {
    let (good, _) = crate::sample();
    let (broken, _) = edit(&good, "matter.toml", "id = \"close\"", "to = \"closed\"", "to = \"clsoed\"");
    let (broken, _) = edit(&broken, "matter.toml", "id = \"sign\"", "rel:owner_unit", "rel:owner");
    let (broken, _) = edit(&broken, "en.toml", "[stages]", "hold = \"On hold\"\n", "");
    let found = faults(&broken);
    assert!(found.len() >= 3);
    assert!(found.is_sorted_by(|a, b| (&a.file, a.line) <= (&b.file, b.line)), "{found:?}");
}

#[test]
fn any_change_of_any_file_changes_the_content_hash() {
    let (good, definition) = crate::sample();
    let (commented, _) = edit(&good, "matter.toml", "id", "id", "# a remark\nid");
    let changed = crate::load(&commented);
    assert_ne!(definition.content_hash, changed.content_hash);
    assert_eq!(definition.content_hash.len(), 64);
    assert_eq!(definition.content_hash, crate::load(&good).content_hash);
}
