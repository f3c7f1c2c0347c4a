//! The screens: built files carried in the program, compressed beforehand, found without touching a disk.

use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::Embed;

#[derive(Embed)]
#[folder = "../../web/dist"]
struct Built;

/// What a browser sees when the program was built without its screens.
const NOT_BUILT: &str = "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>Gongzhi 共治</title><p>界面尚未构建：请运行 <code>make run</code>。<p lang=\"en\">The screens are not built: run <code>make run</code>.";

/// Answers everything that is no API: a file, or the page whose script knows the rest of the path.
pub(crate) async fn serve(request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    let encodings = request.headers().get(header::ACCEPT_ENCODING).and_then(|h| h.to_str().ok()).unwrap_or_default();
    if path.starts_with("api/") || path.starts_with("tiles/") || path == "tiles.json" {
        return (
            StatusCode::NOT_FOUND,
            [(header::CONTENT_TYPE, "application/problem+json")],
            "{\"code\":\"not_found\",\"message\":\"没有这个接口。No such interface.\",\"fields\":{},\"trace\":null}",
        )
            .into_response();
    }
    let name = match path {
        "" => "index.html",
        "office" | "office/" => "office.html",
        other => other,
    };
    if name.contains("..") {
        return StatusCode::NOT_FOUND.into_response();
    }
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|h| h.to_str().ok()).unwrap_or_default();
    for (suffix, coding) in [(".br", "br"), (".gz", "gzip"), ("", "")] {
        let wanted = coding.is_empty() || encodings.split(',').any(|e| e.trim().split(';').next() == Some(coding));
        let Some(file) = wanted.then(|| Built::get(&format!("{name}{suffix}"))).flatten() else { continue };
        let tag: String = file.metadata.sha256_hash()[..12].iter().map(|b| format!("{b:02x}")).collect();
        let tag = format!("\"{tag}\"");
        let page = name.ends_with(".html") || name.ends_with("sw.js");
        let cache = if page { "no-cache" } else { "public, max-age=31536000, immutable" };
        if known.contains(&tag) {
            return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag), (header::CACHE_CONTROL, cache.to_owned())]).into_response();
        }
        let kind = mime_guess::from_path(name).first_or_octet_stream();
        let kind = if kind.type_() == "text" || name.ends_with(".js") || name.ends_with(".json") {
            format!("{kind}; charset=utf-8")
        } else {
            kind.to_string()
        };
        let mut response = file.data.into_owned().into_response();
        let headers = response.headers_mut();
        for (header, value) in [
            (header::CONTENT_TYPE, kind),
            (header::ETAG, tag),
            (header::CACHE_CONTROL, cache.to_owned()),
            (header::VARY, "Accept-Encoding".to_owned()),
        ] {
            if let Ok(value) = value.parse() {
                headers.insert(header, value);
            }
        }
        if let Ok(value) = coding.parse()
            && !coding.is_empty()
        {
            headers.insert(header::CONTENT_ENCODING, value);
        }
        return response;
    }
    // Paths without a dot belong to the portal's script; a missing file is missing.
    if name == "index.html" || name == "office.html" {
        return (StatusCode::SERVICE_UNAVAILABLE, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], NOT_BUILT).into_response();
    }
    StatusCode::NOT_FOUND.into_response()
}
