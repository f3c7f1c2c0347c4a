//! Statements as data: static pieces and bound values, run alike on both databases.

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, AssertSqlSafe, Row as _};

use crate::StoreError;

/// A bound value. Nulls keep their type: PostgreSQL insists.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Whole number, instant, or 0/1.
    Int(Option<i64>),
    /// Real number.
    Real(Option<f64>),
    /// Text or JSON.
    Text(Option<String>),
}

macro_rules! from {
    ($($type:ty => $variant:ident, $v:ident => $e:expr;)*) => {$(
        impl From<$type> for Value { fn from($v: $type) -> Self { Self::$variant(Some($e)) } }
        impl From<Option<$type>> for Value { fn from(o: Option<$type>) -> Self { Self::$variant(o.map(|$v| $e)) } }
    )*};
}
from! {
    i64 => Int, v => v;
    u32 => Int, v => i64::from(v);
    bool => Int, v => i64::from(v);
    f64 => Real, v => v;
    String => Text, v => v;
    &str => Text, v => v.to_owned();
    &String => Text, v => v.clone();
}

/// A statement under construction. Text enters only as `&'static str`, everything else as a bound value.
#[derive(Clone, Debug, Default)]
pub struct Sql {
    text: String,
    values: Vec<Value>,
}

impl Sql {
    /// Starts with a static piece; `?` is never used, placeholders come from [`Sql::bind`] or are written `$1…`.
    #[must_use]
    pub fn new(text: &'static str) -> Self {
        Self { text: text.to_owned(), values: Vec::new() }
    }

    /// A whole static statement with `$1…$n` and its values in order.
    #[must_use]
    pub fn with(text: &'static str, values: impl IntoIterator<Item = Value>) -> Self {
        Self { text: text.to_owned(), values: values.into_iter().collect() }
    }

    /// Appends a static piece.
    pub fn push(&mut self, text: &'static str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Appends a placeholder for `value`.
    pub fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.values.push(value.into());
        self.text.push('$');
        self.text.push_str(&self.values.len().to_string());
        self
    }

    /// Appends `(v1,v2,…)`; of nothing, `(NULL)`, which no row equals.
    pub fn bind_list(&mut self, values: impl IntoIterator<Item = impl Into<Value>>) -> &mut Self {
        self.text.push('(');
        let mut first = true;
        for value in values {
            if !first {
                self.text.push(',');
            }
            first = false;
            self.bind(value);
        }
        if first {
            self.text.push_str("NULL");
        }
        self.text.push(')');
        self
    }

    /// The statement's text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn for_sqlite(self) -> Result<sqlx::query::Query<'static, sqlx::Sqlite, SqliteArguments>, StoreError> {
        let mut arguments = SqliteArguments::default();
        for value in self.values {
            match value {
                Value::Int(v) => arguments.add(v),
                Value::Real(v) => arguments.add(v),
                Value::Text(v) => arguments.add(v),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        Ok(sqlx::query_with(AssertSqlSafe(self.text), arguments))
    }

    pub(crate) fn for_postgres(self) -> Result<sqlx::query::Query<'static, sqlx::Postgres, PgArguments>, StoreError> {
        let mut arguments = PgArguments::default();
        for value in self.values {
            match value {
                Value::Int(v) => arguments.add(v),
                Value::Real(v) => arguments.add(v),
                // PostgreSQL's text cannot hold NUL; nobody types one, broken exports do.
                Value::Text(v) => arguments.add(v.map(|t| if t.contains('\0') { t.replace('\0', "") } else { t })),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        // The one function in use whose name differs; what people typed is never in the text.
        let text = if self.text.contains("INSTR(") { self.text.replace("INSTR(", "STRPOS(") } else { self.text };
        Ok(sqlx::query_with(AssertSqlSafe(text), arguments))
    }
}

/// A row of either database, read by position.
#[derive(Debug)]
pub enum Row {
    /// From SQLite.
    Lite(SqliteRow),
    /// From PostgreSQL.
    Pg(PgRow),
}

macro_rules! getter {
    ($name:ident, $type:ty, $doc:literal) => {
        #[doc = $doc]
        ///
        /// # Errors
        /// If the column is absent or of another type.
        pub fn $name(&self, column: usize) -> Result<$type, StoreError> {
            Ok(match self {
                Self::Lite(row) => row.try_get(column)?,
                Self::Pg(row) => row.try_get(column)?,
            })
        }
    };
}

impl Row {
    getter!(int, i64, "A whole number.");
    getter!(int_or_null, Option<i64>, "A whole number or null.");
    getter!(real, f64, "A real number.");
    getter!(real_or_null, Option<f64>, "A real number or null.");
    getter!(text, String, "A text.");
    getter!(text_or_null, Option<String>, "A text or null.");

    /// A 0/1 column as a truth value.
    ///
    /// # Errors
    /// If the column is absent or of another type.
    pub fn flag(&self, column: usize) -> Result<bool, StoreError> {
        Ok(self.int(column)? != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_numbered_as_they_come() {
        let mut sql = Sql::new("SELECT a FROM t WHERE b = ");
        sql.bind(1_i64).push(" AND c IN ").bind_list(["x", "y"]).push(" AND d IN ").bind_list(Vec::<i64>::new());
        assert_eq!(sql.text(), "SELECT a FROM t WHERE b = $1 AND c IN ($2,$3) AND d IN (NULL)");
    }
}
