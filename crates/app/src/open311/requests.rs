//! Requests as clients see them: lists and single ones.

use std::collections::HashMap;
use std::sync::Arc;

use gongzhi_civic::place::Point;
use gongzhi_civic::text::Language;
use gongzhi_matter::{Base, Case, Definition, Recorded};
use gongzhi_protocol::open311::{Fault, ListQuery, Node, Status, write_time};
use gongzhi_store::cases::{CaseRow, Key};
use gongzhi_store::open311::{RequestFilter, requests};
use gongzhi_store::{cases, events};
use serde_json::Value;

use super::{DoorError, listed, request_id, service_code};
use crate::App;
use crate::error::AppError;
use crate::public::coarse;

impl App {
    /// Requests a client may see, newest first.
    ///
    /// # Errors
    /// 404 for a service code that is none, or for an id that is the only one asked for and unknown.
    pub async fn open311_requests(&self, query: &ListQuery, base: &str, language: Language) -> Result<Node, DoorError> {
        let definitions = self.definitions();
        let shown: Vec<&Arc<Definition>> = definitions.all().filter(|d| service_code(d).is_some()).collect();
        if let Some(code) = query.services.iter().find(|code| !shown.iter().any(|d| service_code(d) == Some(code))) {
            return Err(Fault::unknown(format!("service_code '{code}' was not found (没有这项服务)")).into());
        }
        let asked = |d: &&&Arc<Definition>| {
            let service = query.services.is_empty() || query.services.iter().any(|code| service_code(d) == Some(code));
            listed(d) && (!query.ids.is_empty() || service)
        };
        let filter = RequestFilter {
            numbers: query.ids.clone(),
            matters: shown.iter().filter(asked).map(|d| d.id.clone()).collect(),
            ended: match query.statuses.as_slice() {
                [Status::Open] => Some(false),
                [Status::Closed] => Some(true),
                _ => None,
            },
            from: (query.from != i64::MIN).then_some(query.from),
            to: (query.to != i64::MAX).then_some(query.to),
            updated_from: query.updated_from,
            updated_to: query.updated_to,
            offset: i64::try_from(query.offset).unwrap_or(i64::MAX),
            limit: i64::try_from(query.limit).unwrap_or(1_000),
        };
        let mut found = requests(&self.database, &filter).await?;
        let by_token: Vec<&String> = query.ids.iter().take(query.limit).filter(|id| found.iter().all(|r| r.number != **id)).collect();
        for id in by_token {
            let row = cases::find(&self.database, Key::Token(id)).await?;
            found.extend(row.filter(|r| self.definitions().pinned(&r.definition).is_some_and(|d| service_code(d).is_some() && !listed(d))));
        }
        let mut notes = self.notes(if query.extensions { &found } else { &[] }).await?;
        let mut list = Vec::with_capacity(found.len());
        for row in found {
            let events = notes.remove(&row.id);
            list.extend(self.request_node(&row, events.as_deref(), base, language)?);
        }
        if list.is_empty() && query.ids.len() == 1 {
            return Err(unknown(&query.ids[0]));
        }
        Ok(Node::List("request", list))
    }

    /// The request behind a reporter's token.
    ///
    /// # Errors
    /// 404 if there is none.
    pub async fn open311_token(&self, token: &str) -> Result<Node, DoorError> {
        let row = cases::find(&self.database, Key::Token(token)).await?;
        let definition = row.as_ref().and_then(|r| self.definitions().pinned(&r.definition).cloned()).filter(|d| service_code(d).is_some());
        let (Some(row), Some(definition)) = (row, definition) else {
            return Err(Fault::unknown(format!("token '{token}' was not found (没有这个凭证)")).into());
        };
        let record = Node::Record(vec![("service_request_id", request_id(&definition, &row).into()), ("token", token.into())]);
        Ok(Node::List("request", vec![record]))
    }

