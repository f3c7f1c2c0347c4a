//! What differs between two folders of texts, line by line.

use std::collections::BTreeMap;

use serde::Serialize;

/// Unchanged lines shown around a change.
const AROUND: usize = 3;
/// Above so many pairs of lines a block is shown as replaced: nobody reads a finer answer, and a server must not compute it.
const MOST_PAIRS: usize = 4_000_000;

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// In both.
    Same,
    /// Only before.
    Old,
    /// Only after.
    New,
    /// Unchanged lines that are left out.
    Gap,
}

/// One line of a comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What became of it.
    pub kind: LineKind,
    /// Number before, from 1.
    pub old: Option<usize>,
    /// Number after, from 1.
    pub new: Option<usize>,
    /// Its words.
    pub text: String,
}

/// A file that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileDifference {
    /// Name.
    pub file: String,
    /// `added`, `removed` or `changed`.
    pub kind: &'static str,
    /// Lines that came.
    pub added: usize,
    /// Lines that went.
    pub removed: usize,
    /// Changes with a few lines around them.
    pub lines: Vec<Line>,
}

/// The files that differ, in the order of their names.
#[must_use]
pub fn compare(old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> Vec<FileDifference> {
    let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
    names.sort_unstable();
    names.dedup();
    names
        .into_iter()
        .filter(|name| old.get(*name) != new.get(*name))
        .map(|name| {
            let kind = match (old.get(name), new.get(name)) {
                (None, _) => "added",
                (_, None) => "removed",
                _ => "changed",
            };
            let text = |files: &BTreeMap<String, String>| files.get(name).cloned().unwrap_or_default();
            let all = lines(&text(old), &text(new));
            let count = |kind| all.iter().filter(|l| l.kind == kind).count();
            FileDifference { file: name.clone(), kind, added: count(LineKind::New), removed: count(LineKind::Old), lines: near(all) }
        })
        .collect()
}

/// All lines of both texts, in order, by a longest common subsequence.
fn lines(old: &str, new: &str) -> Vec<Line> {
    let (a, b): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let head = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let tail = a[head..].iter().rev().zip(b[head..].iter().rev()).take_while(|(x, y)| x == y).count();
    let (middle_a, middle_b) = (&a[head..a.len() - tail], &b[head..b.len() - tail]);
    let line = |kind, i: Option<usize>, j: Option<usize>| {
        let text = i.map_or_else(|| j.map_or("", |j| b[j]), |i| a[i]);
        Line { kind, old: i.map(|i| i + 1), new: j.map(|j| j + 1), text: text.to_owned() }
    };
    let mut out: Vec<Line> = (0..head).map(|i| line(LineKind::Same, Some(i), Some(i))).collect();
    let (mut i, mut j) = (0, 0);
    let (n, m) = (middle_a.len(), middle_b.len());
    if n.saturating_mul(m) <= MOST_PAIRS {
        // Length of the longest common run of what is left from (i, j).
        let mut longest = vec![0_u32; (n + 1) * (m + 1)];
        for x in (0..n).rev() {
            for y in (0..m).rev() {
                longest[x * (m + 1) + y] = if middle_a[x] == middle_b[y] {
                    longest[(x + 1) * (m + 1) + y + 1] + 1
                } else {
                    longest[(x + 1) * (m + 1) + y].max(longest[x * (m + 1) + y + 1])
                };
            }
        }
        while i < n && j < m {
            if middle_a[i] == middle_b[j] {
                out.push(line(LineKind::Same, Some(head + i), Some(head + j)));
                i += 1;
                j += 1;
            } else if longest[(i + 1) * (m + 1) + j] >= longest[i * (m + 1) + j + 1] {
                out.push(line(LineKind::Old, Some(head + i), None));
                i += 1;
            } else {
                out.push(line(LineKind::New, None, Some(head + j)));
                j += 1;
            }
        }
    }
    out.extend((i..n).map(|i| line(LineKind::Old, Some(head + i), None)));
    out.extend((j..m).map(|j| line(LineKind::New, None, Some(head + j))));
    out.extend((0..tail).map(|k| line(LineKind::Same, Some(a.len() - tail + k), Some(b.len() - tail + k))));
    out
}

/// Only what is near a change; the rest becomes gaps.
fn near(all: Vec<Line>) -> Vec<Line> {
    let changed: Vec<usize> = all.iter().enumerate().filter(|(_, l)| l.kind != LineKind::Same).map(|(i, _)| i).collect();
    let mut keep = vec![false; all.len()];
    for i in changed {
        let last = (i + AROUND).min(all.len() - 1);
        keep[i.saturating_sub(AROUND)..=last].fill(true);
    }
    let mut out: Vec<Line> = Vec::new();
    for (line, keep) in all.into_iter().zip(keep) {
        if keep {
            out.push(line);
        } else if out.last().is_none_or(|l| l.kind != LineKind::Gap) {
            out.push(Line { kind: LineKind::Gap, old: None, new: None, text: String::new() });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::LineKind::{Gap, New, Old, Same};
    use super::*;

    fn folder(files: &[(&str, &str)]) -> BTreeMap<String, String> {
        files.iter().map(|(n, t)| ((*n).to_owned(), (*t).to_owned())).collect()
    }

    #[test]
    fn a_changed_line_stands_between_its_neighbours_with_both_numbers() {
        let old: String = (1..=20).map(|n| format!("line {n}\n")).collect();
        let new = old.replace("line 10\n", "line ten\nand more\n");
        let found = compare(&folder(&[("a", &old), ("same", "x")]), &folder(&[("a", &new), ("same", "x")]));
        assert_eq!(found.len(), 1, "what is the same is left out");
        assert_eq!((found[0].kind, found[0].added, found[0].removed), ("changed", 2, 1));
        let kinds: Vec<LineKind> = found[0].lines.iter().map(|l| l.kind).collect();
        assert_eq!(kinds, [Gap, Same, Same, Same, Old, New, New, Same, Same, Same, Gap]);
        let after = &found[0].lines[7];
        assert_eq!((after.old, after.new, after.text.as_str()), (Some(11), Some(12), "line 11"));
    }

    #[test]
    fn files_that_come_and_go_are_said() {
        let found = compare(&folder(&[("gone", "1\n2\n")]), &folder(&[("came", "3\n")]));
        let said: Vec<_> = found.iter().map(|f| (f.file.as_str(), f.kind, f.added, f.removed)).collect();
        assert_eq!(said, [("came", "added", 1, 0), ("gone", "removed", 0, 2)]);
    }

    #[test]
    fn a_moved_block_keeps_its_common_lines() {
        let found = compare(&folder(&[("a", "a\nb\nc\nd\n")]), &folder(&[("a", "b\nc\nd\na\n")]));
        assert_eq!((found[0].added, found[0].removed), (1, 1));
    }
}
