//! Letters: made, fetched, and checked by anybody who holds the paper. The page for checking needs no script.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Multipart, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use gongzhi_app::documents::{NewDocument, document_view};
use gongzhi_app::photos::LARGEST;
use gongzhi_app::{AppError, Problem};
use gongzhi_civic::text::{Language, Text};
use serde_json::Value;

use crate::Shared;
use crate::answer::{Answer, Body, Lang, Or as _, Refused, Who, created, ok};

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/api/cases/{id}/documents", get(list).post(make))
        .route("/api/documents/{id}", get(show))
        .route("/api/public/cases/{token}/documents/{id}", get(show_public))
        .route("/api/public/documents/{code}", get(check))
        .route("/api/public/documents/{code}/compare", post(compare))
        .route("/verify/{code}", get(page).post(page_compare))
        .layer(DefaultBodyLimit::max(LARGEST + 64 * 1024))
}

async fn list(State(shared): State<Shared>, Who(actor, language): Who, Path(id): Path<String>) -> Answer {
    Ok(ok(shared.app.list_documents(&actor, &id, language).await.or_refuse(language)?))
}

async fn make(State(shared): State<Shared>, Who(actor, language): Who, Path(id): Path<String>, Body(new): Body<NewDocument>) -> Answer {
    let row = shared.app.ask_document(&actor, &id, new).await.or_refuse(language)?;
    Ok(created(document_view(&row)))
}

async fn show(State(shared): State<Shared>, Who(actor, language): Who, Path(id): Path<String>) -> Answer {
    let (row, bytes) = shared.app.document_pdf(&actor, &id).await.or_refuse(language)?;
    Ok(pdf(&row.number, bytes))
}

async fn show_public(State(shared): State<Shared>, Lang(language): Lang, Path((token, id)): Path<(String, String)>) -> Answer {
    let (row, bytes) = shared.app.public_document_pdf(&token, &id).await.or_refuse(language)?;
    Ok(pdf(&row.number, bytes))
}

async fn check(State(shared): State<Shared>, Lang(language): Lang, Path(code): Path<String>) -> Answer {
    Ok(ok(shared.app.check_document(&code).await.or_refuse(language)?))
}

async fn compare(State(shared): State<Shared>, Lang(language): Lang, Path(code): Path<String>, parts: Multipart) -> Answer {
    let file = file(parts).await.map_err(|p| Refused(p.into(), language))?;
    Ok(ok(shared.app.compare_document(&code, &file).await.or_refuse(language)?))
}

fn pdf(number: &str, bytes: Vec<u8>) -> Response {
    // The name in the header is ASCII; the number in full stands in `filename*`.
    let name: String = number.bytes().map(|b| format!("%{b:02X}")).collect();
    let disposition = format!("inline; filename=\"letter.pdf\"; filename*=UTF-8''{name}.pdf");
    (
        [
            (header::CONTENT_TYPE, "application/pdf".to_owned()),
            (header::CONTENT_DISPOSITION, disposition),
            (header::CACHE_CONTROL, "private, max-age=31536000, immutable".to_owned()),
        ],
        bytes,
    )
        .into_response()
}

async fn file(mut parts: Multipart) -> Result<Vec<u8>, Problem> {
    let cut = |e: axum::extract::multipart::MultipartError| {
        if e.status() == StatusCode::PAYLOAD_TOO_LARGE {
            Problem::new(413, "file_too_large", "文件超过 20 MB。", "The file is larger than 20 MB.")
        } else {
            Problem::new(400, "upload_broken", "上传中断，请重试。", "The upload was cut off; try again.")
        }
    };
    while let Some(part) = parts.next_field().await.map_err(cut)? {
        if part.name() == Some("file") {
            let bytes = part.bytes().await.map_err(cut)?.to_vec();
            if bytes.is_empty() {
                break;
            }
            return Ok(bytes);
        }
    }
    Err(Problem::new(422, "file_missing", "没有收到文件。", "No file was sent."))
}

// ── the page ──

async fn page(State(shared): State<Shared>, Lang(language): Lang, Path(code): Path<String>) -> Response {
    match shared.app.check_document(&code).await {
        Ok(found) => html(StatusCode::OK, language, &verdict(&code, &found, language)),
        Err(e) => failure(e, language),
    }
}

async fn page_compare(State(shared): State<Shared>, Lang(language): Lang, Path(code): Path<String>, parts: Multipart) -> Response {
    let file = match file(parts).await {
        Ok(file) => file,
        Err(problem) => return failure(problem.into(), language),
    };
    match shared.app.compare_document(&code, &file).await {
        Ok(found) => html(StatusCode::OK, language, &verdict(&code, &found, language)),
        Err(e) => failure(e, language),
    }
}

fn failure(error: AppError, language: Language) -> Response {
    match error {
        AppError::Problem(p) => {
            let status = StatusCode::from_u16(p.status).unwrap_or(StatusCode::BAD_REQUEST);
            let words = format!("<p class=\"no\" role=\"alert\">✗ {}</p>", escape(p.message.get(language)));
            html(status, language, &words)
        }
        other => Refused(other, language).into_response(),
    }
}

