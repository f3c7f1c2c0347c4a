//! Videos and documents of cases: taken in, sealed, and served to those who may see a case that holds them.

use gongzhi_civic::permission::{Actor, Scope};
use gongzhi_store::attachments::{self, AttachmentRow};
use gongzhi_store::photos;
use serde_json::{Value, json};

use crate::App;
use crate::error::{AppError, Problem, not_found};
use crate::media::{self, MediaError};

/// A file on its way to somebody who may see it.
#[derive(Clone, Debug)]
pub struct Served {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Media type.
    pub media_type: String,
    /// File name.
    pub name: String,
}

impl App {
    /// Takes an upload in: recognised by its bytes, the original sealed, the clean copy kept under its digest.
    ///
    /// # Errors
    /// Too large, of no known kind, damaged.
    pub async fn take_attachment(&self, bytes: Vec<u8>, name: &str, by: &str) -> Result<Value, AppError> {
        // One at a time: an upload stands in memory twice while it is cleaned.
        let _one = self.cleaning.lock().await;
        let (files, sealed) = (self.blobs.clone(), self.sealed.clone());
        let (kind, hash, original, size) = tokio::task::spawn_blocking(move || -> Result<_, AppError> {
            let kind = media::kind(&bytes).map_err(refused)?;
            let clean = media::clean(kind, &bytes).map_err(refused)?;
            let original = sealed.put(&bytes)?;
            Ok((kind, files.put(&clean)?, original, clean.len()))
        })
        .await
        .map_err(|e| AppError::Internal(e.to_string()))??;
        let row = AttachmentRow {
            hash,
            original,
            media_type: kind.media_type().to_owned(),
            name: file_name(name),
            size: i64::try_from(size).unwrap_or(i64::MAX),
            uploaded_at: self.clock.now().0,
            uploaded_by: by.to_owned(),
        };
        let mut write = self.database.write().await?;
        attachments::put(&mut write, &row).await?;
        write.commit().await?;
        Ok(view(&row))
    }

    /// A video or document for the office.
    ///
    /// # Errors
    /// None of that digest in a case that the actor may see.
    pub async fn attachment(&self, actor: &Actor, hash: &str) -> Result<Served, AppError> {
        let missing = || not_found("这个文件", "file");
        let rows = attachments::by_hashes(&self.database, &[hash.to_owned()]).await?;
        let row = rows.into_iter().next().ok_or_else(missing)?;
        if row.uploaded_by != actor.person {
            self.require_file(actor, hash).await?;
        }
        let blobs = self.blobs.clone();
        let name = row.hash.clone();
        let bytes = tokio::task::spawn_blocking(move || blobs.get(&name)).await.map_err(|e| AppError::Internal(e.to_string()))??;
        Ok(Served { bytes: bytes.ok_or_else(missing)?, media_type: row.media_type, name: row.name })
    }

    /// A photo for the office: whoever may see a case that holds it may see it, and so may who uploaded it.
    ///
    /// # Errors
    /// None of that digest in a case that the actor may see.
    pub async fn office_photo(&self, actor: &Actor, hash: &str) -> Result<(), AppError> {
        let rows = photos::by_hashes(&self.database, &[hash.to_owned()]).await?;
        let row = rows.first().ok_or_else(|| not_found("这张照片", "photo"))?;
        if row.uploaded_by == actor.person { Ok(()) } else { self.require_file(actor, hash).await }
    }

    async fn require_file(&self, actor: &Actor, hash: &str) -> Result<(), AppError> {
        let units = (actor.scope() == Scope::OwnUnits).then(|| self.units_below(&actor.unit));
        if attachments::held_in_sight(&self.database, hash, units.as_deref()).await? {
            Ok(())
        } else {
            Err(not_found("这个文件", "file"))
        }
    }
}

fn refused(error: MediaError) -> AppError {
    let status = if error == MediaError::TooLarge { 413 } else { 422 };
    let text = error.text();
    Problem::new(status, error.code(), text.zh, text.en).into()
}

/// The refusal of an upload that is too large.
#[must_use]
pub fn too_large() -> Problem {
    let text = MediaError::TooLarge.text();
    Problem::new(413, MediaError::TooLarge.code(), text.zh, text.en)
}

/// A name without folders and control characters, of decent length.
fn file_name(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = last.chars().filter(|c| !c.is_control() && !matches!(c, '"' | ';')).take(120).collect();
    if name.trim().is_empty() { "file".to_owned() } else { name }
}

/// An attachment as screens show it, beside photos.
#[must_use]
pub fn view(a: &AttachmentRow) -> Value {
    let kind = if a.media_type.starts_with("video/") { "video" } else { "document" };
    json!({ "hash": a.hash, "kind": kind, "media": a.media_type, "name": a.name, "size": a.size, "url": format!("/api/attachments/{}", a.hash) })
}
