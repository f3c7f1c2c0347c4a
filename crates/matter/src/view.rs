//! The definition as plain data: what forms, buttons, diagrams and the sheet to be signed are drawn from.

use std::collections::BTreeMap;

use gongzhi_civic::calendar::Budget;
use gongzhi_civic::text::Text;
use serde::Serialize;

use crate::decide::who_label;
use crate::definition::{
    Action, Clock, Definition, Effect, EffectCheckRule, Form, LegalBasis, Letter, ListRule, Migration, PublicPart, Retention, RoutingRow,
    ScoreRule, Stage, Subject, Table, Variable, Verb,
};

/// A definition for screens; serialises to what `GET /api/matters/{id}` may answer.
#[derive(Clone, Debug, Serialize)]
pub struct DefinitionView<'a> {
    /// Matter id.
    pub id: &'a str,
    /// Version.
    pub version: u32,
    /// Content hash.
    pub content_hash: &'a str,
    /// Title.
    pub title: &'a Text,
    /// Description.
    pub description: &'a Text,
    /// Unit that answers for it.
    pub owner: &'a str,
    /// First day of use.
    pub effective_from: &'a str,
    /// Rules it rests on.
    pub legal_basis: &'a [LegalBasis],
    /// What a case is about.
    pub subject: &'a Subject,
    /// Variables.
    pub context: &'a BTreeMap<String, Variable>,
    /// Stages.
    pub stages: &'a [Stage],
    /// Actions, each with its actors in words.
    pub actions: Vec<ActionView<'a>>,
    /// Forms.
    pub forms: &'a BTreeMap<String, Form>,
    /// Clocks with ladders.
    pub clocks: &'a [Clock],
    /// Routing rows in order, each with the unit it names today, where it names one without a place.
    pub routing: &'a [RoutingRow],
    /// Score rules.
    pub scores: &'a [ScoreRule],
    /// Effects.
    pub effects: &'a [Effect],
    /// Decision tables.
    pub tables: &'a [Table],
    /// Letters.
    pub letters: &'a [Letter],
    /// Checks after closing.
    pub effect_check: Option<&'a EffectCheckRule>,
    /// Call-backs that the matter asks for.
    pub call_back: Vec<CallBackView<'a>>,
    /// Lists that become cases.
    pub list: Option<&'a ListRule>,
    /// How cases of older versions come here.
    pub migrations: &'a [Migration],
    /// Public part.
    pub public: Option<&'a PublicPart>,
    /// Reason codes in words.
    pub reasons: &'a BTreeMap<String, Text>,
    /// Retention.
    pub retention: &'a Retention,
    /// Values the city still has to confirm.
    pub unconfirmed: &'a BTreeMap<String, String>,
    /// Edges of the diagram.
    pub edges: Vec<Edge<'a>>,
}

/// An action with its actors in words.
#[derive(Clone, Debug, Serialize)]
pub struct ActionView<'a> {
    /// The action.
    #[serde(flatten)]
    pub action: &'a Action,
    /// Who may take it, in words.
    pub who_label: Text,
}

/// A call-back as declared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CallBackView<'a> {
    /// Action.
    pub action: &'a str,
    /// How long after closing.
    pub within: Option<Budget>,
    /// Highest mark that opens the case again.
    pub low: u32,
    /// Stage it then comes to.
    pub to: &'a str,
}

/// An arrow of the diagram.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edge<'a> {
    /// From stage; empty for the opening.
    pub from: &'a str,
    /// To stage.
    pub to: &'a str,
    /// Action.
    pub action: &'a str,
}

impl<'a> From<&'a Definition> for DefinitionView<'a> {
    fn from(d: &'a Definition) -> Self {
        Self {
            id: &d.id,
            version: d.version,
            content_hash: &d.content_hash,
            title: &d.title,
            description: &d.description,
            owner: &d.owner,
            effective_from: &d.effective_from,
            legal_basis: &d.legal_basis,
            subject: &d.subject,
            context: &d.context,
            stages: &d.stages,
            actions: d.actions.iter().map(|action| ActionView { action, who_label: who_label(d, action) }).collect(),
            forms: &d.forms,
            clocks: &d.clocks,
            routing: &d.routing.rows,
            scores: &d.scores,
            effects: &d.effects,
            tables: &d.tables,
            letters: &d.letters,
            effect_check: d.effect_check.as_ref(),
            call_back: d
                .actions
                .iter()
                .filter(|a| a.verb == Verb::CallBack)
                .map(|a| CallBackView { action: &a.id, within: a.within, low: a.low.unwrap_or_default(), to: &a.to })
                .collect(),
            list: d.list.as_ref(),
            migrations: &d.migrations,
            public: d.public.as_ref(),
            reasons: &d.reasons,
            retention: &d.retention,
            unconfirmed: &d.unconfirmed,
            edges: edges(d),
        }
    }
}

fn edges(definition: &Definition) -> Vec<Edge<'_>> {
    let mut edges = Vec::new();
    for action in &definition.actions {
        let origins: Vec<&str> = if action.from.is_empty() { vec![""] } else { action.from.iter().map(String::as_str).collect() };
        for from in origins {
            for to in [Some(&action.to), action.then.as_ref()].into_iter().flatten().filter(|t| !t.is_empty() && t.as_str() != from) {
                edges.push(Edge { from, to, action: &action.id });
            }
        }
    }
    edges
}
