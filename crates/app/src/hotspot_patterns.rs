//! What the records of one place have in common beyond what is normal in the city: class, hours, weekday or weekend.

use std::collections::HashMap;

use gongzhi_civic::text::Language;
use gongzhi_risk::blackspot::Crash;
use gongzhi_risk::blackspot::pattern::{Reference, patterns};
use serde_json::Value;

use crate::App;
use crate::blackspots::pattern_view;
use crate::signal_filter::Compiled;
use crate::signal_index::{Entry, SignalIndex};

/// Shown if at most this share of what is shown is a false alarm.
const FALSE_DISCOVERY: f64 = 0.1;

impl App {
    /// The patterns of a place among all records that pass, surest first; empty where nothing stands out.
    pub(crate) fn patterns_of(&self, place: Option<u32>, chosen: &Compiled, index: &SignalIndex, language: Language) -> Vec<Value> {
        // What is told apart: a few hundred kinds of record stand for a million.
        let mut alike: HashMap<(u32, u8, u8), (u64, u64)> = HashMap::new();
        let call = index.kinds.number("call");
        let is_first = |e: &&Entry| Some(e.kind) != call || e.incident == e.id;
        for e in chosen.select(index).filter(is_first) {
            let (all, here) = alike.entry((e.class, e.hour, e.weekday)).or_default();
            *all += 1;
            *here += u64::from(Some(e.place) == place);
        }
        let mut alike: Vec<_> = alike.into_iter().collect();
        alike.sort_unstable();
        let records: Vec<(Crash, u64, u64)> = alike
            .into_iter()
            .map(|((class, hour, weekday), (all, here))| {
                let class = index.classes.get(class).unwrap_or("");
                let name = self.classifier.name(class).map_or(class, |name| name.get(language));
                let record = Crash { kind: Some(name.to_owned()), hour: Some(hour), weekday: Some(weekday), ..Crash::default() };
                (record, all, here)
            })
            .collect();
        let reference = Reference::of_many(records.iter().map(|(record, all, _)| (record, *all)));
        let here: Vec<&Crash> =
            records.iter().flat_map(|(record, _, here)| std::iter::repeat_n(record, usize::try_from(*here).unwrap_or(0))).collect();
        patterns(&here, &reference).iter().filter(|p| p.q <= FALSE_DISCOVERY).map(|p| pattern_view(p, language)).collect()
    }
}
