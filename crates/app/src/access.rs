//! Logging in: argon2id, sessions that live on the server, a lock after too many failures.

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use gongzhi_civic::permission::{Actor, PERMISSIONS, Permission};
use gongzhi_civic::time::{HOUR_MS, MINUTE_MS};
use gongzhi_civic::unit::UnitKind;
use gongzhi_store::directory;
use serde_json::json;

use crate::App;
use crate::error::{AppError, Problem, forbidden};
use crate::journal::{self, Signature};

/// A login ends after so long without use.
const IDLE_MS: i64 = 12 * HOUR_MS;
/// Failures in a row before the account rests.
const FAILURES: i64 = 5;
/// How long it rests.
const REST_MS: i64 = 5 * MINUTE_MS;

/// The digest of a password, as stored (PHC string).
///
/// # Errors
/// If the password is shorter than ten characters.
pub fn hash_password(password: &str) -> Result<String, AppError> {
    if password.chars().count() < 10 {
        let problem = Problem::new(422, "password_short", "密码至少需要 10 个字符。", "A password needs at least 10 characters.");
        return Err(problem.at("/password", "至少 10 个字符", "at least 10 characters").into());
    }
    let salt = SaltString::encode_b64(uuid::Uuid::new_v4().as_bytes()).map_err(|e| AppError::Internal(e.to_string()))?;
    let hash = Argon2::default().hash_password(password.as_bytes(), &salt);
    hash.map(|h| h.to_string()).map_err(|e| AppError::Internal(e.to_string()))
}

fn verify(password: &str, stored: &str) -> bool {
    PasswordHash::new(stored).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// A fresh secret for a link or a session: 128 random bits as text.
#[must_use]
pub fn secret() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

/// A secret as it is kept: who reads the database cannot use it.
pub(crate) fn digest(token: &str) -> String {
    blake3::hash(token.as_bytes()).to_hex().to_string()
}

impl App {
    /// Logs in; the token for the cookie and who it is. The same answer for an unknown name and a wrong password.
    ///
    /// # Errors
    /// Wrong name or password, resting or deactivated account.
    pub async fn log_in(&self, login: &str, password: &str, agent: &str) -> Result<(String, Actor), AppError> {
        let wrong = || Problem::new(401, "login_failed", "用户名或密码不正确。", "The user name or the password is not right.");
        let now = self.clock.now();
        let person = directory::person_by_login(&self.database, &login.trim().to_lowercase()).await?;
        let Some(mut person) = person else {
            // The same work as for a known name, so that the time taken tells nothing.
            let password = password.to_owned();
            tokio::task::spawn_blocking(move || hash_password(&format!("{password}..........")))
                .await
                .map_err(|e| AppError::Internal(e.to_string()))?
                .ok();
            return Err(wrong().into());
        };
        if person.locked_until > now.0 {
            return Err(Problem::new(
                429,
                "login_resting",
                "连续输错次数过多，账号暂停登录 5 分钟。",
                "Too many failures in a row; the account rests for 5 minutes.",
            )
            .into());
        }
        let (given, stored) = (password.to_owned(), person.password_hash.clone());
        let right = tokio::task::spawn_blocking(move || verify(&given, &stored)).await.map_err(|e| AppError::Internal(e.to_string()))?;
        let mut write = self.database.write().await?;
        let stream = format!("person:{}", person.id);
        let by = Signature { actor: person.id.clone(), unit: person.unit.clone() };
        if !right || !person.active {
            person.failures += 1;
            if person.failures >= FAILURES {
                person.failures = 0;
                person.locked_until = now.0 + REST_MS;
            }
            directory::put_person(&mut write, &person).await?;
            journal::append(&mut write, &stream, &by, now, &[("login.failed".into(), json!({}))]).await?;
            write.commit().await?;
            return Err(wrong().into());
        }
        person.failures = 0;
        directory::put_person(&mut write, &person).await?;
        let token = format!("{}{}", secret(), secret());
        directory::put_login(&mut write, &digest(&token), &person.id, now.0, now.0 + IDLE_MS, agent).await?;
        journal::append(&mut write, &stream, &by, now, &[("login".into(), json!({}))]).await?;
        write.commit().await?;
        Ok((token, self.actor_of(&person)))
    }

    pub(crate) fn actor_of(&self, person: &directory::PersonRow) -> Actor {
        let kind = self.units().get(&person.unit).map_or(UnitKind::Department, |u| u.kind);
        Actor {
            person: person.id.clone(),
            name: person.name.clone(),
            unit: person.unit.clone(),
            unit_kind: kind,
            roles: person.roles.clone(),
        }
    }

    /// Who holds this token; `None` for none, an old or a foreign one.
    ///
    /// # Errors
    /// What the store says.
    pub async fn actor(&self, token: &str) -> Result<Option<Actor>, AppError> {
        let now = self.clock.now().0;
        let hash = digest(token);
        let Some((person, seen, _)) = directory::login(&self.database, &hash, now).await? else { return Ok(None) };
        let Some(person) = directory::person_by_id(&self.database, &person).await?.filter(|p| p.active) else { return Ok(None) };
        if now - seen > 10 * MINUTE_MS {
            let mut write = self.database.write().await?;
            directory::touch_login(&mut write, &hash, now, now + IDLE_MS).await?;
            write.commit().await?;
        }
        Ok(Some(self.actor_of(&person)))
    }

    /// Ends a login.
    ///
    /// # Errors
    /// What the store says.
    pub async fn log_out(&self, token: &str) -> Result<(), AppError> {
        let mut write = self.database.write().await?;
        directory::end_login(&mut write, Some(&digest(token)), None).await?;
        write.commit().await?;
        Ok(())
    }
}

/// Refuses unless the actor holds the permission.
///
/// # Errors
/// 403 with the permission's word.
pub fn require(actor: &Actor, permission: Permission) -> Result<(), AppError> {
    if actor.may(permission) { Ok(()) } else { Err(forbidden(permission)) }
}

/// The words of all permissions the actor holds.
#[must_use]
pub fn permissions_of(actor: &Actor) -> Vec<&'static str> {
    PERMISSIONS.iter().filter(|p| actor.may(**p)).map(|p| p.as_str()).collect()
}
