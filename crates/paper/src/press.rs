//! From files and data to a PDF.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use serde_json::Value;
use typst::foundations::{Datetime, Smart};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt as _, comemo};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use crate::fault::Fault;
use crate::fonts::{FontReport, Fonts, Role};
use crate::world::SheetWorld;

/// What to typeset.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// Template files and pictures by path without a leading slash. `data.json` and `fonts.json` are added by the press.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The file to begin with.
    pub main: String,
    /// What templates read as `json("/data.json")`.
    pub data: Value,
    /// Stable name of the document; the PDF's identifier is made of it.
    pub identity: String,
    /// Year, month, day, hour, minute, second in UTC, written into the PDF. The press has no clock.
    pub made_at: Option<(i32, u8, u8, u8, u8, u8)>,
}

/// A typeset document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    /// The PDF.
    pub pdf: Vec<u8>,
    /// Pages.
    pub pages: usize,
    /// Whether it is PDF/A-2u, made to be kept; otherwise plain PDF 1.7 (a character that no font has, for one).
    pub archival: bool,
}

/// What a sheet may take. A template that loops is given up; its thread ends when it ends.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Time for one sheet.
    pub time: Duration,
    /// Bytes of all files and data.
    pub input: usize,
    /// Pages.
    pub pages: usize,
    /// Bytes of the PDF.
    pub output: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { time: Duration::from_secs(20), input: 96 << 20, pages: 200, output: 64 << 20 }
    }
}

/// Stack of a typesetting thread: deep layouts recurse.
const STACK: usize = 16 << 20;

/// How many sheets a memoised result outlives. House style and fonts are used by every sheet, photos by one.
const KEEP: usize = 4;

/// Fonts and library, found once, shared by all sheets.
pub struct Press {
    inner: Arc<Inner>,
}

struct Inner {
    library: LazyHash<Library>,
    fonts: Fonts,
    families: Vec<u8>,
    limits: Limits,
}

impl fmt::Debug for Press {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Press").field("limits", &self.inner.limits).finish_non_exhaustive()
    }
}

impl Press {
    /// A press with the fonts of this machine and of further folders.
    #[must_use]
    pub fn find_fonts(folders: &[PathBuf]) -> Self {
        Self::with(Fonts::find(folders, true), Limits::default())
    }

    /// A press with the fonts of these folders only.
    #[must_use]
    pub fn only_fonts_of(folders: &[PathBuf]) -> Self {
        Self::with(Fonts::find(folders, false), Limits::default())
    }

    /// The same press with other limits.
    #[must_use]
    pub fn limited(self, limits: Limits) -> Self {
        match Arc::try_unwrap(self.inner) {
            Ok(inner) => Self { inner: Arc::new(Inner { limits, ..inner }) },
            Err(inner) => Self { inner },
        }
    }

    fn with(fonts: Fonts, limits: Limits) -> Self {
        let families: BTreeMap<&str, Vec<&str>> = Role::ALL.into_iter().map(|r| (r.as_str(), fonts.of(r))).collect();
        let families = serde_json::to_vec(&families).unwrap_or_default();
        Self { inner: Arc::new(Inner { library: LazyHash::new(Library::default()), fonts, families, limits }) }
    }

    /// Which typeface of the style is set in what.
    #[must_use]
    pub fn fonts(&self) -> Vec<FontReport> {
        self.inner.fonts.report()
    }

