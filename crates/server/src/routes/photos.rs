//! Photos in and out.

use axum::Router;
use axum::extract::multipart::MultipartError;
use axum::extract::{DefaultBodyLimit, Multipart, Path, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use gongzhi_app::Problem;
use gongzhi_app::photos::{LARGEST, too_large};
use gongzhi_civic::text::Language;
use serde::Deserialize;

use crate::Shared;
use crate::answer::{Answer, Ask, Lang, Or as _, Refused, Who, created};

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/api/photos", post(take))
        .route("/api/public/photos", post(take_public))
        .layer(DefaultBodyLimit::max(LARGEST + 64 * 1024))
        .route("/api/photos/{hash}", get(show))
        .route("/api/public/cases/{token}/photos/{hash}", get(show_public))
}

async fn take(State(shared): State<Shared>, Who(actor, language): Who, parts: Multipart) -> Answer {
    let bytes = file(parts, language).await?;
    Ok(created(shared.app.take_photo(bytes, &actor.person).await.or_refuse(language)?))
}

async fn take_public(State(shared): State<Shared>, Lang(language): Lang, parts: Multipart) -> Answer {
    let bytes = file(parts, language).await?;
    Ok(created(shared.app.take_photo(bytes, "reporter").await.or_refuse(language)?))
}

async fn file(mut parts: Multipart, language: Language) -> Result<Vec<u8>, Refused> {
    let cut = |e: MultipartError| {
        let p = if e.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
            too_large()
        } else {
            Problem::new(400, "upload_broken", "上传中断，请重试。", "The upload was cut off; try again.")
        };
        Refused(p.into(), language)
    };
    while let Some(part) = parts.next_field().await.map_err(cut)? {
        if part.name() == Some("file") {
            return Ok(part.bytes().await.map_err(cut)?.to_vec());
        }
    }
    Err(Refused(Problem::new(422, "file_missing", "没有收到照片。", "No photo was sent.").into(), language))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Size {
    size: Option<String>,
}

impl Size {
    fn thumb(&self) -> bool {
        self.size.as_deref() == Some("thumb")
    }
}

async fn show(State(shared): State<Shared>, Who(_, language): Who, Path(hash): Path<String>, Ask(size): Ask<Size>) -> Answer {
    let app = shared.app.clone();
    let bytes = tokio::task::spawn_blocking(move || app.photo_bytes(&hash, size.thumb()))
        .await
        .unwrap_or_else(|e| Err(gongzhi_app::AppError::Internal(e.to_string())));
    Ok(jpeg(bytes.or_refuse(language)?))
}

async fn show_public(
    State(shared): State<Shared>,
    Lang(language): Lang,
    Path((token, hash)): Path<(String, String)>,
    Ask(size): Ask<Size>,
) -> Answer {
    Ok(jpeg(shared.app.public_photo(&token, &hash, size.thumb()).await.or_refuse(language)?))
}

fn jpeg(bytes: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "image/jpeg"), (header::CACHE_CONTROL, "private, max-age=31536000, immutable")], bytes).into_response()
}
