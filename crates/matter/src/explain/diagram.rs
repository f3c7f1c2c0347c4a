//! The picture of a matter's course as SVG: stages with their clocks and ladders, and every way between them.

use std::fmt::Write as _;

use gongzhi_civic::text::{Language, Text};

use super::layout::{Arrow, arrows, rows, tracks, width, wrap};
use super::{budget_words, deed_word, escape, rung_word};
use crate::definition::{Base, Clock, Deed, Definition, Stage, Verb};

const BOX: f64 = 320.0;
const PAD: f64 = 14.0;
const PORT: f64 = 24.0;
const TRACK: f64 = 14.0;
const GAP: f64 = 46.0;
const SMALL: f64 = 12.0;
const LABEL: f64 = 12.0;

const STYLE: &str = "
.page{fill:var(--page)}.box{fill:var(--box);stroke:var(--line);stroke-width:1.2}.end{stroke-width:2.4}
.name{font-size:16px;font-weight:600;fill:var(--ink)}.small{font-size:12px;fill:var(--soft)}.label{font-size:12px;fill:var(--ink)}
.head{font-size:20px;font-weight:700;fill:var(--ink)}.way{fill:none;stroke:var(--way);stroke-width:1.4}.back{fill:none;stroke:var(--back);stroke-width:1.4;stroke-dasharray:5 3}
.bar{fill:var(--bar)}.late{fill:var(--late)}.tick{stroke:var(--ink);stroke-width:2}.chip{fill:var(--chip)}.tipw{fill:var(--way)}.tipb{fill:var(--back)}
svg{--page:#ffffff;--box:#f6f8fb;--line:#5b6b80;--ink:#16202e;--soft:#43526a;--way:#1b5fa8;--back:#a1521b;--bar:#b9d2ee;--late:#f0c3ae;--chip:#dde6f1}
@media (prefers-color-scheme:dark){svg{--page:#10161f;--box:#1a2430;--line:#8fa3bd;--ink:#eef3f9;--soft:#b9c6d8;--way:#7db8f5;--back:#f0a878;--bar:#35577d;--late:#7a4630;--chip:#2a3848}}
";

/// One stage as drawn.
struct Placed<'d> {
    stage: &'d Stage,
    top: f64,
    height: f64,
    clocks: Vec<ClockBlock<'d>>,
    staying: Vec<String>,
}

struct ClockBlock<'d> {
    clock: &'d Clock,
    lines: Vec<String>,
    rungs: Vec<String>,
}

/// The picture in one language. It stands alone: no font, script or image from elsewhere; it follows light and dark.
#[must_use]
pub fn svg(definition: &Definition, language: Language) -> String {
    let order = rows(definition);
    let arrows = arrows(definition, &order);
    let label = |arrow: &Arrow| label(definition, arrow, language);
    let side = |back: bool| arrows.iter().filter(move |a| !a.straight() && a.back() == back).collect::<Vec<_>>();
    let (right, left) = (side(false), side(true));
    let widest = |list: &[&Arrow]| list.iter().map(|a| width(&label(a), LABEL)).fold(0.0, f64::max) + 18.0;
    let (label_right, label_left) = (widest(&right), widest(&left));

    let mut placed: Vec<Placed<'_>> = Vec::new();
    let head = wrap(definition.title.get(language), 20.0, 600.0).len();
    #[allow(clippy::cast_precision_loss)] // a handful of lines and ports
    let mut y = 40.0 + head as f64 * 26.0 + 26.0;
    for (row, id) in order.iter().enumerate() {
        let Some(stage) = definition.stage(id) else { continue };
        let ports = |list: &[&Arrow]| list.iter().filter(|a| a.from == row || a.to == row).count();
        let block = place(definition, stage, language);
        let inner = content_height(&block);
        #[allow(clippy::cast_precision_loss)]
        let height = inner.max(ports(&right).max(ports(&left)) as f64 * PORT + 12.0);
        placed.push(Placed { top: y, height, ..block });
        y += height + GAP;
    }
    let bottom = y - GAP + 20.0;

    // Ports: on each side of a box every arrow has its own height, in the order of where it goes.
    let port = |list: &[&Arrow], row: usize, which: usize| -> f64 {
        let mut here: Vec<usize> = (0..list.len()).filter(|i| list[*i].from == row || list[*i].to == row).collect();
        here.sort_by_key(|i| (list[*i].from == row, if list[*i].from == row { list[*i].to } else { list[*i].from }));
        let place = here.iter().position(|i| *i == which).unwrap_or(0);
        #[allow(clippy::cast_precision_loss)]
        let (n, k) = (here.len() as f64, place as f64);
        placed[row].top + placed[row].height / 2.0 + (k - (n - 1.0) / 2.0) * PORT
    };
    let spans = |list: &[&Arrow]| -> Vec<(f64, f64)> {
        list.iter().enumerate().map(|(i, a)| (port(list, a.from, i), port(list, a.to, i))).map(|(a, b)| (a.min(b), a.max(b))).collect()
    };
    let (tracks_right, tracks_left) = (tracks(&spans(&right)), tracks(&spans(&left)));
    #[allow(clippy::cast_precision_loss)]
    let room = |tracks: &[usize]| tracks.iter().max().map_or(0.0, |t| (*t as f64 + 1.0) * TRACK);
    let box_left = 24.0 + if left.is_empty() { 0.0 } else { room(&tracks_left) + label_left };
    let box_right = box_left + BOX;
    let page = (box_right + if right.is_empty() { 0.0 } else { room(&tracks_right) + label_right } + 24.0).max(660.0);

    let mut out = String::new();
    let title = escape(definition.title.get(language));
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {page:.0} {bottom:.0}\" width=\"{page:.0}\" height=\"{bottom:.0}\" role=\"img\" \
         aria-label=\"{title}\" font-family=\"'Noto Sans CJK SC','Source Han Sans SC','PingFang SC','Microsoft YaHei',sans-serif\"><title>{title}</title><style>{STYLE}</style>\
         <defs><marker id=\"w\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\"><path class=\"tipw\" d=\"M0 0 8 4 0 8z\"/></marker>\
         <marker id=\"b\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\"><path class=\"tipb\" d=\"M0 0 8 4 0 8z\"/></marker></defs>\
         <rect class=\"page\" width=\"100%\" height=\"100%\"/>"
    );
    for (i, line) in wrap(definition.title.get(language), 20.0, 600.0).iter().enumerate() {
        #[allow(clippy::cast_precision_loss)]
        let y = 40.0 + i as f64 * 26.0;
        text(&mut out, "head", 24.0, y, line);
    }
    let note = Text::new(
        format!(
            "第 {} 版 · 实线向前，虚线退回 · {}",
            definition.version,
            &definition.content_hash[..12.min(definition.content_hash.len())]
        ),
        format!(
            "version {} · solid: onward, dashed: back · {}",
            definition.version,
            &definition.content_hash[..12.min(definition.content_hash.len())]
        ),
    );
    #[allow(clippy::cast_precision_loss)]
    let note_at = 40.0 + head as f64 * 26.0 - 4.0;
    text(&mut out, "small", 24.0, note_at, note.get(language));
    for block in &placed {
        draw_box(&mut out, definition, block, box_left, language);
    }
    let middle = box_left + BOX / 2.0;
    for arrow in arrows.iter().filter(|a| a.straight()) {
        let (from, to) = (&placed[arrow.from], &placed[arrow.to]);
        let (y1, y2) = (from.top + from.height, to.top);
        let _ = write!(out, "<path class=\"way\" marker-end=\"url(#w)\" d=\"M{middle:.1} {y1:.1}V{y2:.1}\"/>");
        text(&mut out, "label", middle + 10.0, f64::midpoint(y1, y2) + 4.0, &label(arrow));
    }
    #[allow(clippy::cast_precision_loss)]
    for (i, arrow) in right.iter().enumerate() {
        let (y1, y2) = (port(&right, arrow.from, i), port(&right, arrow.to, i));
        let x = box_right + label_right + tracks_right[i] as f64 * TRACK;
        let _ = write!(out, "<path class=\"way\" marker-end=\"url(#w)\" d=\"M{box_right:.1} {y1:.1}H{x:.1}V{y2:.1}H{box_right:.1}\"/>");
        text(&mut out, "label", box_right + 8.0, y1 - 5.0, &label(arrow));
    }
    #[allow(clippy::cast_precision_loss)]
    for (i, arrow) in left.iter().enumerate() {
        let (y1, y2) = (port(&left, arrow.from, i), port(&left, arrow.to, i));
        let x = box_left - label_left - tracks_left[i] as f64 * TRACK;
        let _ = write!(out, "<path class=\"back\" marker-end=\"url(#b)\" d=\"M{box_left:.1} {y1:.1}H{x:.1}V{y2:.1}H{box_left:.1}\"/>");
        let words = label(arrow);
        text(&mut out, "label", box_left - 8.0 - width(&words, LABEL), y1 - 5.0, &words);
    }
    out.push_str("</svg>\n");
    out
}

