//! What a plain join by name finds.

use super::{RoadBook, Said, Verdict};

/// The plain way to find a crossing in words, to compare with: both names as they stand in the map must occur, else nothing.
pub struct Join<'a> {
    book: &'a RoadBook<'a>,
    names: Vec<String>,
}

impl<'a> Join<'a> {
    /// Sorts the names, the longest first.
    #[must_use]
    pub fn new(book: &'a RoadBook<'a>) -> Self {
        let mut names: Vec<String> = book.names().map(ToOwned::to_owned).collect();
        names.sort_by_key(|n| std::cmp::Reverse(n.len()));
        Self { book, names }
    }

    /// The first two names beside each other that meet.
    #[must_use]
    pub fn answer(&self, words: &str) -> Said {
        let mut rest = words.to_owned();
        let mut found: Vec<(usize, &str)> = Vec::new();
        for name in &self.names {
            while let Some(at) = rest.find(name.as_str()) {
                found.push((at, name));
                rest.replace_range(at..at + name.len(), &"\0".repeat(name.len()));
            }
        }
        found.sort_unstable();
        let place = found.windows(2).map(|w| self.book.accepted(w[0].1, w[1].1)).find(|points| !points.is_empty());
        match place {
            Some(points) => Said { verdict: Verdict::Place, candidates: points.last().map(|p| (*p, 1.0)).into_iter().collect() },
            None if found.len() > 1 => Said { verdict: Verdict::NoSuchCrossing, candidates: Vec::new() },
            None => Said { verdict: Verdict::NotEnough, candidates: Vec::new() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RoadMap;

    #[test]
    fn both_names_must_stand_there() {
        let network = RoadMap::draw("  N   P\n  |   |\nA-X---Y--B\n  |   |\n  S   Q")
            .way("AXYB", |w| w.name("胜利东路").class("primary"))
            .way("NXS", |w| w.name("平江路"))
            .way("PYQ", |w| w.name("阳明北路"))
            .network();
        let book = RoadBook::new(&network);
        let join = Join::new(&book);
        assert_eq!(join.answer("我在平江路和胜利东路口").verdict, Verdict::Place);
        assert_eq!(join.answer("平江路与阳明北路交叉口").verdict, Verdict::NoSuchCrossing);
        assert_eq!(join.answer("胜力东路与平江路交叉口").verdict, Verdict::NotEnough);
    }
}
