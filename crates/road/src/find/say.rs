//! From Chinese words to an answer.

use gongzhi_civic::text::Text;

use super::answer::{Answer, Level, Missing, Part, Understood, Verdict};
use super::context::{Context, Travel};
use super::hear::{self, Mention};
use super::lexicon::{Lexicon, ONE_PLACE_M};
use super::phrase::{Found, Offset, Words};
use super::reader::{Guess, Reader};
use super::{Candidate, MOST_CHARACTERS};
use crate::Network;
use crate::linear::StakeText;
use crate::names::{fold_traced, is_chinese};

/// A first answer this sure, from names as they are written, needs no second look.
const SETTLED: f64 = 0.85;
/// A guess below this is not taken for the answer.
const LEAST: f64 = 0.5;
/// Another place this near to the best in confidence makes the answer several.
const RIVAL: f64 = 0.7;

/// A text looked through once: what does not depend on names.
pub(crate) struct Looked<'a> {
    pub(crate) words: Words<'a>,
    pub(crate) masked: Vec<bool>,
    pub(crate) stakes: Vec<Found<f64>>,
    pub(crate) offsets: Vec<Found<Offset>>,
    pub(crate) levels: Vec<Found<Level>>,
    pub(crate) travel: Option<Found<Travel>>,
    pub(crate) corrections: Vec<(usize, usize)>,
}

impl Network {
    /// Where `words` say something happened: a place, several, or what is missing. Words in Latin script are read as records are.
    ///
    /// Understands crossings in every spoken form, roads near roads, sections, stakes, house numbers, landmarks, distances from all these,
    /// flyovers and tunnels, and whole calls with fillers, corrections and places that are not meant; Traditional and Simplified, full and
    /// half width, spoken digits, names misheard, misspelt or shortened. What two roads have in common on the ground decides between readings.
    #[must_use]
    pub fn say_where(&self, words: &str, context: &Context<'_>) -> Answer {
        let cut: String = words.chars().take(MOST_CHARACTERS).collect();
        // A stake needs no Chinese: G220 K12+300.
        if !is_chinese(&cut) && StakeText::find(&cut).is_none() {
            return self.say_where_latin(&cut, context);
        }
        let folded = fold_traced(&cut);
        let text: Vec<char> = folded.iter().map(|(c, _)| *c).collect();
        let lexicon = self.lexicon();
        let words = Words { text: &text };
        let mut masked = words.masked();
        let travel = words.travel();
        if let Some(Found { start, end, value: Travel::Bearing(_) }) = travel {
            // 往东方向 is no 东方路.
            masked.iter_mut().take(end).skip(start).for_each(|m| *m = true);
        }
        let stakes = words.stakes(&masked);
        let looked = Looked {
            offsets: words.offsets(&masked, &stakes),
            levels: words.levels(),
            travel,
            corrections: words.corrections(),
            words,
            masked,
            stakes,
        };
        let written = hear::written(lexicon, &text, &looked.masked);
        let spans: Vec<(usize, usize)> = written.iter().map(|m| (m.start, m.end)).collect();
        let first = Outcome::of(self, lexicon, &looked, written, &[], context);
        let outcome = if first.settled() {
            first
        } else {
            let heard = hear::misheard(lexicon, &text, &looked.masked);
            let second = Outcome::of(self, lexicon, &looked, heard, &spans, context);
            first.or(second)
        };
        outcome.answer(self, &looked, &folded)
    }
}

/// What one set of mentions comes to.
struct Outcome {
    guesses: Vec<Guess>,
    refusal: Option<Verdict>,
    parts: Vec<(usize, usize, Part, String)>,
    level: Option<Found<Level>>,
}

impl Outcome {
    fn of(
        network: &Network,
        lexicon: &Lexicon,
        looked: &Looked<'_>,
        mentions: Vec<Mention>,
        written: &[(usize, usize)],
        context: &Context<'_>,
    ) -> Self {
        let reader = Reader::new(network, lexicon, looked, mentions, written, context);
        let (mut guesses, refusal) = reader.read();
        guesses.sort_by(|a, b| b.confidence.total_cmp(&a.confidence).then(a.place.cmp(&b.place)));
        Self { guesses, refusal, parts: reader.parts(), level: reader.level() }
    }

    fn top(&self) -> f64 {
        self.guesses.first().map_or(0.0, |g| g.confidence)
    }

    fn settled(&self) -> bool {
        self.top() >= SETTLED
    }

