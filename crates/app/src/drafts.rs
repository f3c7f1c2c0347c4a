//! Writing a new version of a matter: a draft is copied, edited, checked, tried and published.
//!
//! A draft is a folder of texts that nothing runs by. Publishing passes the same gate as the program's own templates,
//! alone and together with the other matters; it makes a version that never changes, under the hash of its content.

use std::collections::BTreeMap;
use std::sync::Arc;

use gongzhi_civic::permission::{Actor, Permission};
use gongzhi_civic::text::Text;
use gongzhi_matter::{Definition, DefinitionView, Fault, gate_together, scenario};
use gongzhi_store::drafts::{self, DraftRow, PublicationRow};
use gongzhi_store::{StoreError, cases, directory};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::App;
use crate::access::require;
use crate::error::{AppError, Problem, invalid, not_found};
use crate::journal::{self, Signature};

pub mod lines;
mod trial;
mod versions;

pub use trial::BenchQuestion;
pub use versions::Drawn;

/// Most files of a draft.
const MOST_FILES: usize = 200;
/// Most bytes of all its texts.
pub const MOST_BYTES: usize = 2 * 1024 * 1024;
/// Faults that a refusal names.
const NAMED: usize = 20;

/// A draft as an administrator asks for one.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GivenDraft {
    /// The matter it will be a version of; an unknown id makes a new matter.
    pub matter: String,
    /// Its texts by name. Without them it is a copy.
    pub files: Option<BTreeMap<String, String>>,
    /// Content hash of the version to copy, of this matter or another; without it the version in force.
    pub hash: Option<String>,
}

/// An edit of a draft.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DraftEdit {
    /// The revision that the editor saw.
    pub revision: i64,
    /// All its texts by name.
    pub files: BTreeMap<String, String>,
    /// The version that the draft goes on from now, once another was published meanwhile and both were compared.
    pub base: Option<String>,
}

/// The wish to publish.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PublishOrder {
    /// What changed and why.
    pub note: String,
    /// The revision that was checked and tried.
    pub revision: Option<i64>,
    /// Publish although scenarios do not hold; the ledger says so.
    pub despite_scenarios: bool,
}

/// A draft that was looked at.
struct Examined {
    faults: Vec<Fault>,
    definition: Option<Arc<Definition>>,
}

impl App {
    /// All drafts without their texts.
    ///
    /// # Errors
    /// No permission.
    pub async fn drafts(&self, actor: &Actor) -> Result<Value, AppError> {
        require(actor, Permission::MatterWrite)?;
        let mut items = Vec::new();
        for row in drafts::all(&self.database).await? {
            let mut view = self.draft_view(&row).await?;
            view["files"] = json!(row.files.len());
            items.push(view);
        }
        Ok(json!({ "items": items }))
    }

    /// One draft with its texts.
    ///
    /// # Errors
    /// No permission, no such draft.
    pub async fn draft(&self, actor: &Actor, id: &str) -> Result<Value, AppError> {
        let row = self.draft_row(actor, id).await?;
        self.draft_view(&row).await
    }

