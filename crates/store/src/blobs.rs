//! Files by content: the name is the digest of the bytes, so a file is never changed, only added or deleted.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::StoreError;

/// A content-addressed folder.
#[derive(Clone, Debug)]
pub struct Blobs {
    root: PathBuf,
}

impl Blobs {
    /// The folder `root`, made if absent.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(root).map_err(|source| fault(root, source))?;
        Ok(Self { root: root.to_owned() })
    }

    /// Stores `bytes`; their name (hex digest). Storing again changes nothing. The file is synced before its name appears.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn put(&self, bytes: &[u8]) -> Result<String, StoreError> {
        let name = blake3::hash(bytes).to_hex().to_string();
        let path = self.path(&name);
        if path.exists() {
            return Ok(name);
        }
        let folder = path.parent().expect("a blob lies in a folder").to_owned();
        std::fs::create_dir_all(&folder).map_err(|source| fault(&folder, source))?;
        let half = folder.join(format!(".{name}.{}", std::process::id()));
        let write = || -> std::io::Result<()> {
            let mut file = std::fs::File::create(&half)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            std::fs::rename(&half, &path)
        };
        write().map_err(|source| fault(&path, source))?;
        Ok(name)
    }

    /// The bytes of `name`, `None` where there are none or the name is no digest.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        if name.len() != 64 || !name.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Ok(None);
        }
        let path = self.path(name);
        match std::fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(fault(&path, source)),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.join(&name[..2]).join(name)
    }
}

/// Maps a file into memory for reading. The file must not be written while it is mapped: we only ever replace whole files.
///
/// # Errors
/// If it cannot be opened or mapped.
#[allow(unsafe_code)]
pub fn map_file(path: &Path) -> Result<std::sync::Arc<dyn AsRef<[u8]> + Send + Sync>, StoreError> {
    let file = std::fs::File::open(path).map_err(|source| fault(path, source))?;
    // SAFETY: a map is undefined if the file shrinks beneath it. Network files are written beside and renamed over,
    // so the mapped inode never changes.
    let map = unsafe { memmap2::Mmap::map(&file) }.map_err(|source| fault(path, source))?;
    Ok(std::sync::Arc::new(map))
}

/// Writes a whole file beside its place, syncs it and renames it over.
///
/// # Errors
/// If the disk refuses.
pub fn replace_file(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let half = path.with_extension("half");
    let write = || -> std::io::Result<()> {
        let mut file = std::fs::File::create(&half)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&half, path)
    };
    write().map_err(|source| fault(path, source))
}

fn fault(path: &Path, source: std::io::Error) -> StoreError {
    StoreError::File { path: path.display().to_string(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_comes_back_and_a_crooked_name_finds_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path()).unwrap();
        let name = blobs.put(b"photo").unwrap();
        assert_eq!(blobs.put(b"photo").unwrap(), name);
        assert_eq!(blobs.get(&name).unwrap().unwrap(), b"photo");
        assert!(blobs.get("../../etc/passwd").unwrap().is_none());
        assert!(blobs.get(&"0".repeat(64)).unwrap().is_none());
    }
}
