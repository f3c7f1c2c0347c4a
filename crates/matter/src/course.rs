//! The main course of a matter: the shortest way from opening to being solved, as its own buttons show it.

use std::collections::{BTreeMap, VecDeque};

use crate::definition::{Action, Base, Definition, Verb};

/// A step of the main course.
#[derive(Clone, Copy, Debug)]
pub struct CourseStep<'d> {
    /// Stage id.
    pub stage: &'d str,
    /// Action that leads there.
    pub action: &'d Action,
}

/// Whether an action leads a case on, rather than back, aside or out.
#[must_use]
pub const fn leads_on(verb: Verb) -> bool {
    matches!(
        verb,
        Verb::Accept
            | Verb::Dispatch
            | Verb::Sign
            | Verb::Submit
            | Verb::Close
            | Verb::Split
            | Verb::Note
            | Verb::Interim
            | Verb::FinishPart
    )
}

/// The main course, the opening first. Main buttons are preferred to others; where nothing leads to a solution, to the
/// nearest end.
#[must_use]
pub fn main_course(definition: &Definition) -> Vec<CourseStep<'_>> {
    let Some(open) = definition.actions.iter().find(|a| a.verb == Verb::Open) else { return Vec::new() };
    let ways: [fn(&Action) -> bool; 3] = [|a| leads_on(a.verb) && a.primary, |a| leads_on(a.verb), |_| true];
    for (ends, way) in [(Base::Done, ways[0]), (Base::Done, ways[1]), (Base::Done, ways[2]), (Base::Cancelled, ways[2])] {
        if let Some(course) = search(definition, open, way, ends) {
            return course;
        }
    }
    vec![CourseStep { stage: &open.to, action: open }]
}

fn search<'d>(definition: &'d Definition, open: &'d Action, way: fn(&Action) -> bool, ends: Base) -> Option<Vec<CourseStep<'d>>> {
    let mut came: BTreeMap<&str, CourseStep<'d>> = BTreeMap::from([(open.to.as_str(), CourseStep { stage: "", action: open })]);
    let mut queue = VecDeque::from([open.to.as_str()]);
    while let Some(stage) = queue.pop_front() {
        if definition.base(stage) == ends {
            let mut course = Vec::new();
            let mut at = stage;
            while let Some(step) = came.get(at) {
                course.push(CourseStep { stage: at, action: step.action });
                at = step.stage;
            }
            course.reverse();
            return Some(course);
        }
        for action in definition.actions.iter().filter(|a| !a.to.is_empty() && way(a) && a.from.iter().any(|f| f == stage)) {
            if !came.contains_key(action.to.as_str()) {
                came.insert(&action.to, CourseStep { stage, action });
                queue.push_back(&action.to);
            }
        }
    }
    None
}
