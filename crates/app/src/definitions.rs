//! Which version of a matter is in force, and seeing a version that another server published.
//!
//! The rule: what the city published last is in force, however high the number of the version that a newer program
//! brings. A matter of which the city published nothing runs by the program's template. A version never changes; a case
//! stays on the version it was opened with until it is migrated.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use gongzhi_matter::Definition;
use gongzhi_store::cases;
use gongzhi_store::drafts::{self, PublicationRow};
use serde_json::json;

use crate::App;
use crate::error::AppError;
use crate::state::{Definitions, faults};

impl App {
    /// Loads every version there is: the template's are kept under their hash, the others come from the store.
    pub(crate) async fn load_definitions(&self) -> Result<(), AppError> {
        let units = self.units();
        let now = self.clock.now().0;
        let known = self.definitions();
        let mut by_hash: BTreeMap<String, Arc<Definition>> = BTreeMap::new();
        let mut template = BTreeMap::new();
        for (id, files) in self.templates.matters()? {
            let definition = Arc::new(Definition::load(&files, &units).map_err(faults)?);
            let files = serde_json::to_value(&files).map_err(|e| AppError::Internal(e.to_string()))?;
            if known.pinned(&definition.content_hash).is_none() {
                let mut w = self.database.write().await?;
                cases::put_definition(&mut w, &definition.content_hash, &id, i64::from(definition.version), &files, now).await?;
                w.commit().await?;
            }
            by_hash.insert(definition.content_hash.clone(), definition.clone());
            template.insert(definition.id.clone(), definition);
        }
        // Read before the definitions: what is published meanwhile is seen with the next round.
        let published = drafts::publications(&self.database).await?;
        for (hash, matter, version, files) in cases::definitions(&self.database).await? {
            if by_hash.contains_key(&hash) {
                continue;
            }
            if let Some(same) = known.pinned(&hash) {
                by_hash.insert(hash, Arc::new(same.with_units(&units)));
                continue;
            }
            let files: BTreeMap<String, String> = serde_json::from_value(files).map_err(|e| AppError::Internal(e.to_string()))?;
            match Definition::load(&files, &units) {
                Ok(definition) => {
                    by_hash.insert(hash, Arc::new(definition));
                }
                Err(_) => tracing::warn!(matter, version, hash, "a definition in the store no longer loads; its cases are read-only"),
            }
        }
        let current = in_force(&template, &published, &by_hash);
        self.published.store(i64::try_from(published.len()).unwrap_or(i64::MAX), Ordering::Relaxed);
        self.replace_definitions(Definitions { by_hash, current });
        Ok(())
    }

    /// Sees what another server published.
    pub(crate) async fn catch_up_definitions(&self) -> Result<(), AppError> {
        if drafts::published(&self.database).await? > self.published.load(Ordering::Relaxed) {
            self.load_definitions().await?;
            self.tell("matter", json!({ "published": true }));
        }
        Ok(())
    }
}

/// The rule of this file. A published version that no longer loads leaves the one before it in force, and says so.
fn in_force(
    template: &BTreeMap<String, Arc<Definition>>,
    published: &[PublicationRow],
    by_hash: &BTreeMap<String, Arc<Definition>>,
) -> BTreeMap<String, Arc<Definition>> {
    let mut current = template.clone();
    // In order of their numbers: the highest is written last.
    for publication in published {
        match by_hash.get(&publication.hash) {
            Some(definition) => {
                current.insert(publication.matter.clone(), definition.clone());
            }
            None => {
                let PublicationRow { matter, version, hash, .. } = publication;
                tracing::error!(matter, version, hash, "a published version does not load; the one before it is in force");
            }
        }
    }
    current
}
