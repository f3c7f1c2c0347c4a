//! Letters of the house, typeset and read back.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test or an example stops where it cannot go on

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gongzhi_paper::{Limits, Press, Role, Sheet, qr_svg};
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A press, or nothing where this machine has no Chinese font; then it is said aloud.
fn press() -> Option<Press> {
    let press = Press::find_fonts(&[]);
    let body = press.fonts().into_iter().any(|f| f.role == Role::Body && f.family.is_some());
    if !body {
        println!("SKIPPED: no Chinese font (Debian: fonts-noto-cjk)");
    }
    body.then_some(press)
}

/// The house style, its sample data and pictures, and a main file.
fn sheet(main: &str) -> Sheet {
    let folder = root().join("city/letters");
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(&folder).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        if name.ends_with(".typ") {
            files.insert(name, std::fs::read(entry.path()).unwrap());
        }
    }
    for when in ["before", "after"] {
        files.insert(format!("photos/{when}-1.svg"), std::fs::read(folder.join(format!("sample-{when}.svg"))).unwrap());
    }
    files.insert("letters/main.typ".into(), main.as_bytes().to_vec());
    let data: Value = serde_json::from_slice(&std::fs::read(folder.join("sample.json")).unwrap()).unwrap();
    for name in ["verify", "track"] {
        files.insert(format!("{name}.svg"), qr_svg(data[name]["link"].as_str().unwrap()).unwrap().into_bytes());
    }
    Sheet { files, main: "letters/main.typ".into(), data, identity: "sample".into(), made_at: Some((2026, 11, 22, 8, 20, 0)) }
}

/// The text a reader copies out of the PDF, without white space: lines break anywhere.
fn text_of(pdf: &[u8]) -> String {
    let document = lopdf::Document::load_mem(pdf).unwrap();
    let pages: Vec<u32> = document.get_pages().keys().copied().collect();
    document.extract_text(&pages).unwrap().chars().filter(|c| !c.is_whitespace()).collect()
}

#[test]
fn every_letter_of_the_house_is_typeset_and_its_chinese_can_be_copied_out() {
    let Some(press) = press() else { return };
    let letters = [
        ("order", "请按本单要求签收、办理，并在期限内报送结果。"),
        ("supervision", "“整改时限”应于2026-11-2524:00前完成，至今未办结。现予督办。"),
        ("rectification", "期间不停止采取必要的防护措施。"),
        ("review", "夜间到场查看，三盏灯均已点亮，路口可见度良好，同意销号。"),
        ("closing", "不属于本单位职责：灯具由城管维护，我司只负责供电到箱变"),
        ("agreement", "双方可以自协议生效之日起三十日内共同向有管辖权的人民法院申请司法确认。"),
        ("card", "办得好不好，您说了算。"),
    ];
    for (letter, sentence) in letters {
        let paper = press.pdf(sheet(&format!("#import \"/base.typ\": *\n#{letter}(data)\n"))).unwrap_or_else(|f| panic!("{letter}: {f:?}"));
        assert!(paper.archival, "{letter} is not PDF/A");
        let text = text_of(&paper.pdf);
        assert!(text.contains(sentence), "{letter}: {text}");
        assert!(text.contains("合成演示数据"), "{letter} does not say that its data is made up");
        assert!(text.contains("AL-2026-000123"), "{letter} does not name its case");
        assert!(text.contains("2026年11月22日"), "{letter} has no date");
        if letter != "card" {
            assert!(text.contains("明交安办交〔2026〕3号") && text.contains("扫码验真") && text.contains("盖章处"), "{letter}: {text}");
        }
    }
}

#[test]
fn every_letter_of_every_matter_is_typeset_with_the_sample() {
    let Some(press) = press() else { return };
    let mut tried = 0;
    for matter in std::fs::read_dir(root().join("matters")).unwrap().flatten() {
        let Ok(letters) = std::fs::read_dir(matter.path().join("letters")) else { continue };
        let texts: Vec<(String, Vec<u8>)> =
            letters.flatten().map(|l| (l.file_name().into_string().unwrap(), std::fs::read(l.path()).unwrap())).collect();
        for (name, _) in texts.iter().filter(|(name, _)| name.ends_with(".typ")) {
            let mut sheet = sheet("");
            sheet.files.extend(texts.iter().map(|(n, t)| (format!("letters/{n}"), t.clone())));
            sheet.main = format!("letters/{name}");
            press.pdf(sheet).unwrap_or_else(|f| panic!("{}/{name}: {f:?}", matter.path().display()));
            tried += 1;
        }
    }
    assert!(tried >= 6, "only {tried} letters were found");
}

