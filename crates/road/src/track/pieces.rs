//! A whole track: every fix at once, then the edges driven with offsets and times.

use crate::snap::weigh::Fix;
use crate::track::{BreakWhy, Driven, MatchedFix, MatchedTrack, Matcher, OnEdge, OnlineMatcher, Piece};

impl Matcher<'_> {
    /// Matches a whole track; `fixes` in order of time.
    pub fn match_track(&mut self, fixes: &[Fix]) -> MatchedTrack {
        let mut run = OnlineMatcher::whole();
        let mut said: Vec<MatchedFix> = Vec::with_capacity(fixes.len());
        for fix in fixes {
            said.extend(run.push(self, *fix));
        }
        said.extend(run.finish(self));
        let (mut sum, mut count) = (0.0, 0.0);
        for on in said.iter().filter_map(|f| f.place.as_ref().ok()) {
            sum += on.confidence;
            count += 1.0;
        }
        let pieces = self.pieces(&said);
        MatchedTrack { pieces, confidence: if count > 0.0 { sum / count } else { 0.0 }, fixes: said }
    }

    /// The edges driven, from what was said of each fix (by [`OnlineMatcher`] too).
    #[must_use]
    pub fn pieces(&self, said: &[MatchedFix]) -> Vec<Piece> {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut before: Option<(&OnEdge, i64)> = None;
        for fix in said {
            let Ok(on) = &fix.place else { continue };
            let here = Driven { edge: on.edge, from_m: on.offset_m, to_m: on.offset_m, from_ms: fix.at_ms, to_ms: fix.at_ms, seen: true };
            match (pieces.last_mut(), before) {
                (Some(piece), Some((last, at_ms))) if on.starts.is_none() => {
                    piece.fixes.1 = fix.index;
                    self.drive(piece, (last, at_ms), (on, fix.at_ms));
                }
                _ => {
                    let why = on.starts.unwrap_or(BreakWhy::Start);
                    pieces.push(Piece { why, fixes: (fix.index, fix.index), driven: vec![here] });
                }
            }
            before = Some((on, fix.at_ms));
        }
        pieces
    }

    /// Lengthens a piece by the way between two fixes; times by even speed.
    fn drive(&self, piece: &mut Piece, (from, from_ms): (&OnEdge, i64), (to, to_ms): (&OnEdge, i64)) {
        let Some(open) = piece.driven.last_mut() else { return };
        let length_m = |edge: u32| f64::from(self.search.length_mm(edge)) / 1_000.0;
        if to.path.is_empty() {
            // Noise may lay a fix a little behind the one before.
            open.to_m = open.to_m.max(to.offset_m);
            open.to_ms = to_ms;
            return;
        }
        let turned = to.path.len() == 1 && to.path[0] == self.search.twin(from.edge);
        // Turning back on the line: ahead to where the other direction's spot lies, if that is ahead.
        let first_end = if turned { (length_m(from.edge) - to.offset_m).max(open.to_m) } else { length_m(from.edge) };
        let last_start = if turned { length_m(to.edge) - first_end } else { 0.0 };
        let ahead = (first_end - open.to_m).max(0.0);
        let between: f64 = to.path[..to.path.len() - 1].iter().map(|e| length_m(*e)).sum();
        let whole = (ahead + between + (to.offset_m - last_start).max(0.0)).max(1e-6);
        let when = |metres: f64| from_ms + ((to_ms - from_ms) as f64 * (metres / whole).clamp(0.0, 1.0)).round() as i64;
        open.to_m = first_end;
        open.to_ms = when(ahead);
        let mut metres = ahead;
        for (index, edge) in to.path.iter().enumerate() {
            let last = index + 1 == to.path.len();
            let from_m = if last { last_start.min(to.offset_m) } else { 0.0 };
            let to_m = if last { to.offset_m } else { length_m(*edge) };
            let from_ms = when(metres);
            metres += to_m - from_m;
            let left = if last { to_ms } else { when(metres) };
            piece.driven.push(Driven { edge: *edge, from_m, to_m, from_ms, to_ms: left, seen: last });
        }
    }
}