    /// Makes a draft: from texts, or as a copy that counts the version up.
    ///
    /// # Errors
    /// No permission, an id or file names that cannot be, nothing to copy.
    pub async fn make_draft(&self, actor: &Actor, given: GivenDraft) -> Result<Value, AppError> {
        require(actor, Permission::MatterWrite)?;
        let matter = given.matter.trim().to_owned();
        if matter.is_empty() || matter.len() > 60 || !matter.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
            let problem = Problem::new(
                422,
                "matter_id_invalid",
                "事项标识只能用小写英文字母、数字和下划线，最多 60 个字符。",
                "A matter's id has lower-case letters, digits and underscores only, at most 60 of them.",
            );
            return Err(problem.at("/matter", "请改用如 road_works 的标识", "write something like road_works").into());
        }
        let in_force = self.definitions().current(&matter).cloned();
        let base_hash = in_force.as_ref().map(|d| d.content_hash.clone()).unwrap_or_default();
        let files = match (given.files, given.hash.or_else(|| in_force.as_ref().map(|d| d.content_hash.clone()))) {
            (Some(files), _) => files,
            (None, Some(hash)) => {
                let mut files = self.texts(&hash).await?;
                let highest = drafts::versions(&self.database, &matter).await?.iter().map(|v| v.version).max().unwrap_or(0);
                if let Some(text) = files.get_mut("matter.toml") {
                    *text = renamed(text, &matter, highest + 1);
                }
                files
            }
            (None, None) => {
                return Err(not_found(
                    "这种事项；新事项请指定要复制的版本或给出文件",
                    "matter; for a new one name a version to copy, or give files",
                ));
            }
        };
        check_files(&files)?;
        let now = self.clock.now().0;
        let row = DraftRow {
            id: uuid::Uuid::now_v7().to_string(),
            matter,
            base_hash,
            files,
            revision: 1,
            author: actor.person.clone(),
            created_at: now,
            updated_at: now,
        };
        let mut write = self.database.write().await?;
        drafts::insert(&mut write, &row).await?;
        write.commit().await?;
        self.draft_view(&row).await
    }

    /// Writes a draft's texts.
    ///
    /// # Errors
    /// No permission, no such draft, file names that cannot be, somebody else wrote meanwhile.
    pub async fn edit_draft(&self, actor: &Actor, id: &str, edit: DraftEdit) -> Result<Value, AppError> {
        let mut row = self.draft_row(actor, id).await?;
        check_files(&edit.files)?;
        if let Some(base) = edit.base {
            if !base.is_empty() && self.definitions().pinned(&base).is_none() {
                return Err(not_found("这个版本", "version"));
            }
            row.base_hash = base;
        }
        row.files = edit.files;
        row.revision = edit.revision.saturating_add(1);
        row.author.clone_from(&actor.person);
        row.updated_at = self.clock.now().0;
        let mut write = self.database.write().await?;
        if !drafts::update(&mut write, &row, edit.revision).await? {
            return Err(changed());
        }
        write.commit().await?;
        self.draft_view(&row).await
    }

    /// Throws a draft away.
    ///
    /// # Errors
    /// No permission, no such draft.
    pub async fn drop_draft(&self, actor: &Actor, id: &str) -> Result<(), AppError> {
        let row = self.draft_row(actor, id).await?;
        let mut write = self.database.write().await?;
        if !drafts::delete(&mut write, id, row.revision).await? {
            return Err(changed());
        }
        write.commit().await?;
        Ok(())
    }

    /// What the publish gate says of a draft: every fault with file, line and column, alone and beside the other matters.
    ///
    /// # Errors
    /// No permission, no such draft.
    pub async fn check_draft(&self, actor: &Actor, id: &str) -> Result<Value, AppError> {
        let row = self.draft_row(actor, id).await?;
        let examined = self.examine(&row).await?;
        let definition = match &examined.definition {
            Some(d) => serde_json::to_value(DefinitionView::from(d.as_ref())).map_err(|e| AppError::Internal(e.to_string()))?,
            None => Value::Null,
        };
        let open = examined.definition.as_ref().and_then(|d| d.opening_form()).map(|f| f.schema.clone());
        Ok(
            json!({ "ok": examined.faults.is_empty(), "revision": row.revision, "faults": examined.faults, "definition": definition, "schema": open }),
        )
    }

    /// Puts a draft in force: from this moment new cases run by it, here at once and on other servers with their next round.
    ///
    /// # Errors
    /// No permission, no such draft, faults, scenarios that do not hold, another version published meanwhile, no note.
    pub async fn publish_draft(&self, actor: &Actor, id: &str, order: PublishOrder) -> Result<Value, AppError> {
        let row = self.draft_row(actor, id).await?;
        let note: String = order.note.chars().filter(|c| !c.is_control() || *c == '\n').collect();
        let note = note.trim();
        if note.chars().count() < 4 {
            let problem = Problem::new(
                422,
                "note_missing",
                "请写明这一版改了什么、为什么改（至少 4 个字）。",
                "Say what this version changes and why (at least 4 characters).",
            );
            return Err(problem.at("/note", "至少 4 个字", "at least 4 characters").into());
        }
        if order.revision.is_some_and(|r| r != row.revision) {
            return Err(changed());
        }
        self.catch_up_definitions().await?;
        let before = self.definitions().current(&row.matter).cloned();
        let base = before.as_ref().map(|d| d.content_hash.clone()).unwrap_or_default();
        if base != row.base_hash {
            return Err(Problem::new(
                409,
                "draft_outdated",
                "起草期间已有另一版本生效。请与生效版本比较，确认后再以其为基础保存，然后发布。",
                "Another version came in force while this was drafted. Compare with it, save the draft on its base, then publish.",
            )
            .into());
        }
        let examined = self.examine(&row).await?;
        let Some(definition) = examined.definition.filter(|_| examined.faults.is_empty()) else {
            return Err(faulty(&examined.faults));
        };
        let failing = self.failing(&definition, &row.files).await?;
        if !failing.is_empty() && !order.despite_scenarios {
            let mut problem = Problem::new(
                422,
                "scenarios_fail",
                format!("有 {} 个情景不成立，不能发布。请修改规则或情景。", failing.len()),
                format!("{} scenarios do not hold; nothing was published. Mend the rules or the scenarios.", failing.len()),
            );
            for (i, (name, why)) in failing.iter().take(NAMED).enumerate() {
                problem = problem.at(&format!("/scenarios/{i}"), &format!("{}：{why}", name.zh), &format!("{}: {why}", name.en));
            }
            return Err(problem.into());
        }
        let now = self.clock.now();
        let files = serde_json::to_value(&row.files).map_err(|e| AppError::Internal(e.to_string()))?;
        let version = i64::from(definition.version);
        let publication = PublicationRow {
            hash: definition.content_hash.clone(),
            matter: row.matter.clone(),
            version,
            at: now.0,
            actor: actor.person.clone(),
            note: note.to_owned(),
        };
        let said = json!({
            "version": version, "hash": publication.hash, "before": before.as_ref().map(|d| d.content_hash.clone()), "note": note,
            "failing_scenarios": failing.len(),
        });
        let mut write = self.database.write().await?;
        cases::put_definition(&mut write, &publication.hash, &row.matter, version, &files, now.0).await?;
        // Two administrators at the same moment: the number belongs to the first.
        drafts::publish(&mut write, &publication).await.map_err(twice)?;
        if !drafts::delete(&mut write, &row.id, row.revision).await? {
            return Err(changed());
        }
        let stream = format!("matter:{}", row.matter);
        journal::append(&mut write, &stream, &Signature::from(actor), now, &[("matter.published".into(), said)]).await?;
        write.commit().await?;
        self.load_definitions().await?;
        self.tell("matter", json!({ "id": row.matter, "version": version }));
        Ok(json!({ "matter": row.matter, "version": version, "hash": publication.hash }))
    }

    async fn draft_row(&self, actor: &Actor, id: &str) -> Result<DraftRow, AppError> {
        require(actor, Permission::MatterWrite)?;
        drafts::find(&self.database, id).await?.ok_or_else(|| not_found("这份草稿", "draft"))
    }

    async fn draft_view(&self, row: &DraftRow) -> Result<Value, AppError> {
        let author = directory::person_by_id(&self.database, &row.author).await?.map(|p| p.name);
        let definitions = self.definitions();
        let base = definitions.pinned(&row.base_hash).map(|d| d.version);
        let in_force = definitions.current(&row.matter).map(|d| json!({ "version": d.version, "hash": d.content_hash, "title": d.title }));
        let outdated = definitions.current(&row.matter).map_or("", |d| d.content_hash.as_str()) != row.base_hash;
        Ok(json!({
            "id": row.id, "matter": row.matter, "base": row.base_hash, "base_version": base, "in_force": in_force, "outdated": outdated,
            "revision": row.revision, "author": author, "created_at": row.created_at, "updated_at": row.updated_at, "files": row.files,
        }))
    }

    /// The texts of a version by its hash.
    pub(crate) async fn texts(&self, hash: &str) -> Result<BTreeMap<String, String>, AppError> {
        let files = cases::definition_files(&self.database, hash).await?;
        if files.is_null() {
            return Err(not_found("这个版本", "version"));
        }
        serde_json::from_value(files).map_err(|source| StoreError::Document { what: "definition", source }.into())
    }

    /// The gate: alone, beside the others, and against what is in force.
    async fn examine(&self, row: &DraftRow) -> Result<Examined, AppError> {
        let (units, files) = (self.units(), row.files.clone());
        let loaded =
            tokio::task::spawn_blocking(move || Definition::load(&files, &units)).await.map_err(|e| AppError::Internal(e.to_string()))?;
        let definition = match loaded {
            Ok(definition) => Arc::new(definition),
            Err(faults) => return Ok(Examined { faults, definition: None }),
        };
        let text = row.files.get("matter.toml").map_or("", String::as_str);
        let at = |key: &str, code: &str, zh: String, en: String| Fault {
            file: "matter.toml".into(),
            line: line_of(text, key),
            column: 1,
            code: code.into(),
            message: Text::new(zh, en),
        };
        let mut faults = Vec::new();
        if definition.id != row.matter {
            let (zh, en) = (
                format!("草稿是为“{}”写的，id 须与之相同", row.matter),
                format!("the draft is for `{}`: the id must be the same", row.matter),
            );
            faults.push(at("id", "matter_id_other", zh, en));
        }
        let definitions = self.definitions();
        if let Some(current) = definitions.current(&row.matter).filter(|d| d.version >= definition.version) {
            faults.push(at(
                "version",
                "version_not_higher",
                format!("生效的是第 {} 版，新版须更高", current.version),
                format!("version {} is in force: a new one must be higher", current.version),
            ));
        }
        // What was wrong between other matters before this draft is not its fault.
        let already = gate_together(definitions.all().map(Arc::as_ref));
        let others = definitions.all().filter(|d| d.id != row.matter).map(Arc::as_ref);
        let own = format!("{}/", definition.id);
        for mut fault in gate_together(others.chain([definition.as_ref()])) {
            if let Some(name) = fault.file.strip_prefix(&own) {
                fault.file = name.to_owned();
                faults.push(fault);
            } else if !already.contains(&fault) {
                faults.push(fault);
            }
        }
        Ok(Examined { faults, definition: Some(definition) })
    }

    /// The scenarios that do not hold, with the first reason.
    async fn failing(&self, definition: &Arc<Definition>, files: &BTreeMap<String, String>) -> Result<Vec<(Text, String)>, AppError> {
        let report = self.play(definition, files).await?.map_err(|faults| faulty(&faults))?;
        Ok(report.results.into_iter().filter_map(|r| Some((r.name, r.failures.into_iter().next()?))).collect())
    }

    async fn play(
        &self,
        definition: &Arc<Definition>,
        files: &BTreeMap<String, String>,
    ) -> Result<Result<scenario::Report, Vec<Fault>>, AppError> {
        let (definition, files, calendar) = (definition.clone(), files.clone(), self.calendar());
        tokio::task::spawn_blocking(move || scenario::run(&definition, &files, &calendar))
            .await
            .map_err(|e| AppError::Internal(e.to_string()))
    }
}

