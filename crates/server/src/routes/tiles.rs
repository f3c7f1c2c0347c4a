//! Vector tiles from the network file, made once and kept packed; what is in them is declared as TileJSON.

use std::io::Write as _;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use flate2::Compression;
use flate2::write::GzEncoder;
use gongzhi_road::{Network, TILE_LAYERS, TILE_ZOOMS};
use serde_json::json;

use crate::Shared;

/// Most bytes of tiles kept.
const MOST_BYTES: u64 = 48 * 1024 * 1024;
/// About as many tiles fill it: 20 kB plain and packed.
const EXPECTED_TILES: usize = 2_400;

/// A network's identity and a tile's address. Tiles of a network that was replaced are never asked for again and fall out.
type Key = (u128, u8, u32, u32);

/// A tile as it is sent.
#[derive(Debug)]
struct Tile {
    plain: Bytes,
    /// Packed once, not for every reader.
    packed: Bytes,
}

#[derive(Clone, Debug)]
struct Weigher;

impl quick_cache::Weighter<Key, Arc<Tile>> for Weigher {
    fn weight(&self, _: &Key, tile: &Arc<Tile>) -> u64 {
        (tile.plain.len() + tile.packed.len() + 128) as u64
    }
}

/// Tiles made before. Many who ask for a tile that is not there yet wait for one making of it.
#[derive(Debug)]
pub(crate) struct Cache(quick_cache::sync::Cache<Key, Arc<Tile>, Weigher>);

impl Default for Cache {
    fn default() -> Self {
        Self(quick_cache::sync::Cache::with_weighter(EXPECTED_TILES, MOST_BYTES, Weigher))
    }
}

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/tiles.json", get(declared)).route("/tiles/{z}/{x}/{y}", get(tile))
}

/// What the tiles hold, after TileJSON 3.0.0. Without a network there is nothing to declare.
async fn declared(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    let Some(network) = shared.app.network() else { return StatusCode::NOT_FOUND.into_response() };
    let text = |name: header::HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
    let scheme = text(header::HeaderName::from_static("x-forwarded-proto")).filter(|s| *s == "https").unwrap_or("http");
    let base = text(header::HOST).map_or_else(String::new, |host| format!("{scheme}://{host}"));
    let (bounds, center) = (network.bounds(), network.bounds().center());
    let layers: Vec<_> = TILE_LAYERS
        .iter()
        .map(|layer| {
            let fields: serde_json::Map<_, _> = layer.fields.iter().map(|(name, what)| ((*name).to_owned(), json!(what))).collect();
            json!({"id": layer.id, "description": layer.description, "minzoom": layer.from_zoom, "maxzoom": TILE_ZOOMS.end(), "fields": fields})
        })
        .collect();
    Json(json!({
        "tilejson": "3.0.0",
        "name": "Gongzhi roads",
        "version": "1.0.0",
        "attribution": "© OpenStreetMap contributors (ODbL)",
        "scheme": "xyz",
        "tiles": [format!("{base}/tiles/{{z}}/{{x}}/{{y}}.mvt")],
        "minzoom": TILE_ZOOMS.start(),
        "maxzoom": TILE_ZOOMS.end(),
        "bounds": [bounds.west, bounds.south, bounds.east, bounds.north],
        "center": [center.lon, center.lat, 12],
        "vector_layers": layers,
    }))
    .into_response()
}

async fn tile(State(shared): State<Shared>, Path((z, x, y)): Path<(u8, u32, String)>, headers: HeaderMap) -> Response {
    let y = y.trim_end_matches(".mvt").parse::<u32>();
    let (Ok(y), Some(network)) = (y, shared.app.network()) else { return StatusCode::NOT_FOUND.into_response() };
    if z > 22 || x >= 1 << z || y >= 1 << z {
        return StatusCode::NOT_FOUND.into_response();
    }
    let says = |name: header::HeaderName, what: &str| headers.get_all(name).iter().any(|v| v.to_str().is_ok_and(|v| v.contains(what)));
    let packed = says(header::ACCEPT_ENCODING, "gzip");
    // The two forms are different bytes: each has its own tag (RFC 9110, 8.8.3).
    let tag = format!("\"{}{}\"", network.identity(), if packed { "-gzip" } else { "" });
    let known = [
        (header::ETAG, tag.clone()),
        (header::CACHE_CONTROL, "public, max-age=600".to_owned()),
        (header::VARY, "accept-encoding".to_owned()),
    ];
    if says(header::IF_NONE_MATCH, &tag) {
        return (StatusCode::NOT_MODIFIED, known).into_response();
    }
    let Some(tile) = kept(&shared.tiles, &network, (z, x, y)).await else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let kind = (header::CONTENT_TYPE, "application/vnd.mapbox-vector-tile");
    if packed {
        return (known, [kind, (header::CONTENT_ENCODING, "gzip")], tile.packed.clone()).into_response();
    }
    (known, [kind], tile.plain.clone()).into_response()
}

/// The tile, made on a thread of its own if it is not kept; `None` if making it failed.
async fn kept(cache: &Cache, network: &Arc<Network>, (z, x, y): (u8, u32, u32)) -> Option<Arc<Tile>> {
    let identity = u128::from_str_radix(network.identity(), 16).ok()?;
    let make = async {
        let network = network.clone();
        tokio::task::spawn_blocking(move || Arc::new(pack(network.tile(z, x, y)))).await
    };
    cache.0.get_or_insert_async(&(identity, z, x, y), make).await.ok()
}

fn pack(plain: Vec<u8>) -> Tile {
    let mut packer = GzEncoder::new(Vec::with_capacity(plain.len() / 2), Compression::new(6));
    // Writing to memory does not fail.
    let packed = packer.write_all(&plain).and_then(|()| packer.finish()).unwrap_or_default();
    Tile { plain: plain.into(), packed: packed.into() }
}
