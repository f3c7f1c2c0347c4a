//! Rows, files and the bus. The only crate with SQL.
//!
//! One SQL text serves SQLite and PostgreSQL: statements are built from `&'static str` pieces and bound values
//! ([`sql::Sql`]), so that no text from outside can become SQL. Writes go through [`Write`], one transaction a use case;
//! SQLite has one writer connection (`BEGIN IMMEDIATE`) beside a pool of readers, PostgreSQL one pool.

pub mod attachments;
pub mod black_spots;
pub mod blobs;
pub mod bulk;
pub mod calendars;
pub mod case_links;
pub mod case_lists;
pub mod case_places;
pub mod cases;
pub mod database;
pub mod directory;
pub mod documents;
pub mod drafts;
pub mod error;
pub mod events;
pub mod figures;
pub mod forecasts;
pub mod keys;
pub mod lists;
pub mod migrate;
pub mod notices;
pub mod open311;
pub mod outbox;
pub mod photos;
pub mod points;
pub mod repeats;
pub mod signals;
pub mod sql;
pub mod webhooks;

pub use blobs::Blobs;
pub use database::{Database, Write};
pub use error::StoreError;
