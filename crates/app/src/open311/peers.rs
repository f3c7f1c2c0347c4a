//! Keys of others at our door, and our own keys at theirs: what an administrator keeps.

use gongzhi_civic::permission::{Actor, Permission};
use gongzhi_store::keys::{self, KeyRow};
use gongzhi_store::open311::{self, PeerRow};
use serde::Deserialize;
use serde_json::{Value, json};

use super::open::SCOPE;
use crate::App;
use crate::access::{digest, require, secret};
use crate::error::{AppError, Problem, not_found};
use crate::journal::{self, Signature};

/// A key as an administrator asks for one.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GivenKey {
    /// Who will use it.
    pub name: String,
    /// Whether it opens the door.
    pub active: Option<bool>,
}

/// Another server as an administrator types it; on a change only what is given changes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GivenPeer {
    /// Name.
    pub name: Option<String>,
    /// Endpoint, such as `https://311.example.org/open311/v2`.
    pub url: Option<String>,
    /// Its jurisdiction.
    pub jurisdiction: Option<String>,
    /// Our key there.
    pub api_key: Option<String>,
    /// `json` or `xml`.
    pub format: Option<String>,
    /// The unit it stands for; empty for none.
    pub unit: Option<String>,
    /// Service code there for what we push.
    pub push_service: Option<String>,
    /// Matter that its requests are opened as; empty for none.
    pub pull_matter: Option<String>,
    /// Service codes to pull, separated by commas.
    pub pull_services: Option<String>,
    /// Whether it is used.
    pub active: Option<bool>,
}

fn wrong(field: &str, zh: &str, en: &str) -> AppError {
    Problem::new(422, "peer_invalid", format!("对接系统设置有误：{zh}"), format!("The peer's settings do not hold: {en}"))
        .at(&format!("/{field}"), zh, en)
        .into()
}

fn key_view(row: &KeyRow) -> Value {
    json!({ "id": row.id, "name": row.name, "scope": row.scope, "active": row.active, "created_at": row.created_at, "used_at": row.used_at })
}

fn peer_view(row: &PeerRow) -> Value {
    json!({
        "id": row.id, "name": row.name, "url": row.url, "jurisdiction": row.jurisdiction, "format": row.format, "has_key": !row.api_key.is_empty(),
        "unit": row.unit, "push_service": row.push_service, "pull_matter": row.pull_matter, "pull_services": row.pull_services,
        "pulled_to": row.pulled_to, "active": row.active,
    })
}

impl App {
    /// The keys of other programs.
    ///
    /// # Errors
    /// No permission.
    pub async fn api_keys(&self, actor: &Actor) -> Result<Value, AppError> {
        require(actor, Permission::DirectoryWrite)?;
        Ok(json!({ "items": keys::all(&self.database).await?.iter().map(key_view).collect::<Vec<_>>() }))
    }

    /// Makes a key for the Open311 door. Its words are in this answer and nowhere else.
    ///
    /// # Errors
    /// No permission, no name.
    pub async fn make_api_key(&self, actor: &Actor, given: GivenKey) -> Result<Value, AppError> {
        require(actor, Permission::DirectoryWrite)?;
        if given.name.trim().is_empty() {
            return Err(Problem::new(422, "field_missing", "请写明这把密钥给谁用。", "Say who will use this key.")
                .at("/name", "必填", "required")
                .into());
        }
        let key = secret();
        let id = uuid::Uuid::now_v7().to_string();
        let row = KeyRow {
            id,
            name: given.name.trim().to_owned(),
            scope: SCOPE.into(),
            active: true,
            created_at: self.clock.now().0,
            used_at: None,
        };
        let mut write = self.database.write().await?;
        keys::put(&mut write, &row, &digest(&key), &actor.person).await?;
        let said = [("key.made".to_owned(), json!({ "name": row.name, "scope": row.scope }))];
        journal::append(&mut write, &format!("key:{}", row.id), &Signature::from(actor), self.clock.now(), &said).await?;
        write.commit().await?;
        let mut view = key_view(&row);
        view["key"] = Value::from(key);
        Ok(view)
    }

