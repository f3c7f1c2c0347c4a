//! What each command does. Exit codes: 0 done, 1 refused or failed, 2 wrong usage (clap), 3 the ledger does not hold.
#![allow(clippy::print_stdout)] // a command line prints

mod demo_feed;
mod doctor;
mod import;
mod matter;
mod risk;
mod road;
mod serve;

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use gongzhi_app::{App, AppError, Options, Templates};

use crate::arguments::{Arguments, Command, Import, Ledger, Matter, Place, Risk, Road};
use crate::progress::Progress;

/// Runs the command; errors go to standard error in both languages.
pub(crate) fn start(arguments: Arguments) -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_env("GONGZHI_LOG").unwrap_or_else(|_| "warn,gongzhi=info".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false).init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => {
            eprintln!("gongzhi: {e}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(arguments)) {
        Ok(code) => code,
        Err(error) => {
            explain(&error);
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<ExitCode> {
    match arguments.command {
        Command::Serve { place, listen, demo, seed, speed } => serve::serve(place, listen, demo, seed, speed).await,
        Command::Import { what: Import::Roads { file, datum, place, json } } => import::roads(&place, &file, datum, json).await,
        Command::Import { what: Import::Cases { file, matter, campaign, dry_run, place, json } } => {
            import::cases(&place, &file, &matter, &campaign, dry_run, json).await
        }
        Command::Import { what: Import::Signals { files, mapping, place, json } } => import::signals(&place, &files, &mapping, json).await,
        Command::Demo { place, seed } => {
            let app = open(&place).await?;
            make_demo(&app, seed).await?;
            app.database.close().await;
            Ok(ExitCode::SUCCESS)
        }
        Command::Ledger { what: Ledger::Verify { place, json } } => verify(&place, json).await,
        Command::Matter { what: Matter::Check { folder, place } } => matter::check(&place, &folder),
        Command::Matter { what: Matter::Letter { folder, letter, out, place } } => matter::letter(&place, &folder, &letter, &out),
        Command::Matter { what: Matter::Test { folder, place } } => matter::test(&place, &folder),
        Command::Matter { what: Matter::Explain { folder, out, lang, place } } => matter::explain(&place, &folder, &out, lang.as_deref()),
        Command::Matter { what: Matter::Simulate { folder, rate, units, days, seed, json, place } } => {
            matter::simulate(&place, &folder, rate, units, (days, seed), json)
        }
        Command::Matter { what: Matter::Diff { old, new, json, place } } => matter::diff(&place, &old, &new, json),
        Command::Road { what: Road::Where { words, near, place, json } } => road::locate(&place, &words, near.as_deref(), json).await,
        Command::Road { what: Road::Say { at, place } } => road::say(&place, &at).await,
        Command::Road { what: Road::Way { from, to, vehicle, close, place, json } } => {
            road::way(&place, &from, &to, vehicle, &close, json).await
        }
        Command::Road { what: Road::Reach { from, minutes, vehicle, place } } => road::reach(&place, &from, minutes, vehicle).await,
        Command::Road { what: Road::Nearest { to, units, k, place } } => road::nearest(&place, &to, &units, k).await,
        Command::Road { what: Road::Track { file, place } } => road::track(&place, &file).await,
        Command::Road { what: Road::Stakes { file, place } } => road::stakes(&place, file.as_deref()).await,
        Command::Road { what: Road::Carry { old, new, json } } => road::carried(&old, &new, json),
        Command::Risk { what: Risk::Blackspots { rule, to, place, json } } => risk::blackspots(&place, rule, to.as_deref(), json).await,
        Command::Account { place, login, name, unit, roles } => account(&place, login, name, unit, roles).await,
        Command::Doctor { place } => doctor::doctor(&place).await,
    }
}

/// Opens the state in the given place.
pub(crate) async fn open(place: &Place) -> Result<Arc<App>> {
    let options = Options { data: place.data.clone(), database: place.database.clone(), templates: templates(place) };
    Ok(Arc::new(App::open(options).await?))
}

pub(crate) fn templates(place: &Place) -> Templates {
    Templates { city: place.city.clone(), matters: place.matters.clone() }
}

pub(crate) async fn make_demo(app: &Arc<App>, seed: u64) -> Result<()> {
    let progress = Progress::new();
    app.make_demo(seed, &|step| progress.show(step)).await?;
    progress.end();
    Ok(())
}

async fn verify(place: &Place, json: bool) -> Result<ExitCode> {
    let app = open(place).await?;
    let verdict = app.verify_ledger().await?;
    if json {
        println!("{}", serde_json::to_string(&verdict)?);
    } else if let Some(broken) = &verdict.broken {
        println!("账本不成立 / the ledger does not hold: {} #{} ({})", broken.stream, broken.seq, broken.why);
    } else {
        println!(
            "账本完好 / the ledger holds: {} 条记录 events, {} 条链 chains, {} 个锚点 anchors",
            verdict.checked, verdict.streams, verdict.anchors
        );
    }
    Ok(if verdict.ok { ExitCode::SUCCESS } else { ExitCode::from(3) })
}

async fn account(place: &Place, login: String, name: String, unit: String, roles: Vec<String>) -> Result<ExitCode> {
    let app = open(place).await?;
    if std::io::stdin().is_terminal() {
        eprint!("密码 password: ");
        std::io::stderr().flush()?;
    }
    let mut password = String::new();
    std::io::stdin().lock().read_line(&mut password).context("no password was given")?;
    app.add_account(&login, &name, &unit, &roles, password.trim_end()).await?;
    println!("已创建账号 / account made: {login}");
    Ok(ExitCode::SUCCESS)
}

/// Tells a person what went wrong: our own refusals in both languages, everything else as it came.
fn explain(error: &anyhow::Error) {
    match error.downcast_ref::<AppError>() {
        Some(AppError::Problem(p)) => {
            eprintln!("gongzhi: {}", p.message.zh);
            eprintln!("gongzhi: {} [{}]", p.message.en, p.code);
            for (place, text) in &p.fields {
                eprintln!("  {place}: {} / {}", text.zh, text.en);
            }
        }
        _ => eprintln!("gongzhi: {error:#}"),
    }
}
