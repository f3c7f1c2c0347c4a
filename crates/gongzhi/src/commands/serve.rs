//! `gongzhi serve`: doors and jobs in one process.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use gongzhi_app::App;

use crate::arguments::Place;
use crate::commands::{demo_feed, make_demo, open};

pub(super) async fn serve(place: Place, listen: SocketAddr, demo: bool, seed: u64, speed: f64) -> Result<ExitCode> {
    let app = open(&place).await?;
    if demo {
        make_demo(&app, seed).await?;
    }
    if speed != 1.0 {
        app.set_demo_speed(speed).await?;
    }
    let listener =
        tokio::net::TcpListener::bind(listen).await.with_context(|| format!("cannot listen on {listen}; choose another with --listen"))?;
    let address = listener.local_addr()?;
    app.set_address(&format!("http://{address}"));
    announce(&app, address).await?;
    let jobs = tokio::spawn(run_jobs(app.clone()));
    let calls = tokio::spawn(run_calls(app.clone()));
    let letters = tokio::spawn(run_letters(app.clone()));
    let forecasts = tokio::spawn(run_forecasts(app.clone()));
    let feed = if app.is_demo().await? { Some(tokio::spawn(demo_feed::feed(app.clone()))) } else { None };
    gongzhi_server::serve(app.clone(), listener, stopped()).await?;
    jobs.abort();
    calls.abort();
    letters.abort();
    forecasts.abort();
    if let Some(feed) = feed {
        feed.abort();
    }
    app.database.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Says where to look, and in the demo city with which login.
async fn announce(app: &Arc<App>, address: SocketAddr) -> Result<()> {
    println!("共治 Gongzhi: http://{address}  （市民 public）  http://{address}/office  （工作台 office）");
    if app.is_demo().await? {
        println!("演示城市，全部数据为合成。Demo city: everything in it is synthetic.");
        for p in gongzhi_demo::people() {
            println!("  {:<11} {}  {} {}", p.login, p.password, p.roles.join(","), p.name.zh);
        }
    }
    Ok(())
}

async fn run_jobs(app: Arc<App>) {
    let mut tick = tokio::time::interval(Duration::from_secs(2));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if let Err(e) = app.run_round().await {
            tracing::error!(error = %e, "a round of jobs failed; it will be tried again");
        }
    }
}

/// What leaves over the network, apart from the rest: other servers may be slow.
async fn run_calls(app: Arc<App>) {
    let mut tick = tokio::time::interval(Duration::from_secs(2));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if let Err(e) = app.run_calls().await {
            tracing::error!(error = %e, "a round of messages and calls failed; it will be tried again");
        }
    }
}

/// Letters that effects ask for: typesetting is slow, and may be.
async fn run_letters(app: Arc<App>) {
    let mut tick = tokio::time::interval(Duration::from_secs(2));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if let Err(e) = app.work_on_letters().await {
            tracing::error!(error = %e, "a round of letters failed; it will be tried again");
        }
    }
}

/// The coming week's forecast, and those of past weeks that are missing: a minute's work at the first start, then one a week.
async fn run_forecasts(app: Arc<App>) {
    let mut tick = tokio::time::interval(Duration::from_secs(600));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if let Err(e) = app.keep_forecasts().await {
            tracing::error!(error = %e, "a round of forecasts failed; it will be tried again");
        }
    }
}

async fn stopped() {
    let interrupt = tokio::signal::ctrl_c();
    let mut terminate = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(signal) => signal,
        Err(_) => return interrupt.await.unwrap_or(()),
    };
    tokio::select! {
        _ = interrupt => {}
        _ = terminate.recv() => {}
    }
}