/// Names as folders have them, texts of a size that a person writes.
fn check_files(files: &BTreeMap<String, String>) -> Result<(), AppError> {
    let named = |name: &str| {
        let known = [".toml", ".json", ".typ", ".md"].iter().any(|end| name.ends_with(end));
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/'));
        known && plain && name.len() <= 120 && name.split('/').all(|part| !part.is_empty() && !part.starts_with('.'))
    };
    if let Some(name) = files.keys().find(|n| !named(n)) {
        return Err(invalid(
            "file_name_invalid",
            format!("文件名“{name}”不可用：只能用字母、数字、_、-、.、/，并以 .toml、.json、.typ 或 .md 结尾。"),
            format!("`{name}` cannot be a file's name: letters, digits, _, -, . and / only, ending in .toml, .json, .typ or .md."),
        ));
    }
    if files.len() > MOST_FILES || files.values().map(String::len).sum::<usize>() > MOST_BYTES {
        return Err(invalid(
            "draft_too_large",
            "草稿过大：最多 200 个文件，合计 2 MB。",
            "The draft is too large: at most 200 files of 2 MB in all.",
        ));
    }
    Ok(())
}

/// `matter.toml` under another id and version; everything else, comments too, stays.
fn renamed(text: &str, id: &str, version: i64) -> String {
    let mut head = true;
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        head = head && !line.starts_with('[');
        let key = line.split('=').next().unwrap_or_default().trim();
        match key {
            "id" if head => out.push_str(&format!("id = \"{id}\"\n")),
            "version" if head => out.push_str(&format!("version = {version}\n")),
            _ => out.push_str(line),
        }
    }
    out
}

