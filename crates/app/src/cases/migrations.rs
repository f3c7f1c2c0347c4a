//! Moving open cases to the version in force: shown first, then applied case by case, each with its own event.

use gongzhi_civic::permission::{Actor, Permission};
use gongzhi_civic::text::Language;
use gongzhi_matter::Definition;
use gongzhi_store::Write;
use gongzhi_store::cases::{self, CaseFilter};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Loaded, OPEN, conflict};
use crate::App;
use crate::access::require;
use crate::error::{AppError, Problem, not_found};
use crate::journal::{self, Signature};

/// Cases a transaction.
const CHUNK: usize = 100;

/// Which cases are to move.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Migrating {
    /// The version they are on.
    pub from: u32,
    /// Only says what would happen.
    pub dry_run: bool,
}

impl App {
    /// Moves the open cases of one version to the version in force. Those that cannot come stay where they are, with the
    /// reason; given again, it goes on with what is left.
    ///
    /// # Errors
    /// No permission, no such matter or version.
    pub async fn migrate_cases(&self, actor: &Actor, matter: &str, given: &Migrating, language: Language) -> Result<Value, AppError> {
        require(actor, Permission::CaseMigrate)?;
        let definitions = self.definitions();
        let new = definitions.current(matter).ok_or_else(|| not_found("这种事项", "matter"))?.clone();
        if given.from >= new.version {
            let (zh, en) = (format!("现行版本是第 {} 版。", new.version), format!("The version in force is {}.", new.version));
            return Err(Problem::new(422, "migration_not_newer", zh, en).at("/from", "须早于现行版本", "must be older").into());
        }
        let old = definitions.of_version(matter, given.from);
        if old.is_empty() {
            return Err(not_found("这个版本", "version"));
        }
        let filter = CaseFilter {
            matters: vec![matter.to_owned()],
            definitions: old.iter().map(|d| d.content_hash.clone()).collect(),
            bases: OPEN.iter().map(|b| b.as_str().to_owned()).collect(),
            ..CaseFilter::default()
        };
        let ids: Vec<String> = gongzhi_store::lists::keys(&self.database, &filter).await?.into_iter().map(|(id, ..)| id).collect();
        let by = Signature::from(actor);
        let (mut moved, mut refused) = (0_usize, Vec::new());
        for chunk in ids.chunks(CHUNK) {
            let mut write = self.database.write().await?;
            for id in chunk {
                // Somebody may have closed or moved it meanwhile.
                let Some(row) = cases::load(&mut write, id).await?.filter(|r| r.closed_at.is_none()) else { continue };
                if !filter.definitions.contains(&row.definition) {
                    continue;
                }
                let number = row.number.clone();
                match self.migrate_one(&mut write, self.unfold(row)?, &new, actor, &by).await {
                    Ok(()) => moved += 1,
                    Err(AppError::Problem(p)) => {
                        let fields: Vec<String> = p.fields.iter().map(|(at, why)| format!("{at} {}", why.get(language))).collect();
                        let why = [vec![p.message.get(language).to_owned()], fields].concat().join("；");
                        refused.push(json!({ "number": number, "code": p.code, "why": why }));
                    }
                    Err(e) => return Err(e),
                }
            }
            if given.dry_run {
                drop(write);
            } else {
                write.commit().await?;
            }
        }
        if !given.dry_run {
            let mut write = self.database.write().await?;
            let body = json!({ "matter": matter, "from": given.from, "to": new.version, "hash": new.content_hash, "moved": moved, "refused": refused.len() });
            journal::append(&mut write, &format!("matter:{matter}"), &by, self.clock.now(), &[("matter.migrated".into(), body)]).await?;
            write.commit().await?;
            self.tell("case", json!({ "migrated": matter }));
        }
        Ok(json!({ "from": given.from, "to": new.version, "moved": moved, "refused": refused }))
    }

    async fn migrate_one(
        &self,
        write: &mut Write,
        mut loaded: Loaded,
        new: &Definition,
        actor: &Actor,
        by: &Signature,
    ) -> Result<(), AppError> {
        let place = self.place_of(&loaded.row);
        let facts = self.facts(&place, &loaded.row.source);
        let event = gongzhi_matter::migrate(&loaded.definition, new, &loaded.case, &self.actor_facts(actor), &facts)?;
        let before = loaded.row.sequence;
        loaded.row.definition.clone_from(&new.content_hash);
        self.record_acts(write, new, &mut loaded.row, Some(loaded.case), &[event], by, self.clock.now(), None).await?;
        cases::update(write, &loaded.row, before).await.map_err(conflict)
    }
}
