//! Versions of a matter: who put them in force, which cases run by them, what differs between two.

use std::collections::BTreeMap;
use std::sync::Arc;

use gongzhi_civic::permission::{Actor, Permission};
use gongzhi_civic::text::Language;
use gongzhi_matter::Definition;
use gongzhi_store::{directory, drafts};
use serde_json::{Value, json};

use super::lines::compare;
use crate::App;
use crate::access::require;
use crate::error::{AppError, not_found};

/// How a matter is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawn {
    /// Its course as a picture (SVG).
    Diagram,
    /// Its rules as a sheet to be signed (HTML).
    Sheet,
}

impl App {
    /// All versions of a matter, the highest first.
    ///
    /// # Errors
    /// No permission, no such matter.
    pub async fn matter_versions(&self, actor: &Actor, matter: &str) -> Result<Value, AppError> {
        require(actor, Permission::DirectoryRead)?;
        let versions = drafts::versions(&self.database, matter).await?;
        if versions.is_empty() {
            return Err(not_found("这种事项", "matter"));
        }
        let published = drafts::publications(&self.database).await?;
        let definitions = self.definitions();
        let current = definitions.current(matter).map_or("", |d| d.content_hash.as_str());
        let mut items = Vec::new();
        for version in versions {
            let publication = published.iter().find(|p| p.hash == version.hash);
            let by = match publication {
                Some(p) => directory::person_by_id(&self.database, &p.actor).await?.map(|p| p.name),
                None => None,
            };
            items.push(json!({
                "hash": version.hash, "version": version.version, "at": publication.map_or(version.at, |p| p.at), "by": by,
                "note": publication.map(|p| &p.note), "origin": if publication.is_some() { "city" } else { "program" },
                "in_force": version.hash == current, "loads": definitions.pinned(&version.hash).is_some(),
                "open": version.open, "closed": version.closed,
            }));
        }
        Ok(json!({ "matter": matter, "items": items }))
    }

    /// The texts of a version.
    ///
    /// # Errors
    /// No permission, no such version of this matter.
    pub async fn version_files(&self, actor: &Actor, matter: &str, hash: &str) -> Result<Value, AppError> {
        require(actor, Permission::MatterWrite)?;
        Ok(json!({ "hash": hash, "files": self.texts_of(matter, hash).await? }))
    }

    /// What differs between two versions of a matter; `draft:ID` stands for a draft.
    ///
    /// # Errors
    /// No permission, no such version or draft of this matter.
    pub async fn matter_difference(&self, actor: &Actor, matter: &str, from: &str, to: &str) -> Result<Value, AppError> {
        require(actor, Permission::MatterWrite)?;
        let (old, new) = (self.texts_of(matter, from).await?, self.texts_of(matter, to).await?);
        // In the matter's own words, where both versions load.
        let changes = match (self.definition_of(matter, from).await?, self.definition_of(matter, to).await?) {
            (Some(old), Some(new)) => Some(gongzhi_matter::diff(&old, &new)),
            _ => None,
        };
        Ok(json!({ "from": from, "to": to, "changes": changes, "files": compare(&old, &new) }))
    }

    /// A matter as a diagram and as a sheet to be signed: `of` is a version's hash or `draft:ID`, without it what is in force.
    ///
    /// # Errors
    /// No permission, no such version or draft, a draft that does not load.
    pub async fn matter_drawn(&self, actor: &Actor, matter: &str, of: &str, drawn: Drawn, language: Language) -> Result<String, AppError> {
        require(actor, if of.starts_with("draft:") { Permission::MatterWrite } else { Permission::DirectoryRead })?;
        let definition = self.definition_of(matter, of).await?.ok_or_else(|| not_found("能载入的版本", "version that loads"))?;
        Ok(match drawn {
            Drawn::Diagram => gongzhi_matter::explain::svg(&definition, language),
            Drawn::Sheet => gongzhi_matter::explain::html(&definition, language),
        })
    }

    async fn definition_of(&self, matter: &str, what: &str) -> Result<Option<Arc<Definition>>, AppError> {
        if let Some(id) = what.strip_prefix("draft:") {
            let draft = drafts::find(&self.database, id).await?.filter(|d| d.matter == matter);
            return Ok(self.examine(&draft.ok_or_else(|| not_found("这份草稿", "draft"))?).await?.definition);
        }
        let definitions = self.definitions();
        let found = if what.is_empty() { definitions.current(matter) } else { definitions.pinned(what).filter(|d| d.id == matter) };
        Ok(found.cloned())
    }

    async fn texts_of(&self, matter: &str, what: &str) -> Result<BTreeMap<String, String>, AppError> {
        if let Some(id) = what.strip_prefix("draft:") {
            let draft = drafts::find(&self.database, id).await?.filter(|d| d.matter == matter);
            return draft.map(|d| d.files).ok_or_else(|| not_found("这份草稿", "draft"));
        }
        let known = drafts::versions(&self.database, matter).await?.iter().any(|v| v.hash == what);
        if known { self.texts(what).await } else { Err(not_found("这个版本", "version")) }
    }
}