/// The line of a key at the head of `matter.toml`.
fn line_of(text: &str, key: &str) -> usize {
    text.lines().position(|l| l.split('=').next().unwrap_or_default().trim() == key).map_or(1, |n| n + 1)
}

/// A refusal that names the faults by file, line and column.
fn faulty(faults: &[Fault]) -> AppError {
    let first = faults.first().map(|f| (f.file.clone(), f.line, f.message.clone()));
    let (file, line, message) = first.unwrap_or_default();
    let mut problem = Problem::new(
        422,
        "definition_faulty",
        format!("定义有 {} 处错误，未发布。第一处：{file} 第 {line} 行：{}。", faults.len(), message.zh),
        format!("The definition has {} faults; nothing was published. The first: {file}, line {line}: {}.", faults.len(), message.en),
    );
    for fault in faults.iter().take(NAMED) {
        problem = problem.at(&format!("/{}:{}:{}", fault.file, fault.line, fault.column), &fault.message.zh, &fault.message.en);
    }
    problem.into()
}

fn changed() -> AppError {
    Problem::new(
        409,
        "draft_changed",
        "草稿已被他人改动。请重新载入，再改一次。",
        "Somebody else changed the draft meanwhile. Load it again and repeat your change.",
    )
    .into()
}

fn twice(error: StoreError) -> AppError {
    if error.is_duplicate() {
        return Problem::new(
            409,
            "version_taken",
            "这个版本号刚刚已被发布，请用更高的版本号。",
            "This version number was just published; take a higher one.",
        )
        .into();
    }
    error.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_changes_id_and_version_at_the_head_only() {
        let text = "# note\nid = \"a\"\nversion = 3\nowner = \"x\"\n\n[[stages]]\nid = \"b\"\n";
        assert_eq!(renamed(text, "c", 4), "# note\nid = \"c\"\nversion = 4\nowner = \"x\"\n\n[[stages]]\nid = \"b\"\n");
        assert_eq!(line_of(text, "version"), 3);
    }

    #[test]
    fn file_names_stay_within_the_folder() {
        let one = |name: &str| check_files(&BTreeMap::from([(name.to_owned(), String::new())])).is_ok();
        assert!(one("matter.toml") && one("forms/open.schema.json") && one("letters/order.typ"));
        assert!(!one("../matter.toml") && !one("/etc/x.toml") && !one("forms//x.json") && !one("a.exe") && !one(".hidden.toml"));
    }
}
