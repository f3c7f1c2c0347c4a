//! The demo city goes in through the same door as everything else.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use gongzhi_civic::classification::Classifier;
use gongzhi_demo::{City, Plan};
use jiff::civil::date;

use super::*;

fn read_all(name: &str, bytes: &[u8]) -> (Summary, Vec<Draft>) {
    let mapping = Mapping::from_toml(bundled(name).unwrap()).unwrap();
    let mut drafts = Vec::new();
    let summary = read(bytes, &mapping, &Options::default(), &mut |outcome| {
        match outcome {
            Outcome::Draft(draft) => drafts.push(*draft),
            Outcome::Reject(reject) => panic!("{reject:?}"),
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    (summary, drafts)
}

#[test]
fn demo_calls_and_crashes_come_in_whole_and_their_words_tell_the_class() {
    let city = City::generate(&Plan { seed: 7, today: date(2026, 3, 1), days: 60 });
    let (from, to) = (date(2026, 1, 10), date(2026, 1, 24));
    let (summary, calls) = read_all("demo-calls", &city.calls_csv(from, to));
    let truth: Vec<_> = city.calls(from, to).collect();
    if truth.is_empty() {
        eprintln!("SKIPPED: the demo city makes no calls yet");
        return;
    }
    assert_eq!(summary.rows, truth.len() as u64);
    for (draft, call) in calls.iter().zip(&truth) {
        assert_eq!((&draft.source_key, draft.at, draft.valid), (&call.call_no, call.at(), Some(call.valid)));
        assert_eq!(draft.point.is_some(), call.point.is_some());
        assert!(draft.synthetic && draft.caller_phone.is_some());
    }
    let classifier = Classifier::from_toml(include_str!("../../../../city/classes.toml")).unwrap();
    let mut table: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut examples: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    let (mut agree, mut all) = (0, 0);
    for draft in calls.iter().filter(|d| d.valid == Some(true)) {
        let suggestion = classifier.suggest(&draft.words);
        let told = draft.class.clone().unwrap();
        all += 1;
        agree += usize::from(suggestion.class == told);
        let cell = (told, suggestion.class);
        if cell.0 != cell.1 {
            let list = examples.entry(cell.clone()).or_default();
            if list.len() < 9 {
                list.push(format!("{} — {}", draft.words, suggestion.reason.zh));
            }
        }
        *table.entry(cell).or_default() += 1;
    }
    eprintln!("demo calls: {agree} of {all} agree; (told, suggested): {table:?}\n{examples:#?}");
    assert!(agree * 100 >= all * 90, "{agree} of {all}");
    let crashes: Vec<_> = city.crashes(from, to).collect();
    let (summary, drafts) = read_all("demo-crashes", &city.crashes_csv(from, to));
    assert_eq!(summary.rows, crashes.len() as u64);
    for (draft, crash) in drafts.iter().zip(&crashes) {
        assert_eq!((&draft.source_key, draft.deaths, draft.injured), (&crash.crash_no, Some(crash.deaths), Some(crash.injured)));
        assert_eq!(draft.class.as_deref(), Some("accident"));
        assert!(draft.severity.is_some() && draft.point.is_some());
    }
}
