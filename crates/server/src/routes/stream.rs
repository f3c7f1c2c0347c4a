//! What happens, as it happens: one stream of server-sent events for screens that are logged in.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse as _;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::get;
use futures_util::StreamExt as _;
use gongzhi_app::effects::notices::concerns;
use tokio_stream::wrappers::BroadcastStream;

use crate::Shared;
use crate::answer::{Answer, Who};

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/api/stream", get(stream))
}

/// Events carry ids and no content: a screen that was away asks the lists for what it missed. A listener that fell
/// behind is told to reload by a `hello`.
async fn stream(State(shared): State<Shared>, Who(actor, _): Who) -> Answer {
    let may_see_signals = actor.may(gongzhi_civic::permission::Permission::SignalRead);
    let may_mend = actor.may(gongzhi_civic::permission::Permission::StuckMend);
    let hello = Event::default().event("hello").data(serde_json::json!({ "now": shared.app.clock.now().0 }).to_string());
    let live = BroadcastStream::new(shared.app.listen()).filter_map(move |notice| {
        let passed = match notice {
            Ok(n) if n.topic == "signal" && !may_see_signals => None,
            Ok(n) if n.topic == "stuck" && !may_mend => None,
            Ok(n) if n.topic == "notice" && !n.body["target"].as_str().is_some_and(|target| concerns(&actor, target)) => None,
            Ok(n) => Some(Ok::<Event, Infallible>(Event::default().event(n.topic).id(n.id.to_string()).data(n.body.to_string()))),
            Err(_) => Some(Ok(Event::default().event("hello").data("{\"missed\":true}"))),
        };
        std::future::ready(passed)
    });
    let events = futures_util::stream::once(async { Ok(hello) }).chain(live);
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))).into_response())
}
