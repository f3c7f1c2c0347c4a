//! Signals that a case raises, for systems that read signals. They are kept with calls and crashes as the kind `case`, and
//! stay out of heat, hot spots and figures: a case is not an incident of its own.

use gongzhi_matter::EffectDeed;
use gongzhi_store::cases::{self, Key};
use gongzhi_store::outbox::OutboxRow;
use gongzhi_store::signals::{self, SignalRow};
use serde_json::json;

use super::Trouble;
use super::write::Declared;
use crate::App;
use crate::error::not_found;
use crate::journal::{self, Signature};

/// Source of these signals.
const SOURCE: &str = "case";

impl App {
    /// Writes the signal together with marking the row done.
    pub(super) async fn raise_signal(&self, row: &OutboxRow) -> Result<(), Trouble> {
        let declared: Declared = serde_json::from_str(&row.body)?;
        let EffectDeed::Signal { class, words } = declared.effect.deed else {
            return Err(Trouble::never("记录的内容不符", "what was written does not fit", "signal"));
        };
        let case = cases::find(&self.database, Key::Id(&row.case)).await?.ok_or_else(|| not_found("这件事项", "case"))?;
        let mut write = self.database.write().await?;
        let id = write.take("signal", 1).await?;
        let now = self.clock.now();
        let crossing = case.place_key.clone().filter(|k| k.starts_with("c:"));
        let signal = SignalRow {
            id,
            source: SOURCE.into(),
            source_key: row.key.clone(),
            content_hash: blake3::hash(format!("{class}|{words}").as_bytes()).to_hex()[..32].to_owned(),
            kind: SOURCE.into(),
            class,
            class_by: "source".into(),
            valid: true,
            at: row.created_at,
            received_at: now.0,
            words,
            place_text: case.place_name.clone(),
            lon: case.lon,
            lat: case.lat,
            section_key: case.place_key.clone().filter(|k| k.starts_with("s:")),
            crossing_key: crossing,
            area_key: case.area_key.clone(),
            place_name: case.place_name.clone(),
            confidence: 1.0,
            attributes: json!({ "case": case.id, "number": case.number, "matter": case.matter }),
            synthetic: case.synthetic,
            ..SignalRow::default()
        };
        signals::insert(&mut write, std::slice::from_ref(&signal)).await?;
        let body = json!({ "source": SOURCE, "source_key": signal.source_key, "kind": SOURCE, "class": signal.class, "class_by": "source", "content": signal.content_hash });
        journal::append(&mut write, &format!("signal:{id}"), &Signature::program(), now, &[("signal.taken".into(), body)]).await?;
        self.close(write, row).await
    }
}