    /// Typesets one sheet. Blocks: an async caller runs it on a thread for blocking work.
    ///
    /// # Errors
    /// Every fault of the template, or the limit that was passed.
    pub fn pdf(&self, sheet: Sheet) -> Result<Paper, Vec<Fault>> {
        let limits = self.inner.limits;
        let one = |zh: String, en: String| vec![Fault::without_place(zh, en)];
        if self.inner.fonts.of(Role::Body).is_empty() {
            return Err(one(
                "没有可用的中文字体，无法排版。Debian 请安装 fonts-noto-cjk（运行 gongzhi doctor 查看）。".into(),
                "No Chinese font is installed, so nothing can be typeset. On Debian install fonts-noto-cjk (see gongzhi doctor).".into(),
            ));
        }
        let data =
            serde_json::to_vec(&sheet.data).map_err(|e| one(format!("数据无法写成 JSON：{e}"), format!("the data is no JSON: {e}")))?;
        let size = data.len() + sheet.files.values().map(Vec::len).sum::<usize>();
        if size > limits.input {
            return Err(one(
                format!("文书的内容过大（{size} 字节，上限 {}）。请减少照片。", limits.input),
                format!("The letter's files are too large ({size} bytes, at most {}). Use fewer photos.", limits.input),
            ));
        }
        let inner = self.inner.clone();
        let (send, receive) = mpsc::channel();
        let work = move || {
            // The receiver is gone if the time was up; then nobody wants the answer.
            let _ = send.send(inner.typeset(sheet, data));
        };
        let thread = std::thread::Builder::new().name("press".into()).stack_size(STACK).spawn(work);
        thread.map_err(|e| one(format!("无法启动排版：{e}"), format!("typesetting cannot start: {e}")))?;
        receive.recv_timeout(limits.time).unwrap_or_else(|why| {
            Err(match why {
                mpsc::RecvTimeoutError::Timeout => one(
                    format!("排版超过 {} 秒，已放弃。请检查模板中的循环。", limits.time.as_secs()),
                    format!("Typesetting took longer than {} s and was given up. Look for loops in the template.", limits.time.as_secs()),
                ),
                mpsc::RecvTimeoutError::Disconnected => one("排版程序意外中止。".into(), "The typesetter stopped unexpectedly.".into()),
            })
        })
    }
}

impl Inner {
    fn typeset(&self, sheet: Sheet, data: Vec<u8>) -> Result<Paper, Vec<Fault>> {
        let Sheet { mut files, main, identity, made_at, .. } = sheet;
        files.insert("data.json".into(), data);
        files.insert("fonts.json".into(), self.families.clone());
        let no_main = || vec![Fault::without_place(format!("模板名无效：{main}"), format!("not a name of a template: {main}"))];
        let world = SheetWorld::new(&self.library, &self.fonts, &main, files).ok_or_else(no_main)?;
        let faults = |found: &[typst::diag::SourceDiagnostic]| found.iter().map(|d| Fault::of(&world, d)).collect::<Vec<_>>();
        let document = typst::compile::<PagedDocument>(&world).output.map_err(|found| faults(&found));
        let made = document.and_then(|document| {
            let pages = document.pages().len();
            if pages > self.limits.pages {
                return Err(vec![Fault::without_place(
                    format!("文书有 {pages} 页，超过上限 {} 页。", self.limits.pages),
                    format!("The letter has {pages} pages, more than {}.", self.limits.pages),
                )]);
            }
            let stamp = made_at.and_then(|(y, mo, d, h, mi, s)| Datetime::from_ymd_hms(y, mo, d, h, mi, s)).map(Timestamp::new_utc);
            let options = |standards: PdfStandards| PdfOptions {
                ident: Smart::Custom(identity.clone()),
                creator: Smart::Custom(Some("Gongzhi".into())),
                timestamp: stamp,
                standards,
                ..PdfOptions::default()
            };
            let archival = PdfStandards::new(&[PdfStandard::A_2u]).ok().map(|s| typst_pdf::pdf(&document, &options(s)));
            let (pdf, archival) = match archival {
                Some(Ok(pdf)) => (pdf, true),
                _ => (typst_pdf::pdf(&document, &options(PdfStandards::default())).map_err(|found| faults(&found))?, false),
            };
            if pdf.len() > self.limits.output {
                return Err(vec![Fault::without_place(
                    format!("文书有 {} 字节，超过上限 {}。", pdf.len(), self.limits.output),
                    format!("The letter has {} bytes, more than {}.", pdf.len(), self.limits.output),
                )]);
            }
            Ok(Paper { pdf, pages, archival })
        });
        comemo::evict(KEEP);
        made
    }
}
