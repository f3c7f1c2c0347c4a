//! What can go wrong between us and a database or a disk.

/// A fault of the store. Never shown to a user as it stands: the doors turn it into one sentence and a trace.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or failed.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// The disk refused or failed.
    #[error("file {path}: {source}")]
    File {
        /// Which file or folder.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A migration that ran before has another text now.
    #[error("migration {0} differs from the one this database was made with")]
    ChangedMigration(i64),
    /// The database was made by a newer program.
    #[error("the database has schema {found}, this program knows up to {known}: start the newer program")]
    NewerSchema {
        /// What the database says.
        found: i64,
        /// What this program knows.
        known: i64,
    },
    /// A stored document does not parse: the program or somebody's hand broke it.
    #[error("stored {what} does not parse: {source}")]
    Document {
        /// Which document.
        what: &'static str,
        /// Why.
        source: serde_json::Error,
    },
    /// Somebody else wrote first; load again and decide again.
    #[error("the row was changed by somebody else")]
    Conflict,
    /// The address is none we know.
    #[error("cannot read the database address: {0}")]
    Address(String),
}

impl StoreError {
    /// Whether a unique index refused the row: the same thing was written before.
    #[must_use]
    pub fn is_duplicate(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(e)) if e.is_unique_violation())
    }
}

/// Parses a stored document.
pub(crate) fn document<T: serde::de::DeserializeOwned>(what: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|source| StoreError::Document { what, source })
}
