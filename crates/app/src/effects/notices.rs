//! Notices in the program: those of one's unit, of oneself, and of one's roles about cases one may see.

use gongzhi_civic::permission::{Actor, Scope};
use gongzhi_civic::text::{Language, Text};
use gongzhi_store::notices::{self, Reader};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::App;
use crate::error::AppError;

/// What to look at.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct NoticeQuery {
    /// `1`: only what is not read yet.
    pub unread: Option<String>,
    /// Before this notice.
    pub cursor: Option<i64>,
    /// At most 200.
    pub limit: Option<i64>,
}

/// What was read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReadMarks {
    /// These.
    pub ids: Vec<String>,
    /// Everything up to this one.
    pub up_to: Option<String>,
}

/// The targets that are this person's own: the live stream and the list agree on them.
#[must_use]
pub fn own_targets(actor: &Actor) -> Vec<String> {
    vec![format!("unit:{}", actor.unit), format!("person:{}", actor.person)]
}

/// Whether a notice to `target` concerns this person.
#[must_use]
pub fn concerns(actor: &Actor, target: &str) -> bool {
    own_targets(actor).iter().any(|t| t == target)
        || target.strip_prefix("role:").is_some_and(|r| actor.roles.iter().any(|x| x.as_str() == r))
}

impl App {
    fn reader(&self, actor: &Actor) -> Reader {
        let tree = self.units();
        let visible_to = match actor.scope() {
            Scope::City => None,
            Scope::OwnUnits => Some(tree.units.keys().filter(|u| tree.is_within(u, &actor.unit)).cloned().collect()),
        };
        Reader {
            person: actor.person.clone(),
            own: own_targets(actor),
            roles: actor.roles.iter().map(|r| format!("role:{}", r.as_str())).collect(),
            visible_to,
        }
    }

    /// A page of somebody's notices, newest first.
    ///
    /// # Errors
    /// What the store says.
    pub async fn list_notices(&self, actor: &Actor, query: &NoticeQuery, language: Language) -> Result<Value, AppError> {
        let reader = self.reader(actor);
        let limit = query.limit.unwrap_or(50).clamp(1, 200);
        let rows = notices::page(&self.database, &reader, query.unread.as_deref() == Some("1"), query.cursor, limit).await?;
        let next = if i64::try_from(rows.len()).unwrap_or(0) == limit { rows.last().map(|(n, _)| n.id.to_string()) } else { None };
        let items: Vec<Value> = rows
            .into_iter()
            .map(|(n, read)| {
                json!({ "id": n.id.to_string(), "kind": n.kind, "text": Text::new(n.zh, n.en).get(language), "case": n.case, "number": n.number, "title": n.title, "at": n.at, "read": read })
            })
            .collect();
        Ok(json!({ "items": items, "unread": notices::unread(&self.database, &reader).await?, "next": next }))
    }

    /// Notes what somebody has read.
    ///
    /// # Errors
    /// What the store says.
    pub async fn read_notices(&self, actor: &Actor, marks: &ReadMarks) -> Result<Value, AppError> {
        let last = notices::last(&self.database).await?;
        let mut write = self.database.write().await?;
        let ids: Vec<i64> = marks.ids.iter().filter_map(|i| i.parse().ok()).take(200).collect();
        notices::mark(&mut write, &actor.person, &ids).await?;
        if let Some(up_to) = marks.up_to.as_deref().and_then(|i| i.parse().ok()) {
            notices::mark_up_to(&mut write, &actor.person, up_to).await?;
        }
        write.commit().await?;
        let unread = notices::unread(&self.database, &self.reader(actor)).await?;
        if unread == 0 {
            // One number instead of many marks: what was there before is read.
            let mut write = self.database.write().await?;
            notices::mark_up_to(&mut write, &actor.person, last).await?;
            write.commit().await?;
        }
        Ok(json!({ "unread": unread }))
    }
}
