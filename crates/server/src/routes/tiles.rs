//! Vector tiles from the network file, kept for a while.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use crate::Shared;

/// Most bytes of tiles kept.
const MOST_BYTES: usize = 48 * 1024 * 1024;

/// Tiles made before, of one network.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    network: String,
    tiles: HashMap<(u8, u32, u32), Arc<Vec<u8>>>,
    bytes: usize,
}

impl Cache {
    fn get(&self, network: &str, key: (u8, u32, u32)) -> Option<Arc<Vec<u8>>> {
        let kept = self.kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if kept.network == network { kept.tiles.get(&key).cloned() } else { None }
    }

    fn put(&self, network: &str, key: (u8, u32, u32), tile: Arc<Vec<u8>>) {
        let mut kept = self.kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if kept.network != network || kept.bytes > MOST_BYTES {
            *kept = Kept { network: network.to_owned(), ..Kept::default() };
        }
        kept.bytes += tile.len() + 64;
        kept.tiles.insert(key, tile);
    }
}

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/tiles/{z}/{x}/{y}", get(tile))
}

async fn tile(State(shared): State<Shared>, Path((z, x, y)): Path<(u8, u32, String)>, headers: HeaderMap) -> Response {
    let y = y.trim_end_matches(".mvt").parse::<u32>();
    let (Ok(y), Some(network)) = (y, shared.app.network()) else { return StatusCode::NOT_FOUND.into_response() };
    if z > 22 || x >= 1 << z || y >= 1 << z {
        return StatusCode::NOT_FOUND.into_response();
    }
    let tag = format!("\"{}\"", network.identity());
    let cache = "public, max-age=600";
    if headers.get(header::IF_NONE_MATCH).and_then(|h| h.to_str().ok()) == Some(tag.as_str()) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag), (header::CACHE_CONTROL, cache.to_owned())]).into_response();
    }
    let key = (z, x, y);
    let bytes = match shared.tiles.get(network.identity(), key) {
        Some(bytes) => bytes,
        None => {
            let maker = network.clone();
            let Ok(bytes) = tokio::task::spawn_blocking(move || maker.tile(z, x, y)).await else {
                return StatusCode::INTERNAL_SERVER_ERROR.into_response();
            };
            let bytes = Arc::new(bytes);
            shared.tiles.put(network.identity(), key, bytes.clone());
            bytes
        }
    };
    let kind = "application/vnd.mapbox-vector-tile";
    ([(header::CONTENT_TYPE, kind.to_owned()), (header::ETAG, tag), (header::CACHE_CONTROL, cache.to_owned())], bytes.as_ref().clone())
        .into_response()
}
