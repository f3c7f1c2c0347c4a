//! Units, people, logins, settings.

use gongzhi_civic::permission::Role;
use gongzhi_civic::unit::{Unit, UnitTree};

use crate::error::document;
use crate::sql::{Row, Sql};
use crate::{Database, StoreError, Write};

/// A person as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct PersonRow {
    /// Id.
    pub id: String,
    /// Login name, unique, lower case.
    pub login: String,
    /// Name.
    pub name: String,
    /// Unit id.
    pub unit: String,
    /// Roles.
    pub roles: Vec<Role>,
    /// Telephone, for duty.
    pub phone: Option<String>,
    /// E-mail, for duty.
    pub email: Option<String>,
    /// argon2id, PHC string.
    pub password_hash: String,
    /// May log in.
    pub active: bool,
    /// Failed logins in a row.
    pub failures: i64,
    /// No login before this instant.
    pub locked_until: i64,
    /// Made at.
    pub created_at: i64,
}

const PERSON: &str =
    "SELECT id, login, name, unit, roles, phone, password_hash, active, failures, locked_until, created_at, email FROM person";

fn person(row: &Row) -> Result<PersonRow, StoreError> {
    Ok(PersonRow {
        id: row.text(0)?,
        login: row.text(1)?,
        name: row.text(2)?,
        unit: row.text(3)?,
        roles: document("roles", &row.text(4)?)?,
        phone: row.text_or_null(5)?,
        password_hash: row.text(6)?,
        active: row.flag(7)?,
        failures: row.int(8)?,
        locked_until: row.int(9)?,
        created_at: row.int(10)?,
        email: row.text_or_null(11)?,
    })
}

/// All units.
///
/// # Errors
/// What the database says.
pub async fn units(database: &Database) -> Result<UnitTree, StoreError> {
    let rows = database.all(Sql::new("SELECT body FROM unit ORDER BY position, id")).await?;
    let units: Result<Vec<Unit>, StoreError> = rows.iter().map(|r| document("unit", &r.text(0)?)).collect();
    Ok(UnitTree::new(units?))
}

/// Writes a unit, new or changed.
///
/// # Errors
/// What the database says.
pub async fn put_unit(write: &mut Write, unit: &Unit) -> Result<(), StoreError> {
    const UPSERT: &str = "INSERT INTO unit (id, body, position) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET body = excluded.body";
    let position = write.take("unit", 1).await?;
    let body = serde_json::to_string(unit).map_err(|source| StoreError::Document { what: "unit", source })?;
    write.execute(Sql::with(UPSERT, [(&unit.id).into(), body.into(), position.into()])).await?;
    Ok(())
}

/// Writes a person, new or changed. A login name that is taken is a duplicate ([`StoreError::is_duplicate`]).
///
/// # Errors
/// What the database says.
pub async fn put_person(write: &mut Write, p: &PersonRow) -> Result<(), StoreError> {
    const UPSERT: &str =
        "INSERT INTO person (id, login, name, unit, roles, phone, password_hash, active, failures, locked_until, created_at, email)
        VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12) ON CONFLICT (id) DO UPDATE SET login=excluded.login, name=excluded.name,
        unit=excluded.unit, roles=excluded.roles, phone=excluded.phone, password_hash=excluded.password_hash, active=excluded.active,
        failures=excluded.failures, locked_until=excluded.locked_until, email=excluded.email";
    let roles = serde_json::to_string(&p.roles).map_err(|source| StoreError::Document { what: "roles", source })?;
    let values = [
        (&p.id).into(),
        (&p.login).into(),
        (&p.name).into(),
        (&p.unit).into(),
        roles.into(),
        p.phone.as_ref().into(),
        (&p.password_hash).into(),
        p.active.into(),
        p.failures.into(),
        p.locked_until.into(),
        p.created_at.into(),
        p.email.as_ref().into(),
    ];
    write.execute(Sql::with(UPSERT, values)).await?;
    Ok(())
}

/// The person with this login name.
///
/// # Errors
/// What the database says.
pub async fn person_by_login(database: &Database, login: &str) -> Result<Option<PersonRow>, StoreError> {
    let mut sql = Sql::new(PERSON);
    sql.push(" WHERE login = ").bind(login);
    database.first(sql).await?.as_ref().map(person).transpose()
}

