//! The pair of databases behind one surface.

use std::path::Path;
use std::time::Duration;

use futures_util::StreamExt as _;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, PgPool, Postgres, Sqlite, SqlitePool, Transaction};

use crate::StoreError;
use crate::migrate;
use crate::sql::{Row, Sql};

/// A database: SQLite in a folder (default) or any server that speaks PostgreSQL's protocol.
#[derive(Clone, Debug)]
pub enum Database {
    /// One writer connection and a pool of readers on the same file.
    Lite {
        /// The only connection that writes.
        writer: SqlitePool,
        /// Connections that only read.
        readers: SqlitePool,
    },
    /// One pool for both.
    Pg(PgPool),
}

/// The one writing transaction of a use case. Dropped without [`Write::commit`], it never happened.
#[derive(Debug)]
pub enum Write {
    /// On SQLite.
    Lite(Transaction<'static, Sqlite>),
    /// On PostgreSQL.
    Pg(Transaction<'static, Postgres>),
}

impl Database {
    /// Opens `address`, or `DIR/gongzhi.sqlite` where there is none, and brings the schema up to date.
    ///
    /// # Errors
    /// An address of another kind, a server or file that refuses, a schema from a newer program.
    pub async fn open(address: Option<&str>, directory: &Path) -> Result<Self, StoreError> {
        let database = match address {
            None => Self::open_sqlite(&directory.join("gongzhi.sqlite")).await?,
            Some(a) if a.starts_with("postgres://") || a.starts_with("postgresql://") => Self::open_postgres(a, None).await?,
            Some(a) => return Err(StoreError::Address(a.split('@').next_back().unwrap_or(a).to_owned())),
        };
        migrate::run(&database).await?;
        Ok(database)
    }

    /// SQLite at `path`, without migrating. WAL, full sync: an acknowledged write survives a power cut.
    ///
    /// # Errors
    /// If the file cannot be made or opened.
    pub async fn open_sqlite(path: &Path) -> Result<Self, StoreError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|source| StoreError::File { path: folder.display().to_string(), source })?;
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            // Pages before the log is copied into the file: a page that many writes touch is copied once for all of them.
            .pragma("wal_autocheckpoint", "25000")
            .pragma("journal_size_limit", "134217728")
            .statement_cache_capacity(64)
            .busy_timeout(Duration::from_secs(20))
            // Loading everything at the start is slow by nature and no news.
            .log_slow_statements(log::LevelFilter::Warn, Duration::from_secs(30));
        // Kilobytes that a connection may keep of the file. A new calendar touches the dates of all open cases: what does not
        // fit is written out and read again many times.
        let [writing, reading] = ["-200000", "-32000"].map(|size| options.clone().pragma("cache_size", size));
        let writer = SqlitePoolOptions::new().max_connections(1).connect_with(writing).await?;
        let readers = SqlitePoolOptions::new().max_connections(4).connect_with(reading.pragma("query_only", "on")).await?;
        Ok(Self::Lite { writer, readers })
    }

    /// PostgreSQL at `address`, without migrating; `schema` is set as the search path (tests use one each).
    ///
    /// # Errors
    /// If the address does not parse or the server refuses.
    pub async fn open_postgres(address: &str, schema: Option<&str>) -> Result<Self, StoreError> {
        let mut options: PgConnectOptions = address.parse()?;
        if let Some(schema) = schema {
            options = options.options([("search_path", schema)]);
        }
        let options = options.log_slow_statements(log::LevelFilter::Warn, Duration::from_secs(30));
        let pool = PgPoolOptions::new().max_connections(8).acquire_timeout(Duration::from_secs(15)).connect_with(options).await?;
        Ok(Self::Pg(pool))
    }