#[test]
fn a_fault_names_file_line_and_reason_in_both_languages() {
    let Some(press) = press() else { return };
    let faults = press.pdf(sheet("#import \"/base.typ\": *\n\n#ordr(data)\n")).unwrap_err();
    assert_eq!((faults[0].file.as_str(), faults[0].line, faults[0].column), ("letters/main.typ", 3, 2));
    assert!(faults[0].message.zh.contains("没有这个名称"), "{faults:?}");
    assert!(faults[0].message.en.contains("unknown variable: ordr"), "{faults:?}");

    let faults = press.pdf(sheet("#import \"/base.typ\": *\n#data.case.colour\n")).unwrap_err();
    assert_eq!(faults[0].line, 2, "{faults:?}");
    assert!(faults[0].message.zh.contains("数据中没有这一项"), "{faults:?}");
}

#[test]
fn a_fault_inside_the_house_style_names_the_caller_too() {
    let Some(press) = press() else { return };
    let faults = press.pdf(sheet("#import \"/base.typ\": *\n#let wrong = 5\n#order(wrong)\n")).unwrap_err();
    assert_eq!(faults[0].file, "order.typ", "{faults:?}");
    assert!(faults[0].message.zh.contains("letters/main.typ 第 3 行"), "{faults:?}");
}

#[test]
fn a_template_reaches_nothing_but_its_own_files() {
    let Some(press) = press() else { return };
    for (line, word) in [
        ("#read(\"/etc/passwd\")", "没有这个文件"),
        ("#read(\"../../Cargo.toml\")", "排版未完成"),
        ("#import \"@preview/cetz:0.3.1\"", "此处不能使用外部软件包"),
        ("#datetime.today()", "排版未完成"),
    ] {
        let faults = press.pdf(sheet(line)).unwrap_err();
        assert_eq!(faults[0].line, 1, "{line}: {faults:?}");
        assert!(faults[0].message.zh.contains(word), "{line}: {faults:?}");
    }
}

#[test]
fn the_same_sheet_gives_the_same_bytes() {
    let Some(press) = press() else { return };
    let once = press.pdf(sheet("#import \"/base.typ\": *\n#order(data)")).unwrap();
    let again = Press::find_fonts(&[]).pdf(sheet("#import \"/base.typ\": *\n#order(data)")).unwrap();
    assert_eq!(once, again);
}

#[test]
fn a_character_without_a_glyph_costs_the_archive_mark_and_not_the_letter() {
    let Some(press) = press() else { return };
    // A private character that no font has.
    let paper = press.pdf(sheet("编号 \u{F8123} 完")).unwrap();
    assert!(!paper.archival);
    assert!(text_of(&paper.pdf).contains("编号"));
}

#[test]
fn too_many_pages_too_much_data_and_an_endless_loop_are_given_up() {
    let Some(press) = press() else { return };
    let press = press.limited(Limits { pages: 3, time: Duration::from_millis(300), input: 1 << 20, ..Limits::default() });
    let endless = "#{ let i = 0; while i < 9999 { let j = 0; while j < 9999 { let k = 0; while k < 9999 { k += 1 }; j += 1 }; i += 1 } }";
    let faults = press.pdf(sheet(endless)).unwrap_err();
    assert!(faults[0].message.zh.contains("请检查模板中的循环"), "{faults:?}");
    let mut large = sheet("x");
    large.files.insert("photos/before-2.jpg".into(), vec![0; 2 << 20]);
    assert!(press.pdf(large).unwrap_err()[0].message.zh.contains("请减少照片"));
    let press = Press::find_fonts(&[]).limited(Limits { pages: 3, ..Limits::default() });
    assert!(press.pdf(sheet("#for i in range(4) [x #pagebreak()]")).unwrap_err()[0].message.en.contains("5 pages"));
}

#[test]
fn without_a_chinese_font_it_says_what_to_install() {
    let folder = tempfile::tempdir().unwrap();
    let faults = Press::only_fonts_of(&[folder.path().to_owned()]).pdf(sheet("x")).unwrap_err();
    assert!(faults[0].message.zh.contains("fonts-noto-cjk") && faults[0].message.en.contains("fonts-noto-cjk"));
}
