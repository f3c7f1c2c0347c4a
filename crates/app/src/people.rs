//! Units and people: seeing them, making and changing them.

use gongzhi_civic::permission::{Actor, Permission, Role};
use gongzhi_civic::personal::Phone;
use gongzhi_civic::text::{Language, Text};
use gongzhi_civic::unit::{Unit, UnitKind};
use gongzhi_store::directory::{self, PersonRow};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::App;
use crate::access::{hash_password, require};
use crate::error::{AppError, Problem, not_found};
use crate::journal::{self, Signature};

/// A person as the administrator types one; on a change only what is given changes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct GivenPerson {
    /// Name.
    pub name: Option<String>,
    /// Login name.
    pub login: Option<String>,
    /// Password, at least ten characters.
    pub password: Option<String>,
    /// Unit id.
    pub unit: Option<String>,
    /// Roles.
    pub roles: Option<Vec<String>>,
    /// Telephone.
    pub phone: Option<String>,
    /// E-mail.
    pub email: Option<String>,
    /// May log in.
    pub active: Option<bool>,
}

/// A unit as the administrator types one.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct GivenUnit {
    /// Id of a new unit.
    pub id: Option<String>,
    /// Unit above.
    pub parent: Option<String>,
    /// Kind.
    pub kind: Option<UnitKind>,
    /// Name.
    pub name: Option<Text>,
    /// Duties.
    pub duties: Option<Vec<String>>,
    /// Areas.
    pub areas: Option<Vec<String>>,
    /// Takes new work.
    pub active: Option<bool>,
}

fn required(field: &str) -> AppError {
    Problem::new(422, "field_missing", "有必填项未填写。", "A required field is missing.")
        .at(&format!("/{field}"), "必填", "required")
        .into()
}

impl App {
    /// All units.
    ///
    /// # Errors
    /// No permission.
    pub fn list_units(&self, actor: &Actor) -> Result<Value, AppError> {
        require(actor, Permission::DirectoryRead)?;
        Ok(json!(self.units().units.values().collect::<Vec<_>>()))
    }

    /// Makes or changes a unit.
    ///
    /// # Errors
    /// No permission, an id that is taken or none, a parent that is unknown or below it.
    pub async fn put_unit(&self, actor: &Actor, id: Option<&str>, given: GivenUnit) -> Result<Value, AppError> {
        require(actor, Permission::DirectoryWrite)?;
        let tree = self.units();
        let mut unit = match id {
            Some(id) => tree.get(id).cloned().ok_or_else(|| not_found("这个单位", "unit"))?,
            None => {
                let id = given.id.clone().unwrap_or_default();
                let good = !id.is_empty() && id.len() <= 40 && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
                if !good {
                    return Err(Problem::new(
                        422,
                        "unit_id_invalid",
                        "单位代码只能用小写字母、数字和连字符。",
                        "A unit's id has lower-case letters, digits and hyphens.",
                    )
                    .at("/id", "格式不正确", "not valid")
                    .into());
                }
                if tree.get(&id).is_some() {
                    return Err(Problem::new(409, "unit_exists", "这个单位代码已存在。", "This unit id is taken.")
                        .at("/id", "已存在", "taken")
                        .into());
                }
                let name = given.name.clone().filter(|n| !n.zh.trim().is_empty()).ok_or_else(|| required("name"))?;
                Unit {
                    id,
                    parent: None,
                    kind: given.kind.unwrap_or(UnitKind::Department),
                    name,
                    duties: Vec::new(),
                    areas: Vec::new(),
                    active: true,
                }
            }
        };
        if let Some(parent) = given.parent {
            let cycle = tree.is_within(&parent, &unit.id);
            if !parent.is_empty() && (tree.get(&parent).is_none() || cycle) {
                return Err(Problem::new(
                    422,
                    "unit_parent_invalid",
                    "上级单位不存在，或是其下级。",
                    "The unit above is unknown, or lies below.",
                )
                .at("/parent", "无效", "not valid")
                .into());
            }
            unit.parent = Some(parent).filter(|p| !p.is_empty());
        }
        unit.kind = given.kind.unwrap_or(unit.kind);
        unit.name = given.name.unwrap_or(unit.name);
        unit.duties = given.duties.unwrap_or(unit.duties);
        unit.areas = given.areas.unwrap_or(unit.areas);
        unit.active = given.active.unwrap_or(unit.active);
        let mut write = self.database.write().await?;
        directory::put_unit(&mut write, &unit).await?;
        let body = serde_json::to_value(&unit).map_err(|e| AppError::Internal(e.to_string()))?;
        journal::append(&mut write, &format!("unit:{}", unit.id), &Signature::from(actor), self.clock.now(), &[("unit.put".into(), body)])
            .await?;
        write.commit().await?;
        self.load_units().await?;
        self.load_definitions().await?;
        Ok(json!(unit))
    }

    /// People, of one unit or all.
    ///
    /// # Errors
    /// No permission.
    pub async fn list_people(&self, actor: &Actor, unit: Option<&str>, language: Language) -> Result<Value, AppError> {
        require(actor, Permission::DirectoryRead)?;
        let people = directory::people(&self.database, unit).await?;
        Ok(people.iter().map(|p| self.person_view(p, language)).collect())
    }