/// The person with this id.
///
/// # Errors
/// What the database says.
pub async fn person_by_id(database: &Database, id: &str) -> Result<Option<PersonRow>, StoreError> {
    let mut sql = Sql::new(PERSON);
    sql.push(" WHERE id = ").bind(id);
    database.first(sql).await?.as_ref().map(person).transpose()
}

/// People, of one unit or of all, by name.
///
/// # Errors
/// What the database says.
pub async fn people(database: &Database, unit: Option<&str>) -> Result<Vec<PersonRow>, StoreError> {
    let mut sql = Sql::new(PERSON);
    if let Some(unit) = unit {
        sql.push(" WHERE unit = ").bind(unit);
    }
    sql.push(" ORDER BY name, id");
    database.all(sql).await?.iter().map(person).collect()
}

/// Keeps a login.
///
/// # Errors
/// What the database says.
pub async fn put_login(
    write: &mut Write,
    token_hash: &str,
    person: &str,
    now: i64,
    expires_at: i64,
    agent: &str,
) -> Result<(), StoreError> {
    const INSERT: &str = "INSERT INTO login (token_hash, person, created_at, seen_at, expires_at, agent) VALUES ($1,$2,$3,$4,$5,$6)";
    let values = [token_hash.into(), person.into(), now.into(), now.into(), expires_at.into(), agent.into()];
    write.execute(Sql::with(INSERT, values)).await?;
    write.execute(Sql::with("DELETE FROM login WHERE expires_at < $1", [now.into()])).await?;
    Ok(())
}

/// The person of a login that has not run out: id, last seen, expiry.
///
/// # Errors
/// What the database says.
pub async fn login(database: &Database, token_hash: &str, now: i64) -> Result<Option<(String, i64, i64)>, StoreError> {
    const SELECT: &str = "SELECT person, seen_at, expires_at FROM login WHERE token_hash = $1 AND expires_at >= $2";
    let row = database.first(Sql::with(SELECT, [token_hash.into(), now.into()])).await?;
    row.map(|r| Ok((r.text(0)?, r.int(1)?, r.int(2)?))).transpose()
}

/// Moves a login's expiry.
///
/// # Errors
/// What the database says.
pub async fn touch_login(write: &mut Write, token_hash: &str, now: i64, expires_at: i64) -> Result<(), StoreError> {
    const UPDATE: &str = "UPDATE login SET seen_at = $1, expires_at = $2 WHERE token_hash = $3";
    write.execute(Sql::with(UPDATE, [now.into(), expires_at.into(), token_hash.into()])).await?;
    Ok(())
}

/// Ends one login, or all of a person.
///
/// # Errors
/// What the database says.
pub async fn end_login(write: &mut Write, token_hash: Option<&str>, person: Option<&str>) -> Result<(), StoreError> {
    let mut sql = Sql::new("DELETE FROM login WHERE token_hash = ");
    sql.bind(token_hash.unwrap_or("")).push(" OR person = ").bind(person.unwrap_or(""));
    write.execute(sql).await?;
    Ok(())
}

/// A setting's value.
///
/// # Errors
/// What the database says.
pub async fn setting(database: &Database, name: &str) -> Result<Option<String>, StoreError> {
    let row = database.first(Sql::with("SELECT value FROM setting WHERE name = $1", [name.into()])).await?;
    row.map(|r| r.text(0)).transpose()
}

/// Sets a setting.
///
/// # Errors
/// What the database says.
pub async fn put_setting(write: &mut Write, name: &str, value: &str) -> Result<(), StoreError> {
    const UPSERT: &str = "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    write.execute(Sql::with(UPSERT, [name.into(), value.into()])).await?;
    Ok(())
}

/// Sets a setting that has no value yet; one that has keeps it.
///
/// # Errors
/// What the database says.
pub async fn put_first_setting(write: &mut Write, name: &str, value: &str) -> Result<(), StoreError> {
    const INSERT: &str = "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
    write.execute(Sql::with(INSERT, [name.into(), value.into()])).await?;
    Ok(())
}
