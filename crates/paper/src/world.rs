//! All that a template can reach: the files of one sheet.

use std::collections::BTreeMap;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, World};

use crate::fonts::Fonts;

/// One sheet's world: library, fonts and its own files, nothing else.
pub(crate) struct SheetWorld<'a> {
    library: &'a LazyHash<Library>,
    fonts: &'a Fonts,
    main: FileId,
    files: BTreeMap<String, Bytes>,
}

impl<'a> SheetWorld<'a> {
    /// Paths in `files` have no leading slash.
    pub(crate) fn new(library: &'a LazyHash<Library>, fonts: &'a Fonts, main: &str, files: BTreeMap<String, Vec<u8>>) -> Option<Self> {
        let main = RootedPath::new(VirtualRoot::Project, VirtualPath::new(main).ok()?).intern();
        let files = files.into_iter().map(|(name, bytes)| (name, Bytes::new(bytes))).collect();
        Some(Self { library, fonts, main, files })
    }

    fn find(&self, id: FileId) -> FileResult<&Bytes> {
        if !matches!(id.root(), VirtualRoot::Project) {
            return Err(FileError::Other(Some("packages are not available here".into())));
        }
        let name = id.vpath().get_without_slash();
        self.files.get(name).ok_or_else(|| FileError::NotFound(name.into()))
    }
}

impl World for SheetWorld<'_> {
    fn library(&self) -> &LazyHash<Library> {
        self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.fonts.book
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        let text = self.find(id)?.as_str().map_err(|_| FileError::InvalidUtf8)?.to_owned();
        Ok(Source::new(id, text))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        self.find(id).cloned()
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.font(index)
    }

    /// No clock: the date stands in the data.
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}