    /// Switches a key on or off.
    ///
    /// # Errors
    /// No permission, no such key.
    pub async fn switch_api_key(&self, actor: &Actor, id: &str, given: GivenKey) -> Result<Value, AppError> {
        require(actor, Permission::DirectoryWrite)?;
        let active = given.active.unwrap_or(true);
        let mut write = self.database.write().await?;
        if !keys::set_active(&mut write, id, active).await? {
            return Err(not_found("这把密钥", "key"));
        }
        let said = [("key.switched".to_owned(), json!({ "active": active }))];
        journal::append(&mut write, &format!("key:{id}"), &Signature::from(actor), self.clock.now(), &said).await?;
        write.commit().await?;
        Ok(json!({ "id": id, "active": active }))
    }

    /// The other servers.
    ///
    /// # Errors
    /// No permission.
    pub async fn open311_peers(&self, actor: &Actor) -> Result<Value, AppError> {
        require(actor, Permission::DirectoryWrite)?;
        Ok(json!({ "items": open311::peers(&self.database).await?.iter().map(peer_view).collect::<Vec<_>>() }))
    }

    /// Adds another server, or changes the one with this id.
    ///
    /// # Errors
    /// No permission, no such peer, an address that is none, an unknown unit or matter.
    pub async fn put_open311_peer(&self, actor: &Actor, id: Option<&str>, given: GivenPeer) -> Result<Value, AppError> {
        require(actor, Permission::DirectoryWrite)?;
        let now = self.clock.now();
        let mut row = match id {
            Some(id) => {
                let known = open311::peers(&self.database).await?.into_iter().find(|p| p.id == id);
                known.ok_or_else(|| not_found("这个对接系统", "peer"))?
            }
            None => PeerRow {
                id: uuid::Uuid::now_v7().to_string(),
                format: "json".into(),
                // What lies further back is another city's history, not news.
                pulled_to: now.0 - 90 * gongzhi_civic::time::DAY_MS,
                active: true,
                created_at: now.0,
                ..PeerRow::default()
            },
        };
        let set = |slot: &mut String, given: Option<String>| {
            if let Some(text) = given {
                *slot = text.trim().to_owned();
            }
        };
        set(&mut row.name, given.name);
        set(&mut row.url, given.url.map(|u| u.trim().trim_end_matches('/').to_owned()));
        set(&mut row.jurisdiction, given.jurisdiction);
        set(&mut row.api_key, given.api_key);
        set(&mut row.format, given.format);
        set(&mut row.push_service, given.push_service);
        set(&mut row.pull_services, given.pull_services);
        let optional = |slot: &mut Option<String>, given: Option<String>| {
            if let Some(text) = given {
                *slot = Some(text.trim().to_owned()).filter(|t| !t.is_empty());
            }
        };
        optional(&mut row.unit, given.unit);
        optional(&mut row.pull_matter, given.pull_matter);
        row.active = given.active.unwrap_or(row.active);
        self.check_peer(&row)?;
        let mut write = self.database.write().await?;
        open311::put_peer(&mut write, &row).await?;
        journal::append(&mut write, &format!("peer:{}", row.id), &Signature::from(actor), now, &[("peer.set".to_owned(), peer_view(&row))])
            .await?;
        write.commit().await?;
        // Whoever changes a peer wants to see it answer: it is asked in the next round.
        self.exchanged.store(0, std::sync::atomic::Ordering::Relaxed);
        Ok(peer_view(&row))
    }

    fn check_peer(&self, row: &PeerRow) -> Result<(), AppError> {
        if row.name.is_empty() {
            return Err(wrong("name", "请填写名称", "a name is needed"));
        }
        let url = reqwest::Url::parse(&row.url).ok().filter(|u| matches!(u.scheme(), "http" | "https") && u.has_host());
        if url.is_none() {
            return Err(wrong("url", "地址应以 http:// 或 https:// 开头", "the address starts with http:// or https://"));
        }
        if !matches!(row.format.as_str(), "json" | "xml") {
            return Err(wrong("format", "格式只能是 json 或 xml", "the format is json or xml"));
        }
        if row.unit.as_ref().is_some_and(|u| self.units().get(u).is_none()) {
            return Err(wrong("unit", "没有这个单位", "there is no such unit"));
        }
        if row.unit.is_some() && row.push_service.is_empty() {
            return Err(wrong("push_service", "推送需要对方的服务编码", "pushing needs the service code there"));
        }
        if row.pull_matter.as_ref().is_some_and(|m| self.definitions().current(m).is_none()) {
            return Err(wrong("pull_matter", "没有这种事项", "there is no such matter"));
        }
        Ok(())
    }
}