/// The buttons of an arrow; with more than three, the first three and how many more.
fn label(definition: &Definition, arrow: &Arrow, language: Language) -> String {
    let names: Vec<&str> = arrow.actions.iter().filter_map(|i| definition.actions.get(*i)).map(|a| a.label.get(language)).collect();
    let shown = names.iter().take(3).copied().collect::<Vec<_>>().join(" / ");
    match names.len().saturating_sub(3) {
        0 => shown,
        more => format!("{shown} +{more}"),
    }
}

fn place<'d>(definition: &'d Definition, stage: &'d Stage, language: Language) -> Placed<'d> {
    let limit = BOX - 2.0 * PAD;
    let clocks = stage
        .clocks
        .iter()
        .filter_map(|id| definition.clock(id))
        .map(|clock| {
            let line = format!("{} · {}", clock.label.get(language), budget_words(clock, language));
            let rungs: Vec<String> =
                clock.ladder.iter().map(|r| format!("{} {}", rung_word(&r.at).get(language), deed_word(r.deed).get(language))).collect();
            ClockBlock {
                clock,
                lines: wrap(&line, SMALL, limit),
                rungs: if rungs.is_empty() { Vec::new() } else { wrap(&rungs.join(" · "), SMALL, limit) },
            }
        })
        .collect();
    let staying: Vec<&str> = definition
        .actions
        .iter()
        .filter(|a| a.verb != Verb::Open && a.from.contains(&stage.id) && (a.to.is_empty() || a.to == stage.id))
        .filter(|a| !(a.verb == Verb::Resume && a.to.is_empty()))
        .map(|a| a.label.get(language))
        .collect();
    let words = Text::new(format!("还可：{}", staying.join("、")), format!("also: {}", staying.join(", ")));
    let staying = if staying.is_empty() { Vec::new() } else { wrap(words.get(language), SMALL, limit) };
    Placed { stage, top: 0.0, height: 0.0, clocks, staying }
}

