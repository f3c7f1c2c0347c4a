//! Both databases: every test of the store and the use cases runs once on each.
//!
//! PostgreSQL's address comes in `GONGZHI_TEST_POSTGRES` (`make test` starts a throw-away server); without it the
//! PostgreSQL half is left out, loudly. Every test has a folder and a schema of its own.

use gongzhi_store::Database;
use gongzhi_store::sql::Sql;
use tempfile::TempDir;

/// A fresh place for one test on one database.
#[derive(Debug)]
pub struct TestPlace {
    /// Folder for files, and for SQLite.
    pub folder: TempDir,
    /// PostgreSQL's address with this test's schema, or nothing for SQLite.
    pub address: Option<String>,
}

impl TestPlace {
    /// `sqlite` or `postgres`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        if self.address.is_some() { "postgres" } else { "sqlite" }
    }

    /// Opens the database and brings its schema up to date.
    ///
    /// # Panics
    /// If it refuses.
    pub async fn open(&self) -> Database {
        Database::open(self.address.as_deref(), self.folder.path()).await.expect("a test's database opens")
    }
}

/// A place on SQLite and, where a server is named, one on PostgreSQL.
///
/// # Panics
/// If the server named does not answer.
pub async fn both() -> Vec<TestPlace> {
    let folder = || tempfile::tempdir().expect("a temporary folder");
    let mut places = vec![TestPlace { folder: folder(), address: None }];
    match std::env::var("GONGZHI_TEST_POSTGRES") {
        Err(_) => eprintln!("SKIPPED: the PostgreSQL half, GONGZHI_TEST_POSTGRES is not set (`make test` sets it)"),
        Ok(server) => {
            let schema = format!("test_{}", uuid::Uuid::new_v4().simple());
            let database = Database::open_postgres(&server, None).await.expect("the test server answers");
            let mut write = database.write().await.expect("a connection");
            // A test's own name: it never holds anything but letters and digits.
            write.execute(Sql::new(Box::leak(format!("CREATE SCHEMA {schema}").into_boxed_str()))).await.expect("a schema");
            write.commit().await.expect("a schema");
            database.close().await;
            places.push(TestPlace { folder: folder(), address: Some(format!("{server}&options[search_path]={schema}")) });
        }
    }
    places
}
