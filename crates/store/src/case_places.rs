//! Places of cases when roads are imported again.

use crate::sql::Sql;
use crate::{Database, StoreError, Write};

/// A place that cases stand at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsedPlace {
    /// Key in the network the cases were put on.
    pub key: String,
    /// Cases there, open and closed.
    pub cases: i64,
    /// Of these: not closed.
    pub open: i64,
}

/// Every place that cases stand at, by key.
///
/// # Errors
/// What the database says.
pub async fn used(database: &Database) -> Result<Vec<UsedPlace>, StoreError> {
    const ASK: &str = "SELECT place_key, COUNT(*), SUM(CASE WHEN closed_at IS NULL THEN 1 ELSE 0 END) FROM matter_case \
        WHERE place_key IS NOT NULL GROUP BY place_key ORDER BY place_key";
    let rows = database.all(Sql::new(ASK)).await?;
    rows.iter().map(|r| Ok(UsedPlace { key: r.text(0)?, cases: r.int(1)?, open: r.int(2)? })).collect()
}

/// Puts the cases of each old key onto its new one; answers how many cases moved. A new key may be another pair's old one.
///
/// # Errors
/// What the database says.
pub async fn carry(write: &mut Write, moved: &[(String, String)]) -> Result<u64, StoreError> {
    // No key begins with this: a case that has moved is told apart from one that has not yet.
    const MARK: &str = "UPDATE matter_case SET place_key = '>' || $1 WHERE place_key = $2";
    const UNMARK: &str = "UPDATE matter_case SET place_key = SUBSTR(place_key, 2) WHERE place_key LIKE '>%'";
    let mut count = 0;
    for (old, new) in moved {
        count += write.execute(Sql::with(MARK, [new.into(), old.into()])).await?;
    }
    if count > 0 {
        write.execute(Sql::new(UNMARK)).await?;
    }
    Ok(count)
}