    /// `sqlite` or `postgres`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Lite { .. } => "sqlite",
            Self::Pg(_) => "postgres",
        }
    }

    /// Begins the writing transaction. On SQLite it takes the write lock at once, so that it never fails half-way.
    ///
    /// # Errors
    /// If no connection can be had.
    pub async fn write(&self) -> Result<Write, StoreError> {
        Ok(match self {
            Self::Lite { writer, .. } => Write::Lite(writer.begin_with("BEGIN IMMEDIATE").await?),
            Self::Pg(pool) => Write::Pg(pool.begin().await?),
        })
    }

    /// All rows of a reading statement.
    ///
    /// # Errors
    /// What the database says.
    pub async fn all(&self, sql: Sql) -> Result<Vec<Row>, StoreError> {
        Ok(match self {
            Self::Lite { readers, .. } => sql.for_sqlite()?.fetch_all(readers).await?.into_iter().map(Row::Lite).collect(),
            Self::Pg(pool) => sql.for_postgres()?.fetch_all(pool).await?.into_iter().map(Row::Pg).collect(),
        })
    }

    /// The first row, if any.
    ///
    /// # Errors
    /// What the database says.
    pub async fn first(&self, sql: Sql) -> Result<Option<Row>, StoreError> {
        Ok(match self {
            Self::Lite { readers, .. } => sql.for_sqlite()?.fetch_optional(readers).await?.map(Row::Lite),
            Self::Pg(pool) => sql.for_postgres()?.fetch_optional(pool).await?.map(Row::Pg),
        })
    }

    /// Hands each row to `sink` as it arrives: for tables that must not stand in memory twice.
    ///
    /// # Errors
    /// What the database or the sink says.
    pub async fn each(&self, sql: Sql, mut sink: impl FnMut(Row) -> Result<(), StoreError>) -> Result<(), StoreError> {
        match self {
            Self::Lite { readers, .. } => {
                let query = sql.for_sqlite()?;
                let mut rows = query.fetch(readers);
                while let Some(row) = rows.next().await {
                    sink(Row::Lite(row?))?;
                }
            }
            Self::Pg(pool) => {
                let query = sql.for_postgres()?;
                let mut rows = query.fetch(pool);
                while let Some(row) = rows.next().await {
                    sink(Row::Pg(row?))?;
                }
            }
        }
        Ok(())
    }

    /// Lets the database look at how its rows are distributed, so that it chooses the shortest way to them. PostgreSQL does so by
    /// itself from time to time; SQLite has to be told.
    ///
    /// # Errors
    /// What the database says.
    pub async fn learn_distribution(&self) -> Result<(), StoreError> {
        match self {
            Self::Lite { writer, .. } => {
                sqlx::query("PRAGMA analysis_limit = 100000").execute(writer).await?;
                sqlx::query("ANALYZE").execute(writer).await?;
            }
            Self::Pg(pool) => {
                // After much was written at once: an index alone answers only for pages that are known to be settled.
                sqlx::query("VACUUM (ANALYZE)").execute(pool).await?;
            }
        }
        Ok(())
    }

    /// How many bytes the rows, their indexes and the space between them take.
    ///
    /// # Errors
    /// What the database says.
    pub async fn bytes(&self) -> Result<i64, StoreError> {
        let text = match self {
            Self::Lite { .. } => "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
            Self::Pg(_) => "SELECT pg_database_size(current_database())",
        };
        self.first(Sql::new(text)).await?.map_or(Ok(0), |r| r.int(0))
    }

    /// Closes every connection; on SQLite this folds the WAL back.
    pub async fn close(&self) {
        match self {
            Self::Lite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Pg(pool) => pool.close().await,
        }
    }
}

impl Write {
    /// Runs a statement; the number of rows it touched.
    ///
    /// # Errors
    /// What the database says.
    pub async fn execute(&mut self, sql: Sql) -> Result<u64, StoreError> {
        Ok(match self {
            Self::Lite(t) => sql.for_sqlite()?.execute(&mut **t).await?.rows_affected(),
            Self::Pg(t) => sql.for_postgres()?.execute(&mut **t).await?.rows_affected(),
        })
    }

    /// All rows, read inside the transaction.
    ///
    /// # Errors
    /// What the database says.
    pub async fn all(&mut self, sql: Sql) -> Result<Vec<Row>, StoreError> {
        Ok(match self {
            Self::Lite(t) => sql.for_sqlite()?.fetch_all(&mut **t).await?.into_iter().map(Row::Lite).collect(),
            Self::Pg(t) => sql.for_postgres()?.fetch_all(&mut **t).await?.into_iter().map(Row::Pg).collect(),
        })
    }

    /// The first row, if any, read inside the transaction.
    ///
    /// # Errors
    /// What the database says.
    pub async fn first(&mut self, sql: Sql) -> Result<Option<Row>, StoreError> {
        Ok(match self {
            Self::Lite(t) => sql.for_sqlite()?.fetch_optional(&mut **t).await?.map(Row::Lite),
            Self::Pg(t) => sql.for_postgres()?.fetch_optional(&mut **t).await?.map(Row::Pg),
        })
    }

    /// Takes `n` numbers from the counter `name`; the first of them. Counters start at 1. Holds the row until commit,
    /// so that on PostgreSQL numbers are given in commit order.
    ///
    /// # Errors
    /// What the database says.
    pub async fn take(&mut self, name: &str, n: i64) -> Result<i64, StoreError> {
        const TAKE: &str = "INSERT INTO counter (name, value) VALUES ($1, $2)
            ON CONFLICT (name) DO UPDATE SET value = counter.value + excluded.value RETURNING value";
        let row = self.first(Sql::with(TAKE, [name.into(), n.into()])).await?;
        Ok(row.ok_or(StoreError::Conflict)?.int(0)? - n + 1)
    }

    /// Bound values that a statement of many rows should have at most. Both databases take more than these, but SQLite's
    /// driver looks every value's name up among all of them, so that a statement's cost grows with the square of its values.
    pub(crate) fn values_a_statement(&self) -> usize {
        match self {
            Self::Lite(_) => 240,
            Self::Pg(_) => 16_000,
        }
    }

    /// Makes everything of this transaction true at once.
    ///
    /// # Errors
    /// What the database says; then nothing of it happened.
    pub async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Lite(t) => t.commit().await?,
            Self::Pg(t) => t.commit().await?,
        }
        Ok(())
    }
}
