//! Playing the demo city on: its calls come in as the demo clock passes them.

use std::sync::Arc;
use std::time::Duration;

use gongzhi_app::App;

pub(super) async fn feed(app: Arc<App>) {
    let city = match app.demo_city().await {
        Ok(Some(city)) => city,
        Ok(None) => return,
        Err(e) => {
            tracing::error!(error = %e, "the demo city cannot be played on");
            return;
        }
    };
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut rounds = 0_u64;
    loop {
        tick.tick().await;
        if let Err(e) = app.feed_demo(&city).await {
            tracing::error!(error = %e, "a live call of the demo was not taken");
        }
        rounds += 1;
        if rounds.is_multiple_of(30)
            && let Err(e) = app.keep_demo_clock().await
        {
            tracing::error!(error = %e, "the demo clock was not kept");
        }
    }
}
