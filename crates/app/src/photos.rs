//! Photos: cleaned for everybody, the original sealed for evidence.

use gongzhi_store::photos::{self, PhotoRow};
use serde_json::{Value, json};

use crate::App;
use crate::error::{AppError, Problem, not_found};
use crate::photo;

/// Largest upload, bytes.
pub const LARGEST: usize = photo::MAX_BYTES;

impl App {
    /// Takes an uploaded picture: metadata read into fields and stripped, original sealed.
    ///
    /// # Errors
    /// No picture, too large, cut off.
    pub async fn take_photo(&self, bytes: Vec<u8>, by: &str) -> Result<Value, AppError> {
        if bytes.len() > LARGEST {
            return Err(too_large().into());
        }
        let (processed, bytes) = tokio::task::spawn_blocking(move || photo::take_in(&bytes).map(|p| (p, bytes)))
            .await
            .map_err(|e| AppError::Internal(e.to_string()))?
            .map_err(|e| Problem { status: 422, code: e.code().to_owned(), message: e.text(), fields: Default::default() })?;
        let original = self.sealed.put(&bytes)?;
        let hash = self.blobs.put(&processed.clean)?;
        let row = PhotoRow {
            hash: hash.clone(),
            original,
            width: i64::from(processed.width),
            height: i64::from(processed.height),
            taken_at: processed.taken_at.map(|t| t.local.to_string()),
            lon: processed.taken_point.map(|p| p.lon),
            lat: processed.taken_point.map(|p| p.lat),
            uploaded_at: self.clock.now().0,
            uploaded_by: by.to_owned(),
        };
        let mut write = self.database.write().await?;
        photos::put(&mut write, &row).await?;
        write.commit().await?;
        Ok(view(&row))
    }

    /// A clean picture's bytes (JPEG), whole or small.
    ///
    /// # Errors
    /// No such picture.
    pub fn photo_bytes(&self, hash: &str, thumb: bool) -> Result<Vec<u8>, AppError> {
        let whole = self.blobs.get(hash)?.ok_or_else(|| not_found("这张照片", "photo"))?;
        if thumb { Ok(photo::thumbnail(&whole).unwrap_or(whole)) } else { Ok(whole) }
    }
}

/// The refusal of an upload that is too large.
#[must_use]
pub fn too_large() -> Problem {
    Problem::new(413, "photo_too_large", "照片超过 20 MB，请压缩后再上传。", "The photo is larger than 20 MB; make it smaller.")
}

/// A photo as screens show it.
#[must_use]
pub fn view(p: &PhotoRow) -> Value {
    json!({
        "hash": p.hash, "kind": "photo", "width": p.width, "height": p.height, "taken_at": p.taken_at,
        "taken_place": p.lon.zip(p.lat).map(|(lon, lat)| json!({ "lon": lon, "lat": lat })), "url": format!("/api/photos/{}", p.hash),
    })
}
