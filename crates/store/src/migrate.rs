//! Schema versions: one text a step, spelled for the database at hand, never changed once run.

use sqlx::{AssertSqlSafe, Executor as _};

use crate::sql::Sql;
use crate::{Database, StoreError, Write};

/// Every step, in order. A landed step is never edited: add the next one.
#[rustfmt::skip] // one line a step, so that two hands can add theirs
const STEPS: &[(i64, &str)] = &[
    (1, include_str!("../migrations/0001_first.sql")),
    (2, include_str!("../migrations/0002_effects.sql")),
    (3, include_str!("../migrations/0003_cases.sql")),
    (4, include_str!("../migrations/0004_documents.sql")),
    (5, include_str!("../migrations/0005_open311.sql")),
    (6, include_str!("../migrations/0006_drafts.sql")),
    (7, include_str!("../migrations/0007_sizes.sql")),
    (8, include_str!("../migrations/0008_lists.sql")),
    (9, include_str!("../migrations/0009_black_spots.sql")),
    (10, include_str!("../migrations/0010_forecasts.sql")),
    (11, include_str!("../migrations/0011_repeats.sql")),
];

/// Brings the schema up to date, each step in a transaction of its own.
///
/// # Errors
/// If a step that ran has another text now, the database is newer than the program, or a statement fails.
pub async fn run(database: &Database) -> Result<(), StoreError> {
    let mut write = database.write().await?;
    batch(&mut write, "CREATE TABLE IF NOT EXISTS schema_step (step BIGINT NOT NULL PRIMARY KEY, digest TEXT NOT NULL)").await?;
    write.commit().await?;
    let done = database.all(Sql::new("SELECT step, digest FROM schema_step ORDER BY step")).await?;
    let known = STEPS.last().map_or(0, |s| s.0);
    let mut ran = Vec::new();
    for row in &done {
        let step = row.int(0)?;
        ran.push(step);
        let text = STEPS.iter().find(|s| s.0 == step).ok_or(StoreError::NewerSchema { found: step, known })?.1;
        if row.text(1)? != digest(text) {
            return Err(StoreError::ChangedMigration(step));
        }
    }
    for (step, text) in STEPS.iter().filter(|s| !ran.contains(&s.0)) {
        let mut write = database.write().await?;
        batch(&mut write, text).await?;
        write.execute(Sql::with("INSERT INTO schema_step (step, digest) VALUES ($1, $2)", [(*step).into(), digest(text).into()])).await?;
        write.commit().await?;
    }
    // New indexes are chosen well once the database knows what is in them.
    if !done.is_empty() && done.len() < STEPS.len() {
        database.learn_distribution().await?;
    }
    Ok(())
}

fn digest(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

/// Runs a file of statements. SQLite's strict tables know INTEGER, REAL and TEXT.
async fn batch(write: &mut Write, text: &str) -> Result<(), StoreError> {
    match write {
        Write::Lite(t) => {
            let spelled = text.replace("DOUBLE PRECISION", "REAL").replace("BIGINT", "INTEGER").replace("\n);", "\n) STRICT;");
            (&mut **t).execute(AssertSqlSafe(spelled)).await?;
        }
        Write::Pg(t) => {
            (&mut **t).execute(AssertSqlSafe(text.to_owned())).await?;
        }
    }
    Ok(())
}
