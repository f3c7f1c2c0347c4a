//! The graph of stages: nothing unreachable, nothing dead, no circle without a clock.

use std::collections::{BTreeMap, BTreeSet};

use super::raw::RawMatter;
use super::{Fault, Source, Verb};

/// Edges `from → to` over moving actions, by stage id. A hold returns to every stage that can be held.
fn edges(matter: &RawMatter, expand: &impl Fn(&[String]) -> Vec<String>) -> BTreeMap<String, BTreeSet<String>> {
    let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let held: Vec<String> = matter.actions.iter().filter(|a| a.verb == Verb::Suspend).flat_map(|a| expand(&a.from)).collect();
    for action in &matter.actions {
        for from in expand(&action.from) {
            let out = edges.entry(from).or_default();
            if !action.to.is_empty() {
                out.insert(action.to.clone());
            }
            out.extend(action.then.clone());
            if action.verb == Verb::Resume && action.to.is_empty() {
                out.extend(held.iter().cloned());
            }
        }
    }
    edges
}

pub(super) fn check(matter: &RawMatter, source: &Source<'_>, expand: &impl Fn(&[String]) -> Vec<String>, faults: &mut Vec<Fault>) {
    let edges = edges(matter, expand);
    let start = matter.actions.iter().find(|a| a.verb == Verb::Open).map(|a| a.to.clone());
    let reached = start.map(|s| reachable(&edges, &[s])).unwrap_or_default();
    let final_stages: Vec<String> = matter.stages.iter().filter(|s| s.base.is_final()).map(|s| s.id.clone()).collect();
    for (i, stage) in matter.stages.iter().enumerate() {
        let (path, id) = (format!("stages[{i}].id"), &stage.id);
        if !reached.contains(id) {
            let (zh, en) =
                (format!("阶段“{id}”无法到达：没有动作通向它"), format!("stage `{id}` cannot be reached: no action leads to it"));
            faults.push(source.fault(&path, "unreachable_stage", zh, en));
        }
        if !stage.base.is_final() && !reachable(&edges, std::slice::from_ref(id)).iter().any(|s| final_stages.contains(s)) {
            let (zh, en) = (
                format!("阶段“{id}”走不到办结：案件会停在这里"),
                format!("stage `{id}` never leads to an end: cases would be stuck in it"),
            );
            faults.push(source.fault(&path, "dead_stage", zh, en));
        }
        // A circle in which no clock runs can be walked for ever without anybody being late.
        let silent = |s: &String| matter.stages.iter().any(|x| x.id == *s && x.clocks.is_empty());
        if silent(id) && walks_back(&edges, id, &silent) {
            let (zh, en) = (
                format!("经过阶段“{id}”有一个没有时限的循环"),
                format!("a circle through stage `{id}` has no clock: a case could go round for ever"),
            );
            faults.push(source.fault(&path, "cycle_without_clock", zh, en));
        }
    }
}

fn reachable(edges: &BTreeMap<String, BTreeSet<String>>, from: &[String]) -> BTreeSet<String> {
    let mut seen: BTreeSet<String> = from.iter().cloned().collect();
    let mut queue: Vec<String> = from.to_vec();
    while let Some(stage) = queue.pop() {
        for next in edges.get(&stage).into_iter().flatten() {
            if seen.insert(next.clone()) {
                queue.push(next.clone());
            }
        }
    }
    seen
}

/// Whether a walk over other silent stages leads from `start` back to it.
fn walks_back(edges: &BTreeMap<String, BTreeSet<String>>, start: &String, silent: &impl Fn(&String) -> bool) -> bool {
    let mut seen = BTreeSet::new();
    let mut queue = vec![start.clone()];
    while let Some(stage) = queue.pop() {
        for next in edges.get(&stage).into_iter().flatten() {
            if next == start && stage != *start {
                return true;
            }
            if silent(next) && seen.insert(next.clone()) && next != start {
                queue.push(next.clone());
            }
        }
    }
    false
}
