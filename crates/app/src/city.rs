//! The city as a screen needs to know it before it draws anything.

use gongzhi_civic::permission::{Actor, Permission};
use gongzhi_matter::{DefinitionView, Verb};
use gongzhi_store::cases;
use serde_json::{Value, json};

use crate::App;
use crate::error::{AppError, not_found};

impl App {
    /// Name, box, classes, areas, units, matters, counts.
    ///
    /// # Errors
    /// What the store says.
    pub async fn city_view(&self) -> Result<Value, AppError> {
        let (index, network) = (self.signals(), self.network());
        let bounds = network.as_ref().map(|n| n.bounds()).or_else(|| index.bounds());
        let count = |kind: &str| index.kinds.number(kind).map_or(0, |k| index.entries().iter().filter(|e| e.kind == k).count());
        let classes: Vec<Value> =
            self.classifier.classes().iter().map(|c| json!({ "id": c.id, "zh": c.name.zh, "en": c.name.en })).collect();
        let areas: Vec<Value> = self
            .areas()
            .iter()
            .map(|a| json!({ "key": a.key, "name": a.name.zh, "name_en": a.name.en, "kind": "administrative", "level": a.level }))
            .collect();
        let units: Vec<Value> = self
            .units()
            .units
            .values()
            .map(|u| json!({ "id": u.id, "name": u.name, "kind": u.kind, "parent": u.parent, "active": u.active }))
            .collect();
        let definitions = self.definitions();
        let matters: Vec<Value> = definitions
            .all()
            .map(|d| json!({ "id": d.id, "version": d.version, "title": d.title, "open": d.public.as_ref().is_some_and(|p| p.open) }))
            .collect();
        let (first, last) = index.span().map_or((None, None), |(a, b)| (Some(a), Some(b)));
        let counts = network.as_ref().map(|n| n.counts());
        Ok(json!({
            "name": self.name(), "synthetic": self.is_demo().await? || index.synthetic(), "zone": self.zone.iana_name(), "now": self.clock.now().0, "speed": self.clock.speed(),
            "bounds": bounds.map(|b| [b.west, b.south, b.east, b.north]), "center": bounds.map(|b| [b.center().lon, b.center().lat]), "zoom": 13,
            "network": network.as_ref().zip(counts).map(|(n, c)| json!({ "identity": n.identity(), "edges": c.edges, "crossings": c.crossings, "sections": c.sections })),
            "classes": classes, "areas": areas, "units": units, "matters": matters,
            "counts": { "calls": count("call"), "crashes": count("crash"), "cases": cases::opened_ever(&self.database).await? },
            "first_at": first, "last_at": last,
        }))
    }

    /// The matters in force, in short: what one needs to choose one, open it, and show its rows.
    #[must_use]
    pub fn matter_views(&self, actor: &Actor) -> Value {
        let facts = self.actor_facts(actor);
        self.definitions()
            .all()
            .map(|d| {
                let opening = d.actions.iter().find(|a| a.verb == Verb::Open);
                let may_open = actor.may(Permission::CaseOpen) && gongzhi_matter::may_open(d, &facts);
                json!({ "id": d.id, "version": d.version, "title": d.title, "description": d.description, "hash": d.content_hash,
                    "schema": d.opening_form().map(|f| &f.schema), "subject": d.subject, "list": d.list, "may_open": may_open,
                    "open_photos": opening.map_or(0, |a| a.photos), "public": d.public })
            })
            .collect()
    }

    /// One matter as its definition draws it.
    ///
    /// # Errors
    /// No such matter.
    pub fn matter_view(&self, id: &str) -> Result<Value, AppError> {
        let definitions = self.definitions();
        let definition = definitions.current(id).ok_or_else(|| not_found("这种事项", "matter"))?;
        serde_json::to_value(DefinitionView::from(definition.as_ref())).map_err(|e| AppError::Internal(e.to_string()))
    }
}