    /// Events of some requests by case id.
    async fn notes(&self, found: &[CaseRow]) -> Result<HashMap<String, Vec<Recorded>>, DoorError> {
        let streams: Vec<String> = found.iter().map(|r| format!("case:{}", r.id)).collect();
        let mut by_case: HashMap<String, Vec<Recorded>> = HashMap::new();
        for row in events::streams(&self.database, &streams).await? {
            let recorded = crate::cases::recorded_of(&row)?;
            by_case.entry(row.stream.trim_start_matches("case:").to_owned()).or_default().push(recorded);
        }
        Ok(by_case)
    }

    /// One request out of its row; `None` when its definition has no public part any more.
    pub(super) fn request_node(
        &self,
        row: &CaseRow,
        events: Option<&[Recorded]>,
        base: &str,
        language: Language,
    ) -> Result<Option<Node>, DoorError> {
        let definitions = self.definitions();
        let Some(definition) = definitions.pinned(&row.definition) else { return Ok(None) };
        let Some(code) = service_code(definition) else { return Ok(None) };
        let case: Case = serde_json::from_value(row.body.clone()).map_err(|e| AppError::Internal(e.to_string()))?;
        let recorded = events.unwrap_or_default();
        let Some(view) = gongzhi_matter::public_view(definition, &case, recorded, self.clock.now(), &self.calendar()) else {
            return Ok(None);
        };
        let closed = matches!(definition.base(&row.stage), Base::Done | Base::Cancelled);
        let time = |at: i64| Node::from(write_time(at, &self.zone));
        let point = row.lon.zip(row.lat).map(|(lon, lat)| coarse(Point::new(lon, lat), definition.subject.public_precision_m));
        let photo = if closed { view.after_photos.first().or(view.photos.first()) } else { view.photos.first() };
        let media = photo.map(|hash| format!("{base}/api/public/cases/{}/photos/{hash}", request_id(definition, row)));
        let description =
            view.fields.get(super::services::DESCRIPTION).and_then(Value::as_str).map_or_else(|| row.title.clone(), str::to_owned);
        let unit = view.unit.as_deref().and_then(|u| self.units().get(u).map(|u| u.name.get(language).to_owned()));
        let mut parts = vec![
            ("service_request_id", request_id(definition, row).into()),
            ("status", if closed { "closed" } else { "open" }.into()),
            ("status_notes", view.stage_label.get(language).into()),
            ("service_name", definition.title.get(language).into()),
            ("service_code", code.into()),
            ("description", description.into()),
            ("agency_responsible", Node::text_or_empty(unit)),
            ("service_notice", Node::text_or_empty(row.synthetic.then_some("合成演示数据 synthetic demonstration data"))),
            ("requested_datetime", time(row.opened_at)),
            ("updated_datetime", time(if closed { row.closed_at.unwrap_or(row.updated_at) } else { row.updated_at })),
            ("expected_datetime", view.promised_at.map_or(Node::Empty, |t| time(t.0))),
            ("address", row.place_name.as_str().into()),
            ("address_id", Node::text_or_empty(row.place_key.as_deref())),
            ("zipcode", Node::Empty),
            ("lat", point.map_or(Node::Empty, |p| Node::Number(rounded(p.lat)))),
            ("long", point.map_or(Node::Empty, |p| Node::Number(rounded(p.lon)))),
            ("media_url", Node::text_or_empty(media)),
        ];
        if events.is_some() {
            let attributes = view.fields.as_object().into_iter().flatten().map(|(name, value)| {
                let words = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                Node::Record(vec![("code", name.as_str().into()), ("value", words.into())])
            });
            parts.push(("attributes", Node::List("attribute", attributes.collect())));
            let notes = view
                .timeline
                .iter()
                .map(|step| Node::Record(vec![("datetime", time(step.at.0)), ("description", step.label.get(language).into())]));
            parts.push(("notes", Node::List("note", notes.collect())));
        }
        Ok(Some(Node::Record(parts)))
    }
}

/// About a centimetre: more digits are noise.
fn rounded(degrees: f64) -> f64 {
    (degrees * 1e7).round() / 1e7
}

pub(super) fn unknown(id: &str) -> DoorError {
    Fault::unknown(format!("service_request_id '{id}' was not found (没有这个编号)")).into()
}