fn verdict(code: &str, found: &Value, language: Language) -> String {
    let say = |zh: &str, en: &str| escape(Text::new(zh, en).get(language));
    let word = |name: &str| escape(found[name].as_str().unwrap_or_default());
    let mut out = String::new();
    if found["ok"] == true {
        out.push_str(&format!(
            "<p class=\"yes\">✓ {}</p>",
            say("这份文书由本系统出具，账本完好，未被改动。", "This document was made here; the ledger holds and nothing was changed.")
        ));
    } else {
        out.push_str(&format!(
            "<p class=\"no\" role=\"alert\">✗ {}</p>",
            say(
                "文书的记录核验不通过，请勿采信，并告知出具单位。",
                "The record of this document does not hold. Do not rely on it, and tell the unit that issued it."
            )
        ));
    }
    if let Some(same) = found.get("same") {
        out.push_str(&if *same == true {
            format!("<p class=\"yes\">✓ {}</p>", say("上传的文件与原件逐字节一致。", "The file you sent is, bit for bit, the original."))
        } else {
            format!(
                "<p class=\"no\" role=\"alert\">✗ {}</p>",
                say("上传的文件与原件不一致（扫描件、照片和改动过的文件都会不一致）。请与下列要素逐项核对。", "The file you sent is not the original. (A scan, a photo or a changed file never is.) Compare it with what stands below.")
            )
        });
    }
    if found["synthetic"] == true {
        out.push_str(&format!(
            "<p class=\"made-up\">{}</p>",
            say("合成演示数据，不具效力。", "Synthetic demonstration data, without effect.")
        ));
    }
    out.push_str("<dl>");
    let mut row = |label: String, value: String| out.push_str(&format!("<dt>{label}</dt><dd>{value}</dd>"));
    row(say("文书", "Document"), word("title"));
    row(say("文号", "Number"), word("number"));
    row(say("出具单位", "Issued by"), word("unit"));
    row(say("日期", "Date"), word("date"));
    row(say("案件编号", "Case"), word("case_number"));
    row(say("页数", "Pages"), escape(&found["pages"].to_string()));
    row(say("账本", "Ledger"), if found["ledger"]["holds"] == true { say("完好", "holds") } else { say("不成立", "does not hold") });
    row("SM3".into(), format!("<code>{}</code>", word("sm3")));
    row("SHA-256".into(), format!("<code>{}</code>", word("sha256")));
    out.push_str("</dl>");
    out.push_str(&format!(
        "<form method=\"post\" action=\"/verify/{}\" enctype=\"multipart/form-data\"><label>{}<input type=\"file\" name=\"file\" accept=\"application/pdf\" required></label><button>{}</button></form>",
        escape(code),
        say("有电子文件？上传比对：", "You have the file? Compare it:"),
        say("比对", "Compare")
    ));
    out
}

fn html(status: StatusCode, language: Language, content: &str) -> Response {
    let (tag, title) = match language {
        Language::Zh => ("zh-CN", "文书验真"),
        Language::En => ("en", "Check a document"),
    };
    let page = format!(
        "<!doctype html><html lang=\"{tag}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"robots\" content=\"noindex\"><title>{title}</title><style>{STYLE}</style></head><body><main><h1>{title}</h1>{content}<p class=\"foot\"><a href=\"?lang=zh\" lang=\"zh-CN\">中文</a> · <a href=\"?lang=en\" lang=\"en\">English</a></p></main></body></html>"
    );
    (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")], page).into_response()
}

const STYLE: &str = "body{margin:0;background:#f3f5f8;color:#16202c;font:17px/1.6 system-ui,'Noto Sans CJK SC',sans-serif}\
main{max-width:40rem;margin:0 auto;padding:1.5rem 1rem}h1{font-size:1.4rem;margin:0 0 1rem}\
.yes,.no,.made-up{padding:.8rem 1rem;border-radius:.5rem;margin:0 0 .8rem;font-weight:600}\
.yes{background:#e0f3e6;color:#0b5127}.no{background:#fde5e3;color:#8c1410}.made-up{background:#fff3d6;color:#6b4a00}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:.4rem 1rem;background:#fff;border-radius:.5rem;padding:1rem;margin:0 0 1rem}\
dt{color:#4a5766}dd{margin:0;overflow-wrap:anywhere}code{font-size:.85em}\
form{background:#fff;border-radius:.5rem;padding:1rem}label{display:block;margin-bottom:.6rem}input{display:block;margin-top:.4rem;font:inherit;max-width:100%}\
button{font:inherit;padding:.6rem 1.4rem;min-height:44px;border:0;border-radius:.4rem;background:#1553a8;color:#fff}\
button:focus-visible,input:focus-visible,a:focus-visible{outline:3px solid #f0a020;outline-offset:2px}.foot{color:#4a5766}a{color:#1553a8}";

fn escape(words: &str) -> String {
    words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_of_a_document_can_become_markup() {
        let found = json!({ "ok": false, "title": "<script>alert(1)</script>", "number": "\"'&", "pages": 1 });
        let page = verdict("\"><b>", &found, Language::En);
        assert!(!page.contains("<script>") && !page.contains("\"><b>"), "{page}");
        assert!(page.contains("does not hold"));
    }
}
