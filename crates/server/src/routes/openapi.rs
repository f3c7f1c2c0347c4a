//! What this API is, for other programs: `docs/openapi.json`, OpenAPI 3.1.

use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use crate::Shared;

/// The committed description. A test holds it against the routes; `schemathesis` holds the answers against it.
pub(crate) const DOCUMENT: &str = include_str!("../../../../docs/openapi.json");

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/api/openapi.json", get(document))
}

async fn document() -> Response {
    ([(header::CONTENT_TYPE, "application/json; charset=utf-8")], DOCUMENT).into_response()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    use super::DOCUMENT;

    /// Path → methods, as the sources register them.
    fn registered() -> BTreeMap<String, BTreeSet<String>> {
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/routes")).expect("routes").flatten() {
            let text = std::fs::read_to_string(entry.path()).expect("a source");
            for piece in text.split(".route(").skip(1) {
                let Some((path, rest)) = piece.trim_start().strip_prefix('"').and_then(|p| p.split_once('"')) else { continue };
                if !path.starts_with("/api/") {
                    continue;
                }
                let handlers = rest.split("\n        .").next().and_then(|r| r.split("\n}").next()).unwrap_or(rest);
                let methods = ["get", "post", "put", "patch", "delete"].into_iter().filter(|m| {
                    handlers.contains(&format!("{m}("))
                        && !handlers.split(&format!("{m}(")).next().is_some_and(|before| before.ends_with('_'))
                });
                found.entry(path.to_owned()).or_default().extend(methods.map(str::to_owned));
            }
        }
        found
    }

    #[test]
    fn the_document_describes_every_route_and_no_other() {
        let document: serde_json::Value = serde_json::from_str(DOCUMENT).expect("docs/openapi.json is JSON");
        assert_eq!(document["openapi"], "3.1.0");
        let described: BTreeMap<String, BTreeSet<String>> = document["paths"]
            .as_object()
            .expect("paths")
            .iter()
            .map(|(path, operations)| (path.clone(), operations.as_object().expect("operations").keys().cloned().collect()))
            .collect();
        assert_eq!(described, registered(), "docs/openapi.json (left) and the routes (right) differ: add or remove the operation there");
    }
}
