//! Fonts of this machine, and which of them stand for the typefaces of the official style.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use typst::foundations::Bytes;
use typst::text::{Font, FontBook, FontInfo};
use typst::utils::LazyHash;

/// The typefaces the official style asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// 小标宋: titles and the red head.
    Title,
    /// 仿宋: running text.
    Body,
    /// 黑体: headings of the first level.
    Heading,
    /// 楷体: headings of the second level.
    Kai,
    /// 宋体: page numbers and small print.
    Small,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Title, Self::Body, Self::Heading, Self::Kai, Self::Small];

    /// The name templates use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Body => "body",
            Self::Heading => "heading",
            Self::Kai => "kai",
            Self::Small => "small",
        }
    }

    /// What the style calls it.
    #[must_use]
    pub fn chinese(self) -> &'static str {
        match self {
            Self::Title => "小标宋",
            Self::Body => "仿宋",
            Self::Heading => "黑体",
            Self::Kai => "楷体",
            Self::Small => "宋体",
        }
    }

    /// Families that will do, the best first. The free ones of Debian's `fonts-noto-cjk` come after the typefaces proper.
    #[must_use]
    pub fn families(self) -> &'static [&'static str] {
        match self {
            Self::Title => {
                &["FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05", "方正小标宋简体", "STZhongsong", "Noto Serif CJK SC", "Source Han Serif SC"]
            }
            Self::Body => &["FangSong_GB2312", "FangSong", "STFangsong", "Noto Serif CJK SC", "Source Han Serif SC", "AR PL UMing CN"],
            Self::Heading => &["SimHei", "STHeiti", "Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Zen Hei"],
            Self::Kai => &["KaiTi_GB2312", "KaiTi", "STKaiti", "AR PL UKai CN", "Noto Serif CJK SC", "Source Han Serif SC"],
            Self::Small => &["SimSun", "STSong", "Noto Serif CJK SC", "Source Han Serif SC", "AR PL UMing CN"],
        }
    }

    /// Families that are the typeface itself, not a stand-in.
    fn proper(self) -> usize {
        self.families().iter().position(|f| f.contains("Noto") || f.contains("AR PL")).unwrap_or(0)
    }
}

/// What one typeface of the style is set in on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FontReport {
    /// Which.
    pub role: Role,
    /// The family that is used; `None` if no family of the list is installed.
    pub family: Option<String>,
    /// Whether it is the typeface itself and not a stand-in.
    pub proper: bool,
}

/// Every font found, loaded when first used. A collection file is read once for all its faces.
#[derive(Debug)]
pub(crate) struct Fonts {
    pub(crate) book: LazyHash<FontBook>,
    faces: Vec<Face>,
}

#[derive(Debug)]
struct Face {
    file: Arc<FontFile>,
    index: u32,
    font: OnceLock<Option<Font>>,
}

#[derive(Debug)]
struct FontFile {
    path: PathBuf,
    bytes: OnceLock<Option<Bytes>>,
}

impl Fonts {
    /// Fonts of the system and of further folders.
    pub(crate) fn find(folders: &[PathBuf], system: bool) -> Self {
        let mut database = fontdb::Database::new();
        if system {
            database.load_system_fonts();
        }
        for folder in folders {
            database.load_fonts_dir(folder);
        }
        let mut files: BTreeMap<PathBuf, Arc<FontFile>> = BTreeMap::new();
        let mut faces: Vec<(PathBuf, u32, FontInfo)> = Vec::new();
        for face in database.faces() {
            let (fontdb::Source::File(path) | fontdb::Source::SharedFile(path, _)) = &face.source else { continue };
            if let Some(info) = database.with_face_data(face.id, FontInfo::new).flatten() {
                faces.push((path.clone(), face.index, info));
            }
        }
        // Folders are listed in any order; the choice among equals must not depend on it.
        faces.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
        faces.dedup_by(|a, b| a.0 == b.0 && a.1 == b.1);
        let mut book = FontBook::new();
        let mut slots = Vec::with_capacity(faces.len());
        for (path, index, info) in faces {
            let file = files.entry(path).or_insert_with_key(|p| Arc::new(FontFile { path: p.clone(), bytes: OnceLock::new() })).clone();
            book.push(info);
            slots.push(Face { file, index, font: OnceLock::new() });
        }
        Self { book: LazyHash::new(book), faces: slots }
    }

    pub(crate) fn font(&self, index: usize) -> Option<Font> {
        let face = self.faces.get(index)?;
        face.font.get_or_init(|| Font::new(face.file.bytes()?, face.index)).clone()
    }

    /// The families of a role that are installed, the best first.
    pub(crate) fn of(&self, role: Role) -> Vec<&'static str> {
        role.families().iter().copied().filter(|f| self.book.contains_family(&f.to_lowercase())).collect()
    }

    pub(crate) fn report(&self) -> Vec<FontReport> {
        Role::ALL
            .into_iter()
            .map(|role| {
                let family = self.of(role).first().copied();
                let place = family.and_then(|f| role.families().iter().position(|g| *g == f));
                FontReport { role, family: family.map(str::to_owned), proper: place.is_some_and(|p| p < role.proper()) }
            })
            .collect()
    }
}

impl FontFile {
    fn bytes(&self) -> Option<Bytes> {
        self.bytes.get_or_init(|| read(&self.path).map(Bytes::new)).clone()
    }
}

fn read(path: &Path) -> Option<Vec<u8>> {
    std::fs::read(path).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_any_font_every_role_is_reported_missing() {
        let folder = tempfile::tempdir().unwrap();
        let fonts = Fonts::find(&[folder.path().to_owned()], false);
        let report = fonts.report();
        assert_eq!(report.len(), Role::ALL.len());
        assert!(report.iter().all(|r| r.family.is_none() && !r.proper));
    }

    #[test]
    fn a_stand_in_is_not_called_the_typeface_itself() {
        assert!(Role::ALL.iter().all(|r| r.proper() > 0 && r.proper() < r.families().len()));
        assert_eq!(Role::Body.families()[Role::Body.proper()], "Noto Serif CJK SC");
    }
}
