//! How long a letter takes: finding fonts, the first one, and the ones after. `cargo run -p gongzhi-paper --example speed`.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // an example stops where it cannot go on

use std::path::Path;
use std::time::Instant;

use gongzhi_paper::{Press, Sheet, qr_svg};

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../city/letters");
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let start = Instant::now();
    let press = Press::find_fonts(&[]);
    println!("fonts found: {:?}", start.elapsed());
    for letter in ["order", "supervision", "rectification", "review", "closing", "agreement", "card"] {
        let mut times: Vec<_> = (0..20)
            .map(|n| {
                let mut sheet = Sheet {
                    main: "letters/main.typ".into(),
                    identity: format!("{n}"),
                    made_at: Some((2026, 11, 22, 8, 0, 0)),
                    ..Sheet::default()
                };
                for entry in std::fs::read_dir(&folder).unwrap().flatten() {
                    let name = entry.file_name().into_string().unwrap();
                    if name.ends_with(".typ") {
                        sheet.files.insert(name, std::fs::read(entry.path()).unwrap());
                    }
                }
                for when in ["before", "after"] {
                    sheet.files.insert(format!("photos/{when}-1.svg"), read(&format!("sample-{when}.svg")));
                }
                sheet.data = serde_json::from_slice(&read("sample.json")).unwrap();
                // Every letter of a series differs from the one before.
                sheet.data["number"] = format!("测〔2026〕{n}号").into();
                sheet.data["case"]["number"] = format!("AL-2026-{n:06}").into();
                for name in ["verify", "track"] {
                    sheet
                        .files
                        .insert(format!("{name}.svg"), qr_svg(&format!("https://example.test/{name}/{n:032}")).unwrap().into_bytes());
                }
                sheet.files.insert("letters/main.typ".into(), format!("#import \"/base.typ\": *\n#{letter}(data)").into_bytes());
                let start = Instant::now();
                press.pdf(sheet).unwrap();
                start.elapsed()
            })
            .collect();
        let first = times.remove(0);
        times.sort();
        println!("{letter}: first {first:?}, then median {:?}, slowest {:?}", times[times.len() / 2], times[times.len() - 1]);
    }
}
