//! The typesetter behind its feature: fonts are found once a process, and a letter never waits on the async runtime.

use std::collections::BTreeMap;

use gongzhi_civic::time::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::error::{AppError, Problem};
use crate::templates::Templates;

/// A letter to be typeset.
#[cfg_attr(not(feature = "paper"), allow(dead_code))] // nobody reads it where nothing typesets
#[derive(Clone, Debug, Default)]
pub(crate) struct Job {
    /// The matter's own files below `letters/`, by path in the matter.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Its template.
    pub main: String,
    /// What templates read; links of `verify` and `track` become QR codes.
    pub data: Value,
    /// Stable name.
    pub identity: String,
    /// Date in the file.
    pub at: Timestamp,
}

/// A letter as typeset.
#[derive(Clone, Debug)]
pub struct Typeset {
    /// The PDF.
    pub pdf: Vec<u8>,
    /// Pages.
    pub pages: usize,
}

/// In what one typeface of the official style is set here.
#[derive(Clone, Debug, Serialize)]
pub struct FontView {
    /// What the style calls it.
    pub typeface: String,
    /// The family used; `None`: nothing fits.
    pub family: Option<String>,
    /// Whether it is the typeface itself and not a stand-in.
    pub proper: bool,
}

/// The files of the city's house style: `letters/style.typ` of the city becomes `style.typ`.
fn house_style(templates: &Templates) -> Result<BTreeMap<String, Vec<u8>>, AppError> {
    let mut files = BTreeMap::new();
    for name in templates.city_names("letters/") {
        if let Some(short) = name.strip_prefix("letters/").filter(|n| n.ends_with(".typ")) {
            files.insert(short.to_owned(), templates.city_file(&name)?.into_bytes());
        }
    }
    Ok(files)
}

/// The files of a matter that its letters may use.
pub(crate) fn letters_of(files: &BTreeMap<String, String>) -> BTreeMap<String, Vec<u8>> {
    files.iter().filter(|(name, _)| name.starts_with("letters/")).map(|(n, t)| (n.clone(), t.clone().into_bytes())).collect()
}

/// The letter of a matter's folder, typeset with the house's sample data.
///
/// # Errors
/// No such letter, or every fault of its template.
pub fn sample_letter(templates: &Templates, files: &BTreeMap<String, String>, template: &str, titled: &Value) -> Result<Typeset, AppError> {
    let read = |name: &str| templates.city_file(&format!("letters/{name}"));
    let mut data: Value =
        serde_json::from_str(&read("sample.json")?).map_err(|e| AppError::Internal(format!("letters/sample.json: {e}")))?;
    if let (Some(data), Some(titled)) = (data.as_object_mut(), titled.as_object()) {
        data.extend(titled.clone());
    }
    let mut own = letters_of(files);
    for when in ["before", "after"] {
        own.insert(format!("photos/{when}-1.svg"), read(&format!("sample-{when}.svg"))?.into_bytes());
    }
    typeset(templates, Job { files: own, main: template.to_owned(), data, identity: "sample".into(), at: Timestamp(0) })
}

#[cfg(feature = "paper")]
mod press {
    use std::sync::OnceLock;

    use gongzhi_civic::text::Text;
    use gongzhi_paper::{Fault, Press, Sheet};

    use super::{AppError, BTreeMap, FontView, Job, Problem, Templates, Typeset, house_style};

    /// Fonts belong to the machine, not to a city: one press a process.
    fn press() -> &'static Press {
        static PRESS: OnceLock<Press> = OnceLock::new();
        PRESS.get_or_init(|| Press::find_fonts(&[]))
    }

    /// The fonts of this machine by typeface.
    #[must_use]
    pub fn fonts() -> Option<Vec<FontView>> {
        let view = |f: gongzhi_paper::FontReport| FontView { typeface: f.role.chinese().to_owned(), family: f.family, proper: f.proper };
        Some(press().fonts().into_iter().map(view).collect())
    }

    pub(crate) fn typeset(templates: &Templates, job: Job) -> Result<Typeset, AppError> {
        let mut files = house_style(templates)?;
        files.extend(job.files);
        for name in ["verify", "track"] {
            if let Some(link) = job.data.pointer(&format!("/{name}/link")).and_then(serde_json::Value::as_str) {
                let svg = gongzhi_paper::qr_svg(link).map_err(|e| AppError::Internal(format!("{link}: {e}")))?;
                files.insert(format!("{name}.svg"), svg.into_bytes());
            }
        }
        let t = job.at.to_jiff().to_zoned(jiff::tz::TimeZone::UTC);
        let part = |n: i8| u8::try_from(n).unwrap_or(0);
        let made_at = (i32::from(t.year()), part(t.month()), part(t.day()), part(t.hour()), part(t.minute()), part(t.second()));
        let sheet = Sheet { files, main: job.main, data: job.data, identity: job.identity, made_at: Some(made_at) };
        let paper = press().pdf(sheet).map_err(|faults| problem(&faults))?;
        Ok(Typeset { pdf: paper.pdf, pages: paper.pages })
    }

    fn problem(faults: &[Fault]) -> AppError {
        let place = |f: &Fault| if f.line > 0 { format!("{}:{}:{}", f.file, f.line, f.column) } else { f.file.clone() };
        let list = |pick: fn(&Text) -> &String| {
            let lines: Vec<String> = faults.iter().map(|f| format!("{} {}", place(f), pick(&f.message)).trim().to_owned()).collect();
            lines.join("\n")
        };
        let mut fields = BTreeMap::new();
        for fault in faults {
            fields.entry(format!("/{}", place(fault))).or_insert_with(|| fault.message.clone());
        }
        let (zh, en) = (list(|t| &t.zh), list(|t| &t.en));
        Problem {
            status: 422,
            code: "letter_fault".into(),
            message: Text::new(format!("文书未能排版：{zh}"), format!("The letter could not be typeset: {en}")),
            fields,
        }
        .into()
    }
}

#[cfg(not(feature = "paper"))]
mod press {
    use super::{AppError, FontView, Job, Problem, Templates, Typeset, house_style};

    /// No typesetter, so no fonts are looked for.
    #[must_use]
    pub fn fonts() -> Option<Vec<FontView>> {
        None
    }

    pub(crate) fn typeset(templates: &Templates, job: Job) -> Result<Typeset, AppError> {
        drop((house_style(templates)?, job));
        Err(Problem::new(
            501,
            "paper_absent",
            "本程序编译时未包含排版功能，无法制作文书。请使用带 paper 特性的版本（默认带有）。",
            "This program was built without the typesetter, so no letter can be made. Use a build with the feature `paper` (it is on by default).",
        )
        .into())
    }
}

pub use press::fonts;
pub(crate) use press::typeset;
