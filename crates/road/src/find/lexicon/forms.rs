//! The forms in which a name is said.

use super::{Form, Kind};
use crate::names::is_han;

/// Types of roads, the longer ones first.
pub(crate) const TYPES: &[&str] =
    &["高速公路", "快速路", "高架路", "大街", "大道", "公路", "高速", "高架", "环路", "胡同", "路", "街", "道", "巷", "弄", "线"];

const DIRECTIONS: &[char] = &['东', '南', '西', '北', '中'];
const NUMERALS: &[char] = &['一', '二', '三', '四', '五', '六', '七', '八', '九', '十'];

/// Calls `visit` with every form of a folded name; a form may come twice.
pub(crate) fn each(text: &str, kind: Kind, mut visit: impl FnMut(Vec<char>, Form)) {
    let whole: Vec<char> = text.chars().filter(|c| *c != ' ').collect();
    if whole.len() < 2 {
        return;
    }
    visit(whole.clone(), Form::Full);
    // 复兴东路隧道(下层)
    let bare: Vec<char> = whole.iter().copied().take_while(|c| *c != '(').collect();
    if bare.len() >= 2 && bare.len() < whole.len() {
        visit(bare.clone(), Form::Full);
    }
    match kind {
        Kind::Road => road(&bare, &mut visit),
        Kind::Landmark => landmark(&bare, &mut visit),
        Kind::Area => {}
    }
}

fn road(name: &[char], visit: &mut impl FnMut(Vec<char>, Form)) {
    if !name.iter().any(|c| is_han(*c)) {
        return;
    }
    let Some(kind) = TYPES.iter().map(|t| t.chars().collect::<Vec<char>>()).find(|t| name.ends_with(t)) else { return };
    let stem = &name[..name.len() - kind.len()];
    if stem.len() >= 2 {
        visit(stem.to_vec(), Form::Untyped);
    }
    // 沪宁高速公路 is said 沪宁高速, 延安高架路 is said 延安高架.
    if kind.len() > 2 && name.len() > 3 {
        visit(name[..name.len() - (kind.len() - 2)].to_vec(), Form::Full);
    }
    let typed = |stem: &[char], visit: &mut dyn FnMut(Vec<char>, Form)| {
        if stem.len() >= 2 {
            visit([stem, &kind].concat(), Form::Undirected);
        }
    };
    let unnumbered = without_numeral(stem);
    if unnumbered.len() < stem.len() && unnumbered.last().is_some_and(|c| DIRECTIONS.contains(c)) {
        typed(unnumbered, visit);
    }
    if let Some((last, rest)) = unnumbered.split_last() {
        if DIRECTIONS.contains(last) {
            typed(rest, visit);
        }
    }
    if let Some((first, rest)) = stem.split_first() {
        if DIRECTIONS.contains(first) && *first != '中' {
            typed(rest, visit);
        }
    }
}

/// 中山南一 without 一.
fn without_numeral(stem: &[char]) -> &[char] {
    match stem.split_last() {
        Some((last, rest)) if NUMERALS.contains(last) => rest,
        _ => stem,
    }
}

/// 绍兴市人民医院 is said 市人民医院 and 人民医院 too.
fn landmark(name: &[char], visit: &mut impl FnMut(Vec<char>, Form)) {
    for at in [0, 2, 3, 4] {
        if name.get(at).is_some_and(|c| matches!(c, '市' | '区' | '县')) && name.len() - at > 4 {
            if at > 0 {
                visit(name[at..].to_vec(), Form::Undirected);
            }
            visit(name[at + 1..].to_vec(), Form::Undirected);
        }
    }
}
