//! The picture and the sheet: complete, well-formed, and no word on another.

use gongzhi_civic::text::Language;
use gongzhi_matter::{Definition, explain};

/// The texts of an SVG with their places: (x, y, width on the safe side, height, words).
fn texts(svg: &str) -> Vec<(f64, f64, f64, f64, String)> {
    svg.split("<text class=\"")
        .skip(1)
        .map(|piece| {
            let attribute = |name: &str| {
                let start = piece.find(&format!("{name}=\"")).unwrap() + name.len() + 2;
                piece[start..start + piece[start..].find('"').unwrap()].parse::<f64>().unwrap()
            };
            let size = match &piece[..piece.find('"').unwrap()] {
                "head" => 20.0,
                "name" => 16.0,
                _ => 12.0,
            };
            let words = &piece[piece.find('>').unwrap() + 1..piece.find("</text>").unwrap()];
            let wide: f64 = words.chars().map(|c| if u32::from(c) >= 0x2E80 { 1.0 } else { 0.5 }).sum();
            (attribute("x"), attribute("y"), wide * size, size, words.to_owned())
        })
        .collect()
}

fn check(definition: &Definition, language: Language) {
    let svg = explain::svg(definition, language);
    // Every opened element is closed; every stage and every moving action stands in it.
    assert_eq!(svg.matches("<svg").count(), svg.matches("</svg>").count());
    assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count());
    for stage in &definition.stages {
        assert!(svg.contains(&stage.label.get(language).replace('&', "&amp;")), "{} is not in the picture", stage.id);
    }
    assert!(!svg.contains("http://") || svg.matches("http://").count() == 1, "nothing is loaded from elsewhere");
    let found = texts(&svg);
    for (i, a) in found.iter().enumerate() {
        for b in &found[i + 1..] {
            let apart = a.0 + a.2 <= b.0 || b.0 + b.2 <= a.0 || a.1 <= b.1 - b.3 * 0.9 || b.1 <= a.1 - a.3 * 0.9;
            assert!(apart, "{}: “{}” lies on “{}”", definition.id, a.4, b.4);
        }
    }
}

#[test]
fn no_word_lies_on_another_in_any_shipped_matter() {
    for (_, files) in crate::matters() {
        let definition = crate::load(&files);
        for language in [Language::Zh, Language::En] {
            check(&definition, language);
        }
    }
    check(&crate::fixture("joint").1, Language::En);
}

#[test]
fn the_sheet_says_who_what_when_and_on_what_ground() {
    let (_, definition) = crate::sample();
    let sheet = explain::html(&definition, Language::Zh);
    for action in &definition.actions {
        assert!(sheet.contains(&format!("<strong>{}</strong>", action.label.zh)), "{}", action.id);
    }
    for clock in &definition.clocks {
        assert!(sheet.contains(&clock.label.zh), "{}", clock.id);
    }
    for words in ["未确认，由城市确定", "未核对", "签字、盖章", "不得与“提交复查”为同一单位", "逾期 2 个工作日：督办 → 领导", "<svg"]
    {
        assert!(sheet.contains(words), "{words} is not in the sheet");
    }
    // A condition's `<` is text, not an element.
    assert!(sheet.contains("severity &lt; 4"));
    for tag in ["table", "tr", "td", "th", "div", "h2", "p"] {
        let opened = sheet.matches(&format!("<{tag}>")).count() + sheet.matches(&format!("<{tag} ")).count();
        assert_eq!(opened, sheet.matches(&format!("</{tag}>")).count(), "<{tag}>");
    }
    let english = explain::html(&definition, Language::En);
    assert!(english.contains("not by the unit that did") && english.contains("unconfirmed"));
}