    fn person_view(&self, p: &PersonRow, language: Language) -> Value {
        let roles: Vec<&str> = p.roles.iter().map(|r| r.as_str()).collect();
        json!({ "id": p.id, "name": p.name, "login": p.login, "unit": p.unit, "unit_name": self.unit_view(Some(&p.unit), language)["name"], "roles": roles,
            "phone": p.phone.as_deref().map(|t| Phone::new(t).masked()), "email": p.email.as_deref().map(crate::effects::masked_address), "active": p.active })
    }

    /// Makes or changes a person. A changed password, role, unit or a deactivation ends their logins.
    ///
    /// # Errors
    /// No permission, missing fields, a login name that is taken, unknown unit or role, a short password.
    pub async fn put_person(&self, actor: &Actor, id: Option<&str>, given: GivenPerson, language: Language) -> Result<Value, AppError> {
        require(actor, Permission::DirectoryWrite)?;
        let now = self.clock.now();
        let mut person = match id {
            Some(id) => directory::person_by_id(&self.database, id).await?.ok_or_else(|| not_found("这个人员", "person"))?,
            None => PersonRow {
                id: uuid::Uuid::now_v7().to_string(),
                login: String::new(),
                name: given.name.clone().filter(|n| !n.trim().is_empty()).ok_or_else(|| required("name"))?,
                unit: given.unit.clone().ok_or_else(|| required("unit"))?,
                roles: Vec::new(),
                phone: None,
                email: None,
                password_hash: hash_password(given.password.as_deref().ok_or_else(|| required("password"))?)?,
                active: true,
                failures: 0,
                locked_until: 0,
                created_at: now.0,
            },
        };
        if let Some(login) = &given.login {
            person.login = login.trim().to_lowercase();
        }
        let login_good =
            (2..=40).contains(&person.login.len()) && person.login.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
        if !login_good {
            return Err(Problem::new(
                422,
                "login_invalid",
                "登录名须为 2–40 个字母、数字或 . _ -。",
                "A login name has 2 to 40 letters, digits, . _ or -.",
            )
            .at("/login", "格式不正确", "not valid")
            .into());
        }
        person.name = given.name.filter(|n| !n.trim().is_empty()).unwrap_or(person.name);
        person.unit = given.unit.unwrap_or(person.unit);
        if self.units().get(&person.unit).is_none() {
            return Err(Problem::new(422, "unit_unknown", "没有这个单位。", "There is no such unit.")
                .at("/unit", "未知单位", "unknown")
                .into());
        }
        if let Some(words) = &given.roles {
            let roles: Option<Vec<Role>> = words.iter().map(|w| Role::parse(w)).collect();
            person.roles = roles.ok_or_else(|| {
                Problem::new(422, "role_unknown", "没有这个角色。", "There is no such role.").at("/roles", "未知角色", "unknown")
            })?;
        }
        if let (Some(password), Some(_)) = (&given.password, id) {
            person.password_hash = hash_password(password)?;
        }
        person.phone = given.phone.map(|p| p.trim().to_owned()).filter(|p| !p.is_empty() && !p.contains('*')).or(person.phone);
        if let Some(email) = given.email.map(|e| e.trim().to_owned()).filter(|e| !e.contains('*')) {
            if !email.is_empty() && email.parse::<lettre::Address>().is_err() {
                return Err(Problem::new(422, "email_invalid", "邮箱地址不正确。", "This is no e-mail address.")
                    .at("/email", "格式不正确", "not valid")
                    .into());
            }
            person.email = Some(email).filter(|e| !e.is_empty());
        }
        person.active = given.active.unwrap_or(person.active);
        let mut write = self.database.write().await?;
        if let Err(e) = directory::put_person(&mut write, &person).await {
            return Err(if e.is_duplicate() {
                Problem::new(409, "login_taken", "这个登录名已被使用。", "This login name is taken.")
                    .at("/login", "已被使用", "taken")
                    .into()
            } else {
                e.into()
            });
        }
        directory::end_login(&mut write, None, Some(&person.id)).await?;
        let body = json!({ "login": person.login, "unit": person.unit, "roles": person.roles, "active": person.active, "password_changed": given.password.is_some() });
        journal::append(&mut write, &format!("person:{}", person.id), &Signature::from(actor), now, &[("person.put".into(), body)]).await?;
        write.commit().await?;
        Ok(self.person_view(&person, language))
    }
}

impl App {
    /// Makes an account from the command line: for the first administrator of a city.
    ///
    /// # Errors
    /// As [`App::put_person`].
    pub async fn add_account(&self, login: &str, name: &str, unit: &str, roles: &[String], password: &str) -> Result<(), AppError> {
        let program = Actor {
            person: journal::PROGRAM.into(),
            name: String::new(),
            unit: String::new(),
            unit_kind: UnitKind::Commission,
            roles: vec![Role::Administrator],
        };
        let given = GivenPerson {
            name: Some(name.to_owned()),
            login: Some(login.to_owned()),
            password: Some(password.to_owned()),
            unit: Some(unit.to_owned()),
            roles: Some(roles.to_vec()),
            ..GivenPerson::default()
        };
        self.put_person(&program, None, given, Language::Zh).await?;
        Ok(())
    }
}