    /// The better of the names as written and the names as heard: what is written wins unless hearing explains more.
    fn or(self, heard: Self) -> Self {
        let claimed = matches!(self.refusal, Some(Verdict::NoSuchCrossing { ref unknown, .. }) if unknown.is_empty());
        let by_ear = heard.guesses.first().is_some_and(|g| g.by_sound_only);
        if claimed && self.top() < LEAST {
            // Both names are in the map as they are written: only another name of the very same sound may overrule that.
            return if by_ear && heard.top() >= LEAST { heard } else { self };
        }
        if heard.top() > self.top() || (self.top() < LEAST && heard.top() < LEAST && heard.refusal.is_some()) { heard } else { self }
    }

    fn answer(self, network: &Network, looked: &Looked<'_>, folded: &[(char, u32)]) -> Answer {
        let mut candidates: Vec<Candidate> = Vec::new();
        let mut kept: Vec<Guess> = Vec::new();
        for guess in self.guesses {
            if kept.len() < 8 && kept.iter().all(|k| k.place != guess.place) {
                kept.push(guess);
            }
        }
        let top = kept.first().map_or(0.0, |g| g.confidence);
        let rivals =
            kept.iter().skip(1).filter(|g| g.confidence >= RIVAL * top && super::ground::metres(g.at, kept[0].at) > ONE_PLACE_M).count();
        let verdict = match self.refusal {
            _ if top >= LEAST && rivals == 0 => Verdict::Found,
            Some(refusal) if top < LEAST && (kept.len() < 2 || !matches!(refusal, Verdict::NotEnough { missing: Missing::WhichRoad })) => {
                refusal
            }
            _ if top > 0.0 && rivals > 0 && kept.iter().any(|g| g.one_of_several) => Verdict::Several,
            Some(refusal) => refusal,
            None if top >= LEAST => Verdict::Several,
            None => Verdict::Unknown,
        };
        for guess in kept {
            let Some(found) = network.place(guess.place) else { continue };
            candidates.push(Candidate {
                place: guess.place,
                point: super::ground::point(guess.at),
                name: found.name,
                confidence: (guess.confidence.clamp(0.02, 0.99) * 100.0).round() / 100.0,
                reason: Text::new(guess.zh, guess.en),
            });
        }
        let reason = reason(&verdict, &candidates);
        let mut parts = self.parts;
        if let Some(level) = self.level {
            parts.push((level.start, level.end, Part::Level, String::new()));
        }
        if let Some(travel) = &looked.travel {
            parts.push((travel.start, travel.end, Part::Travel, String::new()));
        }
        parts.sort_by_key(|p| (p.0, p.1));
        let origin = |i: usize| folded.get(i).map_or(0, |(_, at)| *at as usize);
        let understood = parts
            .into_iter()
            .filter(|(from, to, ..)| from < to)
            .map(|(from, to, part, read_as)| Understood { from: origin(from), to: origin(to - 1) + 1, part, read_as })
            .collect();
        Answer {
            verdict,
            candidates,
            understood,
            level: self.level.map(|l| l.value),
            travel: looked.travel.as_ref().map(|t| t.value.clone()),
            reason,
        }
    }
}

pub(super) fn reason(verdict: &Verdict, candidates: &[Candidate]) -> Text {
    match verdict {
        Verdict::Found => candidates.first().map(|c| c.reason.clone()).unwrap_or_default(),
        Verdict::Several => Text::new(
            format!("有 {} 处都符合，请问是哪一处？", candidates.len()),
            format!("{} places fit: which of them is it?", candidates.len()),
        ),
        Verdict::NoSuchCrossing { roads, unknown, nearest } => {
            let (mut zh, mut en) = match (roads.as_slice(), unknown.as_slice()) {
                (known, [first, ..]) => (
                    format!("路网中没有“{first}”{}", known.first().map_or(String::new(), |k| format!("，“{k}”是有的"))),
                    format!(
                        "the network has no road “{first}”{}",
                        known.first().map_or(String::new(), |k| format!("; it does have “{k}”"))
                    ),
                ),
                ([a, b, ..], _) => (format!("“{a}”与“{b}”在路网中不相交"), format!("“{a}” and “{b}” do not meet in the network")),
                _ => ("没有这个路口".to_owned(), "there is no such crossing".to_owned()),
            };
            if let Some((_, gap)) = nearest {
                zh.push_str(&format!("，最近处相距约 {gap:.0} 米"));
                en.push_str(&format!("; they come within about {gap:.0} m"));
            }
            Text::new(zh, en)
        }
        Verdict::NotEnough { missing } => missing.question(),
        Verdict::Unknown => Text::new("没有听出路网中的地点", "no place of the network is said"),
    }
}
