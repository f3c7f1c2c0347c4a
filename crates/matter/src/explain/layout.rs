//! Where boxes and arrows of the picture stand. Stages stand one below the other in the order of the course; every arrow
//! has its own ports and its own track, so that lines only ever cross at right angles and no word lies on another.

use std::collections::BTreeMap;

use crate::course::main_course;
use crate::definition::{Definition, Verb};

/// A line of arrows: all actions that lead from one stage to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Arrow {
    /// Row of the stage it leaves.
    pub from: usize,
    /// Row of the stage it enters.
    pub to: usize,
    /// Indices of the actions.
    pub actions: Vec<usize>,
}

impl Arrow {
    /// Leads to the very next row: drawn straight.
    pub(super) const fn straight(&self) -> bool {
        self.to == self.from + 1
    }

    /// Leads back up.
    pub(super) const fn back(&self) -> bool {
        self.to < self.from
    }
}

/// Stage ids from top to bottom: the main course first, each other stage below the one that leads to it, ends last.
pub(super) fn rows(definition: &Definition) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    for step in main_course(definition) {
        if !rows.iter().any(|r| r == step.stage) && definition.stage(step.stage).is_some() {
            rows.push(step.stage.to_owned());
        }
    }
    let last = rows.pop();
    // What branches off stands right below the stage from which it is reached first.
    loop {
        let next = definition.stages.iter().filter(|s| !s.base.is_final()).find(|s| !rows.contains(&s.id) && last.as_ref() != Some(&s.id));
        let Some(stage) = next else { break };
        let leading = definition.actions.iter().filter(|a| a.to == stage.id || a.then.as_ref() == Some(&stage.id));
        let above = leading.flat_map(|a| &a.from).filter_map(|f| rows.iter().position(|r| r == f)).max();
        rows.insert(above.map_or(rows.len(), |at| at + 1), stage.id.clone());
    }
    rows.extend(last);
    for stage in &definition.stages {
        if !rows.contains(&stage.id) {
            rows.push(stage.id.clone());
        }
    }
    rows
}

/// All arrows, those with the same ends joined; what leaves the stage as it is has none.
pub(super) fn arrows(definition: &Definition, rows: &[String]) -> Vec<Arrow> {
    let place: BTreeMap<&str, usize> = rows.iter().enumerate().map(|(i, r)| (r.as_str(), i)).collect();
    let mut found: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
    for (index, action) in definition.actions.iter().enumerate() {
        let resumed: Vec<&String> = if action.verb == Verb::Resume && action.to.is_empty() {
            definition.actions.iter().filter(|a| a.verb == Verb::Suspend).flat_map(|a| &a.from).collect()
        } else {
            Vec::new()
        };
        for from in &action.from {
            for to in [&action.to].into_iter().chain(action.then.as_ref()).chain(resumed.iter().copied()) {
                if let (Some(a), Some(b)) = (place.get(from.as_str()), place.get(to.as_str()))
                    && a != b
                {
                    let actions = found.entry((*a, *b)).or_default();
                    if !actions.contains(&index) {
                        actions.push(index);
                    }
                }
            }
        }
    }
    found.into_iter().map(|((from, to), actions)| Arrow { from, to, actions }).collect()
}

/// A track for each interval so that two on the same track never meet; the shortest lie innermost.
pub(super) fn tracks(spans: &[(f64, f64)]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..spans.len()).collect();
    order.sort_by(|a, b| (spans[*a].1 - spans[*a].0).total_cmp(&(spans[*b].1 - spans[*b].0)).then(a.cmp(b)));
    let mut taken: Vec<Vec<(f64, f64)>> = Vec::new();
    let mut found = vec![0; spans.len()];
    for index in order {
        let (low, high) = (spans[index].0.min(spans[index].1), spans[index].0.max(spans[index].1));
        let free = taken.iter().position(|t| t.iter().all(|(a, b)| high + 6.0 < *a || low - 6.0 > *b));
        let track = free.unwrap_or_else(|| {
            taken.push(Vec::new());
            taken.len() - 1
        });
        taken[track].push((low, high));
        found[index] = track;
    }
    found
}

/// Width of a text in pixels at a font size, on the safe side: Chinese characters are square, others take what they need.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars()
        .map(|c| match c {
            c if u32::from(c) >= 0x2E80 => 1.0,
            'i' | 'l' | 'j' | '.' | ',' | ':' | ';' | '|' | '\'' => 0.34,
            'm' | 'w' | 'M' | 'W' | '%' => 0.92,
            c if c.is_ascii_uppercase() => 0.72,
            ' ' => 0.32,
            _ => 0.6,
        })
        .sum::<f64>()
        * size
}

/// Breaks a text into lines no wider than `limit`; breaks at spaces and after Chinese characters.
pub(super) fn wrap(text: &str, size: f64, limit: f64) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut word = String::new();
    let flush = |line: &mut String, word: &mut String, lines: &mut Vec<String>| {
        if !line.is_empty() && width(line, size) + width(word, size) > limit {
            lines.push(std::mem::take(line).trim_end().to_owned());
        }
        line.push_str(word.trim_start_matches(if line.is_empty() { ' ' } else { '\u{0}' }));
        word.clear();
    };
    for c in text.chars() {
        word.push(c);
        if c == ' ' || u32::from(c) >= 0x2E80 {
            flush(&mut line, &mut word, &mut lines);
        }
    }
    flush(&mut line, &mut word, &mut lines);
    if !line.trim().is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tracks_of_meeting_spans_differ() {
        let spans = [(0.0, 100.0), (20.0, 40.0), (50.0, 90.0), (110.0, 130.0), (10.0, 45.0)];
        let found = tracks(&spans);
        for a in 0..spans.len() {
            for b in a + 1..spans.len() {
                let meet = spans[a].0 <= spans[b].1 && spans[b].0 <= spans[a].1;
                assert!(!(meet && found[a] == found[b]), "{a} and {b} share a track");
            }
        }
        assert_eq!(found[1], 0, "the shortest lies innermost");
    }

    #[test]
    fn wrapped_lines_fit_and_lose_nothing() {
        let text = "整改时限 15 个工作日 remind at half of the time and urge when due";
        let lines = wrap(text, 12.0, 90.0);
        assert!(lines.len() > 3 && lines.iter().all(|l| width(l, 12.0) <= 90.0), "{lines:?}");
        let joined: String = lines.concat().chars().filter(|c| *c != ' ').collect();
        assert_eq!(joined, text.replace(' ', ""));
    }
}
