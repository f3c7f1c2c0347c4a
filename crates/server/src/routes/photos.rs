//! Photos, videos and documents, in and out.

use axum::Router;
use axum::extract::multipart::MultipartError;
use axum::extract::{DefaultBodyLimit, Multipart, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use gongzhi_app::Problem;
use gongzhi_app::attachments::{self, Served};
use gongzhi_app::media::MAX_BYTES;
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
        .merge(
            Router::new()
                .route("/api/attachments", post(take_attachment))
                .route("/api/public/attachments", post(take_public_attachment))
                .layer(DefaultBodyLimit::max(MAX_BYTES + 64 * 1024)),
        )
        .route("/api/photos/{hash}", get(show))
        .route("/api/attachments/{hash}", get(show_attachment))
        .route("/api/public/cases/{token}/photos/{hash}", get(show_public))
}

async fn take(State(shared): State<Shared>, Who(actor, language): Who, parts: Multipart) -> Answer {
    let (bytes, _) = file(parts, too_large, language).await?;
    Ok(created(shared.app.take_photo(bytes, &actor.person).await.or_refuse(language)?))
}

async fn take_public(State(shared): State<Shared>, Lang(language): Lang, parts: Multipart) -> Answer {
    let (bytes, _) = file(parts, too_large, language).await?;
    Ok(created(shared.app.take_photo(bytes, "reporter").await.or_refuse(language)?))
}

async fn take_attachment(State(shared): State<Shared>, Who(actor, language): Who, parts: Multipart) -> Answer {
    let (bytes, name) = file(parts, attachments::too_large, language).await?;
    Ok(created(shared.app.take_attachment(bytes, &name, &actor.person).await.or_refuse(language)?))
}

async fn take_public_attachment(State(shared): State<Shared>, Lang(language): Lang, parts: Multipart) -> Answer {
    let (bytes, name) = file(parts, attachments::too_large, language).await?;
    Ok(created(shared.app.take_attachment(bytes, &name, "reporter").await.or_refuse(language)?))
}

/// The part `file`: its bytes and its name.
async fn file(mut parts: Multipart, too_large: fn() -> Problem, language: Language) -> Result<(Vec<u8>, String), Refused> {
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
            let name = part.file_name().unwrap_or_default().to_owned();
            return Ok((part.bytes().await.map_err(cut)?.to_vec(), name));
        }
    }
    Err(Refused(Problem::new(422, "file_missing", "没有收到文件。", "No file was sent.").into(), language))
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

async fn show(State(shared): State<Shared>, Who(actor, language): Who, Path(hash): Path<String>, Ask(size): Ask<Size>) -> Answer {
    shared.app.office_photo(&actor, &hash).await.or_refuse(language)?;
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

async fn show_attachment(State(shared): State<Shared>, Who(actor, language): Who, Path(hash): Path<String>, headers: HeaderMap) -> Answer {
    let served = shared.app.attachment(&actor, &hash).await.or_refuse(language)?;
    Ok(ranged(served, headers.get(header::RANGE).and_then(|v| v.to_str().ok())))
}

/// The file, or the span that a player asks for. A document is downloaded, never opened as a page of ours.
fn ranged(served: Served, range: Option<&str>) -> Response {
    let whole = served.bytes.len();
    let shown = if served.media_type.starts_with("video/") { "inline" } else { "attachment" };
    let name: String = served
        .name
        .bytes()
        .map(|b| if b.is_ascii_alphanumeric() || b == b'.' { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect();
    let headers = [
        (header::CONTENT_TYPE, served.media_type),
        (header::CONTENT_DISPOSITION, format!("{shown}; filename*=UTF-8''{name}")),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
    ];
    match range.map(|r| span(r, whole)) {
        None => (headers, served.bytes).into_response(),
        Some(Some((from, to))) => {
            let content_range = [(header::CONTENT_RANGE, format!("bytes {from}-{to}/{whole}"))];
            (StatusCode::PARTIAL_CONTENT, headers, content_range, served.bytes[from..=to].to_vec()).into_response()
        }
        Some(None) => (StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, format!("bytes */{whole}"))]).into_response(),
    }
}

/// One span of `bytes=from-to`, `bytes=from-` or `bytes=-last`.
fn span(range: &str, whole: usize) -> Option<(usize, usize)> {
    let (from, to) = range.strip_prefix("bytes=")?.split_once('-')?;
    let last = whole.checked_sub(1)?;
    let (from, to) = match (from.trim(), to.trim()) {
        ("", count) => (whole.saturating_sub(count.parse().ok()?), last),
        (from, "") => (from.parse().ok()?, last),
        (from, to) => (from.parse().ok()?, to.parse::<usize>().ok()?.min(last)),
    };
    (from <= to && from <= last).then_some((from, to))
}

#[cfg(test)]
mod tests {
    use super::span;

    #[test]
    fn spans_of_a_film() {
        assert_eq!(span("bytes=0-", 10), Some((0, 9)));
        assert_eq!(span("bytes=2-4", 10), Some((2, 4)));
        assert_eq!(span("bytes=2-99", 10), Some((2, 9)));
        assert_eq!(span("bytes=-3", 10), Some((7, 9)));
        for wrong in ["bytes=10-", "bytes=5-2", "items=1-2", "bytes=a-b", "bytes=-0x"] {
            assert_eq!(span(wrong, 10), None, "{wrong}");
        }
        assert_eq!(span("bytes=0-", 0), None);
    }
}
