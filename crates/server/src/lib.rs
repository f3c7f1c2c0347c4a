//! Doors: HTTP with JSON, server-sent events, vector tiles and the screens the program carries.
//!
//! A handler parses, calls one use case of [`gongzhi_app::App`], and answers. Nothing is decided here.

mod answer;
mod assets;
mod guard;
mod routes;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, header};
use gongzhi_app::App;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate as _};
use tower_http::set_header::SetResponseHeaderLayer;

/// What handlers share.
#[derive(Clone)]
pub struct Shared {
    /// The use cases.
    pub app: Arc<App>,
    /// Who asks how often.
    pub(crate) limits: Arc<guard::Limits>,
    /// Tiles made before.
    pub(crate) tiles: Arc<routes::tiles::Cache>,
}

/// Largest JSON body, bytes. Photos have a limit of their own.
const LARGEST_BODY: usize = 1024 * 1024;

/// What a page may load: itself and nothing else.
const CONTENT_SECURITY: &str = "default-src 'self'; img-src 'self' blob: data:; style-src 'self' 'unsafe-inline'; \
    worker-src 'self' blob:; connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

/// Every route of every door.
pub fn router(app: Arc<App>) -> Router {
    let shared = Shared { app, limits: Arc::default(), tiles: Arc::default() };
    let fixed = |name: &'static str, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(HeaderName::from_static(name), HeaderValue::from_static(value))
    };
    // A compressed event stream would wait in the compressor's buffer.
    let compressible = DefaultPredicate::new().and(NotForContentType::new("text/event-stream")).and(NotForContentType::new("image/"));
    Router::new()
        .merge(routes::all())
        .layer(axum::middleware::from_fn_with_state(shared.clone(), guard::guard))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .fallback(assets::serve)
        .layer(CompressionLayer::new().compress_when(compressible))
        .layer(fixed(header::CONTENT_SECURITY_POLICY.as_str(), CONTENT_SECURITY))
        .layer(fixed("x-content-type-options", "nosniff"))
        .layer(fixed("referrer-policy", "same-origin"))
        .layer(fixed("x-frame-options", "DENY"))
        .layer(CatchPanicLayer::custom(answer::panicked))
        .with_state(shared)
}

/// Serves until `stop` resolves. Connections get a moment to end.
///
/// # Errors
/// If the socket fails.
pub async fn serve(
    app: Arc<App>,
    listener: tokio::net::TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stop).await
}