#[allow(clippy::cast_precision_loss)] // lines of text
fn content_height(block: &Placed<'_>) -> f64 {
    let clocks: f64 = block
        .clocks
        .iter()
        .map(|c| c.lines.len() as f64 * 17.0 + if c.rungs.is_empty() { 0.0 } else { 16.0 + c.rungs.len() as f64 * 17.0 } + 6.0)
        .sum();
    let staying = if block.staying.is_empty() { 0.0 } else { block.staying.len() as f64 * 17.0 + 6.0 };
    36.0 + clocks + staying + 10.0
}

fn draw_box(out: &mut String, definition: &Definition, block: &Placed<'_>, left: f64, language: Language) {
    let ends = block.stage.base.is_final();
    let (radius, class) = if ends { (18.0, "box end") } else { (6.0, "box") };
    let _ = write!(
        out,
        "<rect class=\"{class}\" x=\"{left:.1}\" y=\"{:.1}\" width=\"{BOX:.1}\" height=\"{:.1}\" rx=\"{radius}\"/>",
        block.top, block.height
    );
    let (x, mut y) = (left + PAD, block.top + 25.0);
    text(out, "name", x, y, block.stage.label.get(language));
    let base = base_word(block.stage.base);
    let word = base.get(language);
    let chip = width(word, 11.0) + 14.0;
    let _ = write!(
        out,
        "<rect class=\"chip\" x=\"{:.1}\" y=\"{:.1}\" width=\"{chip:.1}\" height=\"18\" rx=\"9\"/>",
        left + BOX - PAD - chip,
        y - 14.0
    );
    text(out, "small", left + BOX - PAD - chip + 7.0, y - 1.0, word);
    y += 22.0;
    for clock in &block.clocks {
        for line in &clock.lines {
            text(out, "small", x, y, line);
            y += 17.0;
        }
        if !clock.rungs.is_empty() {
            bar(out, clock.clock, x, y - 9.0, BOX - 2.0 * PAD);
            y += 16.0;
            for line in &clock.rungs {
                text(out, "small", x, y, line);
                y += 17.0;
            }
        }
        y += 6.0;
    }
    for line in &block.staying {
        text(out, "small", x, y, line);
        y += 17.0;
    }
    let _ = definition;
}

/// Three quarters of the bar are the time there is, the rest is being late; ticks are the rungs.
fn bar(out: &mut String, clock: &Clock, x: f64, y: f64, whole: f64) {
    let due = whole * 0.75;
    let _ = write!(
        out,
        "<rect class=\"bar\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{due:.1}\" height=\"7\"/><rect class=\"late\" x=\"{:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"7\"/>",
        x + due,
        whole - due
    );
    let late: Vec<&str> = clock.ladder.iter().map(|r| r.at.as_str()).filter(|at| at.starts_with('+')).collect();
    for rung in &clock.ladder {
        #[allow(clippy::cast_precision_loss)]
        let at = match rung.at.strip_suffix('%').and_then(|p| p.parse::<f64>().ok()) {
            Some(percent) => due * percent / 100.0,
            None if rung.at == "due" => due,
            None => {
                let place = late.iter().position(|l| *l == rung.at).unwrap_or(0) as f64 + 1.0;
                due + (whole - due) * place / (late.len() as f64 + 0.5)
            }
        };
        let height = if matches!(rung.deed, Deed::Remind) { 9.0 } else { 13.0 };
        let _ = write!(out, "<path class=\"tick\" d=\"M{:.1} {:.1}v{height}\"/>", x + at, y - (height - 7.0) / 2.0);
    }
}

fn text(out: &mut String, class: &str, x: f64, y: f64, words: &str) {
    let _ = write!(out, "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>", escape(words));
}

fn base_word(base: Base) -> Text {
    match base {
        Base::Intake => Text::new("受理", "intake"),
        Base::Locate => Text::new("定位", "locate"),
        Base::Route => Text::new("交办", "route"),
        Base::Handle => Text::new("办理", "handle"),
        Base::Review => Text::new("复查", "review"),
        Base::Done => Text::new("办结", "done"),
        Base::Cancelled => Text::new("终止", "cancelled"),
        Base::Hold => Text::new("暂停", "hold"),
    }
}
